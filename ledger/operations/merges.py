"""All that one member has goes to another's accounts, and back again: two transfers of kind merge each time.

Nothing is made or lost: lots keep their days, pending ones stay pending, debt stays debt. The empty account names the
one that has absorbed it, so that what the merged member once earned or spent is still given back and taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from ledger.facts import EntryKind, HouseRole, LotDraft, Posting, Unit
from ledger.models import Account, Lot, LotUse, Transfer
from ledger.operations.accounts import lock_accounts, open_account
from ledger.operations.batch import Batch
from ledger.operations.extensions import extend_lots
from ledger.operations.locked import LockedAccount
from ledger.operations.refusals import DebtTooLarge, MergedPointsMoved, PointsOnHold
from ledger.rules import OpenLot, active_lots, allocate, extended_day, pending_lots, spending_order
from merchants.facts import MerchantFacts

SOURCE = "merge"


def absorb_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, merge_id: UUID, at: datetime
) -> list[UUID]:
    """Move points and wallet money of the merged member to the survivor; return the accounts that are absorbed now.

    Both members' rows are locked. Raises PointsOnHold while a till has something of the merged member set aside,
    DebtTooLarge when both together would owe more than the merchant allows.
    """
    absorbed: list[UUID] = []
    for unit in Unit:
        owned = set(_owners_with_account(merchant, [survivor_id, merged_id], unit))
        if merged_id not in owned:
            continue
        open_account(merchant=merchant, owner_id=survivor_id, unit=unit)
        both = _lock_both(merchant, survivor_id, merged_id, unit, at)
        absorbed += _absorb_account(merchant, both[survivor_id], both[merged_id], merge_id)
    return absorbed


def release_member(
    *,
    merchant: MerchantFacts,
    survivor_id: UUID,
    merged_id: UUID,
    merge_id: UUID,
    account_ids: Sequence[UUID],
    at: datetime,
) -> None:
    """Take the merge of the accounts back by two further transfers of each unit; nothing is deleted.

    Raises MergedPointsMoved when what came with the merge was spent, held, taken back or lapsed meanwhile.
    """
    for unit in Unit:
        both = _lock_both(merchant, survivor_id, merged_id, unit, at)
        if merged_id not in both:
            continue
        survivor, merged = both[survivor_id], both[merged_id]
        own = Account.objects.filter(merchant_id=merchant.id, id__in=account_ids, unit=unit.value)
        own.exclude(id=merged.id).update(absorbed_by_id=merged.id)
        own.filter(id=merged.id).update(absorbed_by_id=None)
        _extend_as(merchant, merged, survivor, merge_id)
        batch = Batch(merchant)
        for moved in _merge_transfers(merchant, merge_id, unit, survivor.id):
            if moved.change > 0:
                _give_lots_back(batch, survivor, merged, moved)
            else:
                _give_debt_back(batch, survivor, merged, moved)
        batch.write()


def _owners_with_account(merchant: MerchantFacts, owner_ids: Sequence[UUID], unit: Unit) -> list[UUID | None]:
    rows = Account.objects.filter(merchant_id=merchant.id, owner_id__in=owner_ids, unit=unit.value)
    return list(rows.values_list("owner_id", flat=True))


def _lock_both(
    merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, unit: Unit, at: datetime
) -> dict[UUID, LockedAccount]:
    return lock_accounts(
        merchant=merchant,
        owner_ids=[survivor_id, merged_id],
        unit=unit,
        business_date=merchant.day_of(at),
        at=at,
    )


def _absorb_account(
    merchant: MerchantFacts, survivor: LockedAccount, merged: LockedAccount, merge_id: UUID
) -> list[UUID]:
    if merged.holds:
        until = max(hold.reserved_until for hold in merged.holds.values())
        raise PointsOnHold(amount=merged.held, until=until.isoformat())
    batch = Batch(merchant)
    _extend_as(merchant, survivor, merged, merge_id)
    _move_lots(batch, survivor, merged, merge_id)
    _move_debt(batch, survivor, merged, merge_id)
    if survivor.debt > merchant.max_debt_points:
        raise DebtTooLarge(debt=survivor.debt, most=merchant.max_debt_points)
    batch.write()
    rows = Account.objects.filter(merchant_id=merchant.id)
    ids = [merged.id, *rows.filter(absorbed_by_id=merged.id).order_by("id").values_list("id", flat=True)]
    rows.filter(id__in=ids).update(absorbed_by_id=survivor.id)
    return ids


def _extend_as(merchant: MerchantFacts, account: LockedAccount, other: LockedAccount, merge_id: UUID) -> None:
    """Let the account's lots last as long as the other's: purchases of one person, whichever record they are on."""
    extended = [(account, other.extended_until)]
    extend_lots(merchant=merchant, extended=extended, source_kind=SOURCE, source_id=merge_id, at=account.at)


def _start_transfer(
    batch: Batch, account: LockedAccount, change: int, merge_id: UUID, *, reverses_id: UUID | None = None
) -> Transfer:
    posting = Posting(kind=EntryKind.MERGE, unit=account.unit, change=change, source_kind=SOURCE, source_id=merge_id)
    return account.start_transfer(
        batch,
        posting,
        at=account.at,
        business_date=account.business_date,
        house=HouseRole.MOVED,
        reverses_id=reverses_id,
    )


def _move_lots(batch: Batch, survivor: LockedAccount, merged: LockedAccount, merge_id: UUID) -> None:
    lots = sorted((lot for lot in merged.lots.values() if lot.remaining), key=spending_order)
    if not lots:
        return
    total = sum(lot.remaining for lot in lots)
    roots = _first_lots(batch.merchant, [lot.id for lot in lots])
    taken, given = _start_transfer(batch, merged, -total, merge_id), _start_transfer(batch, survivor, total, merge_id)
    for lot in lots:
        draft = LotDraft(lot.remaining, lot.available_on, lot.expires_on, lot.earned_at, lot.follows_purchases)
        survivor.add_lot(batch, given, draft, origin_lot_id=roots[lot.id])
        merged.use_lot(batch, lot, "spend", lot.remaining, transfer_id=taken.id)
    survivor.settle_debt(batch, survivor.business_date, transfer_id=given.id)


def _first_lots(merchant: MerchantFacts, lot_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the lot in which each was first given: itself, unless an earlier merge brought it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.id, CASE WHEN t.kind = 'merge' THEN l.origin_lot_id ELSE l.id END FROM ledger_lot l "
            "JOIN ledger_transfer t ON t.merchant_id = l.merchant_id AND t.id = l.transfer_id "
            "WHERE l.merchant_id = %s AND l.id = ANY(%s::uuid[])",
            [merchant.id, list(lot_ids)],
        )
        return dict(cursor.fetchall())


def _move_debt(batch: Batch, survivor: LockedAccount, merged: LockedAccount, merge_id: UUID) -> None:
    """Free the merged account of its debt; the survivor's points pay it, what they do not cover the survivor owes."""
    owed = merged.debt
    if owed == 0:
        return
    forgiven, taken = _start_transfer(batch, merged, owed, merge_id), _start_transfer(batch, survivor, -owed, merge_id)
    merged.move_debt(batch, -owed, transfer_id=forgiven.id)
    _cover_debt(batch, survivor, owed, taken)


