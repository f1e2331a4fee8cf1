"""An account under its row lock: the figures as this transaction has them, and the moves they are changed by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from common.ids import new_id
from ledger.facts import Balance, HouseRole, LotDraft, Posting, Unit
from ledger.models import Transfer
from ledger.operations.batch import Batch, house_account_id
from ledger.rules import OpenLot, active_lots, allocate, balance_of, extended_day, pending_lots


@dataclass(slots=True)
class OpenHold:
    """A hold that is open; `parts` maps the lots it sets aside to how much of each."""

    id: UUID
    reserved_until: datetime
    parts: dict[UUID, int]

    @property
    def amount(self) -> int:
        return sum(self.parts.values())


class LockedAccount:
    """The account as this transaction has it; every operation it is handed to keeps it up to date.

    For other apps: `owner_id`, `unit`, `business_date` and `at` of the lock, `balance`, `open_hold_ids`, `held_by`,
    `pending_of`, `has_wallet` (the owner has a wallet account too). All else is for the operations of the ledger.
    """

    def __init__(
        self,
        *,
        account_id: UUID,
        owner_id: UUID,
        unit: Unit,
        figures: tuple[int, int, int, int],
        business_date: date,
        at: datetime,
        has_wallet: bool = False,
        extended_until: date | None = None,
    ) -> None:
        self.has_wallet = has_wallet
        self.extended_until = extended_until
        self.id = account_id
        self.owner_id = owner_id
        self.unit = unit
        self.total, self.held, self.debt, self.seq = figures
        self.business_date = business_date
        self.at = at
        self._lots: dict[UUID, OpenLot] = {}
        self._days: list[OpenLot] = []
        self._read: Callable[[], Iterable[OpenLot]] | None = None
        self.holds: dict[UUID, OpenHold] = {}

    @property
    def lots(self) -> dict[UUID, OpenLot]:
        """Return every lot with something left; read now, by one statement, where the lock left them unread."""
        if self._read is not None:
            read, self._read = self._read, None
            # What this transaction added keeps its own object: a posting that is not written yet changes it.
            self._lots = {lot.id: lot for lot in read()} | self._lots
        return self._lots

    @property
    def is_unread(self) -> bool:
        return self._read is not None

    def leave_unread(self, days: Iterable[OpenLot], read: Callable[[], Iterable[OpenLot]]) -> None:
        """Leave the lots unread: `days` take their place in the balance until something needs the lots themselves."""
        self._days, self._read = list(days), read

    @property
    def balance(self) -> Balance:
        """Return available, pending, held and debt right now, on the day of the lock; costs no statement."""
        unread = self._days if self._read is not None else []
        return balance_of([*unread, *self._lots.values()], self.debt, self.business_date)

    @property
    def open_hold_ids(self) -> frozenset[UUID]:
        return frozenset(self.holds)

    def held_by(self, hold_id: UUID) -> int:
        """Return what an open hold of this account sets aside; costs no statement."""
        return self.holds[hold_id].amount

    def pending_of(self, transfer_ids: Collection[UUID]) -> tuple[tuple[int, date], ...]:
        """Return (amount, first usable day) of what those transfers gave and is not usable yet."""
        given = {lot.transfer_id for lot in self._lots.values()}
        lots = self._lots if given.issuperset(transfer_ids) else self.lots
        own = [lot for lot in lots.values() if lot.transfer_id in transfer_ids]
        return balance_of(own, 0, self.business_date).pending_lots

    @contextmanager
    def unchanged_on_error(self, batch: Batch) -> Iterator[None]:
        """Put the figures back when the body raises: a refused posting has changed nothing, here neither."""
        figures = (self.total, self.held, self.debt, self.seq)
        try:
            yield
        except BaseException:
            self.total, self.held, self.debt, self.seq = figures
            for lot, remaining, held, uses in batch.untouched.values():
                lot.remaining, lot.held, lot.uses = remaining, held, uses
            for lot_id in batch.new_lots:
                del self._lots[lot_id]
            raise

    def start_transfer(
        self,
        batch: Batch,
        posting: Posting,
        *,
        at: datetime,
        business_date: date,
        house: HouseRole,
        may_owe: bool = False,
        reverses_id: UUID | None = None,
    ) -> Transfer:
        """Start the transfer with its two entries; the caller covers the change with lots and debt."""
        transfer = Transfer(
            merchant_id=batch.merchant.id,
            id=new_id(),
            account_id=self.id,
            kind=posting.kind.value,
            unit=posting.unit.value,
            change=posting.change,
            at=at,
            business_date=business_date,
            source_kind=posting.source_kind,
            source_id=posting.source_id,
            reference=posting.reference,
            note=posting.note,
            reason=posting.reason,
            actor_id=posting.actor_id,
            approver_id=posting.approver_id,
            may_owe=may_owe,
            reverses_id=reverses_id,
        )
        batch.transfers.append(transfer)
        batch.touched_accounts[self.id] = self
        self.total += posting.change
        self.seq += 1
        batch.add_entry(transfer, self.id, posting.change, account_seq=self.seq, balance_after=self.total)
        batch.add_entry(transfer, house_account_id(batch.merchant.id, self.unit, house), -posting.change)
        return transfer

    def add_lot(
        self, batch: Batch, transfer: Transfer, draft: LotDraft, *, origin_lot_id: UUID | None = None
    ) -> OpenLot:
        last_on = draft.expires_on
        if draft.follows_purchases:
            last_on = extended_day(last_on, self.extended_until)
        lot = OpenLot(
            id=new_id(),
            transfer_id=transfer.id,
            amount=draft.amount,
            remaining=draft.amount,
            held=0,
            uses=0,
            available_on=draft.available_on,
            expires_on=last_on,
            earned_at=draft.earned_at,
            follows_purchases=draft.follows_purchases,
        )
        self._lots[lot.id] = lot
        batch.add_lot(self, transfer, lot, draft.expires_on, origin_lot_id)
        return lot

    def extend(self, until: date) -> None:
        """Let no lot that follows purchases lapse before that day; as read here, in days and lots alike."""
        self.extended_until = until
        unread = self._days if self._read is not None else []
        for lot in [*unread, *self._lots.values()]:
            if lot.follows_purchases:
                lot.expires_on = extended_day(lot.expires_on, until)

    def use_lot(
        self,
        batch: Batch,
        lot: OpenLot,
        kind: str,
        amount: int,
        *,
        transfer_id: UUID | None,
        hold_id: UUID | None = None,
    ) -> None:
        """Take `amount` out of the lot, or give it back when negative."""
        batch.touch_lot(lot)
        lot.remaining -= amount
        lot.uses += 1
        batch.add_use(lot, kind, amount, transfer_id, hold_id)

    def move_debt(
        self, batch: Batch, change: int, *, transfer_id: UUID | None = None, hold_id: UUID | None = None
    ) -> None:
        self.debt += change
        batch.touched_accounts[self.id] = self
        batch.add_debt_move(self.id, change, transfer_id, hold_id)

    def settle_debt(
        self, batch: Batch, on: date, *, transfer_id: UUID | None = None, hold_id: UUID | None = None
    ) -> None:
        """Repay debt out of whatever is free, pending lots too, before anything can be spent (I6)."""
        if self.debt == 0:
            return
        lots = self.lots.values()
        takes, _ = allocate([*active_lots(lots, on), *pending_lots(lots, on)], self.debt)
        for take in takes:
            self.use_lot(batch, take.lot, "repay", take.amount, transfer_id=transfer_id, hold_id=hold_id)
        if takes:
            repaid = sum(take.amount for take in takes)
            self.move_debt(batch, -repaid, transfer_id=transfer_id, hold_id=hold_id)

    def open_hold(self, batch: Batch, hold: OpenHold) -> None:
        """Open the hold: set its parts of the lots aside."""
        self.holds[hold.id] = hold
        for lot_id, part in hold.parts.items():
            lot = self.lots[lot_id]
            batch.touch_lot(lot)
            lot.held += part
        self.held += hold.amount
        batch.touched_accounts[self.id] = self

    def close_hold(self, batch: Batch, hold: OpenHold, state: str, at: datetime) -> None:
        """Close the hold and free what it sets aside; the caller spends it when the hold is committed."""
        for lot_id, part in hold.parts.items():
            lot = self.lots[lot_id]
            batch.touch_lot(lot)
            lot.held -= part
        self.held -= hold.amount
        batch.touched_accounts[self.id] = self
        del self.holds[hold.id]
        batch.closed_holds[hold.id] = (state, at)
