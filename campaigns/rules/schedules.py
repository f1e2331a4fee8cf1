"""When a plan is too old to be carried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

STALE_AFTER: Final = timedelta(hours=24)
"""A campaign whose time passed so long ago, or a welcome so late, is not sent without somebody deciding it."""


def is_stale(due_at: datetime, now: datetime) -> bool:
    """Did the moment pass so long ago that sending now would surprise everybody?"""
    return now - due_at > STALE_AFTER
