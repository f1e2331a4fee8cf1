"""Holds: set aside, given back, committed, lapsed."""

from datetime import date, timedelta

import pytest

from ledger.facts import EntryKind
from ledger.operations import HoldNotOpen, InsufficientPoints, release_hold
from tests.ledger_book import DAY, Book, figures, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_held_points_cannot_be_spent_or_held_again(book: Book) -> None:
    book.earn(100)
    with book.locked() as account:
        book.hold(account, 70)
        assert figures(account.balance) == (30, 0, 70, 0)
        with pytest.raises(InsufficientPoints):
            book.hold(account, 31)
    with pytest.raises(InsufficientPoints):
        book.spend(31)
    book.spend(30)
    assert book.balance().points_balance == 70
    book.assert_sound()


def test_release_gives_back_once(book: Book) -> None:
    book.earn(100)
    with book.locked() as account:
        hold = book.hold(account, 70)
        assert release_hold(merchant=book.merchant, account=account, hold_id=hold)
        assert not release_hold(merchant=book.merchant, account=account, hold_id=hold)
        assert figures(account.balance) == (100, 0, 0, 0)
    book.assert_sound()


def test_commit_spends_exactly_the_held_lots(book: Book) -> None:
    book.earn(50, valid_days=300)
    with book.locked() as account:
        hold = book.hold(account, 40)
    book.earn(60, valid_days=10)
    with book.locked() as account:
        assert account.open_hold_ids == {hold}
        made = book.commit(account, hold)
        assert made.change == -40
        assert account.open_hold_ids == frozenset()
    assert book.balance().expiring == ((60, after(10)), (10, after(300)))
    with book.locked() as account, pytest.raises(HoldNotOpen):
        book.commit(account, hold)
    book.assert_sound()


def test_a_lapsed_hold_is_free_again_without_any_worker(book: Book) -> None:
    book.earn(100)
    with book.locked() as account:
        hold = book.hold(account, 100, minutes=10)
    later = noon(DAY) + timedelta(minutes=11)
    assert figures(book.balance()) == (0, 0, 100, 0)
    assert figures(book.balance(at=later)) == (100, 0, 0, 0)
    with book.locked(at=later) as account:
        assert account.open_hold_ids == frozenset()
        book.post(account, book.spending(100))
        with pytest.raises(HoldNotOpen):
            book.commit(account, hold)
    book.assert_sound()


def test_a_sale_that_names_its_own_lapsed_hold_may_still_commit_it(book: Book) -> None:
    book.earn(100)
    with book.locked() as account:
        hold = book.hold(account, 100, minutes=10)
    with book.locked(at=noon(DAY) + timedelta(minutes=11), keep_hold_ids=[hold]) as account:
        assert book.commit(account, hold).change == -100
    book.assert_sound()


def test_a_hold_keeps_its_lots_alive_past_midnight(book: Book) -> None:
    book.earn(100, valid_days=0)
    with book.locked() as account:
        hold = book.hold(account, 60, minutes=60 * 24)
    with book.locked(after(1)) as account:
        assert figures(account.balance) == (0, 0, 60, 0)
        with pytest.raises(InsufficientPoints):
            book.post(account, book.spending(1))
        assert book.commit(account, hold).change == -60
    assert book.balance(after(1)).points_balance == 0
    assert book.kinds() == [EntryKind.EXPIRE, EntryKind.REDEEM, EntryKind.EARN]
    book.assert_sound()


def test_released_after_midnight_the_whole_lot_expires_once(book: Book) -> None:
    book.earn(100, valid_days=0)
    with book.locked() as account:
        hold = book.hold(account, 60, minutes=60 * 24)
    with book.locked(after(1)) as account:
        book.release(account, hold)
    assert figures(book.balance(after(1))) == (0, 0, 0, 0)
    assert book.kinds() == [EntryKind.EXPIRE, EntryKind.EARN]
    book.assert_sound()


def test_debt_beside_an_overdue_lot_that_is_partly_held(book: Book) -> None:
    """The unheld rest of an overdue lot neither pays debt nor is taken: its day is over."""
    own = book.earn(50)
    book.spend(50)
    book.earn(100, valid_days=0)
    with book.locked() as account:
        hold = book.hold(account, 60, minutes=60 * 24)
    taken = book.take_back([own], 50, after(1))
    assert (taken.from_lots, taken.from_debt) == (0, 50)
    assert figures(book.balance(after(1))) == (0, 0, 60, 50)
    book.assert_sound()
    with book.locked(after(1)) as account:
        book.release(account, hold)
    assert figures(book.balance(after(1))) == (0, 0, 0, 50)
    book.assert_sound()


def test_pending_points_cannot_be_held(book: Book) -> None:
    book.earn(100, pending_days=1)
    with book.locked() as account, pytest.raises(InsufficientPoints) as refused:
        book.hold(account, 1)
    assert refused.value.facts == {"available": 0, "needed": 1}


def test_what_waits_behind_a_hold_to_expire_is_not_taken_back(book: Book) -> None:
    """60 of 100 are free and their day is over; a hold on the other 40 delays the booking: 60 are gone all the same."""
    own = book.earn(100, valid_days=0)
    with book.locked() as account:
        hold = book.hold(account, 40, minutes=60 * 24)
    taken = book.take_back([own], 100, after(1))
    assert (taken.from_lots, taken.from_debt, taken.expired, taken.missing) == (0, 40, 60, 0)
    book.assert_sound()
    with book.locked(after(1)) as account:
        assert book.commit(account, hold).change == -40
    assert figures(book.balance(after(1))) == (0, 0, 0, 40)
    book.assert_sound()


def test_a_part_taken_back_before_the_last_day_leaves_the_rest_to_expire(book: Book) -> None:
    own = book.earn(100, valid_days=0)
    assert book.take_back([own], 30).from_lots == 30
    with book.locked() as account:
        book.hold(account, 10, minutes=60 * 24)
    taken = book.take_back([own], 70, after(1))
    assert (taken.from_lots, taken.from_debt, taken.expired) == (0, 10, 60)
    book.assert_sound()
