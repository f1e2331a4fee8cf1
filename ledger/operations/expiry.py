"""The night's step: lots whose last day is over."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from merchants.facts import MerchantFacts


def expire_due(*, merchant: MerchantFacts, business_date: date, after: UUID | None, limit: int) -> UUID | None:
    """Expires, for up to `limit` accounts after the cursor, the lots whose last day is `business_date` or earlier.

    `business_date` is the day that has ended; the transfers are booked on the day after it. Returns the cursor for
    the next call, None when no account is left. Running it again, or not at all, changes no balance: every lock of
    an account expires what is overdue.
    """
    raise NotImplementedError
