"""Holds and lots add up whatever SQL the application role sends. Each test tries to break one guard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from common.ids import new_id
from merchants.tenancy import merchant_scope
from tests.database.ledger_rows import Rows, refused
from tests.database.test_ledger_book import book
from tests.ledger_book import DAY, Book

__all__ = ["book"]
pytestmark = pytest.mark.django_db


class TestHolds:
    """I4."""

    def test_a_hold_without_lots(self, book: Book) -> None:
        book.earn(10)
        with refused(book, "ledger_I4") as rows:
            rows.insert(
                "hold",
                account_id=rows.account_id,
                amount=5,
                state="open",
                business_date=DAY,
                created_at=DAY,
                reserved_until=DAY,
                reference_kind="test",
                reference_id=new_id(),
            )

    def test_a_hold_that_the_account_does_not_count(self, book: Book) -> None:
        with refused(book, "ledger_I4") as rows:
            _, lot = rows.earn(10)
            rows.hold(lot, 5)
            rows.account(held=0)

    def test_a_hold_that_the_lot_does_not_count(self, book: Book) -> None:
        with refused(book, "ledger_I4") as rows:
            _, lot = rows.earn(10)
            _, other = rows.earn(10)
            rows.hold(lot, 5)
            rows.lot_held(lot, -5)
            rows.lot_held(other, 5)

    def test_more_than_the_lot_has(self, book: Book) -> None:
        with refused(book, "lot_held_remaining_amount") as rows:
            _, lot = rows.earn(10)
            rows.hold(lot, 11)

    def test_a_colleagues_lot(self, book: Book) -> None:
        with refused(book, "ledger_I5") as rows:
            _, lot = Rows(book, owner=book.colleague).earn(10)
            rows.hold(lot, 5)

    def test_committed_without_being_spent(self, book: Book) -> None:
        with merchant_scope(book.merchant.id):
            rows = Rows(book)
            _, lot = rows.earn(10)
            hold = rows.hold(lot, 5)
        with refused(book, "ledger_I4") as rows:
            rows.close(hold, "committed")
            rows.lot_held(lot, -5)
            rows.account(held=0)

    def test_closed_stays_closed(self, book: Book) -> None:
        book.earn(10)
        with book.locked() as account:
            hold = book.hold(account, 5)
            book.release(account, hold)
        with refused(book, "ledger_I4") as rows:
            rows.execute(
                "UPDATE ledger_hold SET state = 'open', closed_at = NULL WHERE merchant_id = %s AND id = %s",
                rows.merchant_id,
                hold,
            )


class TestLotsExplainTheBalance:
    """I6."""

    def test_points_without_a_lot(self, book: Book) -> None:
        with refused(book, "ledger_I6") as rows:
            rows.entries(rows.transfer(10), 10)
            rows.account()

    def test_a_lot_without_points(self, book: Book) -> None:
        earned = book.earn(10)
        with refused(book, "ledger_I6") as rows:
            rows.lot(earned, 5)

    def test_a_spend_that_no_lot_covers(self, book: Book) -> None:
        book.earn(10)
        with refused(book, "ledger_I6") as rows:
            rows.entries(rows.transfer(-4), -4)
            rows.account()

    def test_a_spend_of_a_colleagues_lot(self, book: Book) -> None:
        with refused(book, "ledger_I6") as rows:
            rows.earn(10)
            _, foreign = Rows(book, owner=book.colleague).earn(10)
            rows.spend(4, foreign)

    @pytest.mark.parametrize("figures", ["remaining = 9", "remaining = 9, uses = 1", "uses = 1"])
    def test_a_lot_that_shrinks_by_itself(self, book: Book, figures: str) -> None:
        with merchant_scope(book.merchant.id):
            _, lot = Rows(book).earn(10)
        with refused(book, "ledger_I6") as rows:
            rows.execute(f"UPDATE ledger_lot SET {figures} WHERE merchant_id = %s AND id = %s", rows.merchant_id, lot)

    @pytest.mark.parametrize("amount", [-1, 11])
    def test_a_lot_outside_its_bounds(self, book: Book, amount: int) -> None:
        with refused(book, "lot_held_remaining_amount") as rows:
            _, lot = rows.earn(10)
            rows.execute(
                "UPDATE ledger_lot SET remaining = %s WHERE merchant_id = %s AND id = %s",
                amount,
                rows.merchant_id,
                lot,
            )

    @pytest.mark.parametrize("values", [{"remaining_after": 5}, {"lot_seq": 2}])
    def test_a_use_that_does_not_continue_its_lot(self, book: Book, values: dict[str, Any]) -> None:
        with merchant_scope(book.merchant.id):
            _, lot = Rows(book).earn(10)
        with refused(book, "ledger_I6") as rows:
            transfer = rows.transfer(-4)
            rows.entries(transfer, -4)
            rows.use(lot, 4, transfer, **values)
            rows.account()

    def test_debt_that_nothing_explains(self, book: Book) -> None:
        with refused(book, "ledger_I6") as rows:
            rows.account(debt=5, balance=0)

    def test_debt_while_a_lot_could_pay(self, book: Book) -> None:
        with refused(book, "ledger_I6") as rows:
            rows.earn(10)
            transfer = rows.transfer(-4, may_owe=True)
            rows.entries(transfer, -4)
            rows.debt(4, transfer)
            rows.account()

    def test_debt_while_a_pending_lot_could_pay(self, book: Book) -> None:
        with refused(book, "ledger_I6") as rows:
            rows.earn(10, available_on=DAY + timedelta(days=5))
            transfer = rows.transfer(-4, may_owe=True)
            rows.entries(transfer, -4)
            rows.debt(4, transfer)
            rows.account()

    def test_debt_repaid_out_of_nothing(self, book: Book) -> None:
        book.spend(10, paid=True)
        with refused(book, "ledger_I6") as rows:
            transfer = rows.transfer(10)
            rows.entries(transfer, 10)
            rows.debt(-10, transfer)
            rows.account()

    def test_debt_repaid_without_a_cause(self, book: Book) -> None:
        book.spend(10, paid=True)
        with refused(book, "debt_move_has_cause") as rows:
            rows.debt(-10, None)
