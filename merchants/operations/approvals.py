"""Approvals: asked by one person, decided by another, or withdrawn by the one who asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common.errors import Missing, NotPermitted, Refusal
from common.ids import new_id
from merchants.facts import Actor, ApprovalState, MerchantFacts
from merchants.models import Approval
from merchants.operations.audit import record_audit


class ApprovalWaits(Refusal):
    """The same was asked already and waits for a decision."""

    code = "approval_waits"


class ApprovalOver(Refusal):
    """It was decided or withdrawn, or its time is over."""

    code = "approval_over"


def ask_approval(
    *,
    merchant: MerchantFacts,
    kind: str,
    subject: tuple[str, UUID],
    figures: Mapping[str, Any],
    reason: str,
    expires_at: datetime,
    at: datetime,
    actor: Actor,
    till_id: UUID | None = None,
) -> UUID:
    """Ask for what this person, or this till, may not do alone; return the approval's id.

    Only a person or a till can ask: the decider must be a person, and another one than the asker. Raises ApprovalWaits
    and NotPermitted.
    """
    asker_id = actor.user_id or till_id
    if asker_id is None:
        raise NotPermitted
    approval_id = new_id()
    try:
        # When two ask for the same at once, the unique index lets the first one wait for a decision.
        with transaction.atomic():
            Approval.objects.create(
                merchant_id=merchant.id,
                id=approval_id,
                kind=kind,
                subject_kind=subject[0],
                subject_id=subject[1],
                figures=dict(figures),
                asker_kind="till" if actor.user_id is None else "person",
                asked_by_id=asker_id,
                asked_by=actor.label,
                asked_at=at,
                asked_reason=reason,
                expires_at=expires_at,
            )
    except IntegrityError as error:
        raise ApprovalWaits from error
    record_audit(
        merchant=merchant,
        actor=actor,
        action="approval.asked",
        at=at,
        subject=("approval", approval_id),
        reason=reason,
    )
    return approval_id


def decide_approval(
    *, merchant: MerchantFacts, approval_id: UUID, is_approved: bool, reason: str, at: datetime, actor: Actor
) -> None:
    """Approve or refuse, as another person than the asker, in the transaction of what is approved.

    Raises Missing('approval_not_found'), NotPermitted for the asker and for parts of the system, and ApprovalOver.
    """
    row = _lock_waiting(merchant, approval_id)
    if actor.user_id is None or actor.user_id == row.asked_by_id:
        raise NotPermitted
    if at >= row.expires_at:
        raise ApprovalOver
    state = ApprovalState.APPROVED if is_approved else ApprovalState.REFUSED
    _close_approval(row, state, reason, at, actor)
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"approval.{state.value}",
        at=at,
        subject=("approval", approval_id),
        reason=reason,
    )


def withdraw_approval(
    *,
    merchant: MerchantFacts,
    approval_id: UUID,
    reason: str,
    at: datetime,
    actor: Actor,
    till_id: UUID | None = None,
) -> None:
    """Withdraw the request, as its asker: the person, or the till where nothing is left to decide.

    Raises Missing('approval_not_found'), NotPermitted for anyone else, and ApprovalOver.
    """
    row = _lock_waiting(merchant, approval_id)
    if (actor.user_id or till_id) != row.asked_by_id:
        raise NotPermitted
    _close_approval(row, ApprovalState.WITHDRAWN, reason, at, Actor(row.asked_by_id, actor.label))
    record_audit(
        merchant=merchant,
        actor=actor,
        action="approval.withdrawn",
        at=at,
        subject=("approval", approval_id),
        reason=reason,
    )


def _lock_waiting(merchant: MerchantFacts, approval_id: UUID) -> Approval:
    """Return the row under lock: of two who decide at once, the second sees the first one's decision."""
    row = Approval.objects.select_for_update().filter(merchant_id=merchant.id, id=approval_id).first()
    if row is None:
        raise Missing("approval_not_found")
    if row.state != ApprovalState.WAITING.value:
        raise ApprovalOver
    return row


def _close_approval(row: Approval, state: ApprovalState, reason: str, at: datetime, actor: Actor) -> None:
    Approval.objects.filter(merchant_id=row.merchant_id, id=row.id).update(
        state=state.value,
        decided_by_id=actor.user_id,
        decided_by=actor.label,
        decided_at=at,
        decided_reason=reason,
    )
