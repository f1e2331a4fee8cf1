"""Rewards, redemptions and the answer to 'can this code be used?'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from pos_integration.presentation.members import Json, coupon_json
from rewards.catalogue.facts import RedemptionFacts, RewardFacts
from rewards.coupons.facts import CouponFacts
from rewards.coupons.rules import with_days_of
from rewards.engine.facts import CouponResult, Definition
from rewards.promotions.wording import Names, conditions_in_words, coupon_message
from sales.operations import CheckedCoupon


@dataclass(frozen=True)
class Offers:
    """What coupons offer, by their promotion, and what the conditions of these offers name."""

    definitions: Mapping[UUID, Definition]
    names: Names


NO_OFFERS: Final = Offers({}, Names())


def redemption_json(
    redemption: RedemptionFacts,
    *,
    currency: str,
    language: str,
    offers: Offers = NO_OFFERS,
    by_waiting_card: bool = False,
) -> Json:
    """Write a redemption; `offers`: that of its coupon. `by_waiting_card`: nothing of the member's is shown."""
    brought = () if by_waiting_card or redemption.coupon is None else (redemption.coupon,)
    coupons = coupons_with_conditions_json(brought, offers, currency=currency, language=language)
    return {
        "id": redemption.id,
        "reward_id": redemption.reward_id,
        "points_spent": redemption.points_spent,
        "coupon": coupons[0] if coupons else None,
        "points_balance": 0 if by_waiting_card else redemption.points_balance,
        "status": redemption.status,
        "held_until": redemption.held_until,
        "fulfilment": _fulfilment_json(redemption),
    }


def _fulfilment_json(redemption: RedemptionFacts) -> Json | None:
    if redemption.fulfilment is None:
        return None
    return {
        "delivery_method": redemption.handover.value,
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
        "delivery_method": reward.handover.value,
        "picture_url": picture_url,
        "picture_alt": reward.picture_alt,
    }


def coupon_check_json(check: CheckedCoupon, *, currency: str, language: str, names: Names) -> Json:
    """Write a check; `conditions` lists what the offer asks for, as sentences and as the fields of its definition."""
    answer: Json = {"code": check.code, "usable": check.is_usable}
    if check.reason is not None:
        decisions = (check.decision,) if check.decision else ()
        promotion_id = check.decision.promotion_id if check.decision else None
        result = CouponResult(code=check.code, promotion_id=promotion_id, status="rejected", reason=check.reason)
        message = coupon_message(result, decisions, currency=currency, language=language, names=names)
        answer |= {"reason": check.reason, "message": message}
    if check.coupon is not None:
        answer["coupon"] = coupon_with_conditions_json(
            check.coupon, check.offer, currency=currency, language=language, names=names
        )
    return answer


def coupons_with_conditions_json(
    coupons: Iterable[CouponFacts], offers: Offers, *, currency: str, language: str
) -> list[Json]:
    """Write coupons with the days on which they and their offers count, and with what those ask for."""
    shown = []
    for coupon in coupons:
        offer = offers.definitions.get(coupon.promotion_id)
        shown.append(
            coupon_with_conditions_json(
                with_days_of(coupon, offer), offer, currency=currency, language=language, names=offers.names
            )
        )
    return shown


def coupon_with_conditions_json(
    coupon: CouponFacts, offer: Definition | None, *, currency: str, language: str, names: Names
) -> Json:
    """Write a coupon with what its offer asks for; `offer` None: its promotion is not in force."""
    shown = coupon_json(coupon)
    asked = _conditions_json(offer, currency=currency, language=language, names=names)
    return {**shown, "conditions": {**shown["conditions"], **asked}}


def _conditions_json(offer: Definition | None, *, currency: str, language: str, names: Names) -> Json:
    if offer is None:
        return {"sentences": [], "fields": {}}
    asked = {name: value for name, value in (offer.source.get("when") or {}).items() if name != "code"}
    goods = {"filter": offer.source["filter"]} if offer.source.get("filter") else {}
    sentences = conditions_in_words(offer, currency=currency, language=language, names=names)
    return {"sentences": sentences, "fields": {**asked, **goods}}
