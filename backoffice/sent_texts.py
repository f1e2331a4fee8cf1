"""Texts of an address or of a form: without the one sign that no table can hold, and read as what they name."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

NUL: Final = "\x00"


def without_nul(sent: QueryDict) -> Any:
    """Return the same names and texts without NUL; the very same object where there is none."""
    if not any(NUL in text for name, values in sent.lists() for text in (name, *values)):
        return sent
    kept = QueryDict(mutable=True)
    for name, values in sent.lists():
        kept.setlist(name.replace(NUL, ""), [text.replace(NUL, "") for text in values])
    return kept


def read_instant_and_id(text: str) -> tuple[datetime, UUID] | None:
    """Return the place in a list by time, written `instant~id`; None for anything else, or without a time zone."""
    written, _, row_id = text.partition("~")
    try:
        place = datetime.fromisoformat(written), UUID(row_id)
    except ValueError:
        return None
    return place if place[0].tzinfo else None
