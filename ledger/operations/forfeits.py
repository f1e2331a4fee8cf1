"""What a member who is erased leaves behind in the book: the balance is taken back, amounts stay, notes go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from common.errors import Refusal
from common.named_rows import empty_words
from ledger.facts import EntryKind, HouseRole, Posting, Unit
from ledger.models import Account, Transfer
from ledger.operations.accounts import lock_account
from ledger.operations.batch import Batch
from merchants.facts import MerchantFacts


class StillHeld(Refusal):
    """Something of the balance is set aside at a till, for ten minutes at most."""

    code = "still_held"


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime, business_date: date) -> dict[Unit, int]:
    """Forfeit points and wallet money, pending ones too, by one transfer per account, and empty the notes of all.

    Return what was forfeited. Debt stays, as what the books say. Raises StillHeld.
    """
    accounts = Account.objects.filter(merchant_id=merchant.id, owner_id=member_id)
    units = [Unit(unit) for unit in accounts.order_by("id").values_list("unit", flat=True)]
    taken = {unit: _forfeit_unit(merchant, member_id, unit, at=at, business_date=business_date) for unit in units}
    notes = Transfer.objects.filter(merchant_id=merchant.id, account_id__in=accounts.values("id")).exclude(note="")
    notes.update(note="")
    return taken


def forget_words(*, merchant: MerchantFacts, texts: Sequence[str]) -> None:
    """Empty notes about movements of others wherever they name a person who is erased."""
    empty_words(Transfer, merchant_id=merchant.id, columns=["note"], texts=texts)


def _forfeit_unit(merchant: MerchantFacts, member_id: UUID, unit: Unit, *, at: datetime, business_date: date) -> int:
    account = lock_account(merchant=merchant, owner_id=member_id, unit=unit, business_date=business_date, at=at)
    if account.held:
        raise StillHeld
    lots = [lot for lot in account.lots.values() if lot.remaining > 0]
    total = sum(lot.remaining for lot in lots)
    if not total:
        return 0
    batch = Batch(merchant)
    posting = Posting(
        kind=EntryKind.CLAWBACK, unit=unit, change=-total, source_kind="erasure", source_id=member_id, reason="erasure"
    )
    transfer = account.start_transfer(batch, posting, at=at, business_date=business_date, house=HouseRole.EXPIRED)
    for lot in lots:
        account.use_lot(batch, lot, "take_back", lot.remaining, transfer_id=transfer.id)
    batch.write()
    return total
