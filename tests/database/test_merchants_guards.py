"""The table of stores is global: raw SQL of the application role tries to change many of them at once."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from tests.members_shop import open_shop


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE merchants_merchant SET points_name = 'x'",
        "UPDATE merchants_merchant SET language = 'en' WHERE slug <> ''",
    ],
)
def test_a_forgotten_where_changes_no_store(db: None, statement: str) -> None:
    open_shop("Satu")
    open_shop("Dua")
    with (
        pytest.raises(DatabaseError, match="one statement changes one store"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_one_store_is_changed(db: None) -> None:
    merchant = open_shop("Satu")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE merchants_merchant SET points_name = 'bintang' WHERE id = %s", [merchant.id])
        assert cursor.rowcount == 1
