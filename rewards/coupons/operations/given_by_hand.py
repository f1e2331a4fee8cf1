"""Coupons and stamps that staff give one member, with a reason; the member's history and the audit trail keep it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from common.errors import Refusal
from members.facts import MemberFacts
from members.operations import lock_member
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.coupons.facts import GivenStamps
from rewards.coupons.models import Coupon
from rewards.coupons.operations.coupons import issue_coupon
from rewards.coupons.operations.sale_rewards import give_stamps_by_hand
from rewards.coupons.queries import coupon_by_id, offers_to_give, stamp_cards_to_give


def give_coupon(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    batch_id: UUID,
    reason: str,
    at: datetime,
    today: date,
    actor: Actor,
) -> date | None:
    """Give a member a coupon of an offer that runs, bound to them; return its last day, None without one.

    Raises Missing, Refusal('member_blocked', 'member_restricted', 'coupon_not_offered', 'coupon_held'): one that they
    have not used yet comes first.
    """
    member = _lock_receiver(merchant, member_id)
    offers = {one.id: one for one in offers_to_give(merchant=merchant, at=at, today=today)}
    batch = offers.get(batch_id)
    if batch is None:
        raise Refusal("coupon_not_offered")
    open_days = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    held = Coupon.objects.filter(
        open_days, merchant_id=merchant.id, batch_id=batch_id, member_id=member.id, state="issued", committed=0
    )
    if held.exists():
        raise Refusal("coupon_held")
    coupon_id = issue_coupon(
        merchant=merchant, batch_id=batch_id, member_id=member.id, source_id=None, at=at, today=today
    )
    last_day = coupon_by_id(merchant=merchant, coupon_id=coupon_id, at=at, today=today).valid_until
    after: dict[str, Any] = {"title": batch.title}
    if last_day is not None:
        after["valid_until"] = last_day.isoformat()
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.coupon_given",
        at=at,
        subject=("member", member.id),
        after=after,
        reason=reason,
    )
    return last_day


def give_stamps(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    promotion_id: UUID,
    stamps: int,
    reason: str,
    at: datetime,
    today: date,
    actor: Actor,
) -> GivenStamps:
    """Stamp a member's card of a promotion that runs, at most as often as fills it; a full one brings its coupon.

    Raises Missing, Refusal('member_blocked', 'member_restricted', 'card_not_offered', 'too_many_stamps').
    """
    member = _lock_receiver(merchant, member_id)
    cards = {one.promotion_id: one.terms for one in stamp_cards_to_give(merchant=merchant, at=at)}
    terms = cards.get(promotion_id)
    if terms is None:
        raise Refusal("card_not_offered")
    if not 1 <= stamps <= terms.threshold:
        raise Refusal("too_many_stamps", most=terms.threshold)
    progress, issued = give_stamps_by_hand(
        merchant=merchant,
        member_id=member.id,
        terms=terms,
        stamps=stamps,
        promotion_id=str(promotion_id),
        at=at,
        today=today,
    )
    coupons = tuple(
        coupon_by_id(merchant=merchant, coupon_id=coupon_id, at=at, today=today).title for coupon_id in issued
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.stamps_given",
        at=at,
        subject=("member", member.id),
        after={"title": terms.title, "stamps": stamps},
        reason=reason,
    )
    return GivenStamps(progress, terms.threshold, coupons)


def _lock_receiver(merchant: MerchantFacts, member_id: UUID) -> MemberFacts:
    member = lock_member(merchant=merchant, member_id=member_id)
    if member.is_blocked:
        raise Refusal("member_blocked")
    if member.is_restricted:
        raise Refusal("member_restricted")
    return member
