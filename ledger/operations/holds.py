"""Holding points for a till while the customer pays."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from common.ids import new_id
from ledger.facts import EntryKind, HouseRole, PostedTransfer, Posting
from ledger.models import Hold, HoldLot
from ledger.operations.batch import Batch
from ledger.operations.locked import LockedAccount, OpenHold
from ledger.operations.overdue import expire_lots
from ledger.operations.refusals import HoldNotOpen, InsufficientPoints
from ledger.rules import active_lots, allocate
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
    """Set `amount` of the active lots aside, earliest expiry first; return the hold's id.

    The day and instant are those of the account's lock. Raises InsufficientPoints. After `reserved_until` the points
    are free again for anyone who locks the account next; no worker is needed.
    """
    if amount <= 0:
        raise ValueError("a hold sets something aside")
    takes, missing = allocate(active_lots(account.lots.values(), account.business_date), amount)
    if missing:
        raise InsufficientPoints(unit=account.unit, available=amount - missing, needed=amount)
    batch = Batch(merchant)
    hold = OpenHold(new_id(), reserved_until, {take.lot.id: take.amount for take in takes})
    batch.holds.append(
        Hold(
            merchant_id=merchant.id,
            id=hold.id,
            account_id=account.id,
            amount=amount,
            business_date=account.business_date,
            created_at=account.at,
            reserved_until=reserved_until,
            reference_kind=reference_kind,
            reference_id=reference_id,
        )
    )
    for take in takes:
        batch.hold_lots.append(
            HoldLot(merchant_id=merchant.id, hold_id=hold.id, lot_id=take.lot.id, amount=take.amount)
        )
    account.open_hold(batch, hold)
    batch.write()
    return hold.id


def release_hold(*, merchant: MerchantFacts, account: LockedAccount, hold_id: UUID) -> bool:
    """Give a hold's points back to their lots, open debt first; return False when it was not open any more."""
    hold = account.holds.get(hold_id)
    if hold is None:
        return False
    batch = Batch(merchant)
    account.close_hold(batch, hold, "released", account.at)
    expire_lots(batch, account)
    account.settle_debt(batch, account.business_date, hold_id=hold_id)
    batch.write()
    return True


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
    """Spend exactly what is held, from the held lots, also when their last day has passed meanwhile.

    Raises HoldNotOpen; a paid sale then posts an ordinary redemption with `allow_debt_up_to`.
    """
    hold = account.holds.get(hold_id)
    if hold is None:
        raise HoldNotOpen(hold_id=str(hold_id))
    posting = Posting(
        kind=kind,
        unit=account.unit,
        change=-hold.amount,
        source_kind=source_kind,
        source_id=source_id,
        reference=reference,
        note=note,
    )
    batch = Batch(merchant)
    account.close_hold(batch, hold, "committed", at)
    transfer = account.start_transfer(batch, posting, at=at, business_date=business_date, house=HouseRole.REDEEMED)
    for lot_id, part in hold.parts.items():
        account.use_lot(batch, account.lots[lot_id], "spend", part, transfer_id=transfer.id, hold_id=hold_id)
    expire_lots(batch, account)
    batch.write()
    return PostedTransfer(transfer.id, posting.change)
