"""Coupons: batches, codes, reservations, uses."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference


class CouponBatch(MerchantOwned):
    """Coupons that share an offer. `promotion` carries the offer's definition; it acts only with a code.

    `kind`: issued one by one (by campaigns, rewards, sales), `ordered` codes made in advance of which `made` exist, or
    one shared text that many people use. While codes are missing it is partial: `job` makes them, or was stopped. A
    cancelled batch makes every coupon of it that is not used up worthless.

    Of codes and shared ones, `most_cost_amount` is what they may cost in all (None: any amount) and
    `alone_limit_amount` what one person might make alone when they were made; above it another one approved them.
    """

    promotion_id = models.UUIDField()
    promotion = MerchantReference("rewards.Promotion", "promotion_id")
    title = models.CharField(max_length=120)
    max_uses = models.PositiveIntegerField(default=1)
    valid_days = models.PositiveSmallIntegerField(null=True)
    valid_until = models.DateField(null=True)
    created_at = models.DateTimeField()
    kind = models.CharField(max_length=6, default="issued", choices=[(k, k) for k in ("issued", "codes", "shared")])
    state = models.CharField(max_length=9, default="ready", choices=[(s, s) for s in ("partial", "ready", "cancelled")])
    ordered = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(default=0)
    job_id = models.UUIDField(null=True)
    job = MerchantReference("merchants.Job", "job_id", null=True)
    most_cost_amount = models.BigIntegerField(null=True)
    alone_limit_amount = models.BigIntegerField(null=True)
    approval_id = models.UUIDField(null=True)
    approval = MerchantReference("merchants.Approval", "approval_id", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "approval_id"],
                condition=Q(approval_id__isnull=False),
                name="an_approval_makes_one_batch",
            ),
            models.CheckConstraint(
                condition=Q(kind="issued")
                | Q(alone_limit_amount__isnull=True)
                | Q(most_cost_amount__isnull=False, most_cost_amount__lte=F("alone_limit_amount"))
                | Q(approval_id__isnull=False),
                name="codes_above_the_limit_are_approved",
            ),
            models.CheckConstraint(condition=Q(made__lte=F("ordered")), name="no_more_codes_than_ordered"),
            models.CheckConstraint(condition=~Q(state="ready") | Q(made=F("ordered")), name="a_ready_batch_is_whole"),
            models.CheckConstraint(condition=~Q(ordered__gt=0) | Q(job_id__isnull=False), name="codes_have_a_job"),
        ]


class Coupon(MerchantOwned):
    """One code. Bound when `member_id` is set; `source_id` is who gave it out (a campaign).

    A source gives a member one per occasion (I20); `occasion_key` is empty where there is only one occasion.
    `issued_sale_id` is the sale that brought it, and takes it back when it is returned.
    """

    batch_id = models.UUIDField()
    batch = MerchantReference("rewards.CouponBatch", "batch_id")
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True)
    source_id = models.UUIDField(null=True)
    occasion_key = models.CharField(max_length=64, default="", db_default="", blank=True)
    code_hmac = models.BinaryField(max_length=32)
    code_encrypted = models.BinaryField(max_length=200)
    state = models.CharField(
        max_length=9, default="issued", choices=[(s, s) for s in ("issued", "cancelled", "blocked", "expired")]
    )
    max_uses = models.PositiveIntegerField(default=1)
    committed = models.PositiveIntegerField(default=0)
    reserved = models.PositiveIntegerField(default=0)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    issued_at = models.DateTimeField()
    issued_sale_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code_hmac"], name="coupon_code_once"),
            models.UniqueConstraint(
                fields=["merchant", "source_id", "member_id", "occasion_key"],
                condition=Q(source_id__isnull=False, member_id__isnull=False),
                name="coupon_occasion_once",
            ),
            models.CheckConstraint(
                condition=Q(max_uses__gte=F("committed") + F("reserved")), name="coupon_uses_within_limit"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "valid_until", "id"], condition=Q(state="issued"), name="coupon_expiry"),
            # The few of a million to which something happened.
            models.Index(
                fields=["merchant", "batch_id"],
                condition=Q(committed__gt=0) | Q(reserved__gt=0) | Q(state__in=["cancelled", "blocked"]),
                name="coupon_touched",
            ),
            models.Index(
                fields=["merchant", "issued_sale_id"],
                condition=Q(issued_sale_id__isnull=False),
                name="coupon_by_issuing_sale",
            ),
        ]


class CouponReservation(MerchantOwned):
    """A use set aside for one till's open quote. Past `reserved_until` the next use takes its place (I15)."""

    coupon_id = models.UUIDField()
    coupon = MerchantReference("rewards.Coupon", "coupon_id", indexed=False)
    quote_id = models.UUIDField()
    till_id = models.UUIDField()
    reserved_until = models.DateTimeField()
    state = models.CharField(max_length=8, default="open", choices=[(s, s) for s in ("open", "used", "released")])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "coupon_id", "quote_id"], name="coupon_reserved_once_per_quote")
        ]
        indexes = [
            models.Index(fields=["merchant", "quote_id"], name="coupon_reservation_by_quote"),
        ]


class CouponRedemption(MerchantOwned):
    """One use of a coupon in a sale; `use_no` makes the limit a unique key (I12).

    `over` marks a use beyond the limit in a sale the customer had already paid: merchant loss, outside the counters.
    """

    coupon_id = models.UUIDField()
    coupon = MerchantReference("rewards.Coupon", "coupon_id", indexed=False)
    sale_id = models.UUIDField()
    member_id = models.UUIDField(null=True)
    use_no = models.PositiveIntegerField(null=True)
    over = models.BooleanField(default=False)
    discount_amount = models.BigIntegerField()
    sale_amount = models.BigIntegerField()
    redeemed_at = models.DateTimeField()
    reinstated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "coupon_id", "use_no"],
                condition=Q(over=False, reinstated_at__isnull=True),
                name="coupon_use_once",
            ),
            models.CheckConstraint(condition=Q(over=True) | Q(use_no__isnull=False), name="coupon_use_is_numbered"),
        ]
        indexes = [models.Index(fields=["merchant", "sale_id"], name="coupon_redemption_by_sale")]
