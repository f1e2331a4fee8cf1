"""Who looked at what is known of a member."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ViewedPart(StrEnum):
    """What was shown: the page, contacts hidden or in full, a file with everything, or a list taken out as a file."""

    PAGE = "page"
    CONTACT = "contact"
    FILE = "file"
    LIST = "list"


@dataclass(frozen=True)
class ViewingFacts:
    """A person of the staff looked at a part of one member on a business day, so many times."""

    viewer: str
    part: ViewedPart
    viewed_on: date
    first_at: datetime
    last_at: datetime
    times: int
