"""A reward that staff redeem for a member at the screen: the till's operation, with a reason and an audit entry."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from common.errors import Refusal
from members.operations import lock_member
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.catalogue.facts import RedemptionFacts
from rewards.catalogue.models import Reward
from rewards.catalogue.operations.redemptions import redeem_reward


def redeem_by_staff(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    reward_id: UUID,
    pickup_outlet_id: UUID | None,
    reason: str,
    at: datetime,
    business_date: date,
    actor: Actor,
) -> RedemptionFacts:
    """Spend a member's points on one piece of a reward. Raises what `redeem_reward` raises, and 'member_restricted'.

    So many points as ask for the member's code at a till are refused here with VerificationRequired: no code is taken.
    """
    if lock_member(merchant=merchant, member_id=member_id).is_restricted:
        raise Refusal("member_restricted")
    taken = redeem_reward(
        merchant=merchant,
        till_id=None,
        outlet_id=None,
        member_id=member_id,
        reward_id=reward_id,
        quantity=1,
        hold=False,
        at=at,
        business_date=business_date,
        pickup_outlet_id=pickup_outlet_id,
        actor=actor,
    )
    reward = Reward.objects.only("title").get(merchant_id=merchant.id, id=reward_id)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.reward_redeemed",
        at=at,
        subject=("member", member_id),
        after={"title": reward.title, "points": taken.points_spent},
        reason=reason,
    )
    return taken
