"""Points under caps per member and day or month: held for a quote, given by a sale, given back by a return.

The member's row is locked by the one who comes here, so that a member's sales take turns; the guarded UPDATE of the
tally says it again and its CHECK has the last word. A hold past its time is taken off by the one who holds the lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from common.ids import new_id
from merchants.facts import MerchantFacts
from rewards.engine.facts import PROGRAM, PointsCap
from rewards.promotions.models import PointsTake
from rewards.promotions.operations.limit_counters import LimitMoved


@dataclass(frozen=True)
class PointsClaim:
    """Points that a priced cart gives a member on the outlet's business `day`, by promotion id, and the caps they fall
    under; all promotions together stand under "program". `at` is our own clock.
    """

    member_id: UUID | None
    day: date
    at: datetime
    points: Mapping[str, int] = field(default_factory=dict)
    caps: Mapping[str, PointsCap] = field(default_factory=dict)

    @property
    def wanted(self) -> list[str]:
        """Return what there are points for under a cap that counts members, in a fixed order."""
        if self.member_id is None:
            return []
        return sorted(name for name, cap in self.caps.items() if cap.counts_members and self.points.get(name))


def consume_points(*, merchant: MerchantFacts, claim: PointsClaim, sale_id: UUID, paid: bool) -> list[str]:
    """Count what the sale gives. Raises LimitMoved when a cap is used up meanwhile.

    A `paid` sale instead gives points outside the tallies; the ids of the promotions that went over are returned.
    """
    over: list[str] = []
    for name in claim.wanted:
        try:
            with transaction.atomic():
                _count_up(merchant, claim, name, "used_points")
        except LimitMoved:
            if not paid:
                raise
            over.append(name)
    PointsTake.objects.bulk_create(
        [_make_take(merchant, claim, name, sale_id=sale_id, over=name in over) for name in claim.wanted]
    )
    return over


def reserve_points(*, merchant: MerchantFacts, claim: PointsClaim, quote_id: UUID, until: datetime) -> None:
    """Hold what the quote would give. Raises LimitMoved when a cap is used up meanwhile."""
    for name in claim.wanted:
        _count_up(merchant, claim, name, "reserved_points")
    PointsTake.objects.bulk_create(
        [
            _make_take(merchant, claim, name, state="open", quote_id=quote_id, reserved_until=until)
            for name in claim.wanted
        ]
    )


def release_points(*, merchant: MerchantFacts, quote_id: UUID) -> bool:
    """Give back what an open quote holds; return whether it held anything."""
    return _delete_takes(merchant, quote=quote_id)


def release_lapsed_points(*, merchant: MerchantFacts, claim: PointsClaim) -> None:
    """Take off what quotes past their time still hold of this member."""
    if claim.wanted:
        _delete_takes(merchant, member=claim.member_id, lapsed_at=claim.at)


def return_points(*, merchant: MerchantFacts, sale_id: UUID, kept: Mapping[str, int] | None) -> None:
    """Return points: of what the sale gave only `kept` still counts, by promotion id; None: the sale is void."""
    if kept is None:
        _delete_takes(merchant, sale=sale_id)
        return
    rows = list(PointsTake.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("id"))
    for row in rows:
        stands = sum(kept.values()) if row.promotion_id is None else kept.get(str(row.promotion_id), row.points)
        if stands < row.points:
            _count_down(merchant, [(row, row.points - stands)])
            PointsTake.objects.filter(merchant_id=merchant.id, id=row.id).update(points=stands)


# --- tallies -----------------------------------------------------------------------------------------------------


def _periods_of(cap: PointsCap, day: date) -> Iterable[tuple[str, date, int]]:
    """Yield (period, its first day, the most points in it)."""
    if cap.per_member_day is not None:
        yield "day", day, cap.per_member_day
    if cap.per_member_month is not None:
        yield "month", day.replace(day=1), cap.per_member_month


def _promotion_id(name: str) -> UUID | None:
    return None if name == PROGRAM else UUID(name)


# The first points of a period make its row; the limit is written beside the figures, for the row's own CHECK.
_UP: Final = """
INSERT INTO rewards_pointstally AS t
    (merchant_id, id, member_id, promotion_id, period, starts_on, points_limit, used_points, reserved_points)
SELECT %(merchant)s, want.id, %(member)s, %(promotion)s, want.period, want.starts_on, want.points_limit,
       %(used)s, %(reserved)s
