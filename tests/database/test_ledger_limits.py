"""What may be used, owed and reversed, whatever SQL the application role sends: I5, I7, I10, I21, I24."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from common.ids import new_id
from merchants.tenancy import merchant_scope
from tests.database.ledger_rows import Rows, accepted, refused
from tests.ledger_book import DAY, Book

pytestmark = pytest.mark.django_db

TABLES = ["account", "transfer", "entry", "lot", "lotuse", "debtmove", "hold", "holdlot"]
TOMORROW, YESTERDAY = DAY + timedelta(days=1), DAY - timedelta(days=1)


@pytest.fixture
def book() -> Book:
    return Book()


class TestSpending:
    """I5."""

    def test_a_pending_lot(self, book: Book) -> None:
        with refused(book, "ledger_I5") as rows:
            _, lot = rows.earn(10, available_on=TOMORROW)
            rows.spend(4, lot)

    def test_a_paid_sale_may_use_a_pending_lot(self, book: Book) -> None:
        with accepted(book) as rows:
            _, lot = rows.earn(10, available_on=TOMORROW)
            rows.spend(4, lot, may_owe=True)

    def test_more_than_there_is(self, book: Book) -> None:
        with refused(book, "lot_held_remaining_amount") as rows:
            _, lot = rows.earn(10)
            rows.spend(11, lot)

    def test_what_is_held(self, book: Book) -> None:
        with refused(book, "lot_held_remaining_amount") as rows:
            _, lot = rows.earn(10)
            rows.hold(lot, 8)
            rows.spend(3, lot)

    @pytest.mark.parametrize(
        ("kind", "use_kind"),
        [("redeem", "take_back"), ("redeem", "repay"), ("redeem", "expire"), ("clawback", "spend")],
    )
    def test_a_use_that_the_transfers_kind_does_not_make(self, book: Book, kind: str, use_kind: str) -> None:
        with refused(book, "ledger_I5") as rows:
            _, lot = rows.earn(10)
            rows.spend(10, lot, kind=kind, use_kind=use_kind)

    @pytest.mark.parametrize(("kind", "change"), [("earn", -5), ("redeem", 5), ("expire", 5), ("write_off", -5)])
    def test_a_kind_against_its_direction(self, book: Book, kind: str, change: int) -> None:
        with refused(book, "transfer_direction") as rows:
            rows.transfer(change, kind=kind, reason="why")

    def test_a_hold_of_pending_points(self, book: Book) -> None:
        with refused(book, "ledger_I5") as rows:
            _, lot = rows.earn(10, available_on=TOMORROW)
            rows.hold(lot, 5)

    def test_a_hold_of_expired_points(self, book: Book) -> None:
        with refused(book, "ledger_I5") as rows:
            _, lot = rows.earn(10, available_on=YESTERDAY, expires_on=YESTERDAY)
            rows.hold(lot, 5)

    def test_a_commit_of_other_lots_than_were_held(self, book: Book) -> None:
        with merchant_scope(book.merchant.id):
            rows = Rows(book)
            _, lot = rows.earn(10)
            _, other = rows.earn(10)
            hold = rows.hold(lot, 5)
        with refused(book, "ledger_I5") as rows:
            rows.close(hold, "committed")
            rows.lot_held(lot, -5)
            rows.account(held=0)
            transfer = rows.transfer(-5)
            rows.entries(transfer, -5)
            rows.use(other, 5, transfer, hold_id=hold)


class TestDebt:
    """I5."""

    def test_an_unpaid_redemption_leaves_none(self, book: Book) -> None:
        with refused(book, "ledger_I5") as rows:
            transfer = rows.transfer(-4)
            rows.entries(transfer, -4)
            rows.debt(4, transfer)
            rows.account()

    def test_nor_does_an_earning(self, book: Book) -> None:
        with refused(book, "ledger_I5") as rows:
            transfer = rows.transfer(4)
            rows.lot(transfer, 8)
            rows.entries(transfer, 4)
            rows.debt(4, transfer)
            rows.account()

    def test_a_paid_sale_never_leaves_more_than_the_merchant_allows(self) -> None:
        book = Book(max_debt_points=3)
        with refused(book, "ledger_I5") as rows:
            transfer = rows.transfer(-4, may_owe=True)
            rows.entries(transfer, -4)
            rows.debt(4, transfer)
            rows.account()

    def test_only_a_redemption_can_be_paid(self, book: Book) -> None:
        with refused(book, "transfer_owing_is_redeeming") as rows:
            rows.transfer(-4, kind="transfer", may_owe=True)

    def test_a_redemption_repays_nothing(self, book: Book) -> None:
        book.spend(10, paid=True)
        with refused(book, "ledger_I6") as rows:
            transfer = rows.transfer(-4, may_owe=True)
            rows.debt(-4, transfer)


class TestExpiry:
    """I7."""

    def expire(self, rows: Rows, lot: UUID, amount: int, **transfer: Any) -> None:
        rows.spend(amount, lot, kind="expire", use_kind="expire", **transfer)

    def test_on_the_day_after(self, book: Book) -> None:
        with accepted(book) as rows:
            _, lot = rows.earn(10, expires_on=DAY)
            self.expire(rows, lot, 10, on=TOMORROW)

    def test_not_on_its_last_day(self, book: Book) -> None:
        with refused(book, "ledger_I7") as rows:
            _, lot = rows.earn(10, expires_on=DAY)
            self.expire(rows, lot, 10)

    def test_not_in_part(self, book: Book) -> None:
        with refused(book, "lot_use_remaining") as rows:
            _, lot = rows.earn(10, expires_on=DAY)
            self.expire(rows, lot, 9, on=TOMORROW)

    def test_not_twice(self, book: Book) -> None:
        with merchant_scope(book.merchant.id):
            rows = Rows(book)
            _, lot = rows.earn(10, expires_on=DAY)
            self.expire(rows, lot, 10, on=TOMORROW)
            (index,) = rows.one("SELECT indexdef FROM pg_indexes WHERE indexname = 'lot_expires_once'")
        assert "UNIQUE" in index
        with refused(book, "lot_expires_once") as rows:
            transfer = rows.transfer(-10, kind="expire", business_date=TOMORROW)
            rows.insert(
                "lotuse", lot_id=lot, transfer_id=transfer, kind="expire", amount=10, lot_seq=2, remaining_after=0
            )

    def test_what_never_expires(self, book: Book) -> None:
        with refused(book, "ledger_I7") as rows:
            _, lot = rows.earn(10, expires_on=None)
            self.expire(rows, lot, 10, on=TOMORROW)

    def test_an_expired_lot_is_not_spent_even_by_a_paid_sale(self, book: Book) -> None:
        with refused(book, "ledger_I7") as rows:
            _, lot = rows.earn(10, expires_on=DAY)
            rows.spend(4, lot, on=TOMORROW, may_owe=True)

    def test_only_a_hold_commits_after_midnight(self, book: Book) -> None:
        with merchant_scope(book.merchant.id):
            rows = Rows(book)
            _, lot = rows.earn(10, expires_on=DAY)
            hold = rows.hold(lot, 6)
        with refused(book, "ledger_I7") as rows:
            rows.spend(4, lot, on=TOMORROW)
        with accepted(book) as rows:
            rows.close(hold, "committed")
            rows.lot_held(lot, -6)
            rows.account(held=0)
            transfer = rows.transfer(-6, business_date=TOMORROW)
            rows.entries(transfer, -6)
            rows.use(lot, 6, transfer, hold_id=hold)
            rows.account()


class TestReversal:
    """I10."""

    @pytest.fixture
    def earned(self, book: Book) -> tuple[UUID, UUID]:
        with merchant_scope(book.merchant.id):
            return Rows(book).earn(100)

    def test_more_than_was_earned(self, book: Book, earned: tuple[UUID, UUID]) -> None:
        transfer, lot = earned
        book.earn(100)
        with accepted(book) as rows:
            rows.spend(60, lot, kind="refund", use_kind="take_back", reverses_id=transfer)
        with refused(book, "ledger_I10") as rows:
            _, other = rows.earn(50)
            rows.spend(41, other, kind="refund", use_kind="take_back", reverses_id=transfer)

    def test_more_than_was_spent(self, book: Book, earned: tuple[UUID, UUID]) -> None:
        _, lot = earned
        with merchant_scope(book.merchant.id):
            spent = Rows(book).spend(30, lot)
            Rows(book).spend(30, lot)
        with refused(book, "ledger_I10") as rows:
            self.give_back(rows, lot, 31, spent)

    def test_to_a_lot_more_than_it_gave(self, book: Book, earned: tuple[UUID, UUID]) -> None:
        _, lot = earned
        with merchant_scope(book.merchant.id):
            rows = Rows(book)
            _, other = rows.earn(30)
            spent = rows.transfer(-40)
            rows.entries(spent, -40)
            rows.use(lot, 15, spent)
            rows.use(other, 25, spent)
            rows.account()
        with accepted(book) as rows:
            self.give_back(rows, lot, 15, spent)
            rows.spend(50, lot)
        with refused(book, "ledger_I10") as rows:
            self.give_back(rows, lot, 1, spent)

    def test_to_a_lot_whose_day_has_passed(self, book: Book) -> None:
        with merchant_scope(book.merchant.id):
            rows = Rows(book)
            _, lot = rows.earn(30, expires_on=DAY)
            spent = rows.spend(30, lot)
        with refused(book, "ledger_I7") as rows:
            self.give_back(rows, lot, 5, spent, business_date=TOMORROW)

    def test_in_the_same_direction(self, book: Book, earned: tuple[UUID, UUID]) -> None:
        with refused(book, "ledger_I10") as rows:
            transfer = rows.transfer(5, kind="refund", reverses_id=earned[0])
            rows.entries(transfer, 5)
            rows.lot(transfer, 5)
            rows.account()

    def test_of_a_reversal(self, book: Book, earned: tuple[UUID, UUID]) -> None:
        transfer, lot = earned
        with merchant_scope(book.merchant.id):
            reversal = Rows(book).spend(60, lot, kind="refund", use_kind="take_back", reverses_id=transfer)
        with refused(book, "ledger_I10") as rows:
            transfer = rows.transfer(5, kind="refund", reverses_id=reversal)
            rows.entries(transfer, 5)
            rows.lot(transfer, 5)
            rows.account()

    def test_two_voids(self, book: Book, earned: tuple[UUID, UUID]) -> None:
        transfer, lot = earned
        with refused(book, "transfer_voided_once") as rows:
            for _ in range(2):
                rows.spend(10, lot, kind="void", use_kind="take_back", reverses_id=transfer)

    @pytest.mark.parametrize("kind", ["refund", "void", "redeem_reversal"])
    def test_without_naming_the_original(self, book: Book, kind: str) -> None:
        with refused(book, "transfer_reversal_names_original") as rows:
            rows.transfer(5, kind=kind)

    def test_of_a_strangers_transfer(self, book: Book) -> None:
        stranger = Book("Toko Sebelah")
        foreign = stranger.earn(10)
        with refused(book, "ledger_transfer_reverses_id_fk") as rows:
            _, lot = rows.earn(10)
            rows.spend(5, lot, kind="refund", use_kind="take_back", reverses_id=foreign)

    @staticmethod
    def give_back(rows: Rows, lot: UUID, amount: int, spent: UUID, **transfer: Any) -> None:
        back = rows.transfer(amount, **{"kind": "redeem_reversal", "reverses_id": spent, **transfer})
        rows.entries(back, amount)
        rows.use(lot, -amount, back, "give_back")
        rows.account()


class TestHousehold:
    """I2: what one gives another one gets."""

    @staticmethod
    def give(rows: Rows, amount: int, lot_id: UUID, move_id: UUID) -> None:
        rows.spend(amount, lot_id, kind="transfer", source_kind="household", source_id=move_id)

    @staticmethod
    def get(rows: Rows, amount: int, move_id: UUID) -> None:
        transfer_id = rows.transfer(amount, kind="transfer", source_kind="household", source_id=move_id)
        rows.entries(transfer_id, amount)
        rows.lot(transfer_id, amount)
        rows.account()

    def test_a_side_alone(self, book: Book) -> None:
        with refused(book, "ledger_I2") as rows:
            self.give(rows, 4, rows.earn(10)[1], new_id())

    @pytest.mark.parametrize(("got", "is_refused"), [(4, False), (3, True), (5, True)])
    def test_two_sides(self, book: Book, got: int, *, is_refused: bool) -> None:
        move_id = new_id()
        with refused(book, "ledger_I2") if is_refused else accepted(book) as rows:
            self.give(rows, 4, rows.earn(10)[1], move_id)
            self.get(Rows(book, book.colleague), got, move_id)

    def test_both_sides_of_one_account(self, book: Book) -> None:
        move_id = new_id()
        with refused(book, "ledger_I2") as rows:
            self.give(rows, 4, rows.earn(10)[1], move_id)
            self.get(rows, 4, move_id)


class TestByHand:
    """I24."""

    def test_without_an_audit_entry(self, book: Book) -> None:
        with refused(book, "ledger_I24") as rows:
            transfer = rows.transfer(10, kind="adjust", reason="why")
            rows.entries(transfer, 10)
            rows.lot(transfer, 10)
            rows.account()

    @pytest.mark.parametrize("kind", ["adjust", "write_off"])
    def test_without_a_reason(self, book: Book, kind: str) -> None:
        with refused(book, "transfer_by_hand_has_reason") as rows:
            rows.transfer(10, kind=kind)

    @pytest.mark.parametrize("actor", [None, UUID(int=7)])
    def test_approved_by_the_actor(self, book: Book, actor: UUID | None) -> None:
        with refused(book, "transfer_approver_is_another") as rows:
            rows.transfer(10, kind="adjust", reason="why", actor_id=actor, approver_id=UUID(int=7))


class TestTenancy:
    """I21, for the tables of the ledger."""

    @pytest.mark.parametrize("table", TABLES)
    def test_without_a_scope_nothing_is_seen(self, book: Book, table: str) -> None:
        book.earn(10)
        assert self.count(table) == 0

    @pytest.mark.parametrize("table", TABLES)
    def test_a_strangers_scope_sees_nothing_of_it(self, book: Book, table: str) -> None:
        book.earn(10)
        stranger = Book("Toko Sebelah")
        with merchant_scope(stranger.merchant.id), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ledger_{table} WHERE merchant_id = %s", [book.merchant.id])
            assert cursor.fetchone() == (0,)

    def test_a_row_for_another_merchant_is_refused(self, book: Book) -> None:
        stranger = Book("Toko Sebelah")
        with refused(book, "InsufficientPrivilege") as rows:
            rows.insert("account", merchant_id=stranger.merchant.id, unit="points", owner_id=new_id())

    def test_the_view_shows_the_callers_merchant_only(self, book: Book) -> None:
        book.earn(10)
        assert self.count("balance") == 0
        with merchant_scope(book.merchant.id):
            assert self.count("balance") == 4

    @staticmethod
    def count(table: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ledger_{table}")
            return int(cursor.fetchone()[0])
