"""What a till asked and the answer that it got, as the request log keeps it: without personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

SEND_AGAIN: Final = "send_again"
"""The kind of job that sends a logged request again in test mode."""


@dataclass(frozen=True, slots=True)
class TillLook:
    """A till asked for one member, or was answered them, so many times on a day."""

    till_id: UUID
    on_day: date
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedRequestFacts:
    """One request of a till. `route` is the address's template, `address` the address itself with what may be kept.

    `replayed` is '', 'true' or 'natural' as the answer's header said. Bodies are JSON text, '' where there was none or
    it could not be kept; `is_whole`: nothing of them was left out for its length. Sizes are in bytes as sent.
    """

    id: UUID
    till_id: UUID
    key_prefix: str
    at: datetime
    method: str
    route: str
    address: str
    status: int
    milliseconds: int
    problem_code: str = ""
    idempotency_key: str = ""
    reference: str = ""
    replayed: str = ""
    request_bytes: int = 0
    answer_bytes: int = 0
    request_body: str = ""
    answer_body: str = ""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Filters of the request log; an empty field filters nothing. `since` is included, `until` is not.

    `status`: 'done' (below 400), 'refused' (4xx) or 'failed' (5xx). `number`: a receipt number or an idempotency key.
    """

    status: str = ""
    method: str = ""
    route: str = ""
    number: str = ""
    key_prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendAgainJob:
    """Which logged request is sent again, and the number that it gets in the sandbox's log."""

    request_id: UUID
    answer_id: UUID

    def to_json(self) -> dict[str, str]:
        return {"request_id": str(self.request_id), "answer_id": str(self.answer_id)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SendAgainJob:
        return cls(UUID(data["request_id"]), UUID(data["answer_id"]))
