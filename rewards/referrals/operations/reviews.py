"""What a person decides about a doubtful referral, with a reason, on the record."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from common.errors import Missing, NotPermitted, Refusal
from members.queries import contacts
from members.rules.similarity import one_mailbox
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.referrals.facts import ReferralState
from rewards.referrals.models import Referral
from rewards.referrals.operations.moves import ReferralTransition, write_steps

LONGEST_REASON: Final = 300


class ReferralDecided(Refusal):
    """The referral is not, or no longer, up for this decision."""

    code = "referral_decided"


class OwnReferral(NotPermitted):
    """No one decides about a referral of their own: the actor's e-mail is the friend's or the referrer's."""

    code = "own_referral"


def approve_referral(*, merchant: MerchantFacts, referral_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Clears the doubts: the next night after the return period grants.

    Raises Missing('referral_not_found'), ReferralDecided, OwnReferral, Refusal('reason_required').
    """
    row = _lock_referral(merchant, referral_id, {ReferralState.IN_REVIEW}, actor=actor, reason=reason)
    Referral.objects.filter(merchant_id=merchant.id, id=row.id).update(
        state=ReferralState.QUALIFIED.value, cleared_at=at
    )
    _record_decision(merchant, row, ReferralState.QUALIFIED, reason=reason, actor=actor, at=at)


def refuse_referral(*, merchant: MerchantFacts, referral_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Nothing will be granted for this friend. Raises as `approve_referral`."""
    waiting = {ReferralState.IN_REVIEW, ReferralState.QUALIFIED}
    row = _lock_referral(merchant, referral_id, waiting, actor=actor, reason=reason)
    Referral.objects.filter(merchant_id=merchant.id, id=row.id).update(state=ReferralState.REFUSED.value)
    _record_decision(merchant, row, ReferralState.REFUSED, reason=reason, actor=actor, at=at)


def _lock_referral(
    merchant: MerchantFacts, referral_id: UUID, states: set[ReferralState], *, actor: Actor, reason: str
) -> Referral:
    if not reason.strip():
        raise Refusal("reason_required")
    row = Referral.objects.select_for_update().filter(merchant_id=merchant.id, id=referral_id).first()
    if row is None:
        raise Missing("referral_not_found")
    if ReferralState(row.state) not in states:
        raise ReferralDecided(state=row.state)
    mine = one_mailbox(actor.label) if "@" in actor.label else None
    people = contacts(merchant=merchant, member_ids=[row.friend_id, row.referrer_id])
    if mine is not None and any(p.email and one_mailbox(p.email) == mine for p in people.values()):
        raise OwnReferral
    return row


def _record_decision(
    merchant: MerchantFacts, row: Referral, after: ReferralState, *, reason: str, actor: Actor, at: datetime
) -> None:
    before = ReferralState(row.state)
    note = reason.strip()[:LONGEST_REASON]
    write_steps(merchant=merchant, steps=[ReferralTransition(row.id, before, after, note=note)], at=at, actor=actor)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="referral.approved" if after is ReferralState.QUALIFIED else "referral.refused",
        at=at,
        subject=("referral", row.id),
        before={"state": before.value},
        after={"state": after.value},
        reason=note,
    )