FROM unnest(%(ids)s::uuid[], %(periods)s::text[], %(starts)s::date[], %(limits)s::bigint[])
     AS want (id, period, starts_on, points_limit)
WHERE want.points_limit >= %(points)s
ON CONFLICT (merchant_id, member_id, promotion_id, period, starts_on) DO UPDATE
SET used_points = t.used_points + excluded.used_points, reserved_points = t.reserved_points + excluded.reserved_points,
    points_limit = excluded.points_limit
WHERE t.used_points + t.reserved_points + %(points)s <= excluded.points_limit
"""


def _count_up(merchant: MerchantFacts, claim: PointsClaim, name: str, column: str) -> None:
    """Count the points in every period of the cap. Raises LimitMoved where one has no room: undo what was counted."""
    wanted, points = list(_periods_of(claim.caps[name], claim.day)), claim.points[name]
    values = {
        "merchant": merchant.id,
        "member": claim.member_id,
        "promotion": _promotion_id(name),
        "points": points,
        "used": points if column == "used_points" else 0,
        "reserved": points if column == "reserved_points" else 0,
        "ids": [new_id() for _ in wanted],
        "periods": [period for period, _, _ in wanted],
        "starts": [starts_on for _, starts_on, _ in wanted],
        "limits": [limit for _, _, limit in wanted],
    }
    with connection.cursor() as cursor:
        cursor.execute(_UP, values)
        if cursor.rowcount != len(wanted):
            raise LimitMoved(promotion_id=name)


_DOWN: Final = """
UPDATE rewards_pointstally t
SET used_points = t.used_points - gone.used, reserved_points = t.reserved_points - gone.reserved
FROM (SELECT member_id, promotion_id, period, starts_on, sum(used) AS used, sum(reserved) AS reserved
      FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::bigint[], %s::bigint[])
           AS each (member_id, promotion_id, period, starts_on, used, reserved)
      GROUP BY member_id, promotion_id, period, starts_on) AS gone
WHERE t.merchant_id = %s AND t.member_id = gone.member_id AND t.promotion_id IS NOT DISTINCT FROM gone.promotion_id
  AND t.period = gone.period AND t.starts_on = gone.starts_on
"""


def _count_down(merchant: MerchantFacts, gone: Sequence[tuple[PointsTake, int]]) -> None:
    columns: list[list[Any]] = [[], [], [], [], [], []]
    for row, points in gone:
        used, reserved = (points, 0) if row.state == "used" else (0, points)
        for period, counted, starts_on in (
            ("day", row.counted_day, row.day),
            ("month", row.counted_month, row.day.replace(day=1)),
        ):
            if counted:
                values = (row.member_id, row.promotion_id, period, starts_on, used, reserved)
                for column, value in zip(columns, values, strict=True):
                    column.append(value)
    if columns[0]:
        with connection.cursor() as cursor:
            cursor.execute(_DOWN, [*columns, merchant.id])


_DELETE: Final = """
DELETE FROM rewards_pointstake
WHERE merchant_id = %(merchant)s
  AND (sale_id = %(sale)s OR (state = 'open' AND (quote_id = %(quote)s
       OR (member_id = %(member)s AND reserved_until <= %(lapsed_at)s))))
RETURNING member_id, promotion_id, state, day, counted_day, counted_month, points
"""


def _delete_takes(merchant: MerchantFacts, **which: Any) -> bool:
    """Delete rows of a sale, an open quote, or a member's lapsed quotes; take them off their tallies."""
    values = {"merchant": merchant.id, "sale": None, "quote": None, "member": None, "lapsed_at": None, **which}
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, values)
        names = [column.name for column in cursor.description]
        rows = [PointsTake(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
    _count_down(merchant, [(row, row.points) for row in rows])
    return bool(rows)


def _make_take(
    merchant: MerchantFacts, claim: PointsClaim, name: str, *, over: bool = False, **fields: Any
) -> PointsTake:
    cap = claim.caps[name]
    return PointsTake(
        merchant_id=merchant.id,
        id=new_id(),
        member_id=claim.member_id,  # type: ignore[misc]  # no one wants points without a member
        promotion_id=_promotion_id(name),
        day=claim.day,
        counted_day=cap.per_member_day is not None and not over,
        counted_month=cap.per_member_month is not None and not over,
        over=over,
        points=claim.points[name],
        taken=claim.points[name],
        **fields,
    )
