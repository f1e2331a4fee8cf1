"""Holding points for a till while the customer pays."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ledger.facts import EntryKind, PostedTransfer
from ledger.operations.locked import LockedAccount
from merchants.facts import MerchantFacts


def place_hold(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    amount: int,
    reserved_until: datetime,
    reference_kind: str,
    reference_id: UUID,
) -> UUID:
    """Sets `amount` of the active lots aside, earliest expiry first; returns the hold's id.

    The day and instant are those of the account's lock. Raises InsufficientPoints. After `reserved_until` the points
    are free again for whoever locks the account next; no worker is needed.
    """
    raise NotImplementedError


def release_hold(*, merchant: MerchantFacts, account: LockedAccount, hold_id: UUID) -> bool:
    """Gives a hold's points back to their lots; False when it was not open any more. Open debt is repaid first."""
    raise NotImplementedError


def commit_hold(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    hold_id: UUID,
    source_kind: str,
    source_id: UUID,
    at: datetime,
    business_date: date,
    kind: EntryKind = EntryKind.REDEEM,
    reference: str = "",
    note: str = "",
) -> PostedTransfer:
    """Spends exactly what is held, from the held lots, also when their last day has passed meanwhile.

    Raises HoldNotOpen; a paid sale then posts an ordinary redemption with `allow_debt_up_to`.
    """
    raise NotImplementedError
