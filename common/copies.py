"""Rows of one merchant taken over into another one's tables: read in the one's scope, written in the other's.

The rows keep their ids, which are unique in their merchant only: what refers to what stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db import models

ROWS_AT_ONCE: Final = 1_000


def rows_of(model: type[models.Model], merchant_id: UUID, **conditions: Any) -> list[Any]:
    """Return the merchant's rows of a table, by id. Needs the merchant's scope."""
    manager: Any = model._default_manager
    return list(manager.filter(merchant_id=merchant_id, **conditions).order_by("id"))


def write_copies(
    merchant_id: UUID, rows: Sequence[models.Model], changes: Mapping[type[models.Model], Mapping[str, Any]]
) -> None:
    """Write rows of another merchant as this one's; `changes` gives columns of a table other values.

    Needs the scope of the merchant who gets them; rows of one table come one after the other.
    """
    for table, of_table in groupby(rows, key=type):
        model: Any = table
        copied = list(of_table)
        for row in copied:
            for name, value in {**changes.get(table, {}), "merchant_id": merchant_id}.items():
                setattr(row, name, value)
        model._default_manager.bulk_create(copied, batch_size=ROWS_AT_ONCE)
