"""The night's step: lots whose last day is over."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from ledger.facts import Unit
from ledger.operations.accounts import lock_accounts
from merchants.facts import MerchantFacts


def expire_due(*, merchant: MerchantFacts, business_date: date, after: UUID | None, limit: int) -> UUID | None:
    """Expire, for up to `limit` accounts after the cursor, the lots whose last day is `business_date` or earlier.

    `business_date` is the day that has ended; the transfers are booked on the day after it, at its first instant, so
    a repeated or late night books the same. Returns the cursor for the next call, None when no account is left.
    Nothing depends on it: every lock of an account expires what is overdue, this only tidies quiet ones.
    """
    due = _accounts_due(merchant, business_date, after, limit)
    _, at = merchant.bounds_of(business_date)
    for unit in Unit:
        lock_accounts(
            merchant=merchant,
            owner_ids=[owner_id for _, owner_id, account_unit in due if account_unit == unit],
            unit=unit,
            business_date=business_date + timedelta(days=1),
            at=at,
        )
    return due[-1][0] if len(due) == limit else None


def _accounts_due(
    merchant: MerchantFacts, business_date: date, after: UUID | None, limit: int
) -> list[tuple[UUID, UUID, str]]:
    """Return (account id, owner, unit) in the order of account ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.owner_id, a.unit FROM ledger_account a WHERE a.merchant_id = %s AND a.id IN ("
            "SELECT DISTINCT l.account_id FROM ledger_lot l "
            "JOIN ledger_account o ON o.merchant_id = l.merchant_id AND o.id = l.account_id "
            "WHERE l.merchant_id = %s AND l.remaining > 0 AND l.expires_on <= %s "
            "AND (NOT l.follows_purchases OR coalesce(o.extended_until <= %s, true)) "
            "AND l.account_id > %s ORDER BY l.account_id LIMIT %s) ORDER BY a.id",
            [merchant.id, merchant.id, business_date, business_date, after or UUID(int=0), limit],
        )
        rows: list[tuple[UUID, UUID, str]] = cursor.fetchall()
        return rows
