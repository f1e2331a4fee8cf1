"""Lists of members for staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from members.facts import MemberFacts, MembersPage
from members.models import Member, Tier
from members.queries.finding import ids_matching, members_by_id, region_of_merchant
from members.queries.rows import facts_of, with_ladder
from members.rules import read_identifier
from merchants.facts import MerchantFacts

COUNT_LIMIT: Final = 10_000


@dataclass(frozen=True)
class MemberFilter:
    """What the staff list is narrowed by; empty fields do not narrow. `search` is a name or part of a contact."""

    search: str = ""
    segment: str = ""
    tier_code: str = ""
    status: str = ""
    promo_email: bool | None = None
    outlet_id: UUID | None = None


def members_page(
    *, merchant: MerchantFacts, narrow: MemberFilter | None = None, after: UUID | None = None, limit: int = 50
) -> MembersPage:
    """Newest members first, continued by `after`; `total` counts up to 10,000. Merged rows are left out."""
    rows = _narrowed(merchant, narrow or MemberFilter())
    total = rows.order_by()[: COUNT_LIMIT + 1].count()
    page = rows.order_by("-id")
    if after is not None:
        page = page.filter(id__lt=after)
    found = list(with_ladder(page, merchant)[: limit + 1])
    shown = found[:limit]
    return MembersPage(
        members=tuple(facts_of(row) for row in shown),
        next_after=shown[-1].id if len(found) > limit else None,
        total=total,
    )


def identified_members(*, merchant: MerchantFacts, text: str) -> list[MemberFacts]:
    """Whom a complete identifier names: number, card, phone, e-mail. Two where a number is also somebody's phone."""
    ids = ids_matching(merchant, read_identifier(_printable(text), region_of_merchant(merchant)))
    return list(members_by_id(merchant=merchant, member_ids=ids).values()) if ids else []


def search_members(*, merchant: MerchantFacts, text: str, limit: int = 5) -> list[MemberFacts]:
    """What a search box offers: the member a complete identifier names, else those whose name or contact fits."""
    text = _printable(text)
    if not text:
        return []
    if named := identified_members(merchant=merchant, text=text):
        return named
    rows = _narrowed(merchant, MemberFilter(search=text)).order_by("-id")
    return [facts_of(row) for row in with_ladder(rows, merchant)[:limit]]


def _narrowed(merchant: MerchantFacts, narrow: MemberFilter) -> QuerySet[Member]:
    rows = Member.objects.filter(merchant_id=merchant.id, merged_into_id__isnull=True)
    if narrow.segment:
        rows = rows.filter(segment=narrow.segment)
    if narrow.tier_code:
        tier = Tier.objects.filter(merchant_id=merchant.id, code=narrow.tier_code)
        rows = rows.filter(tier_id__in=tier.values("id"))
    if narrow.status:
        rows = rows.filter(status=narrow.status)
    if narrow.promo_email is not None:
        rows = rows.filter(promo_email=narrow.promo_email)
    if narrow.outlet_id is not None:
        rows = rows.filter(outlet_id=narrow.outlet_id)
    searched = _printable(narrow.search)
    return rows.filter(_search_condition(merchant, searched)) if searched else rows


def _search_condition(merchant: MerchantFacts, text: str) -> Q:
    """A complete identifier, or a part of the name, or four and more digits of the phone or the number."""
    condition = Q(name__icontains=text) | Q(email__istartswith=text)
    digits = "".join(symbol for symbol in text if symbol.isdigit())
    if len(digits) >= 4 and not any(symbol.isalpha() for symbol in text):
        condition |= Q(phone__contains=digits.removeprefix("0")) | Q(number__contains=digits)
    ids = ids_matching(merchant, read_identifier(text, region_of_merchant(merchant)))
    return condition | Q(id__in=ids) if ids else condition


def _printable(text: str) -> str:
    """What can be searched for: one blank between words, nothing the database cannot store."""
    return "".join(symbol for symbol in " ".join(text.split()) if symbol.isprintable())
