"""Rows in whose words a person is named: the erasure of that person empties them, whomever the row is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

TAKEN_OUT: Final = "…"
"""What is written in place of a name, in words that are about someone else and are kept."""


def rows_naming(table: Any, *, merchant_id: UUID, columns: Sequence[str], texts: Sequence[str]) -> QuerySet[Any]:
    """Return the merchant's rows of which one of the columns holds one of the texts, in any case of letters."""
    held = Q()
    for column in columns:
        for text in texts:
            held |= Q(**{f"{column}__icontains": text})
    return table.objects.filter(held, merchant_id=merchant_id) if held else table.objects.none()  # type: ignore[no-any-return]


def empty_words(table: Any, *, merchant_id: UUID, columns: Sequence[str], texts: Sequence[str]) -> None:
    """Empty those of the columns that hold one of the texts; the row and its other columns stay."""
    for column in columns:
        rows_naming(table, merchant_id=merchant_id, columns=[column], texts=texts).update(**{column: ""})


def is_named_in(written: str, texts: Sequence[str]) -> bool:
    """Whether one of the texts is part of what was written, in any case of letters."""
    return any(text.casefold() in written.casefold() for text in texts)


def without_texts(written: str, texts: Sequence[str]) -> str:
    """Return what was written with a sign in place of each of the texts."""
    longest_first = sorted(texts, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), TAKEN_OUT, written, flags=re.IGNORECASE)
