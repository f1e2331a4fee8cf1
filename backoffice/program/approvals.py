"""What waits for another person, in words, and how each kind is carried out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.languages import reader_language
from common.quantities import format_money, format_points
from ledger.facts import ASKED_KINDS, CHANGE_POINTS, FORGIVE_DEBT, AskedMovement, Unit
from ledger.operations import approve_movement, asked_movement
from ledger.queries import was_posted
from members.operations import lock_member
from merchants.facts import Actor, ApprovalDetails, ApprovalState, MerchantFacts

KIND_WORDS: Final[Mapping[str, Promise]] = {
    CHANGE_POINTS: _("Adjust points"),
    FORGIVE_DEBT: _("Write off a debt"),
}
"""The kinds that this page lists; late sales have a page of their own."""
STATE_WORDS: Final[Mapping[ApprovalState, Promise]] = {
    ApprovalState.WAITING: _("Expired"),
    ApprovalState.APPROVED: _("Approved"),
    ApprovalState.REFUSED: _("Refused"),
    ApprovalState.WITHDRAWN: _("Withdrawn"),
}
"""What became of a request that cannot be decided any more; one that still waits has expired."""


@dataclass(frozen=True)
class AskedRow:
    """A request and what it asks for, in words; `owner_id`: the member that it is about."""

    asked: ApprovalDetails
    what: str
    owner_id: UUID
    note: str


def movements_in_words(merchant: MerchantFacts, found: Sequence[ApprovalDetails]) -> list[AskedRow]:
    """Say what each request would move."""
    rows = []
    for one in found:
        asked = AskedMovement.from_json(one.kind, one.subject_id, one.figures)
        rows.append(AskedRow(one, _movement_word(merchant, asked), asked.owner_id, asked.note))
    return rows


def _movement_word(merchant: MerchantFacts, asked: AskedMovement) -> str:
    size = abs(asked.change)
    moved = (
        format_money(size, merchant.currency, reader_language())
        if asked.unit is Unit.WALLET
        else format_points(size, reader_language(), merchant.points_name)
    )
    if asked.kind == FORGIVE_DEBT:
        return gettext("Write off %(moved)s") % {"moved": moved}
    said = gettext("Add %(moved)s") if asked.change > 0 else gettext("Take %(moved)s")
    return said % {"moved": moved}


def approve_asked(*, merchant: MerchantFacts, asked: ApprovalDetails, reason: str, actor: Actor, at: datetime) -> None:
    """Carry out what was asked, in the transaction of the approval.

    Raises what `approve_movement` raises, and Refusal where the asker booked it alone meanwhile, with the same form.
    """
    assert asked.kind in ASKED_KINDS
    movement = asked_movement(merchant=merchant, approval_id=asked.id)
    member = lock_member(merchant=merchant, member_id=movement.owner_id)
    for owner_id in {movement.owner_id, member.id}:
        if was_posted(merchant=merchant, owner_id=owner_id, source_kind="adjustment", source_id=movement.key):
            raise Refusal("movement_booked")
    approve_movement(
        merchant=merchant,
        approval_id=asked.id,
        owner_id=member.id,
        reason=reason,
        actor=actor,
        at=at,
        business_date=merchant.day_of(at),
    )
