"""The reward catalogue: what points buy, and who took it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference


class Reward(MerchantOwned):
    """What points buy. `stock` None is without limit; `batch` issues a coupon with it."""

    title = models.CharField(max_length=120)
    points = models.PositiveIntegerField()
    stock = models.PositiveIntegerField(null=True)
    per_member_limit = models.PositiveIntegerField(null=True)
    batch_id = models.UUIDField(null=True)
    batch = MerchantReference("rewards.CouponBatch", "batch_id", null=True, indexed=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_costs_points"),
            models.UniqueConstraint(fields=["merchant", "title"], name="reward_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Redemption(MerchantOwned):
    """Points exchanged for a reward: held while the cashier decides, then completed; reversal gives all of it back."""

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    reward_id = models.UUIDField()
    reward = MerchantReference("rewards.Reward", "reward_id")
    till_id = models.UUIDField(null=True)
    quantity = models.PositiveIntegerField()
    points = models.PositiveBigIntegerField()
    status = models.CharField(max_length=9, choices=[(s, s) for s in ("held", "completed", "reversed", "lapsed")])
    held_until = models.DateTimeField(null=True)
    hold_id = models.UUIDField(null=True)
    transfer_id = models.UUIDField(null=True)
    coupon_id = models.UUIDField(null=True)
    coupon = MerchantReference("rewards.Coupon", "coupon_id", null=True, indexed=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
