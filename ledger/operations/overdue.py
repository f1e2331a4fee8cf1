"""What every lock of an account books first: lapsed holds, expired lots."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from ledger.facts import EntryKind, HouseRole, Posting
from ledger.operations.batch import Batch
from ledger.operations.locked import LockedAccount
from ledger.rules import spending_order


def book_overdue(batch: Batch, account: LockedAccount, *, keep_hold_ids: Collection[UUID] = ()) -> None:
    """Release holds lapsed by the lock's instant, then expire lots.

    What a hold sets free repays debt as on the day it lapsed, so that it makes no difference who locks next, and when.
    """
    lapsed = [h for h in account.holds.values() if h.reserved_until < account.at and h.id not in keep_hold_ids]
    merchant = batch.merchant
    for hold in sorted(lapsed, key=lambda h: (h.reserved_until, h.id)):
        account.close_hold(batch, hold, "released", account.at)
        lapsed_on = merchant.day_of(hold.reserved_until)
        account.settle_debt(batch, lapsed_on, hold_id=hold.id)
    expire_lots(batch, account)


def expire_lots(batch: Batch, account: LockedAccount) -> None:
    """Post one transfer per lot whose last day is over; a lot of which something is held waits for the hold (I7)."""
    if account.is_unread:
        return  # nothing has passed: it was left unread for that
    overdue = [
        lot
        for lot in account.lots.values()
        if lot.remaining > 0 and lot.held == 0 and lot.has_passed(account.business_date)
    ]
    for lot in sorted(overdue, key=spending_order):
        posting = Posting(
            kind=EntryKind.EXPIRE, unit=account.unit, change=-lot.remaining, source_kind="lot", source_id=lot.id
        )
        transfer = account.start_transfer(
            batch, posting, at=account.at, business_date=account.business_date, house=HouseRole.EXPIRED
        )
        account.use_lot(batch, lot, "expire", lot.remaining, transfer_id=transfer.id)
