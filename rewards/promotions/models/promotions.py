"""Promotions: what is offered, its versions, its pauses, and the counters that its limits are held by."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference


class Promotion(MerchantOwned):
    """What a merchant offers, whatever its version, and the counters that its limits are held by.

    `reserved_*` is what open quotes hold. `usage_limit` and `budget_limit` are those of the version that took last:
    every taking writes its version's own, so that one row check holds whichever version prices a sale. `state` is what
    was last decided to hold at once; what a sale goes by are the turns.
    """

    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    state = models.CharField(
        max_length=8, default="live", choices=[(s, s) for s in ("draft", "live", "paused", "ended")]
    )
    needs_coupon = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    used_count = models.PositiveBigIntegerField(default=0)
    reserved_count = models.PositiveBigIntegerField(default=0)
    usage_limit = models.PositiveBigIntegerField(null=True)
    spent_amount = models.PositiveBigIntegerField(default=0)
    reserved_amount = models.PositiveBigIntegerField(default=0)
    budget_limit = models.PositiveBigIntegerField(null=True)
    budget_type = models.CharField(max_length=5, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(usage_limit__isnull=True) | Q(usage_limit__gte=F("used_count") + F("reserved_count")),
                name="promotion_usage_limit",
            ),
            models.CheckConstraint(
                condition=Q(budget_limit__isnull=True) | Q(budget_limit__gte=F("spent_amount") + F("reserved_amount")),
                name="promotion_budget",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "id"], condition=~Q(state="draft") & Q(needs_coupon=False), name="promotion_open"
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


class PromotionStatusChange(MerchantOwned):
    """From `starts_at` on the promotion is live, paused or ended. Append-only; before the first turn it is live."""

    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id", indexed=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=[(s, s) for s in ("live", "paused", "ended")])
    reason = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "promotion_id", "number"], name="promotion_turn_once")
        ]


class PromotionDay(MerchantOwned):
    """What a promotion with a limit per day has given on one business day of the outlet."""

    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id", indexed=False)
    day = models.DateField()
    day_limit = models.PositiveBigIntegerField()
    used_count = models.PositiveBigIntegerField(default=0)
    reserved_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "promotion_id", "day"], name="promotion_day_once"),
            models.CheckConstraint(
                condition=Q(day_limit__gte=F("used_count") + F("reserved_count")), name="promotion_day_limit"
            ),
        ]


class PromotionUse(MerchantOwned):
    """One use of a promotion with a limit: open while a quote holds it, used once it is sold. Counters are its sums.

    `slot` 1..`slot_limit` makes the limit per member a unique key (I13), `day_slot` that of one business day. `spend`
    is what it takes from the budget now, `taken` what it took at first: a return lowers the one, never the other.
    `over` marks a use beyond a limit in a sale the customer had already paid: merchant loss, outside all counters.
    """

    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id", indexed=False)
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True)
    state = models.CharField(max_length=4, default="used", choices=[(s, s) for s in ("open", "used")])
    quote_id = models.UUIDField(null=True)
    till_id = models.UUIDField(null=True)
    reserved_until = models.DateTimeField(null=True)
    sale_id = models.UUIDField(null=True)
    day = models.DateField()
    counted = models.BooleanField()
    counted_today = models.BooleanField()
    over = models.BooleanField(default=False)
    spend = models.PositiveBigIntegerField()
    taken = models.PositiveBigIntegerField()
    slot = models.PositiveIntegerField(null=True)
    slot_limit = models.PositiveIntegerField(null=True)
    day_slot = models.PositiveIntegerField(null=True)
    day_slot_limit = models.PositiveIntegerField(null=True)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "promotion_id", "member_id", "slot"], name="promotion_use_slot"
            ),
            models.UniqueConstraint(
                fields=["merchant", "promotion_id", "member_id", "day", "day_slot"], name="promotion_use_day_slot"
            ),
            models.UniqueConstraint(fields=["merchant", "promotion_id", "sale_id"], name="promotion_use_once_per_sale"),
            models.CheckConstraint(
                condition=(Q(slot__isnull=True) | Q(slot__gte=1, slot__lte=F("slot_limit")))
                & (Q(day_slot__isnull=True) | Q(day_slot__gte=1, day_slot__lte=F("day_slot_limit"))),
                name="promotion_use_within_slots",
            ),
            models.CheckConstraint(
                condition=Q(state="used", sale_id__isnull=False)
                | Q(state="open", sale_id__isnull=True, quote_id__isnull=False, reserved_until__isnull=False),
                name="promotion_use_is_held_or_sold",
            ),
            models.CheckConstraint(
                condition=Q(over=False)
                | Q(counted=False, counted_today=False, slot__isnull=True, day_slot__isnull=True),
                name="promotion_use_over_is_outside",
            ),
            models.CheckConstraint(condition=Q(spend__lte=F("taken")), name="promotion_use_gives_back_what_it_took"),
        ]
        indexes = [
            models.Index(fields=["merchant", "sale_id"], name="promotion_use_by_sale"),
            models.Index(fields=["merchant", "quote_id"], condition=Q(state="open"), name="promotion_use_by_quote"),
            models.Index(
                fields=["merchant", "promotion_id", "reserved_until"],
                condition=Q(state="open"),
                name="promotion_use_open",
            ),
        ]
