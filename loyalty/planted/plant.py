# ruff: noqa: S608, E501 - statements of our own, one to a line
"""One change of the database, said in SQL; the statement returns the id of the row that `verify` has to name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Plant:
    """`app`: whose invariants have to find it, as `invariant` on `table`.

    `serves_as_owner`: what verify takes for the application role is the role that plants, which owns the tables.
    """

    name: str
    app: str
    invariant: str
    table: str
    statement: str
    serves_as_owner: bool = False


def row_of(table: str, condition: str = "true") -> str:
    return f"(SELECT id FROM {table} WHERE merchant_id = %(m)s AND {condition} ORDER BY id LIMIT 1)"


def change(table: str, change: str, condition: str = "true", returning: str = "id") -> str:
    return f"UPDATE {table} SET {change} WHERE merchant_id = %(m)s AND id = {row_of(table, condition)} RETURNING {returning}"


def delete(table: str, condition: str = "true", returning: str = "id") -> str:
    return f"DELETE FROM {table} WHERE merchant_id = %(m)s AND id = {row_of(table, condition)} RETURNING {returning}"


NEW_ID: Final = "gen_random_uuid()"
