"""Points and wallet money that one of a household moves to another who redeems them: two transfers each time.

Nothing is made or lost: what is moved keeps its days, and only what could be spent that day is moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from common.ids import new_id
from ledger.facts import EntryKind, HouseRole, LotDraft, Posting
from ledger.models import Transfer
from ledger.operations.batch import Batch
from ledger.operations.locked import LockedAccount
from ledger.rules import OpenLot, active_lots, spending_order
from merchants.facts import MerchantFacts

HOUSEHOLD: Final = "household"


def move_to_member(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    others: Sequence[LockedAccount],
    amount: int,
) -> int:
    """Move up to `amount` of what the others can spend to `account`, soonest to lapse first; return what was moved.

    All are of one unit and were locked by one statement. Nothing is moved to someone who owes, nor from one: a debt
    is the own account's. Each movement and its other side are two transfers with one `source_id` of their own.
    """
    if amount <= 0 or account.debt:
        return 0
    on = account.business_date
    offered = [(lot, other) for other in others if not other.debt for lot in active_lots(other.lots.values(), on)]
    parts: dict[LockedAccount, list[tuple[OpenLot, int]]] = {}
    left = amount
    for lot, other in sorted(offered, key=lambda one: spending_order(one[0])):
        if part := min(lot.free, left):
            parts.setdefault(other, []).append((lot, part))
            left -= part
    batch = Batch(merchant)
    for other, lots in parts.items():
        _move_lots(batch, other, account, lots)
    batch.write()
    return amount - left


def _move_lots(batch: Batch, giver: LockedAccount, taker: LockedAccount, parts: Sequence[tuple[OpenLot, int]]) -> None:
    total, move_id = sum(part for _, part in parts), new_id()

    def start(account: LockedAccount, change: int) -> Transfer:
        posting = Posting(
            kind=EntryKind.TRANSFER,
            unit=account.unit,
            change=change,
            source_kind=HOUSEHOLD,
            source_id=move_id,
        )
        return account.start_transfer(
            batch, posting, at=account.at, business_date=account.business_date, house=HouseRole.MOVED
        )

    taken, given = start(giver, -total), start(taker, total)
    for lot, part in parts:
        draft = LotDraft(part, lot.available_on, lot.expires_on, lot.earned_at, lot.follows_purchases)
        taker.add_lot(batch, given, draft)
        giver.use_lot(batch, lot, "spend", part, transfer_id=taken.id)
