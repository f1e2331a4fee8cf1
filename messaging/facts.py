"""Frozen values about messages that cross the app's border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Final
from uuid import UUID

from merchants.facts import WorkKind

MESSAGE_WORK: Final = WorkKind("messages")
"""Work of a dispatch, its subject: messages that are due, senders to wake, messages that lost workers left."""


MOST_CAP_DAYS: Final = 90
"""The longest frequency cap, of a shop's sending policy and of a campaign."""


class Purpose(StrEnum):
    """Why a message is sent. All but `staff` go to members; `notice` is what a law makes the shop tell them.

    All others to members need their consent.
    """

    PROMO = "promo"
    PROGRAM = "program"
    CARE = "care"
    COMMUNITY = "community"
    STAFF = "staff"
    NOTICE = "notice"


class DispatchState(StrEnum):
    """Whether messages of one dispatch are sent, wait, or are never sent."""

    OPEN = "open"
    HELD = "held"
    CLOSED = "closed"


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


WAITING = (MessageState.QUEUED.value, MessageState.DEFERRED.value)
"""States from which a worker may claim a message."""
FINAL_STATES: Final = (
    MessageState.ACCEPTED.value,
    MessageState.CANCELLED.value,
    MessageState.FAILED.value,
    MessageState.SUPPRESSED.value,
)
"""States that no message leaves: who it went to and what it was filled with is needed no more."""
FORGOTTEN: Final[Mapping[str, None]] = {"recipient_encrypted": None, "fields_encrypted": None}
"""Columns that a message which is over no longer has; a constraint of the database asks for it."""


class AttemptState(StrEnum):
    """The states of one attempt to hand a message to the mail server.

    `refused`: the server refuses us, not the recipient. `abandoned`: nothing of the message was handed over, it may be
    tried again. `overruled`: was uncertain, and a person decided to send again.
    """

    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    ABANDONED = "abandoned"
    OVERRULED = "overruled"


class MessageReason(StrEnum):
    """Why a message did not end in `accepted`; the room that asked for it may add reasons of its own."""

    BLOCKED = "blocked"
    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    MAILED_RECENTLY = "mailed_recently"
    MEMBER_GONE = "member_gone"
    ADDRESS_CHANGED = "address_changed"
    BAD_ADDRESS = "bad_address"
    HARD_BOUNCE = "hard_bounce"
    REJECTED = "rejected"
    GAVE_UP = "gave_up"
    REFUSED_BY_POLICY = "refused_by_policy"
    NEEDS_REVIEW = "needs_review"


@dataclass(frozen=True)
class MessageDraft:
    """A message to be sent to a member; `id` may be that of the row that asks for it.

    `address_hash`: the hash of the address that was checked; if the member's address changes, nothing is sent.
    """

    id: UUID
    member_id: UUID
    address_hash: bytes
    due_at: datetime
    occasion_key: str = ""


@dataclass(frozen=True)
class StaffMessageDraft:
    """A message to one of a shop's staff, by an address that is kept encrypted until it is sent.

    `template_key` names the text, `fields` are the values to fill it with.
    """

    id: UUID
    name: str
    address: str = field(repr=False)
    template_key: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class StaffMail:
    """The state of a mail to staff; `reason` is empty, a `MessageReason` or one of the room's own."""

    state: MessageState
    reason: str


@dataclass(frozen=True)
class ProgramMail:
    """The newest mail of one text to a member; `reason` is empty, a `MessageReason` or one of the room's own."""

    state: MessageState
    reason: str
    asked_at: datetime


@dataclass(frozen=True)
class MessageFacts:
    """A message as its room sees it; `member_id` is None for a message to staff.

    `template_key` and `template_version` name the text; `fields` are the values known when it was asked for.
    """

    id: UUID
    dispatch_id: UUID
    purpose: Purpose
    member_id: UUID | None
    occasion_key: str
    template_key: str
    template_version: int
    fields: Mapping[str, str] = field(repr=False)
    due_at: datetime


@dataclass(frozen=True)
class Content:
    """What one message says. `html` may be empty, and `unsubscribe_url` where there is nothing to unsubscribe from.

    `sender_name` and `reply_to` are set only where they differ from the shop's own (the sending policy's).
    """

    subject: str
    text: str
    html: str = ""
    unsubscribe_url: str = ""
    sender_name: str = ""
    reply_to: str = ""


@dataclass(frozen=True)
class Unsayable:
    """The message cannot be written; `reason` is saved with it."""

    reason: str


@dataclass(frozen=True)
class UncertainMessage:
    """A message of which we do not know whether it arrived; `header_id` is its Message-ID, `at` when it began to leave.

    `number` counts the attempts; `is_link_lost`: the connection broke; False if the sending process itself ended.
    Lists are sorted by `attempt_id`.
    """

    attempt_id: UUID
    id: UUID
    member_id: UUID | None
    header_id: str
    number: int
    at: datetime
    is_link_lost: bool


class SuppressionReason(StrEnum):
    """Why an address gets nothing any more."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    ERASED = "erased"
    BY_HAND = "by_hand"


@dataclass(frozen=True)
class Suppressed:
    """A suppressed address; only its hash is known."""

    id: UUID
    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True)
class SendingPolicyFacts:
    """How a merchant sends; no automation sends from `quiet_from` to `quiet_until`, in local time.

    `frequency_cap_days`: a new campaign leaves out who got another promotional mail within so many days (0 = no cap).
    """

    sender_name: str
    reply_to: str
    throttle_per_minute: int | None
    quiet_from: time
    quiet_until: time
    frequency_cap_days: int = 7
