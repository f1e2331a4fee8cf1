"""Frozen values of what is done to a person in every app at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

PERSON_FILE: Final = "person_file"
"""The kind of job that writes all that is known of one person into a file."""

Row = Mapping[str, Any]
"""A line of a section: the name of each column and its value."""


@dataclass(frozen=True)
class PersonFileJob:
    """What a job of this kind is asked for: whose data."""

    member_id: UUID

    def to_json(self) -> dict[str, str]:
        return {"member_id": str(self.member_id)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PersonFileJob:
        return cls(UUID(data["member_id"]))


@dataclass(frozen=True)
class Section:
    """A part of what is known of a person; all rows have the same columns."""

    name: str
    rows: tuple[Row, ...]


class BreachState(StrEnum):
    """A breach is recorded and looked into, then its letters have left, then it is over."""

    OPEN = "open"
    SENT = "sent"
    CLOSED = "closed"


class BreachCause(StrEnum):
    """How data came to people who should not have it."""

    LOST_DEVICE = "lost_device"
    WRONG_RECIPIENT = "wrong_recipient"
    STOLEN_LOGIN = "stolen_login"
    STAFF_MISUSE = "staff_misuse"
    ATTACK = "attack"
    OTHER = "other"


class BreachData(StrEnum):
    """Kinds of data that a store keeps of its members."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    BIRTHDAY = "birthday"
    AREA = "area"
    PURCHASES = "purchases"
    BALANCE = "balance"
    CARD = "card"
    NOTES = "notes"


class BreachMeasure(StrEnum):
    """What was done about it."""

    ACCESS_ENDED = "access_ended"
    KEYS_CHANGED = "keys_changed"
    PASSWORDS_CHANGED = "passwords_changed"
    FILE_DELETED = "file_deleted"
    DEVICE_WIPED = "device_wiped"
    CARDS_REPLACED = "cards_replaced"
    POLICE = "police"


class TouchedBy(StrEnum):
    """Which facts say that a member's data was touched.

    `staff`: one of the staff was shown it; `till`: a till asked for or was answered it; `file`: a file of members could
    hold it; `numbers`: the member's number was written down by hand.
    """

    EVERYONE = "everyone"
    STAFF = "staff"
    TILL = "till"
    FILE = "file"
    NUMBERS = "numbers"


class ToldBy(StrEnum):
    """How a person was informed who got no e-mail."""

    PHONE = "phone"
    LETTER = "letter"
    IN_PERSON = "in_person"


class Reach(StrEnum):
    """How far telling one person is. `gone`: erased since, so no one is left to tell."""

    WAITING = "waiting"
    ON_ITS_WAY = "on_its_way"
    MAILED = "mailed"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    TO_TELL = "to_tell"
    TOLD = "told"
    GONE = "gone"


@dataclass(frozen=True)
class BreachDraft:
    """A breach as staff write it down; `details` and `measures_note` are their own words, may be ''."""

    cause: BreachCause
    happened_from: datetime
    happened_until: datetime | None
    known_at: datetime
    data: tuple[BreachData, ...]
    measures: tuple[BreachMeasure, ...]
    details: str
    measures_note: str
    contact: str
    reported_by: str


@dataclass(frozen=True)
class Letter:
    """What the people of a breach are written, in one language."""

    subject: str
    text: str


@dataclass(frozen=True)
class BreachFacts:
    """A breach, the instant by which people and authority must know of it, and how far that is.

    `letters` are by language. `authority_note` is the number that the authority gave, or how it was informed.
    """

    id: UUID
    state: BreachState
    draft: BreachDraft
    due_at: datetime
    letters: Mapping[str, Letter]
    recorded_at: datetime
    recorded_by: str
    sent_at: datetime | None
    sent_by: str
    authority_told_at: datetime | None
    authority_note: str
    authority_by: str
    closed_at: datetime | None
    closed_by: str

    @property
    def is_open(self) -> bool:
        return self.state is BreachState.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state is BreachState.CLOSED


@dataclass(frozen=True)
class TouchedFacts:
    """A member whose data was touched, by which facts, and how far telling them is (`reach_at`: since when)."""

    id: UUID
    member_id: UUID
    why: TouchedBy
    reach: Reach
    reach_at: datetime | None
    told_by: str
    told_by_staff: str