def _cover_debt(batch: Batch, account: LockedAccount, amount: int, transfer: Transfer) -> None:
    lots, on = account.lots.values(), account.business_date
    takes, missing = allocate([*active_lots(lots, on), *pending_lots(lots, on)], amount)
    for take in takes:
        account.use_lot(batch, take.lot, "spend", take.amount, transfer_id=transfer.id)
    if missing:
        account.move_debt(batch, missing, transfer_id=transfer.id)


def _merge_transfers(merchant: MerchantFacts, merge_id: UUID, unit: Unit, account_id: UUID) -> list[Transfer]:
    rows = Transfer.objects.filter(
        merchant_id=merchant.id, account_id=account_id, source_kind=SOURCE, source_id=merge_id, unit=unit.value
    )
    return list(rows.filter(reverses_id__isnull=True).order_by("id"))


def _twin_of(batch: Batch, moved: Transfer, merged: LockedAccount) -> Transfer:
    """Return the transfer that the merge made on the other side."""
    return Transfer.objects.get(
        merchant_id=batch.merchant.id,
        account_id=merged.id,
        source_kind=SOURCE,
        source_id=moved.source_id,
        change=-moved.change,
        reverses_id__isnull=True,
    )


def _give_lots_back(batch: Batch, survivor: LockedAccount, merged: LockedAccount, moved: Transfer) -> None:
    """Take the lots that the merge made, untouched as they are, and fill the merged member's own lots again."""
    twin = _twin_of(batch, moved, merged)
    made = list(Lot.objects.filter(merchant_id=batch.merchant.id, transfer_id=moved.id).order_by("id"))
    uses = LotUse.objects.filter(merchant_id=batch.merchant.id, lot_id__in=[lot.id for lot in made])
    if uses.exclude(transfer_id=moved.id).exists() or any(lot.held for lot in made):
        raise MergedPointsMoved(unit=survivor.unit.value)
    left = sum(lot.remaining for lot in made)
    taken = _start_transfer(batch, survivor, -moved.change, moved.source_id, reverses_id=moved.id)
    for lot in made:
        if lot.remaining:
            survivor.use_lot(batch, survivor.lots[lot.id], "spend", lot.remaining, transfer_id=taken.id)
    if moved.change > left:  # the survivor's debt was paid with them: it is owed again
        _cover_debt(batch, survivor, moved.change - left, taken)
    given = _start_transfer(batch, merged, moved.change, moved.source_id, reverses_id=twin.id)
    _refill_lots(batch, merged, twin, given)


