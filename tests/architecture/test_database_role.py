"""Tests prove something about tenancy only when they run as the role that serves tills and pages."""

from importlib.util import find_spec

import pytest
from django.conf import settings
from django.db import connection


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
