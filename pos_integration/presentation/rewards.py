"""Rewards, redemptions and the answer to 'can this code be used?'."""

from __future__ import annotations

from pos_integration.presentation.members import Json, coupon_json
from rewards.facts import CouponResult
from rewards.facts.catalogue import RedemptionFacts, RewardFacts
from rewards.facts.coupons import CouponCheck
from rewards.wording import coupon_message


def redemption_json(redemption: RedemptionFacts) -> Json:
    return {
        "id": redemption.id,
        "reward_id": redemption.reward_id,
        "points_spent": redemption.points_spent,
        "coupon": coupon_json(redemption.coupon) if redemption.coupon else None,
        "points_balance": redemption.points_balance,
        "status": redemption.status,
        "held_until": redemption.held_until,
        "fulfilment": _fulfilment_json(redemption),
    }


def _fulfilment_json(redemption: RedemptionFacts) -> Json | None:
    if redemption.fulfilment is None:
        return None
    return {
        "way": redemption.handover.value,
        "state": redemption.fulfilment.value,
        "since": redemption.fulfilment_at,
        "outlet_id": redemption.outlet_id,
    }


def reward_json(reward: RewardFacts, *, picture_url: str | None) -> Json:
    return {
        "id": reward.id,
        "title": reward.title,
        "points": reward.points,
        "stock_left": reward.stock_left,
        "usable": reward.usable,
        "reason": reward.reason,
        "needed": reward.needed,
        "description": reward.description,
        "way": reward.handover.value,
        "picture_url": picture_url,
        "picture_alt": reward.picture_alt,
    }


def coupon_check_json(check: CouponCheck, *, currency: str, language: str) -> Json:
    answer: Json = {"code": check.code, "usable": check.usable}
    if check.reason is not None:
        result = CouponResult(code=check.code, promotion_id=None, status="rejected", reason=check.reason)
        answer |= {"reason": check.reason, "message": coupon_message(result, (), currency=currency, language=language)}
    if check.coupon is not None:
        answer["coupon"] = coupon_json(check.coupon)
    return answer
