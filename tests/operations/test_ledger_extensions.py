"""Lots that follow purchases: each purchase moves their last day, never back; what the guards and `verify` refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from common.ids import new_id
from ledger.facts import EntryKind, Posting, Unit
from ledger.invariants import verify
from ledger.models import Extension
from ledger.operations import InsufficientPoints, absorb_member, expire_due, extend_lots, lock_account, release_member
from ledger.queries import liability
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, earning, figures, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def following(amount: int, day: date, *, valid_days: int = 30, unit: Unit = Unit.POINTS) -> Posting:
    made = earning(amount, day, valid_days=valid_days, unit=unit)
    assert made.lot is not None
    return replace(made, lot=replace(made.lot, follows_purchases=True))


def buy(book: Book, day: date, amount: int = 0, *, owner: UUID | None = None, valid_days: int = 30) -> None:
    """Buy as a sale does: lock, move the last day, earn."""
    with book.locked(day, owner, read_lots=False) as account:
        extend_lots(
            merchant=book.merchant,
            extended=[(account, day + timedelta(days=valid_days))],
            source_kind="sale",
            source_id=new_id(),
            at=account.at,
        )
        if amount:
            book.post(account, following(amount, day, valid_days=valid_days))


def run_night(book: Book, ended: date) -> None:
    with merchant_scope(book.merchant.id):
        assert expire_due(merchant=book.merchant, business_date=ended, after=None, limit=100) is None


def test_all_lots_live_as_long_as_the_member_keeps_buying(book: Book) -> None:
    buy(book, DAY, 10)
    buy(book, after(20), 5)
    buy(book, after(45))
    for night in (30, 50, 74):
        run_night(book, after(night))
    assert book.balance(after(75)).expiring == ((15, after(75)),)
    run_night(book, after(75))
    assert figures(book.balance(after(76))) == (0, 0, 0, 0)
    assert book.kinds()[:2] == [EntryKind.EXPIRE, EntryKind.EXPIRE]
    book.assert_sound()


def test_only_lots_that_follow_are_moved_and_none_is_shortened(book: Book) -> None:
    book.earn(100, valid_days=40)
    with book.locked(DAY) as account:
        book.post(account, following(7, DAY, valid_days=400))
    buy(book, after(10), 3)
    assert book.balance(after(10)).expiring == ((103, after(40)), (7, after(400)))
    book.assert_sound()


def test_a_late_sale_moves_nothing_back_and_brings_nothing_back(book: Book) -> None:
    buy(book, after(10), 10)
    buy(book, after(4))  # rung up on day 4, arrived later
    assert book.balance(after(10)).expiring == ((10, after(40)),)
    run_night(book, after(40))
    with book.locked(after(41)) as account:
        extend_lots(
            merchant=book.merchant,
            extended=[(account, after(60))],
            source_kind="sale",
            source_id=new_id(),
            at=account.at,
        )
    assert figures(book.balance(after(41))) == (0, 0, 0, 0)
    book.assert_sound()


def test_the_purchase_that_comes_first_keeps_them_whatever_the_night_did(book: Book) -> None:
    """The lock books what has passed before the purchase counts: on the last day they live, a day later they do not."""
    on_time, late = Book(), Book()
    for one, day in ((on_time, 30), (late, 31)):
        buy(one, DAY, 10)
        buy(one, after(day))
    assert on_time.balance(after(31)).expiring == ((10, after(60)),)
    assert figures(late.balance(after(31))) == (0, 0, 0, 0)
    assert late.kinds() == [EntryKind.EXPIRE, EntryKind.EARN]
    on_time.assert_sound()
    late.assert_sound()


def test_what_purchases_kept_is_spent_held_given_back_and_owed_to_all(book: Book) -> None:
    buy(book, DAY, 10)
    buy(book, after(25))
    spent = book.spend(4, after(50)).transfer_ids
    with book.locked(after(54)) as account:
        hold = book.hold(account, 2)
        book.commit(account, hold)
    with merchant_scope(book.merchant.id):
        assert liability(merchant=book.merchant, business_date=after(55)).outstanding == 4
        assert liability(merchant=book.merchant, business_date=after(56)).outstanding == 0
    buy(book, after(55))
    assert book.give_back(list(spent), 4, after(70)).to_lots == 4
    assert book.balance(after(70)).expiring == ((8, after(85)),)
    with pytest.raises(InsufficientPoints):
        book.spend(1, after(86))
    book.assert_sound()


def test_wallet_money_follows_too(book: Book, django_assert_num_queries: object) -> None:
    with book.locked(DAY, unit=Unit.WALLET) as wallet:
        book.post(wallet, following(5_000, DAY, unit=Unit.WALLET))
    with book.locked(after(20)) as points:
        wallet = lock_account(
            merchant=book.merchant, owner_id=book.owner, unit=Unit.WALLET, business_date=after(20), at=points.at
        )
        extended = [(points, after(50)), (wallet, after(50))]
        with django_assert_num_queries(1):  # type: ignore[operator]
            extend_lots(merchant=book.merchant, extended=extended, source_kind="sale", source_id=new_id(), at=points.at)
    assert book.balance(after(49), unit=Unit.WALLET).available == 5_000
    assert book.balance(after(51), unit=Unit.WALLET).available == 0


def test_two_records_of_one_person_last_as_long_as_the_later_of_both(book: Book) -> None:
    buy(book, DAY, 10)
    buy(book, after(20), 5, owner=book.colleague)
    merge = new_id()
    with merchant_scope(book.merchant.id):
        ids = absorb_member(
            merchant=book.merchant, survivor_id=book.owner, merged_id=book.colleague, merge_id=merge, at=noon(after(25))
        )
    assert book.balance(after(45)).expiring == ((15, after(50)),)
    buy(book, after(40))
    assert book.balance(after(60)).expiring == ((15, after(70)),)
    book.assert_sound()
    with merchant_scope(book.merchant.id):
        release_member(
            merchant=book.merchant,
            survivor_id=book.owner,
            merged_id=book.colleague,
            merge_id=merge,
            account_ids=ids,
            at=noon(after(60)),
        )
    assert book.balance(after(60), book.colleague).expiring == ((5, after(70)),)
    assert book.balance(after(60)).expiring == ((10, after(70)),)
    book.assert_sound()


def test_a_day_that_is_not_later_costs_nothing(book: Book, django_assert_num_queries: object) -> None:
    buy(book, DAY, 10)
    with book.locked(DAY) as account, django_assert_num_queries(0):  # type: ignore[operator]
        extend_lots(
            merchant=book.merchant,
            extended=[(account, after(30)), (account, None)],
            source_kind="sale",
            source_id=new_id(),
            at=account.at,
        )
    with merchant_scope(book.merchant.id):
        assert Extension.objects.filter(merchant_id=book.merchant.id).count() == 1


# --- guards ------------------------------------------------------------------------------------------------------


def attempt(book: Book, statement: str, *values: UUID) -> None:
    """Run a statement as the application in the merchant's scope, to the end of the scope."""
    with merchant_scope(book.merchant.id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [*values])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