def _give_debt_back(batch: Batch, survivor: LockedAccount, merged: LockedAccount, moved: Transfer) -> None:
    """Free the survivor of what was owed for the merged member, who owes it again."""
    twin = _twin_of(batch, moved, merged)
    if survivor.debt < _debt_of(batch.merchant, moved):
        raise MergedPointsMoved(unit=survivor.unit.value)
    freed = _start_transfer(batch, survivor, -moved.change, moved.source_id, reverses_id=moved.id)
    _refill_lots(batch, survivor, moved, freed)
    owed = _debt_of(batch.merchant, moved)
    if owed:
        survivor.move_debt(batch, -owed, transfer_id=freed.id)
    survivor.settle_debt(batch, survivor.business_date, transfer_id=freed.id)
    charged = _start_transfer(batch, merged, moved.change, moved.source_id, reverses_id=twin.id)
    merged.move_debt(batch, -moved.change, transfer_id=charged.id)


def _debt_of(merchant: MerchantFacts, moved: Transfer) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(change), 0)::bigint FROM ledger_debtmove WHERE merchant_id = %s AND transfer_id = %s",
            [merchant.id, moved.id],
        )
        owed: int = cursor.fetchone()[0]
    return owed


def _refill_lots(batch: Batch, account: LockedAccount, taken: Transfer, given: Transfer) -> None:
    """Give back to each lot what `taken` spent of it. Raises MergedPointsMoved for one whose last day has passed."""
    uses = LotUse.objects.select_related("lot").filter(
        merchant_id=batch.merchant.id, transfer_id=taken.id, kind="spend"
    )
    for use in uses.order_by("lot_id"):
        row = use.lot
        stored = OpenLot(
            id=row.id,
            transfer_id=row.transfer_id,
            amount=row.amount,
            remaining=row.remaining,
            held=row.held,
            uses=row.uses,
            available_on=row.available_on,
            expires_on=extended_day(row.expires_on, account.extended_until)
            if row.follows_purchases
            else row.expires_on,
            earned_at=row.earned_at,
            follows_purchases=row.follows_purchases,
        )
        lot = account.lots.setdefault(row.id, stored)
        if lot.has_passed(account.business_date):
            raise MergedPointsMoved(unit=account.unit.value)
        account.use_lot(batch, lot, "give_back", -use.amount, transfer_id=given.id)
