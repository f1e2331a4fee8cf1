"""T50 and a year in the life of points: when exactly they end, whichever action locks the account first."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.business_days import business_date
from ledger.facts import EntryKind
from ledger.operations import InsufficientPoints, expire_due
from merchants.tenancy import merchant_scope
from tests.ledger_book import Book, earning, figures, spending

pytestmark = pytest.mark.django_db


def redeem_at(book: Book, local: str, amount: int, *, opens: str = "00:00") -> None:
    """Redeem at a till whose clock shows `local` in Jakarta; the business day starts at `opens`."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Asia/Jakarta"))
    day = business_date(at, "Asia/Jakarta", datetime.fromisoformat(f"2026-01-01T{opens}").time())
    with book.locked(day, at=at) as account:
        book.post(account, spending(amount))


def test_one_tenth_of_a_second_around_midnight_with_the_night_stopped() -> None:
    """T50."""
    for moment, fits in [("2026-03-31T23:59:59.9", True), ("2026-04-01T00:00:00.1", False)]:
        book = Book()
        book.earn(50, date(2026, 3, 1), valid_days=30)
        if fits:
            redeem_at(book, moment, 50)
        else:
            with pytest.raises(InsufficientPoints):
                redeem_at(book, moment, 50)
        book.assert_sound()


def test_a_cafe_whose_day_starts_at_four_goes_on_until_four() -> None:
    book = Book()
    book.earn(50, date(2026, 3, 1), valid_days=30)
    redeem_at(book, "2026-04-01T03:59:59", 20, opens="04:00")
    with pytest.raises(InsufficientPoints):
        redeem_at(book, "2026-04-01T04:00:00", 20, opens="04:00")


def test_a_year_of_a_regular_with_and_without_the_night() -> None:
    """Monthly earnings that last 90 days, some spending, one return: both ways the same statement of changes."""

    def year(*, nights: bool) -> tuple[Book, list[tuple[EntryKind, int]]]:
        book = Book()
        spent = []
        for week in range(52):
            day = date(2026, 1, 5) + timedelta(weeks=week)
            if nights:
                with merchant_scope(book.merchant.id):
                    ended = day - timedelta(days=1)
                    expire_due(merchant=book.merchant, business_date=ended, after=None, limit=10)
            if week % 4 == 0:
                book.earn(100, day, valid_days=90)
            if week % 7 == 3:
                spent = book.spend(60, day).transfer_ids
            if week == 40:
                book.give_back(spent, 25, day)
        with book.locked(date(2027, 1, 4)) as account:
            book.post(account, earning(1, date(2027, 1, 4)))
        return book, [(line.kind, line.change) for line in book.lines()]

    (first, with_nights), (second, without) = year(nights=True), year(nights=False)
    assert sorted(with_nights) == sorted(without)
    assert figures(first.balance(date(2027, 1, 4))) == figures(second.balance(date(2027, 1, 4)))
    assert first.balance(date(2027, 1, 4)).expiring == second.balance(date(2027, 1, 4)).expiring
    assert EntryKind.EXPIRE in [kind for kind, _ in without]
    for book in (first, second):
        book.assert_sound()


def test_paid_with_points_at_the_end_of_their_life_and_returned_later() -> None:
    """T47 by date: bought on the last day, returned the day after, then a month to use them."""
    book = Book()
    earned_on, last_day = date(2026, 3, 1), date(2026, 3, 31)
    book.earn(80, earned_on, valid_days=30)
    spent = book.spend(80, last_day).transfer_ids
    returned = book.give_back(spent, 80, last_day + timedelta(days=1), grace_days=30)
    assert (returned.to_lots, returned.to_grace) == (0, 80)
    assert book.balance(date(2026, 4, 1)).expiring == ((80, date(2026, 5, 1)),)
    spent = book.spend(80, date(2026, 5, 1)).transfer_ids
    again = book.give_back(spent, 80, date(2026, 5, 1))
    assert again.to_lots == 80
    assert figures(book.balance(date(2026, 5, 2))) == (0, 0, 0, 0)
    book.assert_sound()


def test_a_quote_before_midnight_is_honoured_after_it() -> None:
    book = Book()
    book.earn(100, date(2026, 3, 1), valid_days=30)
    zone = ZoneInfo("Asia/Jakarta")
    before, after = datetime(2026, 3, 31, 23, 55, tzinfo=zone), datetime(2026, 4, 1, 0, 3, tzinfo=zone)
    with book.locked(date(2026, 3, 31), at=before) as account:
        hold = book.hold(account, 70)
    with book.locked(date(2026, 4, 1), at=after) as account:
        assert figures(account.balance) == (0, 0, 70, 0)
        book.commit(account, hold)
    assert book.kinds()[:2] == [EntryKind.EXPIRE, EntryKind.REDEEM]
    assert figures(book.balance(date(2026, 4, 1))) == (0, 0, 0, 0)
    book.assert_sound()
