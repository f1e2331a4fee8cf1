"""T86, T82: the verifier's own test. Each planted corruption is found and its row is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import StringIO
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.facts import EntryKind, Unit
from ledger.invariants import CHECKS, verify
from merchants.tenancy import merchant_scope
from tests.databases import database_url
from tests.ledger_book import DAY, Book, spending

TABLES = (
    "ledger_account",
    "ledger_transfer",
    "ledger_entry",
    "ledger_lot",
    "ledger_lotdays",
    "ledger_hold",
    "ledger_holdlot",
    "ledger_lotuse",
    "ledger_debtmove",
    "merchants_auditentry",
)

OWNERS = "(SELECT id FROM ledger_account WHERE owner_id = '{owner}' AND unit = 'points')"
COLLEAGUES = "(SELECT id FROM ledger_account WHERE owner_id = '{colleague}' AND unit = 'points')"
LAST_EARNED = f"(SELECT max(id::text)::uuid FROM ledger_transfer WHERE kind = 'earn' AND account_id = {OWNERS})"
SPENT = f"(SELECT id FROM ledger_transfer WHERE kind = 'redeem' AND change = -30 AND account_id = {OWNERS})"
EXPIRED_LOT = "(SELECT lot_id FROM ledger_lotuse WHERE kind = 'expire')"
A_USE = f"(SELECT id FROM ledger_lotuse WHERE transfer_id = {SPENT})"


@dataclass(frozen=True)
class Corruption:
    """`statement` returns the id of the row that the verifier has to name."""

    invariant: str
    table: str
    statement: str


CORRUPTIONS = [
    Corruption(
        "I2",
        "ledger_transfer",
        f"UPDATE ledger_entry SET amount = amount + 1 WHERE transfer_id = {SPENT} AND account_seq IS NULL "
        "RETURNING transfer_id",
    ),
    Corruption(
        "I2",
        "ledger_transfer",
        f"DELETE FROM ledger_entry WHERE transfer_id = {SPENT} AND account_seq IS NULL RETURNING transfer_id",
    ),
    Corruption(
        "I2",
        "ledger_transfer",
        "UPDATE ledger_entry SET account_id = "
        "(SELECT id FROM ledger_account WHERE role = 'issued' AND unit = 'wallet') "
        f"WHERE transfer_id = {SPENT} AND account_seq IS NULL RETURNING transfer_id",
    ),
    Corruption("I2", "ledger_transfer", f"UPDATE ledger_transfer SET change = -31 WHERE id = {SPENT} RETURNING id"),
    Corruption("I2", "ledger_transfer", f"UPDATE ledger_transfer SET unit = 'wallet' WHERE id = {SPENT} RETURNING id"),
    Corruption(
        "I4",
        "ledger_entry",
        "UPDATE ledger_entry SET balance_after = balance_after + 1 "
        f"WHERE transfer_id = {SPENT} AND account_seq IS NOT NULL RETURNING id",
    ),
    Corruption(
        "I4",
        "ledger_entry",
        "UPDATE ledger_entry SET account_seq = 900 "
        f"WHERE transfer_id = {SPENT} AND account_seq IS NOT NULL RETURNING id",
    ),
    Corruption(
        "I4",
        "ledger_account",
        f"UPDATE ledger_entry SET amount = amount + 1 WHERE account_id = {OWNERS} AND account_seq = 1 "
        "RETURNING account_id",
    ),
    Corruption(
        "I4", "ledger_account", f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {OWNERS} RETURNING id"
    ),
    Corruption("I4", "ledger_account", f"UPDATE ledger_account SET seq = seq + 1 WHERE id = {OWNERS} RETURNING id"),
    Corruption("I4", "ledger_account", f"UPDATE ledger_account SET held = held - 1 WHERE id = {OWNERS} RETURNING id"),
    Corruption(
        "I4", "ledger_lot", "UPDATE ledger_lot SET held = held - 1 WHERE held > 0 AND held < remaining RETURNING id"
    ),
    Corruption("I4", "ledger_hold", "UPDATE ledger_hold SET amount = amount + 1 WHERE state = 'open' RETURNING id"),
    Corruption("I4", "ledger_hold", "UPDATE ledger_hold SET state = 'released' WHERE state = 'committed' RETURNING id"),
    Corruption("I4", "ledger_hold", "UPDATE ledger_holdlot SET amount = amount + 1 RETURNING hold_id"),
    Corruption("I5", "ledger_lotuse", f"UPDATE ledger_lotuse SET kind = 'take_back' WHERE id = {A_USE} RETURNING id"),
    Corruption(
        "I5",
        "ledger_lotuse",
        f"UPDATE ledger_lot SET available_on = '{DAY + timedelta(days=9)}' "
        f"WHERE id = (SELECT lot_id FROM ledger_lotuse WHERE id = {A_USE}) RETURNING {A_USE}",
    ),
    Corruption(
        "I5",
        "ledger_debtmove",
        "UPDATE ledger_transfer t SET may_owe = false FROM ledger_debtmove d "
        "WHERE d.transfer_id = t.id AND d.change > 0 RETURNING d.id",
    ),
    Corruption(
        "I5",
        "ledger_holdlot",
        f"UPDATE ledger_hold SET business_date = '{DAY - timedelta(days=9)}' WHERE state = 'open' "
        "RETURNING (SELECT hl.id FROM ledger_holdlot hl WHERE hl.hold_id = ledger_hold.id LIMIT 1)",
    ),
    Corruption(
        "I6",
        "ledger_account",
        f"UPDATE ledger_account SET debt = debt + 1, balance = balance WHERE id = {COLLEAGUES} RETURNING id",
    ),
    Corruption(
        "I6",
        "ledger_lot",
        "UPDATE ledger_lot SET remaining = remaining - 1 WHERE held > 0 AND held < remaining RETURNING id",
    ),
    Corruption(
        "I6", "ledger_lot", "UPDATE ledger_lot SET uses = uses + 1 WHERE held > 0 AND held < remaining RETURNING id"
    ),
    Corruption(
        "I6", "ledger_lot", "UPDATE ledger_lot SET amount = amount + 1 WHERE held > 0 AND held < remaining RETURNING id"
    ),
    Corruption(
        "I6",
        "ledger_lot",
        f"UPDATE ledger_lot SET account_id = {COLLEAGUES} WHERE transfer_id = {LAST_EARNED} RETURNING id",
    ),
    Corruption(
        "I6", "ledger_transfer", f"UPDATE ledger_lotuse SET amount = 29 WHERE id = {A_USE} RETURNING transfer_id"
    ),
    Corruption(
        "I6",
        "ledger_lotuse",
        f"UPDATE ledger_lotuse SET remaining_after = remaining_after + 1 WHERE id = {A_USE} RETURNING id",
    ),
    Corruption("I6", "ledger_lot", f"DELETE FROM ledger_lotuse WHERE id = {A_USE} RETURNING lot_id"),
    Corruption(
        "I6",
        "ledger_lotdays",
        "UPDATE ledger_lotdays SET remaining = remaining + 1 WHERE id = (SELECT id FROM ledger_lotdays "
        f"WHERE account_id = {OWNERS} LIMIT 1) RETURNING id",
    ),
    Corruption(
        "I6",
        "ledger_lotdays",
        "DELETE FROM ledger_lotdays WHERE id = (SELECT id FROM ledger_lotdays "
        f"WHERE account_id = {OWNERS} AND remaining > 0 LIMIT 1) RETURNING account_id",
    ),
    Corruption(
        "I6",
        "ledger_lotuse",
        "UPDATE ledger_lotuse SET lot_id = (SELECT l.id FROM ledger_lot l "
        f"WHERE l.account_id = {COLLEAGUES} LIMIT 1), lot_seq = 77 WHERE id = {A_USE} RETURNING id",
    ),
    Corruption(
        "I6",
        "ledger_account",
        "UPDATE ledger_debtmove SET change = change + 1 WHERE change > 0 RETURNING account_id",
    ),
    Corruption("I6", "ledger_account", "DELETE FROM ledger_debtmove WHERE change < 0 RETURNING account_id"),
    Corruption(
        "I7",
        "ledger_lotuse",
        f"UPDATE ledger_lot SET expires_on = '{DAY - timedelta(days=1)}', available_on = '{DAY - timedelta(days=2)}' "
        f"WHERE id = (SELECT lot_id FROM ledger_lotuse WHERE id = {A_USE}) RETURNING {A_USE}",
    ),
    Corruption(
        "I7",
        "ledger_lotuse",
        f"UPDATE ledger_lot SET expires_on = '{DAY + timedelta(days=99)}' WHERE id = {EXPIRED_LOT} "
        "RETURNING (SELECT id FROM ledger_lotuse WHERE kind = 'expire')",
    ),
    Corruption("I7", "ledger_lot", f"UPDATE ledger_lot SET remaining = 1 WHERE id = {EXPIRED_LOT} RETURNING id"),
    Corruption(
        "I10",
        "ledger_transfer",
        "UPDATE ledger_transfer SET reverses_id = (SELECT id FROM ledger_transfer WHERE change = 4) "
        "WHERE kind = 'refund' AND change < 0 RETURNING reverses_id",
    ),
    Corruption(
        "I10",
        "ledger_transfer",
        f"UPDATE ledger_transfer SET reverses_id = {LAST_EARNED} WHERE kind = 'refund' AND change > 0 RETURNING id",
    ),
    Corruption(
        "I10",
        "ledger_lot",
        "UPDATE ledger_lotuse SET amount = -31 WHERE kind = 'give_back' RETURNING lot_id",
    ),
    Corruption(
        "I24",
        "ledger_transfer",
        "DELETE FROM merchants_auditentry WHERE subject_kind = 'transfer' RETURNING subject_id",
    ),
]


def eventful_book() -> Book:
    """Return a book in which every table has rows of every kind."""
    book = Book()
    first = book.earn(100, valid_days=30)
    spent = book.spend(30).transfer_ids
    book.give_back(spent, 10)
    book.take_back([first], 20)
    book.earn(7, valid_days=3)
    with book.locked() as account:
        book.hold(account, 5)
        book.commit(account, book.hold(account, 2))
    book.earn(4, valid_days=5)
    book.earn(60, unit=Unit.WALLET, kind=EntryKind.CASHBACK)
    with book.locked() as account:
        book.hold(account, 6, minutes=60 * 24 * 90)
    book.earn(11, valid_days=0)
    with book.locked(DAY + timedelta(days=1)):
        pass
    with book.locked(owner=book.colleague) as account:
        book.post(account, spending(9), allow_debt_up_to=100)
    book.earn(3, owner=book.colleague)
    with merchant_scope(book.merchant.id):
        book.adjust(8)
    return book


@cache
def shared_book() -> Book:
    """One book for all corruptions: each is undone after it was found."""
    return eventful_book()


@contextmanager
def planted(book: Book, statement: str) -> Iterator[str]:
    """The corruption is committed for the body, by the tables' owner with the guards off; yields the returned id."""
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as owner:
        with guards_off(owner, book) as cursor:
            for table in TABLES:
                cursor.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
            cursor.execute(statement.format(owner=book.owner, colleague=book.colleague))
            (row_id,) = cursor.fetchone()
        yield str(row_id)
        with guards_off(owner, book) as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table}")
                cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


