"""Codes above what one person may make alone: asked by one, decided by another, made once with both names."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from common.errors import BadInput, FieldError, Missing, NotPermitted
from common.secrets import decrypt, encrypt
from merchants.facts import Actor, ApprovalDetails, MerchantFacts, Permission
from merchants.operations import ask_approval, decide_approval
from merchants.queries import approval, role_of
from merchants.rules import may
from rewards.coupons.facts import COUPONS_ABOVE, AskedCoupons
from rewards.coupons.operations.coupon_codes import order_codes
from rewards.coupons.operations.shared import create_shared_code
from rewards.engine import DefinitionError, validate_definition

DECIDED_WITHIN: Final = timedelta(days=14)


def make_coupons(
    *,
    merchant: MerchantFacts,
    asked: AskedCoupons,
    at: datetime,
    actor: Actor,
    approval: ApprovalDetails | None = None,
) -> UUID:
    """Make the codes, or the shared code, and return the batch; call `queue_jobs` for a worker.

    Raises what `order_codes` and `create_shared_code` raise.
    """
    if asked.text:
        return create_shared_code(
            merchant=merchant,
            text=asked.text,
            title=asked.title,
            definition=asked.definition,
            at=at,
            today=merchant.day_of(at),
            valid_until=asked.valid_until,
            max_uses=asked.max_uses,
            actor=actor,
            batch_id=asked.batch_id,
            approval=approval,
        )
    return order_codes(
        merchant=merchant,
        title=asked.title,
        definition=asked.definition,
        count=asked.count,
        at=at,
        valid_until=asked.valid_until,
        max_uses=asked.max_uses or 1,
        actor=actor,
        batch_id=asked.batch_id,
        approval=approval,
    )


def ask_for_coupons(*, merchant: MerchantFacts, asked: AskedCoupons, reason: str, at: datetime, actor: Actor) -> UUID:
    """Ask that another person approves the codes; return the approval's id. Nothing is made.

    Raises NotPermitted for who writes no offers, BadInput, and ApprovalWaits when the same form was sent.
    """
    if actor.role is None or not may(actor.role, Permission.EDIT_OFFERS):
        raise NotPermitted("coupons_not_permitted")
    try:
        validate_definition({"title": asked.title, **asked.definition, "id": str(asked.batch_id)})
    except DefinitionError as invalid:
        raise BadInput([FieldError(one.pointer, one.code, one.message) for one in invalid.problems]) from invalid
    return ask_approval(
        merchant=merchant,
        kind=COUPONS_ABOVE,
        subject=("coupon_batch", asked.batch_id),
        figures=asked.to_json(sealed_text=encrypt(asked.text).hex() if asked.text else ""),
        reason=reason,
        expires_at=at + DECIDED_WITHIN,
        at=at,
        actor=actor,
    )


def asked_coupons(*, request: ApprovalDetails) -> AskedCoupons:
    """Return what was asked. Raises Missing('approval_not_found') for another kind of request."""
    if request.kind != COUPONS_ABOVE:
        raise Missing("approval_not_found")
    return AskedCoupons.from_json(request.subject_id, request.figures, unseal=_unseal_text)


def _unseal_text(sealed: str) -> str:
    return decrypt(bytes.fromhex(sealed)) if sealed else ""


def approve_coupons(*, merchant: MerchantFacts, approval_id: UUID, reason: str, at: datetime, actor: Actor) -> UUID:
    """Approve and make the codes at once, in the name of who asked; return the batch. Call `queue_jobs` for a worker.

    Raises what `decide_approval` and `make_coupons` raise, and NotPermitted where the asker writes no offers any more.
    """
    asked = asked_coupons(request=approval(merchant=merchant, approval_id=approval_id))
    decide_approval(merchant=merchant, approval_id=approval_id, is_approved=True, reason=reason, at=at, actor=actor)
    decided = approval(merchant=merchant, approval_id=approval_id)
    role = role_of(merchant=merchant, user_id=decided.asked_by_id)
    if role is None or not may(role, Permission.EDIT_OFFERS):
        raise NotPermitted("coupons_not_permitted")
    return make_coupons(
        merchant=merchant,
        asked=asked,
        at=at,
        actor=Actor(decided.asked_by_id, decided.asked_by, role),
        approval=decided,
    )
