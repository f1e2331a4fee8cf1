"""What promotions gave, sale by sale."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference

AMOUNTS = ("discount_amount", "gift_amount", "cashback_amount", "points", "spend")


class BenefitGiven(MerchantOwned):
    """What one promotion gave in one sale, or what a return took off it. Append-only: the sum is what still counts.

    `kind`: given with the sale, claimed when an anonymous sale became a member's, returned (0 or less) by a refund or
    a void. `cause_id` is the sale, or the refund. `gift_amount` is at list price; `spend` is what a budget counts:
    money, or points for rules that are written in points. `business_date` is the day of the sale or of the return.
    """

    sale_id = models.UUIDField()
    cause_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=[(k, k) for k in ("given", "claimed", "returned")])
    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id", indexed=False)
    version_number = models.PositiveIntegerField(null=True)
    coupon_id = models.UUIDField(null=True)
    coupon = MerchantReference("rewards.Coupon", "coupon_id", null=True, indexed=False)
    discount_amount = models.BigIntegerField(default=0)
    gift_amount = models.BigIntegerField(default=0)
    cashback_amount = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    spend = models.BigIntegerField(default=0)
    business_date = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "sale_id", "promotion_id", "kind", "cause_id"], name="benefit_given_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="claimed")
                | Q(kind="given", **{f"{name}__gte": 0 for name in AMOUNTS})
                | Q(kind="returned", **{f"{name}__lte": 0 for name in AMOUNTS}),
                name="benefit_given_sign",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "promotion_id", "business_date"], name="benefit_by_promotion")]
