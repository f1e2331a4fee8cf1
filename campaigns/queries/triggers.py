"""What starts an automation: per trigger, which event makes a member due, on which occasion, and who was missed.

A new automation is a row here, its words in `campaigns.wording` and in the back-office, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from campaigns.facts import TriggerName
from merchants.facts import OutboxEventFacts


class DueMember(NamedTuple):
    """A member to write to, the occasion that allows one message, and when it happened."""

    member_id: UUID
    occasion_key: str
    happened_at: datetime


@dataclass(frozen=True)
class Trigger:
    """`event_kind`: the outbox event that makes a member due, `read_due`: whom and on which occasion.

    `missed`: SQL over `members_contact m` of the members who became due since `%(since)s`, whether it was on or not,
    `missed_occasion` the key of their occasion. `audited_as`: what its entries in the audit trail are called.
    """

    event_kind: str
    read_due: Callable[[OutboxEventFacts], DueMember]
    missed: str
    missed_occasion: str
    audited_as: str


def _who_joined(event: OutboxEventFacts) -> DueMember:
    """Return the member who joined; the only occasion, as one joins once. Members from a file leave no event."""
    return DueMember(event.subject_id, "", event.occurred_at)


TRIGGERS: Final[Mapping[TriggerName, Trigger]] = {
    TriggerName.JOINED: Trigger(
        event_kind="member.enrolled",
        read_due=_who_joined,
        missed="m.joined_at >= %(since)s AND m.status = 'active'",
        missed_occasion="''",
        audited_as="welcome",
    ),
}


def trigger_events() -> list[str]:
    """Return the kinds of events that make members due for some automation."""
    return sorted({trigger.event_kind for trigger in TRIGGERS.values()})