@contextmanager
def guards_off(owner: Any, book: Book) -> Iterator[Any]:
    """One transaction of the owner in the merchant's scope; foreign keys still hold at its end."""
    with owner, owner.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.merchant = '{book.merchant.id}'")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def found(book: Book) -> set[tuple[str, str, str]]:
    with merchant_scope(book.merchant.id):
        return {(v.invariant, v.table, v.row_id) for v in verify(merchant=book.merchant)}


DROP_SIZE = """
ALTER TABLE ledger_lot DROP CONSTRAINT lot_amount_size, DROP CONSTRAINT lot_held_remaining_amount;
ALTER TABLE ledger_lot DISABLE TRIGGER USER;
UPDATE ledger_lot SET amount = 0 WHERE merchant_id = '{merchant}' AND amount = 100;
ALTER TABLE ledger_lot ENABLE TRIGGER USER"""
RESTORE_SIZE = """
ALTER TABLE ledger_lot DISABLE TRIGGER USER;
UPDATE ledger_lot SET amount = 100 WHERE merchant_id = '{merchant}' AND amount = 0;
ALTER TABLE ledger_lot ENABLE TRIGGER USER;
ALTER TABLE ledger_lot ADD CONSTRAINT lot_amount_size CHECK (amount > 0 AND amount <= 1000000000000),
ADD CONSTRAINT lot_held_remaining_amount CHECK (held >= 0 AND held <= remaining AND remaining <= amount)"""


