"""Lists of members for staff."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from common.quantities import MAX_AMOUNT
from common.text import clean_address, clean_line, clean_phone, is_printable
from common.word_searches import holds_words
from members.facts import MemberFacts, MembersPage
from members.models import Member, MemberTag, Tier
from members.queries.among import AmongMembers
from members.queries.lookups import ids_matching, members_by_id, region_of_merchant
from members.queries.orders import cursor_of, in_order
from members.queries.rows import facts_of, with_ladder
from members.rules import country_code, read_identifier
from merchants.facts import MerchantFacts

COUNT_LIMIT: Final = 10_000
NO_ONE: Final = (UUID(int=0),)
"""Ids that fit no one. Django writes no SQL for an empty list, and what is built around these rows needs some."""


@dataclass(frozen=True)
class Bought:
    """At least one purchase of which something was kept on the business days `first` to `last`; an end may be open.

    `source_view` has (merchant_id, member_id, business_date, is_purchase); the caller knows which app publishes it.
    """

    first: date | None
    last: date | None
    source_view: str


@dataclass(frozen=True)
class Lapsing:
    """Points of theirs can be used for the last time on one of the days `first` to `last`."""

    first: date
    last: date


@dataclass(frozen=True)
class Born:
    """Born on one of the days `first` to `last`; an end may be open. Both open: the date of birth is not known."""

    first: date | None
    last: date | None


@dataclass(frozen=True)
class OwnValue:
    """What one of the store's own fields holds: `value` (`is_text`: anywhere in it), or `first` to `last`.

    `first` and `last` are as values are stored: numbers, or days as ISO text.
    """

    key: str
    value: str = ""
    is_text: bool = False
    first: int | str | None = None
    last: int | str | None = None


@dataclass(frozen=True)
class MemberFilter:
    """What the staff list is narrowed by; empty fields do not narrow. `search` is a name or part of a contact."""

    search: str = ""
    segment: str = ""
    tier_code: str = ""
    status: str = ""
    promo_email: bool | None = None
    outlet_id: UUID | None = None
    tag_id: UUID | None = None
    joined_from: date | None = None
    joined_to: date | None = None
    """Both days count."""
    bought_from: datetime | None = None
    bought_before: datetime | None = None
    """Of the last purchase."""
    bought: Bought | None = None
    balance_least: int | None = None
    balance_most: int | None = None
    """Points as booked: what has expired today counts until the night has taken it off the books."""
    usable_least: int | None = None
    """Points that are neither held nor in debt, as booked: who can afford something of this price."""
    birthdays: tuple[int, ...] | None = None
    """Keys of `members.rules.birthdays`."""
    born: Born | None = None
    area: str | None = None
    """Where they live, in any spelling of capitals; empty: it is not known."""
    own: tuple[OwnValue, ...] = ()
    lapsing: Lapsing | None = None
    among: tuple[AmongMembers, ...] = ()
    """Members that are in all of these."""
    member_ids: tuple[UUID, ...] | None = None
    """Only these: a selection by hand."""

    @property
    def makes_a_profile(self) -> bool:
        """Return whether the list sorts people: then those whose data is only kept are not in it.

        By age, birthday, area, the store's own fields, segment or purchases.
        """
        asked = (self.birthdays, self.born, self.area, self.bought, self.bought_from, self.bought_before)
        return bool(self.segment or self.own) or any(one is not None for one in asked)


def members_page(
    *,
    merchant: MerchantFacts,
    filters: MemberFilter | None = None,
    after: str | None = None,
    limit: int = 50,
    sort: str = "",
    counted: bool = True,
) -> MembersPage:
    """Return a page of members in the order of `sort` (one of SORTS), continued by `after`, without merged rows.

    `total` counts up to 10,000; 0 where it is not asked for.
    """
    rows = narrowed_members(merchant, filters or MemberFilter())
    total = rows.order_by()[: COUNT_LIMIT + 1].count() if counted else 0
    found = list(with_ladder(in_order(rows, merchant, sort, after, limit + 1), merchant))
    shown = found[:limit]
    return MembersPage(
        members=tuple(facts_of(row) for row in shown),
        next_after=cursor_of(shown[-1], sort) if len(found) > limit else None,
        total=total,
    )


def count_members(*, merchant: MerchantFacts, filters: MemberFilter) -> int:
    """Return how many fit, without a limit."""
    return narrowed_members(merchant, filters).order_by().count()


def identified_members(*, merchant: MerchantFacts, text: str) -> list[MemberFacts]:
    """Return whom a complete identifier names: number, card, phone, e-mail; two if a number is also a phone."""
    ids = ids_matching(merchant, read_identifier(_searchable_text(text), region_of_merchant(merchant)))
    return list(members_by_id(merchant=merchant, member_ids=ids).values()) if ids else []


def search_members(*, merchant: MerchantFacts, text: str, limit: int = 5) -> list[MemberFacts]:
    """Return what a search box offers: whom a complete identifier names, else those whose name or contact fits."""
    text = _searchable_text(text)
    if not text:
        return []
    if named := identified_members(merchant=merchant, text=text):
        return named
    rows = narrowed_members(merchant, MemberFilter(search=text)).order_by("-id")
    return [facts_of(row) for row in with_ladder(rows, merchant)[:limit]]


def narrowed_members(merchant: MerchantFacts, filters: MemberFilter) -> QuerySet[Member]:
    """Return the rows that fit, for this app's own statements about them."""
    rows = Member.objects.filter(merchant_id=merchant.id, merged_into_id__isnull=True, erased_at__isnull=True)
    if filters.segment:
        rows = rows.filter(segment=filters.segment)
    if filters.tier_code:
        # Read first: how many hold just this tier then decides whether its index serves.
        tier = Tier.objects.filter(merchant_id=merchant.id, code=filters.tier_code)
        rows = rows.filter(tier_id__in=list(tier.values_list("id", flat=True)) or NO_ONE)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.promo_email is not None:
        rows = rows.filter(promo_email=filters.promo_email)
    if filters.outlet_id is not None:
        rows = rows.filter(outlet_id=filters.outlet_id)
    if filters.tag_id is not None:
        tagged = MemberTag.objects.filter(merchant_id=merchant.id, tag_id=filters.tag_id)
        rows = rows.filter(id__in=tagged.values("member_id"))
    if filters.birthdays is not None:
        rows = rows.filter(birthday__in=filters.birthdays)
    if filters.area is not None:
        rows = rows.filter(area__iexact=filters.area)
    for among in filters.among:
        # Kept apart by OFFSET: walked member by member in the list's order, a large segment takes three times as long.
        rows = rows.filter(id__in=RawSQL(f"{among.sql} OFFSET 0", among.values))  # noqa: S611 - made by our queries
    if filters.member_ids is not None:
        rows = rows.filter(id__in=list(filters.member_ids) or NO_ONE)
    if filters.makes_a_profile:
        rows = rows.filter(restricted_at__isnull=True)
    rows = _filter_by_own_fields(_filter_by_ranges(rows, merchant, filters), filters.own)
    searched = _searchable_text(filters.search)
    return rows.filter(_search_condition(merchant, searched)) if searched else rows


