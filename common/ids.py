"""Ids are UUIDv7, made in Python: they sort by time, and a retried insert is the same row."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7 as the standard library's UUID."""
    return uuid7()


def uuid_or_none(text: str | None) -> UUID | None:
    """Return the id that the text writes; None for any other text, and for none at all."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