def test_enough_corruptions_are_planted() -> None:
    assert len(CORRUPTIONS) >= 20
    assert {c.invariant for c in CORRUPTIONS} >= {"I2", "I4", "I5", "I6", "I7", "I10", "I24"}


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: f"{c.invariant}-{c.statement[:45]}")
def test_a_planted_corruption_is_found_and_named(real_commits: None, corruption: Corruption) -> None:
    book = shared_book()
    with planted(book, corruption.statement) as row_id:
        assert (corruption.invariant, corruption.table, row_id) in found(book)
    assert found(book) == set()


@pytest.mark.parametrize(
    ("broken", "mended", "expected"),
    [
        (
            "ALTER TABLE ledger_lot DISABLE TRIGGER transfer_adds_up",
            "ALTER TABLE ledger_lot ENABLE TRIGGER transfer_adds_up",
            ("I1", "pg_trigger", "ledger_lot.transfer_adds_up"),
        ),
        (
            "GRANT UPDATE (amount) ON ledger_entry TO {app}",
            "REVOKE UPDATE (amount) ON ledger_entry FROM {app}",
            ("I1", "pg_class", "ledger_entry"),
        ),
        (
            "ALTER TABLE ledger_lot NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE ledger_lot FORCE ROW LEVEL SECURITY",
            ("I21", "pg_class", "ledger_lot"),
        ),
        (DROP_SIZE, RESTORE_SIZE, ("I3", "ledger_lot", None)),
    ],
)
def test_a_guard_that_is_gone_is_found(
    real_commits: None, broken: str, mended: str, expected: tuple[str, str, str | None]
) -> None:
    book = shared_book()
    names = {"app": settings.DATABASE_APP_ROLE, "merchant": book.merchant.id}
    run_as_owner(book, broken.format(**names))
    try:
        violations = found(book)
    finally:
        run_as_owner(book, mended.format(**names))
    assert any((v[0], v[1], v[2] if expected[2] else None) == expected for v in violations)
    assert found(book) == set()


