"""Rows read and written with statements made once per table, for the few paths that every sale runs.

The ORM compiles its SQL at every call, which costs a sale as much time as the database does. Everything else
uses the ORM.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, models

ROWS_PER_INSERT: Final = 2_000
Row = TypeVar("Row", bound=models.Model)
Table = tuple[type[models.Model], Sequence[models.Model]]
_gathered: ContextVar[list[Table] | None] = ContextVar("gathered_inserts", default=None)


@cache
def _concrete_fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(field for field in model._meta.concrete_fields if field.column)


@cache
def _json_names(model: type[models.Model]) -> frozenset[str]:
    return frozenset(field.attname for field in _concrete_fields(model) if isinstance(field, models.JSONField))


@cache
def columns_of(model: type[models.Model], alias: str) -> str:
    """Return every column of the model, as a SELECT lists them: what `row_of` takes."""
    return ", ".join(f'{alias}."{field.column}"' for field in _concrete_fields(model))


def row_of(model: type[Row], values: Sequence[Any]) -> Row:
    """Return the model's row from the values of its columns, in the order of `columns_of`."""
    fields, wide = _concrete_fields(model), _json_names(model)
    read = [
        json.loads(value) if field.attname in wide and value is not None else value
        for field, value in zip(fields, values, strict=True)
    ]
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], read)


def insert_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert like bulk_create, in a third of its time: rows of a sale are few, and its preparations are many."""
    gathered = _gathered.get()
    if gathered is not None and len(rows) <= ROWS_PER_INSERT:
        gathered.append((model, rows))
        return
    for start in range(0, len(rows), ROWS_PER_INSERT):
        _insert_tables([(model, rows[start : start + ROWS_PER_INSERT])])


@contextmanager
def inserts_gathered() -> Iterator[None]:
    """Let what `insert_rows` is asked for inside be inserted at the end, in one statement, as `insert_together` does.

    Nothing inside may read these rows. An exception inserts nothing.
    """
    tables: list[Table] = []
    token = _gathered.set(tables)
    try:
        yield
    finally:
        _gathered.reset(token)
    insert_together(*tables)


def insert_together(*tables: Table) -> None:
    """Insert the rows of several tables in one statement, as long as they are few; tables without rows are left out.

    Foreign keys and AFTER triggers look once all of these rows are there; a BEFORE trigger sees none of them.
    """
    filled = [(model, rows) for model, rows in tables if rows]
    if sum(len(rows) for _, rows in filled) <= ROWS_PER_INSERT:
        _insert_tables(filled)
    else:
        for model, rows in filled:
            insert_rows(model, rows)


def _insert_tables(tables: Sequence[Table]) -> None:
    """One statement: all inserts but the last are data-modifying parts of its WITH."""
    if not tables:
        return
    *first, last = [_insert_sql(model, len(rows)) for model, rows in tables]
    parts = ", ".join(f"part{number} AS ({insert})" for number, insert in enumerate(first))
    parameters = [
        _database_value(model, field.attname, getattr(row, field.attname))
        for model, rows in tables
        for row in rows
        for field in _concrete_fields(model)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {parts} {last}" if parts else last, parameters)


def _insert_sql(model: type[models.Model], count: int) -> str:
    fields = _concrete_fields(model)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return f"INSERT INTO {model._meta.db_table} ({columns}) VALUES {', '.join([marks] * count)}"  # noqa: S608


def update_row(model: type[models.Model], *, merchant_id: UUID, row_id: UUID, values: Mapping[str, Any]) -> int:
    """Write the named attributes of one row of a merchant; return how many rows were there to change (0 or 1)."""
    parameters = [_database_value(model, name, value) for name, value in values.items()]
    with connection.cursor() as cursor:
        cursor.execute(_update_sql(model, tuple(values)), [*parameters, merchant_id, row_id])
        return int(cursor.rowcount)


def update_row_and_ask(
    model: type[models.Model],
    *,
    merchant_id: UUID,
    row_id: UUID,
    values: Mapping[str, Any],
    question: str,
    asked: Sequence[Any] = (),
) -> Any:
    """Writes like `update_row` and answers `question`, an SQL expression of `asked`, in the same statement."""
    parameters = [_database_value(model, name, value) for name, value in values.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_update_sql(model, tuple(values))} RETURNING {question}", [*parameters, merchant_id, row_id, *asked]
        )
        row = cursor.fetchone()
        return row[0] if row else None


@cache
def _update_sql(model: type[models.Model], names: tuple[str, ...]) -> str:
    columns = {field.attname: field.column for field in _concrete_fields(model)}
    changes = ", ".join(f'"{columns[name]}" = %s' for name in names)
    return f"UPDATE {model._meta.db_table} SET {changes} WHERE merchant_id = %s AND id = %s"  # noqa: S608


def _database_value(model: type[models.Model], name: str, value: Any) -> Any:
    if name not in _json_names(model) or value is None:
        return value
    field: Any = model._meta.get_field(name)
    return json.dumps(value, cls=field.encoder)
