"""Partners who pay a part of what a shop gives, and what each of them owes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference


class Partner(MerchantOwned):
    """A supplier who pays a share of promotions or rewards."""

    name = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="partner_name_once")]

    def __str__(self) -> str:
        return self.name


class PartnerFunding(MerchantOwned):
    """What a partner owes of one sale's discount or one redeemed reward, or what a return took off it. Append-only.

    Exactly one of `promotion_id` and `reward_id`. `source_id` is the sale or the redemption; `cause_id` what wrote the
    row: that same one, or the refund. `base_amount` and `share_amount` are positive when given, negative when returned.
    """

    partner_id = models.UUIDField()
    partner = MerchantReference("rewards.Partner", "partner_id", indexed=False)
    promotion_id = models.UUIDField(null=True)
    promotion = MerchantReference("rewards.Promotion", "promotion_id", null=True, indexed=False)
    version_number = models.PositiveIntegerField(null=True)
    reward_id = models.UUIDField(null=True)
    reward = MerchantReference("rewards.Reward", "reward_id", null=True, indexed=False)
    source_id = models.UUIDField()
    cause_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=[(k, k) for k in ("given", "returned")])
    basis_points = models.PositiveSmallIntegerField(null=True)
    unit_amount = models.PositiveBigIntegerField(null=True)
    base_amount = models.BigIntegerField()
    share_amount = models.BigIntegerField()
    business_date = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "source_id", "cause_id", "promotion_id"],
                condition=Q(promotion_id__isnull=False),
                name="partner_share_of_sale_once",
            ),
            models.UniqueConstraint(
                fields=["merchant", "source_id", "kind"],
                condition=Q(reward_id__isnull=False),
                name="partner_share_of_reward_once",
            ),
            models.CheckConstraint(
                condition=Q(promotion_id__isnull=False, reward_id__isnull=True, version_number__isnull=False)
                | Q(promotion_id__isnull=True, reward_id__isnull=False),
                name="partner_share_of_one_offer",
            ),
            models.CheckConstraint(
                condition=Q(kind="given", base_amount__gte=0, share_amount__gte=0)
                | Q(kind="returned", base_amount__lte=0, share_amount__lte=0),
                name="partner_share_sign",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "business_date"], name="partner_share_by_day")]
