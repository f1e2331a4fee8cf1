"""Promotions: what is offered, its versions, and the counters that its limits are held by."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference


class Promotion(MerchantOwned):
    """What a merchant offers, whatever its version: its state and the counters that its limits are held by."""

    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    state = models.CharField(
        max_length=8, default="live", choices=[(s, s) for s in ("draft", "live", "paused", "ended")]
    )
    needs_coupon = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    used_count = models.PositiveBigIntegerField(default=0)
    usage_limit = models.PositiveBigIntegerField(null=True)
    spent_amount = models.PositiveBigIntegerField(default=0)
    budget_limit = models.PositiveBigIntegerField(null=True)
    budget_type = models.CharField(max_length=5, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(usage_limit__isnull=True) | Q(used_count__lte=F("usage_limit")),
                name="promotion_usage_limit",
            ),
            models.CheckConstraint(
                condition=Q(budget_limit__isnull=True) | Q(spent_amount__lte=F("budget_limit")), name="promotion_budget"
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "id"], condition=Q(state="live", needs_coupon=False), name="promotion_live"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PromotionVersion(MerchantOwned):
    """One wording of a promotion, in force from `starts_at` until the next one. Append-only: sales point at it."""

    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id", indexed=False)
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    starts_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "promotion_id", "number"], name="promotion_version_once")
        ]


class PromotionUse(MerchantOwned):
    """One member's use of a promotion with a per-member limit; `slot` 1..n makes the limit a unique key (I13)."""

    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id", indexed=False)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    slot = models.PositiveIntegerField()
    sale_id = models.UUIDField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "promotion_id", "member_id", "slot"], name="promotion_use_slot"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "sale_id"], name="promotion_use_by_sale")]
