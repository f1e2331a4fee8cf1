"""Posting transfers to a locked account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger.facts import EntryKind, Posted, PostedTransfer, Posting
from ledger.operations.batch import Batch
from ledger.operations.locked import LockedAccount
from ledger.operations.refusals import InsufficientPoints
from ledger.rules import GIVING_KINDS, HOUSE_SIDE, MOVING_KINDS, active_lots, allocate, pending_lots
from merchants.facts import MerchantFacts

POSTABLE = GIVING_KINDS | MOVING_KINDS | {EntryKind.REDEEM}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingJob:
    """What to post to one locked account, for `post_many`."""

    account: LockedAccount
    postings: Sequence[Posting]
    at: datetime
    business_date: date


def post(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    postings: Sequence[Posting],
    at: datetime,
    business_date: date,
    allow_debt_up_to: int | None = None,
) -> Posted:
    """Make the transfers, in order, in at most three statements however many there are: new rows, lots, the account.

    Kinds: earn, bonus, cashback, top_up (positive), redeem (negative), transfer and merge (either). Positive changes
    carry a `lot` and repay debt first. Negative ones use active lots, earliest expiry first, and raise
    InsufficientPoints when those do not suffice: then nothing has changed.
    `allow_debt_up_to` is for paid sales, which are never refused: what active lots lack comes from pending lots, then
    becomes debt as long as the account's whole debt stays within that number (and the merchant's `max_debt_points`);
    the rest is `shortfall`. Reversals, holds, adjustments and write-offs have operations of their own.
    """
    batch = Batch(merchant)
    check_postable(account, postings)
    with account.unchanged_on_error(batch):
        made = [
            post_one(batch, account, posting, at=at, business_date=business_date, allow_debt_up_to=allow_debt_up_to)
            for posting in postings
        ]
    batch.write()
    return Posted(tuple(made))


def post_many(*, merchant: MerchantFacts, jobs: Sequence[PostingJob]) -> list[Posted]:
    """Post to many accounts, in at most one statement per table and 2,000 rows: imports, bonuses for many members.

    All or nothing: after a refusal the accounts given are to be locked again.
    """
    batch = Batch(merchant)
    posted = []
    for job in jobs:
        check_postable(job.account, job.postings)
        made = [
            post_one(batch, job.account, posting, at=job.at, business_date=job.business_date)
            for posting in job.postings
        ]
        posted.append(Posted(tuple(made)))
    batch.write()
    return posted


def check_postable(account: LockedAccount, postings: Sequence[Posting]) -> None:
    """Raise ValueError for what a caller must not ask for."""
    for posting in postings:
        if posting.kind not in POSTABLE:
            raise ValueError(f"a posting of kind {posting.kind} has an operation of its own")
        if posting.unit != account.unit:
            raise ValueError(f"{posting.unit} cannot be posted to an account of {account.unit}")
        gives = posting.change > 0
        if (
            posting.change == 0
            or (gives and posting.kind == EntryKind.REDEEM)
            or (not gives and posting.kind in GIVING_KINDS)
        ):
            raise ValueError(f"a posting of kind {posting.kind} cannot change {posting.change}")
        if (posting.lot.amount if posting.lot else 0) != max(posting.change, 0):
            raise ValueError("what is given is one lot of the same amount; what is taken has none")


def post_one(
    batch: Batch,
    account: LockedAccount,
    posting: Posting,
    *,
    at: datetime,
    business_date: date,
    allow_debt_up_to: int | None = None,
) -> PostedTransfer:
    """Add one transfer to the batch, with the lots and the debt that cover it."""
    if posting.change > 0:
        return _add_points(batch, account, posting, at, business_date)
    return _take_points(batch, account, posting, at=at, on=business_date, allow_debt_up_to=allow_debt_up_to)


def _add_points(batch: Batch, account: LockedAccount, posting: Posting, at: datetime, on: date) -> PostedTransfer:
    transfer = account.start_transfer(batch, posting, at=at, business_date=on, house=HOUSE_SIDE[posting.kind])
    if posting.lot is not None:
        account.add_lot(batch, transfer, posting.lot)
    account.settle_debt(batch, on, transfer_id=transfer.id)
    return PostedTransfer(transfer.id, posting.change)


def _take_points(
    batch: Batch,
    account: LockedAccount,
    posting: Posting,
    *,
    at: datetime,
    on: date,
    allow_debt_up_to: int | None,
) -> PostedTransfer:
    needed = -posting.change
    lots = account.lots.values()
    usable = active_lots(lots, on)
    may_owe = allow_debt_up_to is not None and posting.kind == EntryKind.REDEEM
    if may_owe:
        usable += pending_lots(lots, on)
    takes, missing = allocate(usable, needed)
    if missing and not may_owe:
        raise InsufficientPoints(unit=account.unit, available=needed - missing, needed=needed)
    owed = min(missing, _room_for_debt(batch.merchant, account, allow_debt_up_to))
    shortfall = missing - owed
    if shortfall == needed:
        return PostedTransfer(None, 0, 0, shortfall)
    made = replace(posting, change=shortfall - needed)
    transfer = account.start_transfer(
        batch, made, at=at, business_date=on, house=HOUSE_SIDE[posting.kind], may_owe=may_owe
    )
    for take in takes:
        account.use_lot(batch, take.lot, "spend", take.amount, transfer_id=transfer.id)
    if owed:
        account.move_debt(batch, owed, transfer_id=transfer.id)
    return PostedTransfer(transfer.id, made.change, owed, shortfall)


def _room_for_debt(merchant: MerchantFacts, account: LockedAccount, allow_debt_up_to: int | None) -> int:
    limit = min(allow_debt_up_to or 0, merchant.max_debt_points)
    return max(0, limit - account.debt)
