"""The one place where a transaction starts for one merchant's rows, or for a person who has not chosen one yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

from django.db import connection, transaction

_in_scope: ContextVar[UUID | None] = ContextVar("merchant_in_scope", default=None)
_patience: ContextVar[str] = ContextVar("patience", default="")
_disk: ContextVar[str] = ContextVar("disk", default="")
_NO_DOOR: Final = "SET LOCAL app.people = ''; SET LOCAL app.till_key = ''; SET LOCAL app.timetable = ''"
"""Inside a scope only its merchant counts, even if an earlier look-up was allowed to see more."""


class ScopeError(RuntimeError):
    """A scope was opened inside another one, or is needed where none is open."""


@contextmanager
def merchant_scope(merchant_id: UUID) -> Iterator[None]:
    """Open a transaction in which exactly this merchant's rows are seen and written.

    The setting is a literal SET LOCAL (it ends with the transaction and travels to shards; `set_config` does not).
    Deferred guards fire before the setting is cleared: a guard that runs without it would see no rows.
    Refuses to nest: one business action is one transaction.
    """
    if _in_scope.get() is not None:
        raise ScopeError("a merchant scope is already open")
    token = _in_scope.set(merchant_id)
    try:
        with transaction.atomic(durable=True):
            merchant = f"SET LOCAL app.merchant = '{UUID(str(merchant_id))}'"
            _execute_sql(f"SET CONSTRAINTS ALL DEFERRED; {_NO_DOOR}; {merchant}{_patience.get()}{_disk.get()}")
            yield
            _execute_sql("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL app.merchant = ''")
    finally:
        _in_scope.reset(token)


@contextmanager
def people_in_force(*user_ids: UUID) -> Iterator[None]:
    """Open a transaction in which these people's memberships are seen, whichever merchants they belong to.

    For sign-in, before a merchant is known. Memberships without access yet may pass between these people; everything
    else is written in the merchant's scope only, and so this refuses to open inside one.
    """
    require_no_scope()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL app.people = %s", [people_setting(*user_ids)])
        yield
        _execute_sql("SET LOCAL app.people = ''")


def people_setting(*user_ids: UUID) -> str:
    """Return what `app.people` is set to, so that these people's own memberships are seen."""
    return "{" + ",".join(str(UUID(str(user_id))) for user_id in user_ids) + "}"


@contextmanager
def lock_patience(milliseconds: int | None, *, statement_ms: int | None = None) -> Iterator[None]:
    """Limit how long scopes opened inside wait for a lock; None keeps the database role's own limit.

    One statement may wait twice, in the line before a row and for the row itself: `statement_ms` limits both together.
    """
    limits = "" if milliseconds is None else f"; SET LOCAL lock_timeout = '{int(milliseconds)}ms'"
    if statement_ms is not None:
        limits += f"; SET LOCAL statement_timeout = '{int(statement_ms)}ms'"
    token = _patience.set(limits)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def disk_waits_put_off() -> Iterator[None]:
    """Let scopes opened inside commit without waiting for the disk, one by one, as many small ones would.

    A crash of the database server may take what they did until `wait_for_disk` has returned: no one learns of it
    before that, and before it is looked at whether it is still there.
    """
    token = _disk.set("; SET LOCAL synchronous_commit = off")
    try:
        yield
    finally:
        _disk.reset(token)


def wait_for_disk() -> None:
    """Return when all that this database has committed so far is on its disk, by whomever it was done."""
    require_scope()
    _execute_sql("SELECT pg_logical_emit_message(false, 'loyalty', '', true)")


@contextmanager
def refusable() -> Iterator[None]:
    """Open a savepoint in the scope: a refusal raised in it undoes only what was done since.

    The deferred guards fire at its end, so nothing that they would refuse can be mistaken for done.
    """
    require_scope()
    with transaction.atomic():
        yield
        _execute_sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def require_scope() -> UUID:
    """Return the merchant in scope. Raises ScopeError when there is none."""
    merchant_id = _in_scope.get()
    if merchant_id is None:
        raise ScopeError("no merchant scope is open")
    return merchant_id


def require_no_scope() -> None:
    """Raise ScopeError inside a scope: look-ups from before a merchant is known would show more there."""
    if _in_scope.get() is not None:
        raise ScopeError("a merchant scope is open")


def forbid_writes() -> None:
    """Make PostgreSQL refuse every write until the scope ends: for work that must not change anything."""
    require_scope()
    _execute_sql("SET TRANSACTION READ ONLY")


def allow_long_statements(seconds: int) -> None:
    """Lift the role's statement timeout in this transaction, for set-based work (night, import, bench)."""
    require_scope()
    _execute_sql(f"SET LOCAL statement_timeout = '{int(seconds)}s'")


def _execute_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
