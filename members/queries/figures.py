"""Who the members are: how many are of which age, live where, joined where, or hold which of the store's own values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from members.facts import AttributeFacts
from members.rules import AGE_BANDS, births_between
from merchants.facts import MerchantFacts

MOST_AREAS: Final = 20


@dataclass(frozen=True)
class GroupFigures:
    """Members alike: `key` is what they share, None where it is not known.

    `buyers` ever bought, `recent` did since the day asked for, `spend_amount` is what all of them spent, net of
    returned goods.
    """

    key: Any
    members: int
    buyers: int
    recent: int
    spend_amount: int

    @property
    def spend_each_amount(self) -> int | None:
        """Return the average spend of one who bought; None where no one did."""
        return self.spend_amount // self.buyers if self.buyers else None


# Those whose data is only kept are in no figure, as they are in no list that sorts people.
_FIGURES: Final = """
    count(*), count(*) FILTER (WHERE m.purchase_count > 0), count(*) FILTER (WHERE m.last_purchase_at >= %(since)s),
    coalesce(sum(m.spend_amount), 0)"""
_FROM: Final = """
    FROM members_member m
    WHERE m.merchant_id = %(merchant)s AND m.merged_into_id IS NULL AND m.erased_at IS NULL
      AND m.restricted_at IS NULL"""
_BY_AGE: Final = f"""
    SELECT width_bucket(-(m.birth_date - DATE '2000-01-01'), %(bounds)s::int[]), {_FIGURES} {_FROM} GROUP BY 1"""
_BY_AREA: Final = f"""
    SELECT mode() WITHIN GROUP (ORDER BY m.area), {_FIGURES} {_FROM} GROUP BY upper(m.area) ORDER BY 2 DESC, 1"""
_BY_OUTLET: Final = f"SELECT m.outlet_id, {_FIGURES} {_FROM} GROUP BY 1 ORDER BY 2 DESC, 1"
_BY_CHOICE: Final = f"""
    SELECT m.attributes->>%(key)s, {_FIGURES} {_FROM} AND m.attributes ? %(key)s GROUP BY 1 ORDER BY 2 DESC, 1"""


def members_by_age(*, merchant: MerchantFacts, today: date, since: datetime) -> list[GroupFigures]:
    """Return one row per age band (key: its first and last age), then those whose date of birth is not known."""
    latest = [births_between(first, last, today)[1] for first, last in AGE_BANDS]
    bounds = [-(day - date(2000, 1, 1)).days for day in latest]
    found = {row.key: row for row in _read_groups(_BY_AGE, merchant, since, bounds=bounds)}
    keys = [*enumerate(AGE_BANDS, start=1), (None, (None, None))]
    return [_with_key(found.get(number), band) for number, band in keys]


def members_by_area(*, merchant: MerchantFacts, since: datetime) -> tuple[list[GroupFigures], GroupFigures, int]:
    """Return the areas with most members, those whose area is not known, and how many more areas there are.

    Spellings that differ in capitals only are one area, shown as most write it.
    """
    found = _read_groups(_BY_AREA, merchant, since)
    unknown = _with_key(next((row for row in found if not row.key), None), None)
    named = [row for row in found if row.key]
    return named[:MOST_AREAS], unknown, len(named[MOST_AREAS:])


def members_by_outlet(*, merchant: MerchantFacts, since: datetime) -> list[GroupFigures]:
    """Return one row per outlet at which members joined (key: its id), the largest first; None: at none."""
    return _read_groups(_BY_OUTLET, merchant, since)


def members_by_choice(*, merchant: MerchantFacts, attribute: AttributeFacts, since: datetime) -> list[GroupFigures]:
    """Return one row per value that members hold in one of the store's own fields, the largest first."""
    return _read_groups(_BY_CHOICE, merchant, since, key=attribute.key)


def _read_groups(statement: str, merchant: MerchantFacts, since: datetime, **values: Any) -> list[GroupFigures]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"merchant": merchant.id, "since": since, **values})
        rows: Sequence[tuple[UUID | str | int | None, int, int, int, int]] = cursor.fetchall()
    return [GroupFigures(key, members, buyers, recent, int(spend)) for key, members, buyers, recent, spend in rows]


def _with_key(found: GroupFigures | None, key: Any) -> GroupFigures:
    if found is None:
        return GroupFigures(key, 0, 0, 0, 0)
    return GroupFigures(key, found.members, found.buyers, found.recent, found.spend_amount)
