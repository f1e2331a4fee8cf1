"""What members and the merchant read: balances, statements, liability."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from common.errors import BadInput, Missing
from common.ids import new_id
from ledger.facts import Balance, EntryKind, Unit
from ledger.operations import lock_account, open_accounts
from ledger.queries import balances, entries, liability
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, noon

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def read_all(book: Book, *, limit: int, unit: Unit | None = None) -> list[tuple[Unit, int]]:
    lines: list[tuple[Unit, int]] = []
    before = None
    while True:
        with merchant_scope(book.merchant.id):
            page = entries(merchant=book.merchant, owner_id=book.owner, unit=unit, before=before, limit=limit)
        lines += [(line.unit, line.seq) for line in page]
        if len(page) < limit:
            return lines
        before = page[-1].cursor


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_pages_join_without_gap_or_repeat(book: Book, limit: int) -> None:
    for day in range(4):
        book.earn(10, DAY + timedelta(days=day))
        book.earn(100, DAY + timedelta(days=day), unit=Unit.WALLET, kind=EntryKind.CASHBACK)
    lines = read_all(book, limit=limit)
    assert len(lines) == len(set(lines)) == 8
    for unit in Unit:
        assert [seq for u, seq in lines if u == unit] == [4, 3, 2, 1]
    assert read_all(book, limit=limit, unit=Unit.WALLET) == [(Unit.WALLET, seq) for seq in (4, 3, 2, 1)]


def test_an_entry_booked_late_does_not_break_the_order_of_its_account(book: Book) -> None:
    book.earn(10, DAY + timedelta(days=5))
    book.earn(20, DAY)
    book.earn(1, DAY + timedelta(days=3), unit=Unit.WALLET)
    points = [seq for unit, seq in read_all(book, limit=2) if unit == Unit.POINTS]
    assert points == [2, 1]


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.2.3", "-1.2", "1.²", "1.2;"])
def test_a_cursor_that_is_none_is_bad_input(book: Book, cursor: str) -> None:
    with merchant_scope(book.merchant.id), pytest.raises(BadInput):
        entries(merchant=book.merchant, owner_id=book.owner, before=cursor, limit=5)


def test_balances_of_many_cost_two_statements(book: Book, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    book.earn(10)
    nobody = new_id()
    with merchant_scope(book.merchant.id), django_assert_num_queries(2):
        found = balances(merchant=book.merchant, owner_ids=[book.owner, book.colleague, nobody], business_date=DAY)
    assert found[book.owner].available == 10
    assert found[book.colleague] == found[nobody] == Balance()


def test_a_stranger_sees_nothing(book: Book) -> None:
    book.earn(10)
    stranger = Book("Toko Sebelah")
    with merchant_scope(stranger.merchant.id):
        assert entries(merchant=stranger.merchant, owner_id=book.owner, limit=5) == []
        with pytest.raises(Missing):
            lock_account(merchant=stranger.merchant, owner_id=book.owner, business_date=DAY, at=noon(DAY))


def test_accounts_are_opened_once(book: Book) -> None:
    book.earn(10)
    with merchant_scope(book.merchant.id):
        open_accounts(merchant=book.merchant, owner_ids=[book.owner, book.owner, new_id()])
    assert book.balance().available == 10
    book.assert_sound()


def test_liability_counts_available_pending_and_held_but_not_what_expired(book: Book) -> None:
    book.earn(100, valid_days=3)
    book.earn(40, pending_days=7)
    book.spend(9, owner=book.colleague, paid=True)
    with book.locked() as account:
        book.hold(account, 30)
    stranger = Book("Toko Sebelah")
    stranger.earn(7)
    with merchant_scope(book.merchant.id):
        owed = liability(merchant=book.merchant, business_date=DAY)
        last_day = liability(merchant=book.merchant, business_date=DAY + timedelta(days=3))
        later = liability(merchant=book.merchant, business_date=DAY + timedelta(days=4))
    assert (owed.outstanding, owed.debt, owed.members_with_balance) == (140, 9, 1)
    assert last_day == owed
    assert (later.outstanding, later.debt, later.members_with_balance) == (40 + 30, 9, 1), "held points are still owed"


def test_a_member_with_only_expired_points_is_owed_nothing(book: Book) -> None:
    book.earn(100, valid_days=3)
    book.earn(40, valid_days=9, owner=book.colleague)
    with merchant_scope(book.merchant.id):
        later = liability(merchant=book.merchant, business_date=DAY + timedelta(days=4))
    assert (later.outstanding, later.members_with_balance) == (40, 1)
