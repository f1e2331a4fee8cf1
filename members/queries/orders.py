"""The orders the staff list can be read in, each paged by key: behind the value and the id of the last row seen.

Only names have an index in their order. Balance, spend and last purchase move with every sale, and an index on them
would make every sale dearer (docs/decisions/0017): a page in their order sorts one merchant's rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from common.ids import uuid_or_none
from members.models import Member
from merchants.facts import MerchantFacts

Place = tuple[Any, UUID]
"""Value and id of the last row seen."""
BETWEEN: Final = "~"
FARTHEST: Final = 10**15
"""Beyond any figure that a member can have."""
_BALANCE: Final = (
    "coalesce((SELECT b.balance FROM ledger_balance b"
    " WHERE b.merchant_id = %s AND b.owner_id = members_member.id AND b.unit = 'points'), 0)"
)


@dataclass(frozen=True)
class Key:
    """What is sorted by. `read` makes the value of a cursor's text; None: the text is no place for it, ask the row."""

    expression: Callable[[MerchantFacts], Any]
    read: Callable[[str], Any] | None
    may_be_empty: bool = False


def _read_number(text: str) -> int:
    number = int(text)
    if abs(number) > FARTHEST:
        raise ValueError(text)
    return number


KEYS: Final = {
    "name": Key(lambda merchant: Lower("name"), None),
    "joined": Key(lambda merchant: F("joined_on"), date.fromisoformat),
    "last": Key(lambda merchant: F("last_purchase_at"), datetime.fromisoformat, may_be_empty=True),
    "spend": Key(lambda merchant: F("spend_amount"), _read_number),
    "balance": Key(lambda merchant: RawSQL(_BALANCE, [merchant.id], BigIntegerField()), _read_number),  # noqa: S611
}
SORTS: Final = ("", *KEYS, *(f"-{name}" for name in KEYS))
"""`""`: added last comes first. Who has no value comes last in either direction."""


def in_order(
    rows: QuerySet[Member], merchant: MerchantFacts, sort: str, after: str | None, limit: int
) -> QuerySet[Member]:
    """Return the first `limit` rows in the order of `sort` behind the cursor; an unreadable one starts at the front.

    Where no index has the order, ids are sorted first and only a page's rows are read whole: half the time.
    """
    last_id, has_value, written = (after or "").partition(BETWEEN)
    member_id = uuid_or_none(last_id)
    name = sort.removeprefix("-")
    key = KEYS.get(name)
    if key is None:
        rows = rows.order_by("-id")
        return (rows if member_id is None else rows.filter(id__lt=member_id))[:limit]
    place: Place | None = None
    if member_id is not None:
        try:
            seen = _read_value(key, written) if key.read and has_value else _of_row(key, merchant, member_id)
            place = (seen, member_id)
        except (ValueError, OverflowError, Member.DoesNotExist):
            pass
    falling = sort.startswith("-")
    if name == "name":
        return _sorted_rows(rows, merchant, key, place, falling=falling)[:limit]
    if name == "balance":
        ids = _ids_by_balance(rows, merchant, place, limit, falling=falling)
    else:
        ids = list(_sorted_rows(rows, merchant, key, place, falling=falling).values_list("id", flat=True)[:limit])
    chosen = Member.objects.filter(merchant_id=merchant.id, id__in=ids)
    return _sorted_rows(chosen, merchant, key, None, falling=falling)[:limit]


def _sorted_rows(
    rows: QuerySet[Member], merchant: MerchantFacts, key: Key, place: Place | None, *, falling: bool
) -> QuerySet[Member]:
    rows = rows.annotate(sort_value=key.expression(merchant)).order_by(*_order_by(key, falling=falling))
    return rows if place is None else rows.filter(_rows_behind(place, key, falling=falling))


def _ids_by_balance(
    rows: QuerySet[Member], merchant: MerchantFacts, place: Place | None, limit: int, *, falling: bool
) -> list[UUID]:
    """Return the members of one page: balances joined once, instead of looked up for every member who fits."""
    chosen, values = rows.order_by().values("id").query.sql_with_params()
    way, beyond = ("DESC", "<") if falling else ("ASC", ">")
    behind = f"(coalesce(b.balance, 0), fits.id) {beyond} (%s, %s)" if place else "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT fits.id FROM ({chosen}) AS fits LEFT JOIN ledger_balance b"  # noqa: S608 - our own words
            " ON b.merchant_id = %s AND b.owner_id = fits.id AND b.unit = 'points'"
            f" WHERE {behind} ORDER BY coalesce(b.balance, 0) {way}, fits.id {way} LIMIT %s",
            [*values, merchant.id, *(place or ()), limit],
        )
        return [row[0] for row in cursor.fetchall()]


def cursor_of(row: Member, sort: str) -> str:
    """Return the place of a row read through `in_order`, without names: addresses are kept in logs and histories."""
    key = KEYS.get(sort.removeprefix("-"))
    if key is None or key.read is None:
        return str(row.id)
    value = row.sort_value  # type: ignore[attr-defined]
    return f"{row.id}{BETWEEN}{'' if value is None else value.isoformat() if isinstance(value, date) else value}"


def _order_by(key: Key, *, falling: bool) -> tuple[Any, str]:
    """Return the order, empty values last; other keys name no place for them, so a plain index serves both ways."""
    value = F("sort_value")
    last = True if key.may_be_empty else None
    return (value.desc(nulls_last=last), "-id") if falling else (value.asc(nulls_last=last), "id")


def _rows_behind(place: Place, key: Key, *, falling: bool) -> Q:
    seen, member_id = place
    beyond = "lt" if falling else "gt"
    tied = Q(**{f"id__{beyond}": member_id})
    if seen is None:
        return Q(sort_value__isnull=True) & tied
    # The first condition says nothing new; it tells the planner where in an index to start.
    valued = Q(**{f"sort_value__{beyond}e": seen}) & (Q(**{f"sort_value__{beyond}": seen}) | tied)
    return valued | Q(sort_value__isnull=True) if key.may_be_empty else valued


def _read_value(key: Key, written: str) -> Any:
    """Read the value in a cursor; '' means none. Raises ValueError."""
    value = key.read(written) if key.read and written else None
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(written)
    return value


def _of_row(key: Key, merchant: MerchantFacts, member_id: UUID) -> Any:
    """Return the value as the row has it now: what a cursor of names is read from."""
    rows = Member.objects.filter(merchant_id=merchant.id, id=member_id).annotate(sort_value=key.expression(merchant))
    return rows.values_list("sort_value", flat=True).get()
