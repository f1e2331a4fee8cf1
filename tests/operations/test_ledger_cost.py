"""What a posting costs does not grow with a member's history: rows read, counted by PostgreSQL itself."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection

from ledger.operations import PostingJob, lock_account, post_many
from merchants.tenancy import allow_long_statements, merchant_scope
from tests.databases import database_url
from tests.ledger_book import DAY, Book, earning, noon, spending


def rows_read(cursor: Any) -> Counter[str]:
    """Return the rows read by table, in this transaction so far."""
    cursor.execute(
        "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables "
        "WHERE starts_with(relname, 'ledger_')"
    )
    return Counter(dict(cursor.fetchall()))


def rows_read_by_a_sale(book: Book) -> Counter[str]:
    """Return the rows of the ledger read by redeeming, earning and all guards of one transaction."""
    with book.locked() as account, connection.cursor() as cursor:
        before = rows_read(cursor)
        book.post(account, spending(15), earning(10))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return rows_read(cursor) - before


def analyse() -> None:
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as owner, owner, owner.cursor() as cursor:
        for model in apps.get_app_config("ledger").get_models():
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def live_for_years(book: Book, visits: int) -> None:
    with book.locked() as account:
        allow_long_statements(60)
        for start in range(0, visits, 100):
            day = DAY - timedelta(days=visits - start)
            postings = [posting for _ in range(100) for posting in (earning(10, day), spending(10))]
            job = PostingJob(account=account, postings=postings, at=account.at, business_date=day)
            post_many(merchant=book.merchant, jobs=[job])


def test_a_regular_of_many_years_costs_as_much_as_a_newcomer(real_commits: None) -> None:
    """With statistics as autovacuum keeps them; after tests that roll back it would believe the tables are empty.

    Compared with the same sale before those years: a table of few pages, filled by any test, is quicker read whole than
    by its index, so that the rows which other tests left in this database would count.
    """
    newcomer, regular = Book(), Book()
    newcomer.earn(20)
    analyse()
    before = rows_read_by_a_sale(newcomer)
    live_for_years(regular, 600)
    for book in (newcomer, regular):
        book.earn(20)
    analyse()
    costs = rows_read_by_a_sale(newcomer), rows_read_by_a_sale(regular)
    # A look at every lot or entry of the regular would be 600 or more.
    assert max(costs, key=Counter.total).total() - before.total() < 400, (before, *costs)
    regular.assert_sound()


def collect_lots(book: Book, count: int) -> None:
    """Make lots that are still whole, of some hundred different days, as a regular who never spends has them."""
    with book.locked() as account:
        allow_long_statements(60)
        for start in range(0, count, 500):
            postings = [earning(10, DAY - timedelta(days=n % 100), valid_days=400) for n in range(start, start + 500)]
            job = PostingJob(account=account, postings=postings, at=account.at, business_date=DAY)
            post_many(merchant=book.merchant, jobs=[job])


def rows_read_by_earning(book: Book) -> Counter[str]:
    """Return the rows of the ledger read by a sale that only earns, from the lock to the last guard."""
    with merchant_scope(book.merchant.id), connection.cursor() as cursor:
        before = rows_read(cursor)
        account = lock_account(
            merchant=book.merchant, owner_id=book.owner, business_date=DAY, at=noon(DAY), read_lots=False
        )
        found = account.balance
        book.post(account, earning(10))
        assert account.balance.available == found.available + 10
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return rows_read(cursor) - before


def test_a_sale_that_only_earns_reads_none_of_thousands_of_open_lots(real_commits: None) -> None:
    newcomer, regular = Book(), Book()
    newcomer.earn(20)
    collect_lots(regular, 2_000)
    analyse()
    few, many = rows_read_by_earning(newcomer), rows_read_by_earning(regular)
    assert many["ledger_lot"] <= few["ledger_lot"] + 5, (few, many)
    assert many["ledger_lotdays"] <= 500, many  # a hundred days, read by the balance and by the guard
    assert many.total() - few.total() < 500
    regular.assert_sound()


def test_lots_that_were_left_unread_are_read_when_one_is_needed(real_commits: None) -> None:
    book = Book()
    book.earn(30)
    with merchant_scope(book.merchant.id):
        account = lock_account(
            merchant=book.merchant, owner_id=book.owner, business_date=DAY, at=noon(DAY), read_lots=False
        )
        book.post(account, earning(10), spending(35))
        assert account.balance.available == 5
    assert book.balance().available == 5
    book.assert_sound()


@pytest.mark.parametrize("days", [0, 1])
def test_what_has_passed_is_booked_though_lots_are_left_unread(real_commits: None, days: int) -> None:
    book = Book()
    book.earn(30, valid_days=0)
    book.earn(20)
    on = DAY + timedelta(days=days)
    with merchant_scope(book.merchant.id):
        account = lock_account(
            merchant=book.merchant, owner_id=book.owner, business_date=on, at=noon(on), read_lots=False
        )
        assert account.is_unread is (days == 0)
        assert account.balance.available == (50 if days == 0 else 20)
    book.assert_sound()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_lotdays SET remaining = remaining + 1",
        """
        INSERT INTO ledger_lotdays (merchant_id, id, account_id, available_on, expires_on, remaining, held)
        SELECT merchant_id, gen_random_uuid(), id, '2026-01-01', NULL, 5, 0 FROM ledger_account WHERE unit = 'points'
        """,
        "DELETE FROM ledger_lotdays",
    ],
)
def test_nothing_but_the_lots_writes_their_days(real_commits: None, statement: str) -> None:
    book = Book()
    book.earn(30)
    with pytest.raises(DatabaseError), merchant_scope(book.merchant.id), connection.cursor() as cursor:
        cursor.execute(statement)
    book.assert_sound()