def _filter_by_ranges(rows: QuerySet[Member], merchant: MerchantFacts, filters: MemberFilter) -> QuerySet[Member]:
    """Filter by days and balances from one end to the other, either of which may be open."""
    ends = {
        "joined_on__gte": filters.joined_from,
        "joined_on__lte": filters.joined_to,
        "last_purchase_at__gte": filters.bought_from,
        "last_purchase_at__lt": filters.bought_before,
    }
    if filters.born is not None:
        born = filters.born
        ends |= {"birth_date__gte": born.first, "birth_date__lte": born.last}
        if born.first is None and born.last is None:
            rows = rows.filter(birth_date__isnull=True)
    rows = rows.filter(**{name: end for name, end in ends.items() if end is not None})
    if filters.bought is not None:
        rows = rows.filter(id__in=_buyers_sql(merchant, filters.bought))
    if filters.lapsing is not None:
        owners = RawSQL(
            "SELECT l.owner_id FROM ledger_lapsing l WHERE l.merchant_id = %s AND l.unit = 'points'"
            " AND l.expires_on BETWEEN %s AND %s",
            [merchant.id, filters.lapsing.first, filters.lapsing.last],
        )
        rows = rows.filter(id__in=owners)
    if filters.usable_least is not None:
        owners = RawSQL(
            "SELECT b.owner_id FROM ledger_balance b WHERE b.merchant_id = %s AND b.unit = 'points'"
            " AND b.debt = 0 AND b.balance - b.held >= %s::bigint",
            [merchant.id, filters.usable_least],
        )
        rows = rows.filter(id__in=owners)
    if filters.balance_least is None and filters.balance_most is None:
        return rows
    least, most = filters.balance_least, filters.balance_most
    owners = RawSQL(
        "SELECT b.owner_id FROM ledger_balance b WHERE b.merchant_id = %s AND b.unit = 'points'"
        " AND b.balance >= coalesce(%s::bigint, b.balance) AND b.balance <= coalesce(%s::bigint, b.balance)",
        [merchant.id, least, most],
    )
    return rows.filter(id__in=owners)


