"""What a posting costs does not grow with a member's history: rows read, counted by PostgreSQL itself."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg2
from django.apps import apps
from django.conf import settings
from django.db import connection

from ledger.operations import PostingJob, post_many
from merchants.tenancy import allow_long_statements
from tests.databases import database_url
from tests.ledger_book import DAY, Book, earning, spending


def rows_read(cursor: Any) -> Counter[str]:
    """By table, in this transaction so far."""
    cursor.execute(
        "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables "
        "WHERE starts_with(relname, 'ledger_')"
    )
    return Counter(dict(cursor.fetchall()))


def rows_read_by_a_sale(book: Book) -> Counter[str]:
    """Rows of the ledger read by redeeming, earning and all guards of one transaction."""
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
    """With statistics as autovacuum keeps them; tests that roll back leave it believing that the tables are empty.

    Compared with the same sale before those years: a table of few pages, whoever filled it, is quicker read whole than
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
