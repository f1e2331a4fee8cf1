"""Texts of an address or of a form without the one sign that no table can hold."""

from __future__ import annotations

from typing import Any, Final

from django.http import QueryDict

NUL: Final = "\x00"


def without_nul(sent: QueryDict) -> Any:
    """The same names and texts without NUL; the very same object where there is none."""
    if not any(NUL in text for name, values in sent.lists() for text in (name, *values)):
        return sent
    kept = QueryDict(mutable=True)
    for name, values in sent.lists():
        kept.setlist(name.replace(NUL, ""), [text.replace(NUL, "") for text in values])
    return kept
