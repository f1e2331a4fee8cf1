"""Every step of a referral leaves a row: from where to where, by whom, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from merchants.facts import SYSTEM, Actor, MerchantFacts
from rewards.referrals.facts import MeasuredSignal, ReferralState
from rewards.referrals.models import ReferralMove


@dataclass(frozen=True)
class ReferralTransition:
    """One move to be written down."""

    referral_id: UUID
    before: ReferralState | None
    after: ReferralState
    reasons: tuple[MeasuredSignal, ...] = field(default=())
    note: str = ""


def write_steps(
    *, merchant: MerchantFacts, steps: Iterable[ReferralTransition], at: datetime, actor: Actor = SYSTEM
) -> None:
    """One statement however many steps."""
    ReferralMove.objects.bulk_create(
        [
            ReferralMove(
                merchant_id=merchant.id,
                referral_id=step.referral_id,
                at=at,
                from_state=step.before.value if step.before else None,
                to_state=step.after.value,
                actor_id=actor.user_id,
                actor_label=actor.label,
                reasons=[reason.to_json() for reason in step.reasons],
                note=step.note,
            )
            for step in steps
        ]
    )
