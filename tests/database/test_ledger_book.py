"""The book adds up whatever SQL the application role sends: I1 to I4, I6. Each test tries to break one guard."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from common.ids import new_id
from ledger.facts import HouseRole, Unit
from merchants.tenancy import merchant_scope
from tests.database.ledger_rows import Rows, accepted, refused
from tests.ledger_book import Book

pytestmark = pytest.mark.django_db

HISTORY = ["transfer", "entry", "lotuse", "debtmove", "holdlot"]
FIGURES = {"account": "balance", "lot": "remaining", "hold": "state"}


@pytest.fixture
def book() -> Book:
    return Book()


def test_sound_rows_are_accepted(book: Book) -> None:
    """The control: what the other tests break by one figure is accepted whole."""
    with accepted(book) as rows:
        _, lot = rows.earn(100)
        rows.spend(30, lot)
        hold = rows.hold(lot, 20)
    with accepted(book) as rows:
        rows.close(hold, "committed")
        rows.lot_held(lot, -20)
        rows.account(held=0)
        transfer = rows.transfer(-20)
        rows.entries(transfer, -20)
        rows.use(lot, 20, transfer, hold_id=hold)
        rows.account()
    with accepted(book) as rows:
        transfer = rows.transfer(-60, may_owe=True)
        rows.entries(transfer, -60)
        rows.use(lot, 50, transfer)
        rows.debt(10, transfer)
        rows.account()
    with accepted(book) as rows:
        transfer = rows.transfer(15)
        rows.entries(transfer, 15)
        lot = rows.lot(transfer, 15)
        rows.use(lot, 10, transfer, "repay")
        rows.debt(-10, transfer)
        rows.account()


class TestHistoryStays:
    """I1."""

    @pytest.mark.parametrize("table", HISTORY)
    @pytest.mark.parametrize(
        "change", ["UPDATE {} SET id = id WHERE merchant_id = %s", "DELETE FROM {} WHERE merchant_id = %s"]
    )
    def test_by_the_application(self, book: Book, table: str, change: str) -> None:
        with refused(book, "InsufficientPrivilege") as rows:
            rows.execute(change.format(f"ledger_{table}"), book.merchant.id)

    @pytest.mark.parametrize("table", [*HISTORY, *FIGURES])
    def test_nothing_is_truncated(self, book: Book, table: str) -> None:
        with refused(book, "InsufficientPrivilege") as rows:
            rows.execute(f"TRUNCATE ledger_{table} CASCADE")

    @pytest.mark.parametrize("table", FIGURES)
    def test_of_running_figures_no_row_is_deleted(self, book: Book, table: str) -> None:
        with refused(book, "InsufficientPrivilege") as rows:
            rows.execute(f"DELETE FROM ledger_{table} WHERE merchant_id = %s", book.merchant.id)

    @pytest.mark.parametrize(
        ("table", "column"),
        [
            ("account", "owner_id"),
            ("account", "unit"),
            ("lot", "amount"),
            ("lot", "expires_on"),
            ("lot", "available_on"),
            ("lot", "account_id"),
            ("hold", "amount"),
            ("hold", "reserved_until"),
        ],
    )
    def test_what_a_row_was_made_as_stays(self, book: Book, table: str, column: str) -> None:
        with refused(book, "InsufficientPrivilege") as rows:
            rows.execute(f"UPDATE ledger_{table} SET {column} = {column} WHERE merchant_id = %s", book.merchant.id)

    @pytest.mark.parametrize("table", HISTORY)
    def test_even_the_owner_of_the_tables_is_refused_by_trigger(self, book: Book, table: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O' "
                "AND tgname IN ('append_only_row', 'append_only_table')",
                [f"ledger_{table}"],
            )
            assert cursor.fetchone() == (2,)


class TestTransfersSumToZero:
    """I2."""

    def test_without_entries(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            rows.lot(rows.transfer(10), 10)

    def test_with_one_entry(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            transfer = rows.transfer(10)
            rows.lot(transfer, 10)
            rows.insert(
                "entry", transfer_id=transfer, account_id=rows.account_id, amount=10, account_seq=1, balance_after=10
            )
            rows.account(balance=10, seq=1)

    def test_with_a_sum_that_is_not_zero(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            transfer = rows.transfer(10)
            rows.entries(transfer, 10, house={"amount": -9})
            rows.lot(transfer, 10)
            rows.account()

    def test_a_later_entry_of_the_house(self, book: Book) -> None:
        earned = book.earn(10)
        with refused(book, "entry_house_side") as rows:
            rows.insert("entry", transfer_id=earned, account_id=rows.house(HouseRole.ADJUSTED), amount=-5)

    def test_a_later_entry_of_a_member(self, book: Book) -> None:
        earned = book.earn(10)
        with refused(book, "entry_member_side") as rows:
            rows.entries(earned, 5)

    def test_with_an_account_of_the_other_unit(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            self.earn_from(rows, rows.house(unit=Unit.WALLET))

    def test_with_an_account_that_does_not_exist(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            self.earn_from(rows, new_id())

    def test_with_an_account_of_another_merchant(self, book: Book) -> None:
        stranger = Book("Toko Sebelah")
        with merchant_scope(stranger.merchant.id):
            foreign = Rows(stranger).house()
        with refused(book, "ledger_I2") as rows:
            self.earn_from(rows, foreign)

    def test_with_two_members(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            self.earn_from(rows, Rows(book, owner=book.colleague).account_id)

    @staticmethod
    def earn_from(rows: Rows, account_id: UUID) -> None:
        transfer = rows.transfer(10)
        rows.entries(transfer, 10, house={"account_id": account_id})
        rows.lot(transfer, 10)
        rows.account()

    def test_the_transfer_says_otherwise(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            transfer = rows.transfer(11)
            rows.entries(transfer, 10)
            rows.lot(transfer, 10)
            rows.account()

    def test_with_a_member_side_outside_the_chain(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            transfer = rows.transfer(10)
            rows.lot(transfer, 10)
            rows.insert("entry", transfer_id=transfer, account_id=rows.account_id, amount=10)

    def test_the_guard_refuses_when_the_scope_hides_the_entries(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            rows.earn(10)
            rows.execute("SET LOCAL app.merchant = ''; SET CONSTRAINTS ALL IMMEDIATE")

    def test_the_guard_refuses_inside_a_strangers_scope(self, book: Book) -> None:
        stranger = Book("Toko Sebelah")
        with refused(book, "ledger_I2") as rows:
            rows.earn(10)
            rows.execute(f"SET LOCAL app.merchant = '{stranger.merchant.id}'; SET CONSTRAINTS ALL IMMEDIATE")

    def test_a_temporary_table_of_the_same_name_fools_no_guard(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            transfer = rows.transfer(10)
            rows.lot(transfer, 10)
            rows.execute("CREATE TEMP TABLE ledger_entry (LIKE public.ledger_entry)")
            rows.entries(transfer, 10)


class TestAmounts:
    """I3."""

    @pytest.mark.parametrize("amount", [0, 10**12 + 1])
    def test_of_a_transfer(self, book: Book, amount: int) -> None:
        with refused(book, "transfer_change_size") as rows:
            rows.transfer(amount, kind="merge")

    @pytest.mark.parametrize("amount", [0, 10**12 + 1, -(10**12) - 1])
    def test_of_an_entry(self, book: Book, amount: int) -> None:
        earned = book.earn(10)
        with refused(book, "entry_amount_size") as rows:
            rows.insert("entry", transfer_id=earned, account_id=rows.house(), amount=amount)

    @pytest.mark.parametrize("amount", [0, 10**12 + 1])
    def test_of_a_lot(self, book: Book, amount: int) -> None:
        with refused(book, "lot_amount_size") as rows:
            rows.lot(rows.transfer(10), amount)

    @pytest.mark.parametrize("amount", ["'NaN'", "'Infinity'", "2 ^ 63"])
    def test_nothing_but_whole_numbers_of_64_bits(self, book: Book, amount: str) -> None:
        with refused(book, "InvalidTextRepresentation" if "'" in amount else "NumericValueOutOfRange") as rows:
            rows.account(balance=amount)


class TestAccountsSayWhatEntriesSay:
    """I4."""

    @pytest.mark.parametrize("figures", [{"balance": 11}, {"seq": 2}, {"seq": 0, "balance": 0}, {"held": 1}])
    def test_a_figure_of_its_own(self, book: Book, figures: dict[str, int]) -> None:
        book.earn(10)
        with refused(book, "ledger_I4") as rows:
            rows.account(**figures)

    def test_an_entry_that_the_account_does_not_count(self, book: Book) -> None:
        with refused(book, "ledger_I4") as rows:
            transfer = rows.transfer(10)
            rows.entries(transfer, 10)
            rows.lot(transfer, 10)

    @pytest.mark.parametrize("member_side", [{"balance_after": 21}, {"account_seq": 5}])
    def test_an_entry_that_does_not_continue_the_account(self, book: Book, member_side: dict[str, Any]) -> None:
        book.earn(10)
        with refused(book, "ledger_I4") as rows:
            transfer = rows.transfer(10)
            rows.entries(transfer, 10, **member_side)
            rows.lot(transfer, 10)
            rows.account(seq=member_side.get("account_seq", 2), balance=member_side.get("balance_after", 20))

    def test_two_entries_with_one_number(self, book: Book) -> None:
        book.earn(10)
        with refused(book, "entry_order") as rows:
            rows.entries(rows.transfer(10), 10, account_seq=1)

    def test_a_house_account_is_never_written(self, book: Book) -> None:
        with refused(book, "account_is_of_member_or_house") as rows:
            rows.execute(
                "UPDATE ledger_account SET balance = 5 WHERE merchant_id = %s AND id = %s",
                rows.merchant_id,
                rows.house(),
            )

    def test_an_account_starts_empty(self, book: Book) -> None:
        with refused(book, "ledger_I4") as rows:
            rows.insert("account", unit="points", owner_id=new_id(), balance=5, held=0, debt=0, seq=0)

    def test_below_zero_without_debt(self, book: Book) -> None:
        with refused(book, "account_below_zero_is_debt") as rows:
            rows.account(balance=-1)
