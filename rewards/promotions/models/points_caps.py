"""What members were given of points under caps: a row per sale and cap, and the counters the caps are held by."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference

PERIODS = ("day", "month")


class PointsTally(MerchantOwned):
    """Points that one promotion (without one: all together) gave a member in one business day or calendar month.

    `points_limit` is the cap of the sale that took last, so that one row check holds whichever version prices a sale.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    promotion_id = models.UUIDField(null=True)
    promotion = MerchantReference("rewards.Promotion", "promotion_id", null=True)
    period = models.CharField(max_length=5, choices=[(period, period) for period in PERIODS])
    starts_on = models.DateField()
    points_limit = models.PositiveBigIntegerField()
    used_points = models.PositiveBigIntegerField(default=0)
    reserved_points = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "member_id", "promotion_id", "period", "starts_on"],
                name="points_tally_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(points_limit__gte=F("used_points") + F("reserved_points")), name="points_tally_within_limit"
            ),
        ]


class PointsTake(MerchantOwned):
    """Points under a cap that one sale gave, or that an open quote holds; the tallies are sums of these.

    `points` is what counts now, `taken` what was given at first: a return lowers the one, never the other. `over` marks
    points beyond a cap in a sale the customer had already paid: outside the tallies.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    promotion_id = models.UUIDField(null=True)
    promotion = MerchantReference("rewards.Promotion", "promotion_id", null=True)
    state = models.CharField(max_length=4, default="used", choices=[(s, s) for s in ("open", "used")])
    quote_id = models.UUIDField(null=True)
    sale_id = models.UUIDField(null=True)
    reserved_until = models.DateTimeField(null=True)
    day = models.DateField()
    counted_day = models.BooleanField()
    counted_month = models.BooleanField()
    over = models.BooleanField(default=False)
    points = models.PositiveBigIntegerField()
    taken = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "sale_id", "promotion_id"],
                name="points_take_once_per_sale",
                condition=Q(sale_id__isnull=False),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state="used", sale_id__isnull=False)
                | Q(state="open", sale_id__isnull=True, quote_id__isnull=False, reserved_until__isnull=False),
                name="points_take_is_held_or_sold",
            ),
            models.CheckConstraint(
                condition=Q(over=False) | Q(counted_day=False, counted_month=False), name="points_take_over_is_outside"
            ),
            models.CheckConstraint(condition=Q(points__lte=F("taken")), name="points_take_gives_back_what_it_took"),
        ]
        indexes = [
            models.Index(fields=["merchant", "member_id", "day"], name="points_take_by_member"),
            models.Index(fields=["merchant", "quote_id"], condition=Q(state="open"), name="points_take_by_quote"),
        ]
