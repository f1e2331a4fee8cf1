"""Raw rows of the ledger, written as the application role past all of its Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.db import Error, connection

from common.ids import new_id
from ledger.facts import HouseRole, Unit
from ledger.operations.batch import house_account_id
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, noon

BEGINNING = UUID(int=1)


class Rows:
    """Inserts and updates of one merchant, inside its scope; `earn` and `spend` write what a sound posting writes."""

    def __init__(self, book: Book, owner: UUID | None = None, unit: Unit = Unit.POINTS) -> None:
        self.merchant_id = book.merchant.id
        self.unit = unit
        self.account_id, self.balance, self.seq, self.owed = self.one(
            "SELECT id, balance, seq, debt FROM ledger_account WHERE merchant_id = %s AND owner_id = %s AND unit = %s",
            self.merchant_id,
            owner or book.owner,
            unit.value,
        )

    def house(self, role: HouseRole = HouseRole.ISSUED, unit: Unit | None = None) -> UUID:
        return house_account_id(self.merchant_id, unit or self.unit, role)

    def one(self, statement: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()

    def execute(self, statement: str, *values: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)

    def insert(self, table: str, **values: Any) -> UUID:
        row_id: UUID = values.get("id") or new_id()
        row: dict[str, Any] = {"merchant_id": self.merchant_id, **values, "id": row_id}
        marks = ", ".join(["%s"] * len(row))
        self.execute(f"INSERT INTO ledger_{table} ({', '.join(row)}) VALUES ({marks})", *row.values())
        return row_id

    def transfer(self, change: int, **values: Any) -> UUID:
        row = {
            "account_id": self.account_id,
            "kind": "earn" if change > 0 else "redeem",
            "unit": self.unit.value,
            "change": change,
            "at": noon(DAY),
            "business_date": DAY,
            "source_kind": "test",
            "source_id": BEGINNING,
            "reference": "",
            "note": "",
            "reason": "",
            "may_owe": False,
        }
        return self.insert("transfer", **{**row, **values})

    def entries(
        self, transfer_id: UUID, change: int, *, house: dict[str, Any] | None = None, **member_side: Any
    ) -> None:
        """Write both sides; the member's continues the account."""
        self.seq += 1
        self.balance += change
        own = {"account_id": self.account_id, "amount": change, "account_seq": self.seq, "balance_after": self.balance}
        self.insert("entry", **{"transfer_id": transfer_id, **own, **member_side})
        house_side = {"account_id": self.house(), "amount": -change}
        self.insert("entry", **{"transfer_id": transfer_id, **house_side, **(house or {})})

    def lot(self, transfer_id: UUID, amount: int, **values: Any) -> UUID:
        row = {
            "account_id": self.account_id,
            "transfer_id": transfer_id,
            "amount": amount,
            "remaining": amount,
            "held": 0,
            "uses": 0,
            "available_on": DAY,
            "expires_on": DAY + timedelta(days=100),
            "earned_at": noon(DAY),
        }
        return self.insert("lot", **{**row, **values})

    def use(self, lot_id: UUID, amount: int, transfer_id: UUID | None, kind: str = "spend", **values: Any) -> UUID:
        """Write a use that continues its lot, and the lot's own figures with it."""
        remaining, uses = self.one(
            "UPDATE ledger_lot SET remaining = remaining - %s, uses = uses + 1 WHERE merchant_id = %s AND id = %s "
            "RETURNING remaining, uses",
            amount,
            self.merchant_id,
            lot_id,
        )
        row = {"lot_seq": uses, "remaining_after": remaining, "amount": amount, "kind": kind}
        return self.insert("lotuse", **{"lot_id": lot_id, "transfer_id": transfer_id, **row, **values})

    def debt(self, change: int, transfer_id: UUID | None, **values: Any) -> UUID:
        self.owed += change
        return self.insert("debtmove", account_id=self.account_id, transfer_id=transfer_id, change=change, **values)

    def account(self, **figures: Any) -> None:
        """Set figures of the account; without any, to what the entries so far say."""
        figures = figures or {"balance": self.balance, "seq": self.seq, "debt": self.owed}
        sets = ", ".join(f"{name} = {value}" for name, value in figures.items())
        self.execute(
            f"UPDATE ledger_account SET {sets} WHERE merchant_id = %s AND id = %s", self.merchant_id, self.account_id
        )

    def earn(self, amount: int, **lot: Any) -> tuple[UUID, UUID]:
        """Earn; return (transfer, lot)."""
        transfer_id = self.transfer(amount)
        self.entries(transfer_id, amount)
        lot_id = self.lot(transfer_id, amount, **lot)
        self.account()
        return transfer_id, lot_id

    def spend(self, amount: int, lot_id: UUID, *, on: date = DAY, **transfer: Any) -> UUID:
        kind = transfer.pop("use_kind", "spend")
        transfer_id = self.transfer(-amount, **{"business_date": on, **transfer})
        self.entries(transfer_id, -amount)
        self.use(lot_id, amount, transfer_id, kind)
        self.account()
        return transfer_id

    def hold(self, lot_id: UUID, amount: int, **values: Any) -> UUID:
        row = {
            "account_id": self.account_id,
            "amount": amount,
            "state": "open",
            "business_date": DAY,
            "created_at": noon(DAY),
            "reserved_until": noon(DAY),
            "reference_kind": "test",
            "reference_id": BEGINNING,
        }
        hold_id = self.insert("hold", **{**row, **values})
        self.insert("holdlot", hold_id=hold_id, lot_id=lot_id, amount=amount)
        self.lot_held(lot_id, amount)
        self.account(held=f"held + {amount}")
        return hold_id

    def lot_held(self, lot_id: UUID, change: int) -> None:
        self.execute(
            "UPDATE ledger_lot SET held = held + %s WHERE merchant_id = %s AND id = %s",
            change,
            self.merchant_id,
            lot_id,
        )

    def close(self, hold_id: UUID, state: str) -> None:
        self.execute(
            "UPDATE ledger_hold SET state = %s, closed_at = now() WHERE merchant_id = %s AND id = %s",
            state,
            self.merchant_id,
            hold_id,
        )


@contextmanager
def refused(book: Book, by: str) -> Iterator[Rows]:
    """Expect this guard or constraint to refuse the rows, at once or when the scope closes; nothing is kept."""
    with pytest.raises(Error) as error, merchant_scope(book.merchant.id):
        yield Rows(book)
    cause = error.value.__cause__
    assert isinstance(cause, psycopg2.Error)
    assert (cause.diag.constraint_name or type(cause).__name__) == by, cause


@contextmanager
def accepted(book: Book) -> Iterator[Rows]:
    with merchant_scope(book.merchant.id):
        yield Rows(book)
    book.assert_sound()
