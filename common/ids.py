"""Ids are UUIDv7, made in Python: they sort by time, and a retried insert is the same row."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 as the standard library's UUID."""
    return uuid7()