UNFOUNDED = (
    "INSERT INTO ledger_extension (merchant_id, id, account_id, account_seq, extended_until, at, source_kind, "
    "source_id) SELECT merchant_id, gen_random_uuid(), id, seq, extended_until + 9, now(), 'sale', id "
    "FROM ledger_account WHERE merchant_id = %s AND extended_until IS NOT NULL"
)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE ledger_account SET extended_until = extended_until - 1 WHERE merchant_id = %s", "has its lots until"),
        ("UPDATE ledger_account SET extended_until = NULL WHERE merchant_id = %s", "has its lots until"),
        ("UPDATE ledger_account SET extended_until = extended_until + 1 WHERE merchant_id = %s", "which nothing says"),
        (UNFOUNDED, "is not that of its account"),
        ("UPDATE ledger_lot SET follows_purchases = false WHERE merchant_id = %s", "permission denied"),
        ("UPDATE ledger_extension SET extended_until = extended_until + 1 WHERE merchant_id = %s", "permission denied"),
        ("DELETE FROM ledger_extension WHERE merchant_id = %s", "permission denied"),
    ],
)  # fmt: skip
def test_the_database_refuses(book: Book, statement: str, refusal: str) -> None:
    buy(book, DAY, 10)
    with pytest.raises((IntegrityError, ProgrammingError), match=refusal):
        attempt(book, statement, book.merchant.id)


def test_what_purchases_keep_cannot_be_expired_and_what_they_do_not_cannot_be_spent(book: Book) -> None:
    buy(book, DAY, 10)
    buy(book, after(20))
    with merchant_scope(book.merchant.id):
        assert verify(merchant=book.merchant) == []
    with pytest.raises(InsufficientPoints):
        book.spend(1, after(51))
    assert book.spend(1, after(50)).transfer_ids
    book.assert_sound()
