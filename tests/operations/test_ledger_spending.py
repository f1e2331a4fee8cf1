"""Earning and spending: order of lots, pending, expiry, debt of paid sales."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from common.ids import new_id
from ledger.facts import EntryKind, Posting, Unit
from ledger.operations import InsufficientPoints, PostingJob, lock_account, lock_accounts, post, post_many
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book, earning, figures, noon, spending

pytestmark = pytest.mark.django_db


@pytest.fixture
def book() -> Book:
    return Book()


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_what_expires_first_is_spent_first_and_what_never_expires_last(book: Book) -> None:
    book.earn(10, valid_days=None)
    book.earn(20, valid_days=300)
    book.earn(30, valid_days=100)
    book.spend(35)
    assert book.balance().expiring == ((15, after(300)),)
    assert figures(book.balance()) == (25, 0, 0, 0)
    book.assert_sound()


def test_of_equal_expiry_the_older_lot_is_spent_first(book: Book) -> None:
    first = book.earn(10, DAY, valid_days=100)
    book.earn(10, after(1), valid_days=99)
    book.spend(4, after(1))
    with book.locked(after(1)) as account:
        left = {lot.transfer_id: lot.remaining for lot in account.lots.values()}
    assert left[first] == 6


def test_pending_points_are_seen_and_not_spent_before_their_day(book: Book) -> None:
    book.earn(100, pending_days=3)
    assert figures(book.balance()) == (0, 100, 0, 0)
    assert book.balance().pending_lots == ((100, after(3)),)
    with pytest.raises(InsufficientPoints) as refused:
        book.spend(1, after(2))
    assert refused.value.facts == {"available": 0, "needed": 1}
    book.spend(100, after(3))
    book.assert_sound()


def test_a_refused_spend_changes_nothing_and_the_account_can_go_on(book: Book) -> None:
    book.earn(10)
    with book.locked() as account:
        with pytest.raises(InsufficientPoints):
            book.post(account, spending(4), spending(7))
        assert figures(account.balance) == (10, 0, 0, 0)
        book.post(account, spending(10))
    assert figures(book.balance()) == (0, 0, 0, 0)
    book.assert_sound()


def test_wallet_money_lacks_under_its_own_code(book: Book) -> None:
    with pytest.raises(InsufficientPoints) as refused:
        book.spend(1, unit=Unit.WALLET)
    assert refused.value.code == "wallet_insufficient"


def test_units_do_not_mix(book: Book) -> None:
    book.earn(500, unit=Unit.WALLET, kind=EntryKind.TOP_UP)
    assert figures(book.balance()) == (0, 0, 0, 0)
    assert figures(book.balance(unit=Unit.WALLET)) == (500, 0, 0, 0)
    with book.locked() as account, pytest.raises(ValueError, match="cannot be posted"):
        book.post(account, earning(5, unit=Unit.WALLET))
    book.assert_sound()


def test_one_sale_spends_first_and_earns_then(book: Book) -> None:
    book.earn(100)
    with book.locked() as account:
        book.post(account, spending(100))
        assert account.balance.available == 0
        book.post(account, earning(7))
        assert account.balance.available == 7
    assert book.balance().available == 7
    book.assert_sound()


def test_a_paid_sale_takes_active_then_pending_then_debt(book: Book) -> None:
    book.earn(30)
    book.earn(20, pending_days=9)
    posted = book.spend(70, paid=True)
    assert (posted.transfers[0].change, posted.from_debt, posted.shortfall) == (-70, 20, 0)
    assert figures(book.balance()) == (0, 0, 0, 20)
    assert book.balance().points_balance == -20
    book.assert_sound()


def test_debt_stops_at_the_merchants_limit_and_the_rest_is_loss(book: Book) -> None:
    book = Book(max_debt_points=15)
    book.earn(10)
    posted = book.spend(40, paid=True)
    assert (posted.transfers[0].change, posted.from_debt, posted.shortfall) == (-25, 15, 15)
    again = book.spend(5, paid=True)
    assert (again.transfer_ids, again.shortfall) == ([], 5)
    book.assert_sound()


def test_where_no_debt_is_allowed_a_paid_sale_takes_what_is_there(book: Book) -> None:
    book.earn(10)
    with book.locked(DAY) as account:
        posted = book.post(account, spending(40), allow_debt_up_to=0)
    assert (posted.transfers[0].change, posted.from_debt, posted.shortfall) == (-10, 0, 30)
    assert figures(book.balance()) == (0, 0, 0, 0)
    book.assert_sound()


def test_nothing_is_spent_while_there_is_debt(book: Book) -> None:
    book.spend(50, paid=True)
    book.earn(30)
    assert figures(book.balance()) == (0, 0, 0, 20)
    with pytest.raises(InsufficientPoints):
        book.spend(1)
    book.earn(25, pending_days=5)
    assert figures(book.balance()) == (0, 5, 0, 0)
    book.assert_sound()


@pytest.mark.parametrize(
    "posting",
    [
        earning(5, kind=EntryKind.ADJUST),
        earning(5, kind=EntryKind.REDEEM),
        spending(5, kind=EntryKind.EARN),
        spending(5, kind=EntryKind.EXPIRE),
        spending(5, kind=EntryKind.REFUND),
        spending(0),
    ],
)
def test_a_posting_that_means_nothing_is_a_mistake_of_the_caller(book: Book, posting: Posting) -> None:
    with book.locked() as account, pytest.raises(ValueError, match=r"posting|given"):
        book.post(account, posting)


def test_many_accounts_in_one_go(book: Book) -> None:
    with merchant_scope(book.merchant.id):
        accounts = lock_accounts(
            merchant=book.merchant, owner_ids=[book.owner, book.colleague, new_id()], business_date=DAY, at=noon(DAY)
        )
        assert set(accounts) == {book.owner, book.colleague}
        jobs = [
            PostingJob(account=account, postings=[earning(5), spending(2)], at=noon(DAY), business_date=DAY)
            for account in accounts.values()
        ]
        posted = post_many(merchant=book.merchant, jobs=jobs)
    assert [len(p.transfer_ids) for p in posted] == [2, 2]
    assert book.balance().available == book.balance(owner=book.colleague).available == 3
    book.assert_sound()


def test_a_sale_that_redeems_and_earns_takes_two_statements_to_lock_and_three_to_post(
    book: Book, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        book.earn(10)
    with merchant_scope(book.merchant.id):
        with django_assert_num_queries(2):
            account = lock_account(merchant=book.merchant, owner_id=book.owner, business_date=DAY, at=noon(DAY))
        with django_assert_num_queries(3):
            post(
                merchant=book.merchant,
                account=account,
                postings=[spending(25), earning(3)],
                at=noon(DAY),
                business_date=DAY,
            )
    book.assert_sound()
