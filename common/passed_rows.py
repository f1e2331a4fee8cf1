"""Rows that pass from one member to another: when two records are joined, and back when they are taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict
from uuid import UUID

from django.db import connection

Passed = Mapping[str, Sequence[UUID]]
"""Ids of the rows that passed, by the name that the app gave them."""


class Way(TypedDict):
    """From which member to which."""

    merchant_id: UUID
    from_id: UUID
    to_id: UUID


def pass_rows(
    table: str,
    *,
    merchant_id: UUID,
    from_id: UUID,
    to_id: UUID,
    column: str = "member_id",
    ids: Sequence[UUID] | None = None,
    unless: str = "false",
) -> list[UUID]:
    """Give the rows that name one member in `column` to the other; return their ids.

    `ids` names the only ones to pass. `unless` is a condition in our own words over the row as `t`, with %(to)s: those
    rows stay. One statement.
    """
    name, owner = connection.ops.quote_name(table), connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {name} AS t SET {owner} = %(to)s "  # noqa: S608 - quoted names and our own words
            f"WHERE t.merchant_id = %(merchant)s AND t.{owner} = %(from)s "
            f"AND (%(ids)s::uuid[] IS NULL OR t.id = ANY(%(ids)s::uuid[])) AND NOT ({unless}) RETURNING t.id",
            {"merchant": merchant_id, "from": from_id, "to": to_id, "ids": None if ids is None else list(ids)},
        )
        return [row[0] for row in cursor.fetchall()]
