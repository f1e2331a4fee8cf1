"""The referral program: a new version is published, none is ever edited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, override

from common.errors import BadInput, FieldError
from common.quantities import MAX_AMOUNT
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.coupons.models import CouponBatch
from rewards.promotions.operations import create_promotion, publish_version
from rewards.referrals.facts import FriendPrice, ReferralProgramFacts, ReferralTerms, RewardKind
from rewards.referrals.models import ReferralProgram
from rewards.referrals.queries import newest_program
from rewards.referrals.rules import friend_price
from rewards.referrals.wording import program_error

LONGEST_WAIT_DAYS: Final = 90
LONGEST_QUALIFY_DAYS: Final = 365


def publish_referral_program(
    *, merchant: MerchantFacts, terms: ReferralTerms, starts_at: datetime, at: datetime, actor: Actor
) -> int:
    """A new version from `starts_at` on; friends who joined before keep theirs. Raises BadInput. Returns its number."""
    _require_sound(merchant, terms, starts_at=starts_at, at=at)
    before = newest_program(merchant=merchant)
    number = before.number + 1 if before else 1
    ReferralProgram.objects.create(
        merchant_id=merchant.id,
        number=number,
        starts_at=starts_at,
        created_at=at,
        created_by=actor.label,
        promotion_id=_publish_price(merchant, terms, before, starts_at=starts_at, at=at, actor=actor),
        **{name: getattr(terms, name) for name in ReferralTerms.__dataclass_fields__},
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="referrals.published",
        at=at,
        subject=("merchant", merchant.id),
        after={"version": number, "starts_at": starts_at, "is_open": terms.is_open},
    )
    return number


def _publish_price(
    merchant: MerchantFacts,
    terms: ReferralTerms,
    before: ReferralProgramFacts | None,
    *,
    starts_at: datetime,
    at: datetime,
    actor: Actor,
) -> UUID | None:
    """The friend's special price is a promotion, one over all versions; taken out of the program it ends."""
    promotion_id = before.promotion_id if before else None
    wanted = friend_price(terms)
    had = friend_price(before.terms) if before else None
    if wanted is None and had is None:
        return promotion_id
    definition: dict[str, Any] = wanted or _end_friend_price(had or {}, merchant, starts_at)
    with override(merchant.language):
        definition = {"title": gettext("Special price for a friend"), **definition}
    if promotion_id is None:
        return create_promotion(merchant=merchant, definition=definition, starts_at=starts_at, at=at, actor=actor)
    publish_version(
        merchant=merchant, promotion_id=promotion_id, definition=definition, starts_at=starts_at, at=at, actor=actor
    )
    return promotion_id


def _end_friend_price(definition: dict[str, Any], merchant: MerchantFacts, starts_at: datetime) -> dict[str, Any]:
    last_day = starts_at.astimezone(ZoneInfo(merchant.timezone)).date() - timedelta(days=1)
    return {**definition, "when": {**definition["when"], "valid_to": last_day.isoformat()}}


def _require_sound(merchant: MerchantFacts, terms: ReferralTerms, *, starts_at: datetime, at: datetime) -> None:
    wrong: list[str] = []
    if starts_at < at:
        wrong.append("starts_at")
    if not 0 <= terms.minimum_amount <= MAX_AMOUNT:
        wrong.append("minimum_amount")
    if not 1 <= terms.qualify_days <= LONGEST_QUALIFY_DAYS:
        wrong.append("qualify_days")
    if not 0 <= terms.waiting_days <= LONGEST_WAIT_DAYS:
        wrong.append("waiting_days")
    wrong += [*_wrong_benefits(merchant, terms)]
    wrong += [name for name in ("monthly_cap", "total_cap") if (cap := getattr(terms, name)) is not None and cap < 1]
    if terms.joins_per_day < 1:
        wrong.append("joins_per_day")
    if wrong:
        raise BadInput([FieldError(f"/{name}", "out_of_range", program_error(name)) for name in wrong])


def _wrong_benefits(merchant: MerchantFacts, terms: ReferralTerms) -> list[str]:
    wrong = []
    if terms.reward_kind is RewardKind.COUPON:
        if not _is_batch(merchant, terms.reward_batch_id):
            wrong.append("reward_batch_id")
    elif not 1 <= terms.reward_amount <= MAX_AMOUNT:
        wrong.append("reward_amount")
    highest = 100 if terms.friend_price is FriendPrice.PERCENT else MAX_AMOUNT
    if terms.friend_price is not FriendPrice.NONE and not 1 <= terms.friend_value <= highest:
        wrong.append("friend_value")
    if terms.friend_batch_id is not None and not _is_batch(merchant, terms.friend_batch_id):
        wrong.append("friend_batch_id")
    return wrong


def _is_batch(merchant: MerchantFacts, batch_id: UUID | None) -> bool:
    return batch_id is not None and CouponBatch.objects.filter(merchant_id=merchant.id, id=batch_id).exists()
