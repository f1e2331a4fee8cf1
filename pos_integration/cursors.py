"""Keyset cursors of lists: opaque to the till, checked when they come back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext

from common.errors import BadInput, FieldError

DEFAULT_LIMIT: Final = 50
MOST: Final = 200
_LONGEST: Final = 200


def write_cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(query: Mapping[str, Any]) -> str | None:
    """Return the place a list goes on from; None for its start. Raises BadInput."""
    text = query.get("cursor")
    if text is None:
        return None
    try:
        if not text or len(text) > _LONGEST:
            raise ValueError
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, UnicodeError, binascii.Error):
        raise bad_cursor() from None


def bad_cursor() -> BadInput:
    words = gettext("Use the value of 'next' from the list before, or none.")
    return BadInput([FieldError("?cursor", "cursor", words)])


def read_limit(query: Mapping[str, Any]) -> int:
    """Return how many results at once, 1 to 200. Raises BadInput."""
    text = query.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MOST:
        raise BadInput([FieldError("?limit", "limit", gettext("Send a whole number from 1 to 200, or leave it out."))])
    return int(text)
