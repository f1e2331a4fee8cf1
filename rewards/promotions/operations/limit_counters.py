"""The counters of promotions with limits: locked, counted up by guarded UPDATEs, counted down when uses go.

Counters equal the rows of `PromotionUse`; anyone who changes the one changes the other in the same call.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import DomainError
from common.ids import new_id
from merchants.facts import MerchantFacts
from rewards.engine.facts import Definition
from rewards.promotions.models import Promotion, PromotionUse


class LimitMoved(DomainError):
    """Another sale took the last of a limit between evaluation and writing: evaluate again, once."""

    code = "limit_moved"


@dataclass(frozen=True)
class Want:
    """One use that is wanted. `spend` is in the budget's own unit: money or points, or uses."""

    promotion_id: UUID
    definition: Definition
    spend: int

    @property
    def is_counted(self) -> bool:
        return is_counted(self.definition)

    @property
    def day_limit(self) -> int | None:
        return self.definition.usage.per_day_limit


@dataclass(frozen=True)
class Column:
    """Which counters are moved: those of uses or those of reservations."""

    count: str
    amount: str


USED: Final = Column("used_count", "spent_amount")
RESERVED: Final = Column("reserved_count", "reserved_amount")


def is_counted(definition: Definition) -> bool:
    """Return whether everybody's use counts; limits per member alone are counted on the member's own rows."""
    usage = definition.usage
    return usage.limit is not None or usage.per_day_limit is not None or definition.budget is not None


def lock_counters(merchant: MerchantFacts, ids: Collection[UUID]) -> dict[UUID, Promotion]:
    """Lock in id order, so that two tills never wait crosswise; references to the rows are not held up."""
    if not ids:
        return {}
    mine = Promotion.objects.filter(merchant_id=merchant.id, id__in=list(ids)).order_by("id")
    return {row.id: row for row in mine.select_for_update(no_key=True)}


_COUNT_UP: Final = """
UPDATE rewards_promotion p
SET {count} = p.{count} + 1, {amount} = p.{amount} + want.spend,
    usage_limit = want.usage_limit, budget_limit = want.budget_limit, budget_type = want.budget_type
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
     AS want (id, spend, usage_limit, budget_limit, budget_type)
WHERE p.merchant_id = %s AND p.id = want.id
  AND (want.usage_limit IS NULL OR p.used_count + p.reserved_count < want.usage_limit)
  AND (want.budget_limit IS NULL OR p.spent_amount + p.reserved_amount + want.spend <= want.budget_limit)
"""
_COUNT_DAY_UP: Final = """
INSERT INTO rewards_promotionday AS d (merchant_id, id, promotion_id, day, day_limit, used_count, reserved_count)
SELECT %s, want.id, want.promotion_id, %s, want.day_limit, {used}, {reserved}
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[]) AS want (id, promotion_id, day_limit)
ON CONFLICT (merchant_id, promotion_id, day) DO UPDATE SET {count} = d.{count} + 1, day_limit = excluded.day_limit
WHERE d.used_count + d.reserved_count < excluded.day_limit
"""


def count_up(merchant: MerchantFacts, fitting: Sequence[Want], day: date, column: Column) -> None:
    """Count up by guarded UPDATEs; each writes the limit it was held by beside the counter, for the row's CHECK."""
    counted = [want for want in fitting if want.is_counted]
    if counted:
        budgets = [want.definition.budget for want in counted]
        values = [
            [want.promotion_id for want in counted],
            [want.spend for want in counted],
            [want.definition.usage.limit for want in counted],
            [budget.limit if budget else None for budget in budgets],
            [budget.type if budget else None for budget in budgets],
            merchant.id,
        ]
        statement = _COUNT_UP.format(count=column.count, amount=column.amount)
        _must_hit(statement, values, counted)
    daily = [want for want in counted if want.day_limit is not None]
    if daily:
        values = [
            merchant.id,
            day,
            [new_id() for _ in daily],
            [want.promotion_id for want in daily],
            [want.day_limit for want in daily],
        ]
        first = {"used": 1, "reserved": 0} if column is USED else {"used": 0, "reserved": 1}
        _must_hit(_COUNT_DAY_UP.format(count=column.count, **first), values, daily)


def _must_hit(statement: str, values: Sequence[Any], wanted: Sequence[Want]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.rowcount != len(wanted):
            raise LimitMoved(promotion_id=wanted[0].definition.id)


_COUNT_DOWN: Final = """
UPDATE rewards_promotion p SET {count} = p.{count} - gone.uses, {amount} = p.{amount} - gone.spend
FROM (SELECT id, sum(uses) AS uses, sum(spend) AS spend
      FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS each (id, uses, spend) GROUP BY id) AS gone
WHERE p.merchant_id = %s AND p.id = gone.id
"""
_COUNT_DAYS_DOWN: Final = """
UPDATE rewards_promotionday d SET {count} = d.{count} - gone.uses
FROM (SELECT promotion_id, day, count(*) AS uses
      FROM unnest(%s::uuid[], %s::date[]) AS each (promotion_id, day) GROUP BY promotion_id, day) AS gone
WHERE d.merchant_id = %s AND d.promotion_id = gone.promotion_id AND d.day = gone.day
"""


def drop_uses(merchant: MerchantFacts, rows: Sequence[PromotionUse], *, others: Collection[UUID] = ()) -> bool:
    """Delete the rows that are still there and take them off their counters; `others` are locked with them."""
    if not rows:
        return False
    lock_counters(merchant, sorted({row.promotion_id for row in rows if row.counted} | set(others)))
    gone = _delete_uses(merchant, rows)
    for state, column in (("used", USED), ("open", RESERVED)):
        mine = [row for row in rows if row.id in gone and row.state == state and row.counted]
        count_down(merchant, [(row.promotion_id, 1, gone[row.id]) for row in mine], column)
        days = [(row.promotion_id, row.day) for row in mine if row.counted_today]
        if days:
            with connection.cursor() as cursor:
                values: list[Any] = [[i for i, _ in days], [day for _, day in days], merchant.id]
                cursor.execute(_COUNT_DAYS_DOWN.format(count=column.count), values)
    return bool(gone)


def _delete_uses(merchant: MerchantFacts, rows: Sequence[PromotionUse]) -> dict[UUID, int]:
    """Delete and return what was really there, with its spend: a twin may have been here before the lock."""
    statement = "DELETE FROM rewards_promotionuse WHERE merchant_id = %s AND id = ANY(%s::uuid[]) RETURNING id, spend"
    with connection.cursor() as cursor:
        cursor.execute(statement, [merchant.id, [row.id for row in rows]])
        return dict(cursor.fetchall())


def count_down(merchant: MerchantFacts, gone: Sequence[tuple[UUID, int, int]], column: Column) -> None:
    """Count down (promotion, uses, spend) each."""
    if gone:
        with connection.cursor() as cursor:
            values: list[Any] = [[g[0] for g in gone], [g[1] for g in gone], [g[2] for g in gone], merchant.id]
            cursor.execute(_COUNT_DOWN.format(count=column.count, amount=column.amount), values)
