"""The lock of a receipt number, also while no sale has it: what arrives together for one receipt goes one by one.

It is an advisory lock of the transaction, taken before the locks of any rows.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

LOCK_RECEIPT: Final = "pg_advisory_xact_lock(hashtextextended(%s, 0))"
"""SQL expression with one parameter, `receipt_lock_key`. Two receipts of one hash wait for each other, no more."""


def receipt_lock_key(merchant_id: UUID, till_id: UUID, reference: str) -> str:
    """Return what the lock is taken on."""
    return f"receipt {merchant_id} {till_id} {reference}"