def _filter_by_own_fields(rows: QuerySet[Member], own: Iterable[OwnValue]) -> QuerySet[Member]:
    """Filter by values as they are stored: JSON compares numbers with numbers and texts with texts, nothing else."""
    for number, asked in enumerate(own):
        name = f"own_{number}"
        if asked.is_text:
            rows = rows.alias(**{name: KeyTextTransform(asked.key, "attributes")})
            rows = rows.filter(**{f"{name}__icontains": asked.value})
        elif asked.value:
            rows = rows.filter(attributes__contains={asked.key: asked.value})
        else:
            least, most = ("0001-01-01", "9999-12-31") if _are_days(asked) else (-MAX_AMOUNT, MAX_AMOUNT)
            rows = rows.alias(**{name: KeyTransform(asked.key, "attributes")})
            first = least if asked.first is None else asked.first
            last = most if asked.last is None else asked.last
            rows = rows.filter(**{f"{name}__gte": first, f"{name}__lte": last})
    return rows


def _are_days(asked: OwnValue) -> bool:
    return isinstance(asked.first, str) or isinstance(asked.last, str)


def _buyers_sql(merchant: MerchantFacts, bought: Bought) -> RawSQL:
    view = connection.ops.quote_name(bought.source_view)
    statement = (
        f"SELECT p.member_id FROM {view} p"  # noqa: S608 - a quoted name
        " WHERE p.merchant_id = %s AND p.is_purchase AND p.business_date >= coalesce(%s::date, p.business_date)"
        " AND p.business_date <= coalesce(%s::date, p.business_date)"
    )
    return RawSQL(statement, [merchant.id, bought.first, bought.last])  # noqa: S611 - values travel as parameters


def _search_condition(merchant: MerchantFacts, text: str) -> Q:
    """Return the condition: a complete identifier, words of the name, or four and more digits of phone or number."""
    condition = holds_words("name", text) | Q(email__istartswith=clean_address(text))
    number = clean_phone(text)
    digits = "".join(symbol for symbol in number if symbol.isdecimal())
    if len(digits) >= 4 and not any(symbol.isalpha() for symbol in number):
        # With its 0 it is the beginning of a local number; without, any part of one.
        known = f"+{country_code(region_of_merchant(merchant))}{digits[1:]}"
        phone = Q(phone__startswith=known) if digits[0] == "0" else Q(phone__contains=digits)
        condition |= phone | Q(number__contains=digits)
    ids = ids_matching(merchant, read_identifier(text, region_of_merchant(merchant)))
    return condition | Q(id__in=ids) if ids else condition


def _searchable_text(text: str) -> str:
    """Return what can be searched for: a cleaned line with nothing the database cannot store."""
    return "".join(symbol for symbol in clean_line(text) if is_printable(symbol))
