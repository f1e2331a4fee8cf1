"""What the address of the points ledger asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.periods import DaysForm
from backoffice.saved_views import kept_query
from backoffice.words import ENTRY_WORDS, WALLET_ENTRY_WORDS
from common.ids import uuid_or_none
from ledger.facts import EntryKind, MovementFilter, Unit
from members.facts import MemberFacts
from members.queries import members_by_id
from merchants.facts import MerchantFacts

PERIOD_DAYS: Final = 30
PARAMETERS: Final = ("unit", "kind", "by", "member", "first", "last")
UNIT_WORDS: Final[Mapping[Unit, Promise]] = {Unit.POINTS: _("Points"), Unit.WALLET: _("Wallet and gift cards")}


@dataclass(frozen=True)
class AskedMovements:
    """The filters in force, the same in words by the parameter that holds them, the days' form, and whose account."""

    filters: MovementFilter
    words: Mapping[str, str]
    days: DaysForm
    member: MemberFacts | None


def read_ledger_address(merchant: MerchantFacts, asked: QueryDict) -> AskedMovements:
    """Return what the address asks for; what it cannot mean does not narrow. Without days: the last thirty."""
    days = DaysForm(asked)
    today = merchant.day_of(timezone.now())
    first, last = days.days() or (today - timedelta(days=PERIOD_DAYS - 1), today)
    unit = Unit.WALLET if asked.get("unit") == Unit.WALLET else Unit.POINTS
    kind = asked.get("kind", "")
    member = _find_member(merchant, asked.get("member"))
    filters = MovementFilter(
        unit=unit,
        first=first,
        last=last,
        kind=EntryKind(kind) if kind in set(EntryKind) else None,
        owner_id=member.id if member else None,
        by_hand=asked.get("by") == "staff",
    )
    return AskedMovements(filters, _filter_words(filters, member), days, member)


def query_of(asked: QueryDict) -> str:
    """Return the filters as they stand in an address."""
    return kept_query(asked, PARAMETERS)


def kind_word(kind: EntryKind, unit: Unit) -> str:
    """Return what a movement of this kind is called in points or in money."""
    words = {**ENTRY_WORDS, **WALLET_ENTRY_WORDS} if unit is Unit.WALLET else ENTRY_WORDS
    return str(words[kind])


def _find_member(merchant: MerchantFacts, text: str | None) -> MemberFacts | None:
    member_id = uuid_or_none(text)
    return members_by_id(merchant=merchant, member_ids=[member_id]).get(member_id) if member_id else None


def _filter_words(filters: MovementFilter, member: MemberFacts | None) -> dict[str, str]:
    words = {}
    if filters.kind is not None:
        words["kind"] = gettext("What: %(name)s") % {"name": kind_word(filters.kind, filters.unit)}
    if filters.by_hand:
        words["by"] = gettext("By hand")
    if member is not None:
        words["member"] = gettext("Member: %(name)s") % {"name": member.display_name}
    return words