def run_as_owner(book: Book, statements: str) -> None:
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as owner, owner, owner.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.merchant = '{book.merchant.id}'")
        for statement in statements.split(";"):
            cursor.execute(statement)


def test_the_command_says_what_it_checked_and_names_the_row(real_commits: None) -> None:
    book = shared_book()
    out = StringIO()
    with pytest.raises(CommandError):  # the book's sales exist in the ledger alone, and verify says so
        call_command("verify", merchant=book.merchant.slug, stdout=out)
    assert "moved for a sale or a refund that does not exist" in out.getvalue()
    assert "ledger: 0 violations in 20 ledger_account" in out.getvalue()
    statement = f"UPDATE ledger_account SET balance = balance + 1 WHERE id = {OWNERS} RETURNING id"
    with planted(book, statement) as row_id, pytest.raises(CommandError) as failed:
        call_command("verify", merchant=str(book.merchant.id), stdout=out)
    assert failed.value.returncode == 1
    assert f"I4 ledger_account {row_id}" in out.getvalue()


@pytest.mark.parametrize("name", ["nobody", "00000000-0000-0000-0000-000000000000"])
def test_the_command_knows_no_such_merchant(real_commits: None, name: str) -> None:
    with pytest.raises(CommandError, match="there is no merchant"):
        call_command("verify", merchant=name)


def test_a_clean_book_satisfies_every_check(real_commits: None) -> None:
    book = shared_book()
    with merchant_scope(book.merchant.id):
        for check in CHECKS:
            assert check.run(book.merchant, 10) == [], check
