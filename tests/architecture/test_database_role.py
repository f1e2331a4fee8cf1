"""Tests prove something about tenancy only when they run as the role that serves tills and pages."""

from importlib.util import find_spec

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from common.migration_operations import history_tables
from common.statistics import refresh_statistics


@pytest.fixture
def role(db: None) -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole "
            "FROM pg_roles WHERE rolname = current_user"
        )
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def test_runs_as_the_application_role(role: dict[str, object]) -> None:
    assert role["rolname"] == settings.DATABASE_APP_ROLE


def test_that_role_has_no_power_over_the_server(role: dict[str, object]) -> None:
    assert [role[name] for name in ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole")] == [False] * 4


def test_that_role_owns_nothing(role: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT pg_get_userbyid(datdba) <> current_user FROM pg_database WHERE datname = current_database()"
        )
        assert cursor.fetchone() == (True,)


def test_that_role_is_no_member_of_the_owner(role: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (0,)


RIGHTS = "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"


def test_that_role_reads_and_writes_rows_and_nothing_more(role: dict[str, object]) -> None:
    """Each right on each table: rows of history are added, the list of migrations is read, no table is maintained."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(r.name) FILTER (WHERE has_table_privilege(current_user, c.oid, r.name)) "
            "FROM pg_class c CROSS JOIN unnest(%s::text[]) r (name) "
            "WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relnamespace = 'public'::regnamespace GROUP BY 1",
            [list(RIGHTS)],
        )
        held = {table: set(rights or []) for table, rights in cursor.fetchall()}
    assert set().union(*held.values()) == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {table: held[table] for table in history_tables()} == {t: {"SELECT", "INSERT"} for t in history_tables()}
    assert held["django_migrations"] == {"SELECT"}


def test_that_role_makes_nothing_in_the_schema_and_sets_no_sequence(role: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")
        assert cursor.fetchone() == (False,)
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace "
            "AND has_sequence_privilege(current_user, oid, 'UPDATE')"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    "statement",
    [
        "LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE merchants_auditentry IN SHARE MODE",
        "REINDEX TABLE sales_sale",
        "CLUSTER sales_sale USING sales_sale_pkey",
        "TRUNCATE sales_sale",
        "ALTER TABLE sales_sale DISABLE TRIGGER USER",
        "SET session_replication_role = 'replica'",
        "UPDATE django_migrations SET name = 'x'",
        "SELECT refresh_statistics('pg_authid')",
        "SELECT refresh_statistics('sales_purchase')",
        "SELECT refresh_statistics('sales_sale; DROP TABLE sales_sale')",
    ],
)
def test_what_that_role_tries_beyond_it_is_refused(role: dict[str, object], statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_that_role_renews_statistics_all_the_same(real_commits: None) -> None:
    """Of one table and of all; as seen in the server's own record of when a table was analyzed."""
    with connection.cursor() as cursor:
        for tables in (("sales_sale", "members_member"), ()):
            cursor.execute("SELECT coalesce(sum(analyze_count), 0) FROM pg_stat_user_tables")
            (before,) = cursor.fetchone()
            refresh_statistics(*tables)
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT sum(analyze_count), count(*) FROM pg_stat_user_tables")
            (after, every) = cursor.fetchone()
            assert after - before >= (len(tables) or every)


def test_that_role_does_not_wait_long(role: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'), "
            "current_setting('idle_in_transaction_session_timeout')"
        )
        assert cursor.fetchone() == ("2s", "5s", "10s")


def test_psycopg_3_is_absent() -> None:
    """Django takes psycopg 3 whenever it can be imported, so a tool that pulls it in would change the driver."""
    assert find_spec("psycopg") is None


def test_a_test_that_asks_for_no_database_has_none(django_db_setup: None) -> None:
    """Also when the database is there for the tests before it, so that a missing mark fails in every order."""
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        connection.ensure_connection()
