"""The reward catalogue: what points buy, its pieces and pictures, who took it, and where a gift is on its way."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from rewards.catalogue.facts import OPEN_FULFILMENTS, Fulfilment, Handover

HANDOVERS = [(h.value, h.value) for h in Handover]


class Reward(MerchantOwned):
    """What points buy. `stock` is what can still be taken (None: without limit); `batch` issues a coupon with it.

    The sum of a reward's stock movements is its stock; a guard holds it at every commit.
    """

    title = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True, default="")
    points = models.PositiveIntegerField()
    unit_cost_amount = models.PositiveBigIntegerField(null=True)
    stock = models.PositiveIntegerField(null=True)
    per_member_limit = models.PositiveIntegerField(null=True)
    period_limit = models.PositiveIntegerField(null=True)
    period_days = models.PositiveSmallIntegerField(null=True)
    tiers_any = models.JSONField(default=list)
    min_tier_rank = models.PositiveSmallIntegerField(null=True)
    segments_any = models.JSONField(default=list)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    position = models.PositiveSmallIntegerField(default=100)
    handover = models.CharField(max_length=8, default=Handover.AT_ONCE.value, choices=HANDOVERS)
    partner_id = models.UUIDField(null=True)
    partner = MerchantReference("rewards.Partner", "partner_id", null=True, indexed=False)
    funding_basis_points = models.PositiveSmallIntegerField(null=True)
    funding_unit_amount = models.PositiveBigIntegerField(null=True)
    batch_id = models.UUIDField(null=True)
    batch = MerchantReference("rewards.CouponBatch", "batch_id", null=True, indexed=False)
    picture_hash = models.CharField(max_length=64, blank=True, default="")
    picture_alt = models.CharField(max_length=160, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_costs_points"),
            models.UniqueConstraint(
                fields=["merchant", "title"], condition=Q(is_active=True), name="reward_title_once"
            ),
            models.CheckConstraint(
                condition=Q(period_limit__isnull=True, period_days__isnull=True)
                | Q(period_limit__gt=0, period_days__gt=0),
                name="reward_period_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="reward_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(
                    partner_id__isnull=True, funding_basis_points__isnull=True, funding_unit_amount__isnull=True
                )
                | Q(
                    partner_id__isnull=False,
                    funding_basis_points__gt=0,
                    funding_basis_points__lte=10_000,
                    funding_unit_amount__isnull=True,
                )
                | Q(partner_id__isnull=False, funding_basis_points__isnull=True, funding_unit_amount__gt=0),
                name="reward_funding_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RewardPicture(MerchantOwned):
    """The one picture of a reward, as we encoded it ourselves; `content_hash` is its SHA-256 in hex and its address."""

    reward_id = models.UUIDField()
    reward = MerchantReference("rewards.Reward", "reward_id", indexed=False)
    content_hash = models.CharField(max_length=64)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    content = models.BinaryField(max_length=400_000)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "reward_id"], name="reward_picture_once")]


class StockMovement(MerchantOwned):
    """Why a reward's stock changed: taken, given back or lapsed with a redemption, or moved by hand. Append-only."""

    reward_id = models.UUIDField()
    reward = MerchantReference("rewards.Reward", "reward_id")
    kind = models.CharField(
        max_length=10,
        choices=[(k, k) for k in ("opening", "restock", "correction", "taken", "given_back", "lapsed")],
    )
    change = models.IntegerField()
    redemption_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(change=0), name="stock_movement_moves_something")]


class Redemption(MerchantOwned):
    """Points exchanged for a reward: held while the cashier decides, then completed; reversal gives all of it back.

    A gift that is fetched or sent has a `fulfilment` from completion on; cancelling it reverses the redemption.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    reward_id = models.UUIDField()
    reward = MerchantReference("rewards.Reward", "reward_id")
    till_id = models.UUIDField(null=True)
    quantity = models.PositiveIntegerField()
    points = models.PositiveBigIntegerField()
    unit_cost_amount = models.PositiveBigIntegerField(null=True)
    status = models.CharField(max_length=9, choices=[(s, s) for s in ("held", "completed", "reversed", "lapsed")])
    held_until = models.DateTimeField(null=True)
    hold_id = models.UUIDField(null=True)
    transfer_id = models.UUIDField(null=True)
    coupon_id = models.UUIDField(null=True)
    coupon = MerchantReference("rewards.Coupon", "coupon_id", null=True, indexed=False)
    handover = models.CharField(max_length=8, default=Handover.AT_ONCE.value, choices=HANDOVERS)
    fulfilment = models.CharField(
        max_length=11, blank=True, default="", choices=[("", ""), *((f.value, f.value) for f in Fulfilment)]
    )
    fulfilment_at = models.DateTimeField(null=True)
    outlet_id = models.UUIDField(null=True)
    outlet = MerchantReference("merchants.Outlet", "outlet_id", null=True, indexed=False)
    business_date = models.DateField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fulfilment="")
                | Q(fulfilment=Fulfilment.CANCELLED.value, status="reversed")
                | (~Q(fulfilment=Fulfilment.CANCELLED.value) & Q(status="completed")),
                name="redemption_fulfilment_fits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "fulfilment_at", "id"],
                condition=Q(fulfilment__in=[f.value for f in OPEN_FULFILMENTS]),
                name="redemption_queue",
            ),
            models.Index(fields=["merchant", "reward_id", "created_at"], name="redemption_by_reward"),
        ]


class RedemptionStep(MerchantOwned):
    """One step of a gift on its way: who, when, with what note. Append-only; `number` counts from 1 under the lock."""

    redemption_id = models.UUIDField()
    redemption = MerchantReference("rewards.Redemption", "redemption_id", indexed=False)
    number = models.PositiveSmallIntegerField()
    from_state = models.CharField(max_length=11, blank=True)
    to_state = models.CharField(max_length=11)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=254)
    till_id = models.UUIDField(null=True)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "redemption_id", "number"], name="redemption_step_once")
        ]
