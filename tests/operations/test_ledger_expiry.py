"""Expiry: by the night's step or by the first action that locks the account; each lot once (C3, I7)."""

from datetime import date, timedelta

import pytest

from ledger.facts import EntryKind, Unit
from ledger.operations import InsufficientPoints, expire_due
from ledger.queries import entries, liability
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def run_night(book: Book, ended: date, *, limit: int = 100) -> int:
    """Run the step to its end; return how many calls it took."""
    cursor, calls = None, 0
    while True:
        with merchant_scope(book.merchant.id):
            cursor = expire_due(merchant=book.merchant, business_date=ended, after=cursor, limit=limit)
        calls += 1
        if cursor is None:
            return calls


def test_the_last_day_is_usable_to_its_end(book: Book) -> None:
    book.earn(10, valid_days=5)
    run_night(book, after(4))
    book.spend(4, after(5))
    run_night(book, after(5))
    assert book.kinds() == [EntryKind.EXPIRE, EntryKind.REDEEM, EntryKind.EARN]
    assert figures(book.balance(after(6))) == (0, 0, 0, 0)
    book.assert_sound()


def test_an_expired_lot_is_unspendable_even_if_the_night_never_ran(book: Book) -> None:
    book.earn(10, valid_days=5)
    assert figures(book.balance(after(6))) == (0, 0, 0, 0)
    with pytest.raises(InsufficientPoints):
        book.spend(1, after(6))
    book.assert_sound()


def test_the_night_books_on_the_day_after_and_only_once(book: Book) -> None:
    book.earn(10, valid_days=5)
    book.earn(20, valid_days=5)
    for _ in range(3):
        run_night(book, after(5))
    with merchant_scope(book.merchant.id):
        lines = entries(merchant=book.merchant, owner_id=book.owner, limit=10)
    assert [(line.kind, line.change, line.business_date) for line in lines[:2]] == [
        (EntryKind.EXPIRE, -20, after(6)),
        (EntryKind.EXPIRE, -10, after(6)),
    ]
    assert len(lines) == 4
    book.assert_sound()


def test_a_late_night_catches_up(book: Book) -> None:
    for days in (1, 2, 3):
        book.earn(10, valid_days=days)
    run_night(book, after(9))
    assert book.kinds().count(EntryKind.EXPIRE) == 3
    book.assert_sound()


def test_batches_of_accounts_and_both_units(book: Book) -> None:
    for owner in (book.owner, book.colleague):
        book.earn(10, valid_days=1, owner=owner)
        book.earn(10, valid_days=1, owner=owner, unit=Unit.WALLET)
        book.earn(10, valid_days=50, owner=owner)
    assert run_night(book, after(1), limit=2) == 3
    assert run_night(book, after(1), limit=2) == 1
    with merchant_scope(book.merchant.id):
        owed = [liability(merchant=book.merchant, business_date=after(2), unit=unit) for unit in Unit]
    assert [(o.outstanding, o.members_with_balance) for o in owed] == [(20, 2), (0, 0)]
    book.assert_sound()


def test_a_strangers_lots_are_left_alone(book: Book) -> None:
    stranger = Book("Toko Sebelah")
    stranger.earn(10, valid_days=1)
    run_night(book, after(5))
    assert stranger.kinds() == [EntryKind.EARN]


def test_a_lot_with_a_live_hold_waits_for_the_next_night(book: Book) -> None:
    book.earn(10, valid_days=1)
    with book.locked(after(1)) as account:
        book.hold(account, 4, minutes=60 * 24)
    run_night(book, after(1))
    assert figures(book.balance(after(2))) == (0, 0, 4, 0)
    run_night(book, after(2))
    assert figures(book.balance(after(3))) == (0, 0, 0, 0)
    assert book.kinds() == [EntryKind.EXPIRE, EntryKind.EARN]
    book.assert_sound()


def test_an_earning_after_a_quiet_time_books_the_overdue_first(book: Book) -> None:
    book.earn(10, valid_days=1)
    book.earn(5, after(9))
    assert book.kinds() == [EntryKind.EARN, EntryKind.EXPIRE, EntryKind.EARN]
    assert book.balance(after(9)).available == 5
