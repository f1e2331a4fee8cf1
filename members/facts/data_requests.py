"""What members ask of their own data: to see it, to correct it, to be written to no more, to be left alone, to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from members.facts.kinds import ConsentMethod


class DataRequestKind(StrEnum):
    """What is asked for (UU PDP, articles 30 to 44)."""

    ACCESS = "access"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    RESTRICTION = "restriction"
    ERASURE = "erasure"


class DataRequestState(StrEnum):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


class RequestAsker(StrEnum):
    """Who asks: the member, or the parent or guardian of a member who is a child."""

    MEMBER = "member"
    GUARDIAN = "guardian"


class IdentityCheck(StrEnum):
    """How staff made sure that the one who asks is the member, or the guardian."""

    CARD = "card"
    CALL_BACK = "call_back"
    MAIL_BACK = "mail_back"
    DOCUMENT = "document"
    KNOWN = "known"


class WhatWasDone(StrEnum):
    """What closed a request that was not refused."""

    FILE_GIVEN = "file_given"
    CORRECTED = "corrected"
    CONSENT_WITHDRAWN = "withdrawn"
    RESTRICTED = "restricted"
    ERASED = "erased"
    TAKEN_BACK = "taken_back"


class RefusalGround(StrEnum):
    """Why a request was refused."""

    NOT_VERIFIED = "not_verified"
    OTHERS_DATA = "others_data"
    HARMFUL = "harmful"
    LAW = "law"
    UNFOUNDED = "unfounded"


@dataclass(frozen=True)
class DataRequestDraft:
    """A request as staff write it down; `received_on` is the day on which it reached the store."""

    kind: DataRequestKind
    asker: RequestAsker
    method: ConsentMethod
    identity: IdentityCheck
    received_on: date


@dataclass(frozen=True)
class DataRequestFacts:
    """A request with its deadline. `recorded_by` verified who asks; `stopped_at`: nothing was done with the data since.

    `done` and `ground` are "" while it is open; `note` is what staff wrote when they closed it.
    """

    id: UUID
    member_id: UUID
    kind: DataRequestKind
    asker: RequestAsker
    method: ConsentMethod
    identity: IdentityCheck
    recorded_by: str
    received_at: datetime
    recorded_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    state: DataRequestState
    done: str
    ground: str
    note: str
    closed_at: datetime | None
    closed_by: str

    @property
    def is_open(self) -> bool:
        return self.state is DataRequestState.OPEN
