"""What a posting costs does not grow with a member's history: rows read, counted by PostgreSQL itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from ledger.operations import PostingJob, post_many
from merchants.tenancy import allow_long_statements
from tests.ledger_book import DAY, Book, earning, spending


def rows_read(cursor: Any) -> int:
    """By this session since it last reported its figures."""
    cursor.execute(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables "
        "WHERE starts_with(relname, 'ledger_')"
    )
    return int(cursor.fetchone()[0])


def rows_read_by_a_sale(book: Book) -> int:
    """Rows of the ledger read by redeeming, earning and all guards of one transaction."""
    with book.locked() as account, connection.cursor() as cursor:
        before = rows_read(cursor)
        book.post(account, spending(15), earning(10))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        return rows_read(cursor) - before


def live_for_years(book: Book, visits: int) -> None:
    with book.locked() as account:
        allow_long_statements(60)
        for start in range(0, visits, 100):
            day = DAY - timedelta(days=visits - start)
            postings = [posting for _ in range(100) for posting in (earning(10, day), spending(10))]
            job = PostingJob(account=account, postings=postings, at=account.at, business_date=day)
            post_many(merchant=book.merchant, jobs=[job])


def test_a_regular_of_many_years_costs_as_much_as_a_newcomer(real_commits: None) -> None:
    """In a session that planned the guards' queries while the tables were empty, which is the worst case."""
    newcomer, regular = Book(), Book()
    live_for_years(regular, 600)
    for book in (newcomer, regular):
        book.earn(20)
    costs = rows_read_by_a_sale(newcomer), rows_read_by_a_sale(regular)
    assert max(costs) < 80, costs
    regular.assert_sound()
