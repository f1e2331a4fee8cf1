"""The rows of one posting, gathered in memory and written set-based: what is new at once, then each table changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

from django.db import connection

from common.ids import new_id
from common.rows import insert_together
from ledger.facts import HouseRole, Unit
from ledger.models import DebtMove, Entry, Hold, HoldLot, Lot, LotUse, Transfer
from ledger.rules import OpenLot
from merchants.facts import MerchantFacts


class AccountFigures(Protocol):
    """What a batch writes of an account it touched; a `LockedAccount` keeps these up to date."""

    id: UUID
    total: int
    held: int
    debt: int
    seq: int


def house_account_id(merchant_id: UUID, unit: Unit, role: HouseRole) -> UUID:
    """Return the id of a house account; it follows from its role, so that no posting has to look one up."""
    return uuid5(merchant_id, f"ledger:{unit}:{role}")


class Batch:
    """What is to be written; nothing is until `write`."""

    def __init__(self, merchant: MerchantFacts) -> None:
        self.merchant = merchant
        self.transfers: list[Transfer] = []
        self.entries: list[Entry] = []
        self.new_lots: dict[UUID, tuple[Lot, OpenLot]] = {}
        self.uses: list[LotUse] = []
        self.debt_moves: list[DebtMove] = []
        self.holds: list[Hold] = []
        self.hold_lots: list[HoldLot] = []
        self.closed_holds: dict[UUID, tuple[str, datetime]] = {}
        self.untouched: dict[UUID, tuple[OpenLot, int, int, int]] = {}
        self.touched_accounts: dict[UUID, AccountFigures] = {}

    def add_entry(self, transfer: Transfer, account_id: UUID, amount: int, **chain: int) -> None:
        self.entries.append(
            Entry(merchant_id=self.merchant.id, transfer_id=transfer.id, account_id=account_id, amount=amount, **chain)
        )

    def add_lot(
        self,
        account: AccountFigures,
        transfer: Transfer,
        lot: OpenLot,
        expires_on: date | None,
        origin_lot_id: UUID | None,
    ) -> None:
        """Add the lot; `expires_on` is its own last day, which purchases may have moved already."""
        row = Lot(
            merchant_id=self.merchant.id,
            id=lot.id,
            account_id=account.id,
            transfer_id=transfer.id,
            origin_lot_id=origin_lot_id,
            amount=lot.amount,
            available_on=lot.available_on,
            expires_on=expires_on,
            earned_at=lot.earned_at,
            follows_purchases=lot.follows_purchases,
        )
        self.new_lots[lot.id] = (row, lot)

    def touch_lot(self, lot: OpenLot) -> None:
        """Note the lot before its figures change: it will be written, and its old figures are kept for a refusal."""
        self.untouched.setdefault(lot.id, (lot, lot.remaining, lot.held, lot.uses))

    def add_use(self, lot: OpenLot, kind: str, amount: int, transfer_id: UUID | None, hold_id: UUID | None) -> None:
        """Add a use of the lot, whose figures are those after the use."""
        self.uses.append(
            LotUse(
                merchant_id=self.merchant.id,
                lot_id=lot.id,
                transfer_id=transfer_id,
                hold_id=hold_id,
                kind=kind,
                amount=amount,
                lot_seq=lot.uses,
                remaining_after=lot.remaining,
            )
        )

    def add_debt_move(self, account_id: UUID, change: int, transfer_id: UUID | None, hold_id: UUID | None) -> None:
        self.debt_moves.append(
            DebtMove(
                merchant_id=self.merchant.id,
                id=new_id(),
                account_id=account_id,
                transfer_id=transfer_id,
                hold_id=hold_id,
                change=change,
            )
        )

    def write(self) -> None:
        """Write history first, then the running figures that it explains."""
        for row, lot in self.new_lots.values():
            row.remaining, row.held, row.uses = lot.remaining, lot.held, lot.uses
        insert_together(
            (Transfer, self.transfers),
            (Lot, [row for row, _ in self.new_lots.values()]),
            (Hold, self.holds),
            (HoldLot, self.hold_lots),
            (LotUse, self.uses),
            (DebtMove, self.debt_moves),
            (Entry, self.entries),
        )
        self._update_holds()
        self._update_lots()
        self._update_accounts()

    def _update_holds(self) -> None:
        rows = [(hold_id, state, at) for hold_id, (state, at) in self.closed_holds.items()]
        self._update_rows(
            "UPDATE ledger_hold h SET state = v.state, closed_at = v.closed_at "
            "FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) AS v(id, state, closed_at) "
            "WHERE h.merchant_id = %s AND h.id = v.id",
            rows,
        )

    def _update_lots(self) -> None:
        rows = [
            (lot.id, lot.remaining, lot.held, lot.uses)
            for lot, *_ in self.untouched.values()
            if lot.id not in self.new_lots
        ]
        self._update_rows(
            "UPDATE ledger_lot l SET remaining = v.remaining, held = v.held, uses = v.uses "
            "FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::int[]) AS v(id, remaining, held, uses) "
            "WHERE l.merchant_id = %s AND l.id = v.id",
            rows,
        )

    def _update_accounts(self) -> None:
        rows = [(a.id, a.total, a.held, a.debt, a.seq) for a in self.touched_accounts.values()]
        self._update_rows(
            "UPDATE ledger_account a SET balance = v.balance, held = v.held, debt = v.debt, seq = v.seq "
            "FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) "
            "AS v(id, balance, held, debt, seq) WHERE a.merchant_id = %s AND a.id = v.id",
            rows,
        )

    def _update_rows(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(statement, [*columns, self.merchant.id])
            if cursor.rowcount != len(rows):
                raise RuntimeError(f"{cursor.rowcount} of {len(rows)} rows were there to change")
