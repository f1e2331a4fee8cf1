"""Movements by hand above a person's limit: asked by one, decided by another, and booked with both names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from common.errors import Missing, NotPermitted
from ledger.facts import ASKED_KINDS, CHANGE_POINTS, AskedMovement, PostedTransfer
from ledger.operations.adjustments import adjust, check_movement, write_off_debt
from ledger.operations.refusals import NothingOwed
from merchants.facts import Actor, MerchantFacts
from merchants.operations import ask_approval, decide_approval
from merchants.queries import approval, role_of

DECIDED_WITHIN: Final = timedelta(days=14)


def ask_movement(*, merchant: MerchantFacts, asked: AskedMovement, actor: Actor, at: datetime) -> UUID:
    """Ask that another person approves the movement; return the approval's id. Nothing is booked.

    Raises BadInput, NotPermitted for a role that moves nothing by hand, and ApprovalWaits when the same form was sent.
    """
    check_movement(asked.change, asked.reason)
    if actor.role is None or merchant.movement_limits.of(actor.role) is None:
        raise NotPermitted("adjustment_not_permitted")
    return ask_approval(
        merchant=merchant,
        kind=asked.kind,
        subject=("adjustment", asked.key),
        figures=asked.to_json(),
        reason=asked.reason,
        expires_at=at + DECIDED_WITHIN,
        at=at,
        actor=actor,
    )


def asked_movement(*, merchant: MerchantFacts, approval_id: UUID) -> AskedMovement:
    """Return what was asked. Raises Missing('approval_not_found'), for another kind of request too."""
    found = approval(merchant=merchant, approval_id=approval_id)
    if found.kind not in ASKED_KINDS:
        raise Missing("approval_not_found")
    return AskedMovement.from_json(found.kind, found.subject_id, found.figures)


def approve_movement(
    *,
    merchant: MerchantFacts,
    approval_id: UUID,
    owner_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    business_date: date,
) -> PostedTransfer:
    """Approve and book at once, in the name of who asked, with the approver beside it.

    `owner_id` is the account's owner today: a member who was merged since has another one. Raises what
    `decide_approval`, `adjust` and `write_off_debt` raise, NothingOwed, and NotPermitted where the asker works here no
    more.
    """
    asked = asked_movement(merchant=merchant, approval_id=approval_id)
    decide_approval(merchant=merchant, approval_id=approval_id, is_approved=True, reason=reason, at=at, actor=actor)
    found = approval(merchant=merchant, approval_id=approval_id)
    asker = Actor(found.asked_by_id, found.asked_by, role_of(merchant=merchant, user_id=found.asked_by_id))
    return book_movement(
        merchant=merchant,
        asked=asked,
        owner_id=owner_id,
        actor=asker,
        approver_id=actor.user_id,
        at=at,
        business_date=business_date,
    )


def book_movement(
    *,
    merchant: MerchantFacts,
    asked: AskedMovement,
    owner_id: UUID,
    actor: Actor,
    approver_id: UUID | None = None,
    at: datetime,
    business_date: date,
) -> PostedTransfer:
    """Book the movement on the owner's account. Raises what `adjust` and `write_off_debt` raise, and NothingOwed."""
    if asked.kind == CHANGE_POINTS:
        return adjust(
            merchant=merchant,
            owner_id=owner_id,
            unit=asked.unit,
            change=asked.change,
            reason=asked.reason,
            note=asked.note,
            actor=actor,
            approver_id=approver_id,
            at=at,
            business_date=business_date,
            source_id=asked.key,
        )
    made = write_off_debt(
        merchant=merchant,
        owner_id=owner_id,
        unit=asked.unit,
        amount=asked.change,
        reason=asked.reason,
        note=asked.note,
        actor=actor,
        approver_id=approver_id,
        at=at,
        business_date=business_date,
        source_id=asked.key,
    )
    if made.transfer_id is None:
        raise NothingOwed
    return made
