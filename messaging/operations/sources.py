"""The rooms that ask for messages, by purpose: what messaging asks them before it sends.

Messaging knows no reasons. `loyalty` registers one source per purpose at start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from merchants.facts import MerchantFacts
from messaging.facts import Content, MessageFacts, Purpose, Unsayable


class StillDue(Protocol):
    """Return, by message id, why it must not be sent any more; a message left out of the answer is still due."""

    def __call__(
        self, *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
    ) -> Mapping[UUID, str]: ...


class Render(Protocol):
    """Return, by message id, what it says; may issue what the text promises (a coupon), in the claim's transaction."""

    def __call__(
        self, *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
    ) -> Mapping[UUID, Content | Unsayable]: ...


class MayGoOn(Protocol):
    """Return whether more of a dispatch may go now; the room may hold the dispatch first."""

    def __call__(self, *, merchant: MerchantFacts, dispatch_id: UUID, now: datetime) -> bool: ...


class ReportTrouble(Protocol):
    """Report the server's answer for a whole dispatch; `is_refusal`: it refuses the sender, else it cannot be reached.

    `problem` is a code that may be shown; empty means that the server answers again.
    """

    def __call__(
        self, *, merchant: MerchantFacts, dispatch_id: UUID, problem: str, is_refusal: bool, now: datetime
    ) -> None: ...


class PauseForReview(Protocol):
    """Pause everything: the database was restored from a copy, and a person must look first."""

    def __call__(self, *, merchant: MerchantFacts, now: datetime) -> object: ...


@dataclass(frozen=True)
class MessageSource:
    """What one room answers; `may_go_on` is asked before each batch, `end_run` is called when none is left for now."""

    still_due: StillDue
    render: Render
    pause_for_review: PauseForReview
    may_go_on: MayGoOn | None = None
    report_trouble: ReportTrouble | None = None
    end_run: Callable[[MerchantFacts, UUID, datetime], object] | None = None


_sources: dict[Purpose, MessageSource] = {}


def register_source(purpose: Purpose, source: MessageSource) -> None:
    """Make `source` answer for messages of this purpose."""
    _sources[purpose] = source


def source_of(purpose: Purpose) -> MessageSource:
    """Return the source of a purpose. Raises KeyError when no room has registered for it."""
    return _sources[purpose]


def all_sources() -> list[MessageSource]:
    return [_sources[purpose] for purpose in sorted(_sources)]
