"""When a plan is too old to be carried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

STALE_AFTER: Final = timedelta(hours=24)
"""A campaign or a welcome that is later than this is not sent unless a person decides so."""


def is_stale(due_at: datetime, now: datetime) -> bool:
    """Return whether the moment passed so long ago that sending now would surprise people."""
    return now - due_at > STALE_AFTER
