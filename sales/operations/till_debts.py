"""Debt from tills: how much members may come to owe by the paid sales of one till in one day, and what they owe.

The day's counter is locked after the accounts, and only by a sale that asks for more than the member has, or by the
return of all that such a sale sold.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from common.ids import new_id
from common.rows import insert_rows
from ledger.facts import Posted, Unit
from ledger.operations import LockedAccount
from merchants.facts import MerchantFacts
from sales.models import Sale, TillDebt
from sales.operations.sale_in_progress import SaleInProgress

# The conflicting update changes nothing: it locks the row, and reads it as it is then.
_LOCK_DAY: Final = """
    INSERT INTO sales_tilldebtday AS d (merchant_id, id, till_id, day, owed_amount, limit_amount)
    VALUES (%(merchant)s, %(id)s, %(till)s, %(day)s, 0, %(limit)s)
    ON CONFLICT (merchant_id, till_id, day) DO UPDATE SET owed_amount = d.owed_amount
    RETURNING owed_amount"""
_COUNT_UP: Final = """
    UPDATE sales_tilldebtday SET owed_amount = owed_amount + %(owed)s, limit_amount = %(limit)s
    WHERE merchant_id = %(merchant)s AND till_id = %(till)s AND day = %(day)s
      AND owed_amount + %(owed)s <= %(limit)s"""

_COUNT_DOWN: Final = """
    UPDATE sales_tilldebtday d SET owed_amount = d.owed_amount - t.owed
    FROM (SELECT till_id, day, sum(owed_amount)::bigint AS owed FROM sales_tilldebt
          WHERE merchant_id = %(merchant)s AND sale_id = %(sale)s GROUP BY till_id, day) t
    WHERE d.merchant_id = %(merchant)s AND d.till_id = t.till_id AND d.day = t.day AND t.owed > 0"""
MISSING_WARNINGS: Final = frozenset({"points_missing", "wallet_missing"})


def debt_allowed(sale: SaleInProgress, account: LockedAccount, asked: int) -> int:
    """Return how much debt the account may have after the paid sale took what was asked, in the account's unit.

    The merchant's limit for a member; of a sale that was paid before we were asked also what is left of its till's day.
    None where the till is not to learn whether anyone is known: what is left of its day would tell.
    """
    if sale.withholds_member:
        return 0
    limit, has = sale.merchant.max_debt_points, account.balance
    if not sale.is_sent_afterwards or asked <= has.available + has.pending:
        return limit
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DAY, {"id": new_id(), **_named_day(sale)})
        left = max(0, sale.merchant.till_debt_limit_amount - int(cursor.fetchone()[0]))
    points, value = _read_worth(sale, account.unit)
    return min(limit, has.debt + left * points // value)


def note_debt(sale: SaleInProgress, unit: Unit, posted: Posted) -> None:
    """Count what the member owes by a sale that was paid before we were asked, and keep it for the list of debts."""
    if not sale.is_sent_afterwards:
        return
    points, value = _read_worth(sale, unit)
    owed_amount = -(-posted.from_debt * value // points)
    day = _named_day(sale)
    if posted.from_debt:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_UP, {"owed": owed_amount, **day})
            assert cursor.rowcount == 1, "the day was locked with room for it"
    debt = TillDebt(
        merchant_id=sale.merchant.id,
        sale_id=sale.id,
        till_id=day["till"],
        day=day["day"],
        unit=unit.value,
        owed=posted.from_debt,
        lost=posted.shortfall,
        owed_amount=owed_amount,
        noted_at=sale.received_at,
    )
    insert_rows(TillDebt, [debt])


def free_debt(*, merchant: MerchantFacts, sale: Sale) -> None:
    """Take what the sale had left as debt out of its till's day: all of it came back, so its member owes nothing by it.

    No statement for a sale that was recorded without a debt. Its row is locked, and says that it came back.
    """
    if any(said["code"] in MISSING_WARNINGS for said in sale.warnings):
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_DOWN, {"merchant": merchant.id, "sale": sale.id})


def _read_worth(sale: SaleInProgress, unit: Unit) -> tuple[int, int]:
    """Return what so many points of this sale paid; wallet money pays itself."""
    if unit is Unit.WALLET:
        return 1, 1
    return sale.outcome.points_to_redeem, max(1, sale.outcome.points_value_amount)


def _named_day(sale: SaleInProgress) -> dict[str, Any]:
    """Return the values that name the day of the sale's till: the merchant's day of our own clock."""
    return {
        "merchant": sale.merchant.id,
        "till": sale.context.till.id,
        "day": sale.context.ledger_day,
        "limit": sale.merchant.till_debt_limit_amount,
    }
