"""Referrals: the program's versions, one row per friend, what was granted and what was taken back."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from rewards.referrals.facts import FriendPrice, ReferralState, RewardKind

STATES: Final = [(s.value, s.value) for s in ReferralState]
WITH_SALE: Final = ["qualified", "in_review", "granted", "clawed_back"]
WITHOUT_SALE: Final = ["joined", "expired"]


class ReferralProgram(MerchantOwned):
    """One version of the merchant's terms, in force from `starts_at` until the next one. Append-only.

    `promotion` carries the friend's special price; it is the same one over all versions.
    """

    number = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    is_open = models.BooleanField()
    minimum_amount = models.PositiveBigIntegerField()
    qualify_days = models.PositiveSmallIntegerField()
    waiting_days = models.PositiveSmallIntegerField()
    reward_kind = models.CharField(max_length=6, choices=[(k.value, k.value) for k in RewardKind])
    reward_amount = models.PositiveBigIntegerField()
    reward_batch_id = models.UUIDField(null=True)
    reward_batch = MerchantReference("rewards.CouponBatch", "reward_batch_id", null=True, indexed=False)
    friend_price = models.CharField(max_length=7, choices=[(p.value, p.value) for p in FriendPrice])
    friend_value = models.PositiveBigIntegerField()
    friend_batch_id = models.UUIDField(null=True)
    friend_batch = MerchantReference("rewards.CouponBatch", "friend_batch_id", null=True, indexed=False)
    promotion_id = models.UUIDField(null=True)
    promotion = MerchantReference("rewards.Promotion", "promotion_id", null=True, indexed=False)
    monthly_cap = models.PositiveIntegerField(null=True)
    total_cap = models.PositiveIntegerField(null=True)
    joins_per_day = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "number"], name="referral_program_once"),
            models.CheckConstraint(
                condition=Q(reward_kind="coupon", reward_batch_id__isnull=False, reward_amount=0)
                | (~Q(reward_kind="coupon") & Q(reward_batch_id__isnull=True, reward_amount__gt=0)),
                name="referral_program_reward",
            ),
            models.CheckConstraint(condition=Q(qualify_days__gte=1), name="referral_program_days"),
        ]


class Referral(MerchantOwned):
    """One friend whom a member brought; the guard in the database lets it move forward only.

    `sale_id` is the friend's first paid sale over the minimum, `due_on` the first day whose night may grant.
    """

    program_id = models.UUIDField()
    program = MerchantReference("rewards.ReferralProgram", "program_id", indexed=False)
    friend_id = models.UUIDField()
    friend = MerchantReference("members.Member", "friend_id", indexed=False)
    referrer_id = models.UUIDField()
    referrer = MerchantReference("members.Member", "referrer_id", indexed=False)
    state = models.CharField(max_length=11, default=ReferralState.JOINED.value, choices=STATES)
    source = models.CharField(max_length=8)
    joined_at = models.DateTimeField()
    joined_on = models.DateField()
    sale_id = models.UUIDField(null=True)
    sale_amount = models.BigIntegerField(default=0)
    qualified_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    checked_on = models.DateField(null=True)
    cleared_at = models.DateTimeField(null=True)
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "friend_id"], name="referral_friend_once"),
            models.UniqueConstraint(
                fields=["merchant", "sale_id"], condition=Q(sale_id__isnull=False), name="referral_sale_once"
            ),
            models.CheckConstraint(condition=~Q(friend_id=F("referrer_id")), name="referral_of_another"),
            models.CheckConstraint(condition=Q(state__in=[s for s, _ in STATES]), name="referral_state"),
            models.CheckConstraint(
                condition=(~Q(state__in=WITH_SALE) | Q(sale_id__isnull=False, due_on__isnull=False))
                & (~Q(state__in=WITHOUT_SALE) | Q(sale_id__isnull=True)),
                name="referral_has_its_sale",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_review") | ~Q(reasons=[]), name="referral_in_review_for_reasons"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "referrer_id", "joined_on"], name="referral_by_referrer"),
            models.Index(fields=["merchant", "state", "id"], name="referral_by_state"),
            models.Index(fields=["merchant", "joined_on"], name="referral_by_day"),
        ]


class ReferralGrant(MerchantOwned):
    """What the referrer got for one friend: exactly one per referral. Append-only.

    `amount` is points or money; its transfer is in the ledger under the source 'referral'.
    """

    referral_id = models.UUIDField()
    referral = MerchantReference("rewards.Referral", "referral_id", indexed=False)
    referrer_id = models.UUIDField()
    referrer = MerchantReference("members.Member", "referrer_id", indexed=False)
    kind = models.CharField(max_length=6, choices=[(k.value, k.value) for k in RewardKind])
    amount = models.PositiveBigIntegerField()
    transfer_id = models.UUIDField(null=True)
    coupon_id = models.UUIDField(null=True)
    coupon = MerchantReference("rewards.Coupon", "coupon_id", null=True, indexed=False)
    at = models.DateTimeField()
    business_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "referral_id"], name="referral_granted_once"),
            models.CheckConstraint(
                condition=Q(kind="coupon", coupon_id__isnull=False, transfer_id__isnull=True, amount=0)
                | (~Q(kind="coupon") & Q(coupon_id__isnull=True, transfer_id__isnull=False, amount__gt=0)),
                name="referral_grant_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "referrer_id", "business_date"], name="referral_grant_by_referrer"),
        ]


class ReferralClawback(MerchantOwned):
    """A grant taken back because the friend's sale came back: once. Append-only.

    `missing` is what the policy or the debt limit left with the referrer; `coupon_used` a coupon spent by then.
    """

    referral_id = models.UUIDField()
    referral = MerchantReference("rewards.Referral", "referral_id", indexed=False)
    sale_id = models.UUIDField()
    taken = models.PositiveBigIntegerField()
    missing = models.PositiveBigIntegerField()
    coupon_used = models.BooleanField(default=False)
    at = models.DateTimeField()
    business_date = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "referral_id"], name="referral_clawed_back_once"),
        ]


class ReferralMove(MerchantOwned):
    """One step of a referral: from where to where, by whom, why. Append-only; no name and no contact in it."""

    referral_id = models.UUIDField()
    referral = MerchantReference("rewards.Referral", "referral_id")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=11, null=True)
    to_state = models.CharField(max_length=11)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    reasons = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
