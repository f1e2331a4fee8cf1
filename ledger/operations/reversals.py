"""Giving back what was spent, taking back what was earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from ledger.facts import EntryKind, LotDraft, Posting, Returned, TakeBackPolicy, TakenBack
from ledger.models import Transfer
from ledger.operations.batch import Batch
from ledger.operations.locked import LockedAccount
from ledger.operations.refusals import PartlySpent, ReturnExceedsSpent
from ledger.queries.originals import Original, SpentPart, lots_spent, originals
from ledger.rules import (
    HOUSE_SIDE,
    RETURN_KINDS,
    TAKE_BACK_KINDS,
    OpenLot,
    Take,
    active_lots,
    allocate,
    pending_lots,
    spending_order,
    unwind,
)
from merchants.facts import MerchantFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reversal:
    """What all transfers of one reversal have in common."""

    account: LockedAccount
    kind: EntryKind
    source_kind: str
    source_id: UUID
    reference: str
    note: str
    at: datetime
    business_date: date

    def start(self, batch: Batch, original: Original, change: int) -> Transfer:
        posting = Posting(
            kind=self.kind,
            unit=self.account.unit,
            change=change,
            source_kind=self.source_kind,
            source_id=self.source_id,
            reference=self.reference,
            note=self.note,
        )
        return self.account.start_transfer(
            batch,
            posting,
            at=self.at,
            business_date=self.business_date,
            house=HOUSE_SIDE[original.kind],
            reverses_id=original.id,
        )


def return_spent(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    spent_transfer_ids: Sequence[UUID],
    amount: int,
    kind: EntryKind,
    source_kind: str,
    source_id: UUID,
    grace_days: int,
    at: datetime,
    business_date: date,
    reference: str = "",
    note: str = "",
    at_most: bool = False,
) -> Returned:
    """Give `amount` back to the lots that those transfers used, same expiry; kind redeem_reversal, refund or void.

    What was used last comes back first, so any partial returns together equal the full one. Where the lot's last day
    has passed, or debt and not a lot had paid, a new lot of `grace_days` takes its place; open debt is repaid first.
    Raises ReturnExceedsSpent, with nothing changed; with `at_most` it gives back what there is (a paid sale of which
    part was the merchant's loss). The caller holds its lock on the sale or redemption.
    """
    if kind not in RETURN_KINDS or amount < 0:
        raise ValueError(f"{amount} cannot be returned by a transfer of kind {kind}")
    found = _of_account(account, originals(merchant_id=merchant.id, transfer_ids=spent_transfer_ids))
    returnable = sum(-original.change - original.reversed_so_far for original in found)
    if at_most:
        amount = min(amount, returnable)
    if amount > returnable:
        raise ReturnExceedsSpent(returnable=returnable, asked=amount)
    spent = lots_spent(merchant_id=merchant.id, transfer_ids=spent_transfer_ids)
    reversal = _Reversal(
        account=account,
        kind=kind,
        source_kind=source_kind,
        source_id=source_id,
        reference=reference,
        note=note,
        at=at,
        business_date=business_date,
    )
    batch = Batch(merchant)
    to_grace = 0
    left = amount
    for original in reversed(found):
        part = min(left, -original.change - original.reversed_so_far)
        if part:
            to_grace += _return_one(
                batch, reversal, original, spent=spent[original.id], amount=part, grace_days=grace_days
            )
            left -= part
    batch.write()
    return Returned([t.id for t in batch.transfers], to_lots=amount - to_grace, to_grace=to_grace)


def _return_one(
    batch: Batch,
    reversal: _Reversal,
    original: Original,
    *,
    spent: list[SpentPart],
    amount: int,
    grace_days: int,
) -> int:
    """Give one transfer back; return how much of it went to grace lots."""
    account, on = reversal.account, reversal.business_date
    spent = sorted(spent, key=lambda used: spending_order(used.lot))
    owed = -original.change - sum(used.amount for used in spent)
    back = unwind([*(used.amount for used in spent), owed], original.reversed_so_far, amount)
    transfer = reversal.start(batch, original, amount)
    last_day = on + timedelta(days=grace_days)
    to_grace = back[-1]
    if to_grace:
        account.add_lot(batch, transfer, LotDraft(to_grace, on, last_day, reversal.at))
    for used, part in zip(spent, back[:-1], strict=True):
        if part == 0:
            continue
        is_here = used.account_id == account.id
        lot = account.lots.setdefault(used.lot.id, used.lot) if is_here else used.lot
        if lot.has_passed(on):
            draft = LotDraft(part, on, last_day, lot.earned_at, lot.follows_purchases)
            account.add_lot(batch, transfer, draft, origin_lot_id=lot.id)
            to_grace += part
        elif not is_here:  # spent from an account that was merged into this one: the same days, in a lot of this one
            draft = LotDraft(part, lot.available_on, lot.expires_on, lot.earned_at, lot.follows_purchases)
            account.add_lot(batch, transfer, draft, origin_lot_id=lot.id)
        else:
            account.use_lot(batch, lot, "give_back", -part, transfer_id=transfer.id)
    account.settle_debt(batch, on, transfer_id=transfer.id)
    return to_grace


def take_back(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    earned_transfer_ids: Sequence[UUID],
    amount: int,
    kind: EntryKind,
    policy: TakeBackPolicy | str,
    source_kind: str,
    source_id: UUID,
    at: datetime,
    business_date: date,
    reference: str = "",
    note: str = "",
) -> TakenBack:
    """Take up to `amount` of what those transfers gave; kind refund, void or clawback.

    From their own lots first (pending or active), then other active lots earliest expiry first, other pending lots,
    then debt up to the merchant's `max_debt_points`; never from what is held. `only_pending` stops after their own
    pending lots, `within_balance` before debt. Never refuses: the answer says what is left.
    """
    if kind not in TAKE_BACK_KINDS or amount < 0:
        raise ValueError(f"{amount} cannot be taken back by a transfer of kind {kind}")
    policy = TakeBackPolicy(policy)
    reversal = _Reversal(
        account=account,
        kind=kind,
        source_kind=source_kind,
        source_id=source_id,
        reference=reference,
        note=note,
        at=at,
        business_date=business_date,
    )
    batch = Batch(merchant)
    left, from_lots, from_debt, expired = amount, 0, 0, 0
    found = _of_account(account, originals(merchant_id=merchant.id, transfer_ids=earned_transfer_ids))
    for original in reversed(found):
        asked = min(left, original.change - original.reversed_so_far)
        possible = max(
            0, original.change - original.reversed_so_far - _expired_amount(account, original, business_date)
        )
        part = min(asked, possible)
        lots, debt = _take_one(batch, reversal, original, part, policy)
        from_lots, from_debt, expired = from_lots + lots, from_debt + debt, expired + asked - part
        left -= lots + debt + asked - part
    batch.write()
    return TakenBack([t.id for t in batch.transfers], from_lots, from_debt, expired, missing=left)


def take_back_whole(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    given_transfer_id: UUID,
    source_kind: str,
    source_id: UUID,
    at: datetime,
    business_date: date,
    reference: str = "",
    note: str = "",
) -> UUID:
    """Void what one transfer gave, all of it or nothing; return the transfer that does.

    Raises PartlySpent, with nothing changed, when any of it was spent, expired, repaid a debt or is held.
    """
    [given] = originals(merchant_id=merchant.id, transfer_ids=[given_transfer_id])
    free = sum(lot.free for lot in _own_lots(account, given) if not lot.has_passed(business_date))
    if free != given.change:
        raise PartlySpent(available=free, needed=given.change)
    taken = take_back(
        merchant=merchant,
        account=account,
        earned_transfer_ids=[given_transfer_id],
        amount=given.change,
        kind=EntryKind.VOID,
        policy=TakeBackPolicy.WITHIN_BALANCE,
        source_kind=source_kind,
        source_id=source_id,
        at=at,
        business_date=business_date,
        reference=reference,
        note=note,
    )
    return taken.transfer_ids[0]


def _expired_amount(account: LockedAccount, original: Original, on: date) -> int:
    """Return what expired of the original's own lots, or will: its day is over and a hold on the rest delays it."""
    waiting = sum(lot.free for lot in _own_lots(account, original) if lot.has_passed(on))
    return original.expired + waiting


def _own_lots(account: LockedAccount, original: Original) -> list[OpenLot]:
    return [lot for lot in account.lots.values() if lot.transfer_id == original.id]


def _take_one(
    batch: Batch, reversal: _Reversal, original: Original, amount: int, policy: TakeBackPolicy
) -> tuple[int, int]:
    """Take up to `amount` with one transfer; return (from lots, from debt)."""
    account, on = reversal.account, reversal.business_date
    takes, missing = _choose_lots(account, original, amount, policy, on)
    debt = 0
    if policy == TakeBackPolicy.DEBT:
        debt = min(missing, max(0, batch.merchant.max_debt_points - account.debt))
    from_lots = amount - missing
    if from_lots + debt == 0:
        return 0, 0
    transfer = reversal.start(batch, original, -(from_lots + debt))
    for take in takes:
        account.use_lot(batch, take.lot, "take_back", take.amount, transfer_id=transfer.id)
    if debt:
        account.move_debt(batch, debt, transfer_id=transfer.id)
    return from_lots, debt


def _choose_lots(
    account: LockedAccount, original: Original, amount: int, policy: TakeBackPolicy, on: date
) -> tuple[list[Take], int]:
    own = _own_lots(account, original)
    if policy == TakeBackPolicy.ONLY_PENDING:
        return allocate(pending_lots(own, on), amount)
    others = [lot for lot in account.lots.values() if lot.transfer_id != original.id]
    return allocate(
        [*pending_lots(own, on), *active_lots(own, on), *active_lots(others, on), *pending_lots(others, on)], amount
    )


def _of_account(account: LockedAccount, found: list[Original]) -> list[Original]:
    if any(original.account_id != account.id for original in found):
        raise ValueError("the transfers to reverse are of another account")
    return found
