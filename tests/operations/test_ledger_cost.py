"""What a posting costs does not grow with a member's history: rows read, counted by PostgreSQL itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from ledger.operations import PostingJob, post_many
from tests.ledger_book import DAY, Book, earning, spending


def rows_read_by_a_sale(book: Book) -> int:
    """Rows of the ledger read by locking, redeeming, earning and all guards of one transaction."""
    with book.locked() as account, connection.cursor() as cursor:
        book.post(account, spending(15), earning(10))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables "
            "WHERE starts_with(relname, 'ledger_')"
        )
        return int(cursor.fetchone()[0])


def live_for_years(book: Book, visits: int) -> None:
    with book.locked() as account:
        for start in range(0, visits, 100):
            day = DAY - timedelta(days=visits - start)
            postings = [posting for _ in range(100) for posting in (earning(10, day), spending(10))]
            job = PostingJob(account=account, postings=postings, at=account.at, business_date=day)
            post_many(merchant=book.merchant, jobs=[job])


@pytest.mark.parametrize("visits", [1_500])
def test_a_regular_of_many_years_costs_as_much_as_a_newcomer(real_commits: None, visits: int) -> None:
    newcomer, regular = Book(), Book()
    live_for_years(regular, visits)
    for book in (newcomer, regular):
        book.earn(20)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ledger_entry, ledger_lot, ledger_lotuse, ledger_transfer, ledger_account")
        connection.close()
    costs = rows_read_by_a_sale(newcomer), rows_read_by_a_sale(regular)
    assert max(costs) < 150, costs
    regular.assert_sound()
