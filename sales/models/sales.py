"""Sales and their lines. Amounts in the currency's smallest unit; a sale's figures never change."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference


class Sale(MerchantOwned):
    """One receipt. `outcome` is everything the engine decided, so that a return reverses exactly its share.

    `exchanged_amount` is the money for goods handed back in the same receipt, None where none were; what went over the
    counter is `payable_amount` less that. Device and means of payment are kept as keyed hashes: enough to know them
    again. `referral_id` names the referral that this sale fulfilled. `quarantine` is empty but for a sale that came so
    late that a person decides whether it earns: waiting, approved or refused.

    Goods are `total_amount`, with the tax and service charge that are in their prices. What comes on top of them (tax
    and service that are not, tip and rounding) is only in `payable_amount`. `refunded_amount` is of the goods alone.
    What counts as the member's spending differs from the goods by `spend_change_amount`, less what of it came back.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    outlet_id = models.UUIDField()
    outlet = MerchantReference("merchants.Outlet", "outlet_id", indexed=False)
    reference = models.CharField(max_length=64)
    request_fingerprint = models.BinaryField(max_length=32)
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True, indexed=False)
    status = models.CharField(
        max_length=18,
        default="completed",
        choices=[(s, s) for s in ("completed", "partially_refunded", "refunded", "voided")],
    )
    source = models.CharField(max_length=6, default="till", choices=[("till", "till"), ("import", "import")])
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    business_date = models.DateField()
    subtotal_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField()
    total_amount = models.BigIntegerField()
    payable_amount = models.BigIntegerField()
    exchanged_amount = models.BigIntegerField(null=True)
    tax_amount = models.BigIntegerField(default=0, db_default=0)
    service_amount = models.BigIntegerField(default=0, db_default=0)
    tip_amount = models.BigIntegerField(default=0, db_default=0)
    rounding_amount = models.BigIntegerField(default=0, db_default=0)
    prices_include_tax = models.BooleanField(default=True, db_default=True)
    prices_include_service = models.BooleanField(default=True, db_default=True)
    points_value_amount = models.BigIntegerField(default=0, db_default=0)
    spend_change_amount = models.BigIntegerField(default=0, db_default=0)
    spend_change_returned_amount = models.BigIntegerField(default=0, db_default=0)
    refunded_amount = models.BigIntegerField(default=0)
    points_earned = models.BigIntegerField(default=0)
    points_reversed = models.BigIntegerField(default=0)
    points_redeemed = models.BigIntegerField(default=0)
    points_returned = models.BigIntegerField(default=0)
    wallet_redeemed_amount = models.BigIntegerField(default=0)
    wallet_returned_amount = models.BigIntegerField(default=0)
    gift_card_redeemed_amount = models.BigIntegerField(default=0, db_default=0)
    gift_card_returned_amount = models.BigIntegerField(default=0, db_default=0)
    gift_cards = models.JSONField(default=list, db_default=[])
    """`GiftCardPayment`s, in the order in which the cards were shown."""
    cashback_earned_amount = models.BigIntegerField(default=0)
    cashback_reversed_amount = models.BigIntegerField(default=0)
    points_balance = models.BigIntegerField(default=0)
    transfers = models.JSONField(default=dict)
    cashier = models.CharField(max_length=80, blank=True)
    quote_id = models.UUIDField(null=True)
    device_hash = models.BinaryField(max_length=32, null=True)
    tender_hash = models.BinaryField(max_length=32, null=True)
    referral_id = models.UUIDField(null=True)
    tier_change = models.JSONField(null=True)
    warnings = models.JSONField(default=list)
    """`SaleWarning`s."""
    outcome = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    quarantine = models.CharField(max_length=8, blank=True, default="", db_default="")
    recorded_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "till_id", "reference"], name="sale_reference_once"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("total_amount")), name="sale_refund_cap"
            ),
            models.CheckConstraint(
                condition=Q(points_reversed__gte=0)
                & Q(points_reversed__lte=F("points_earned"))
                & Q(points_returned__gte=0)
                & Q(points_returned__lte=F("points_redeemed"))
                & Q(wallet_returned_amount__gte=0)
                & Q(wallet_returned_amount__lte=F("wallet_redeemed_amount"))
                & Q(gift_card_returned_amount__gte=0)
                & Q(gift_card_returned_amount__lte=F("gift_card_redeemed_amount"))
                & Q(cashback_reversed_amount__lte=F("cashback_earned_amount")),
                name="sale_points_cap",
            ),
            models.CheckConstraint(
                condition=Q(total_amount=F("subtotal_amount") - F("discount_amount")) & Q(total_amount__gte=0),
                name="sale_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(quarantine__in=["", "waiting", "approved", "refused"]), name="sale_quarantine"
            ),
            models.CheckConstraint(
                condition=Q(tax_amount__gte=0, service_amount__gte=0, tip_amount__gte=0, points_value_amount__gte=0),
                name="sale_bill_parts",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "member_id", "occurred_at"], name="sale_by_member"),
            # With what a day's figures add up: the overview reads this and never the wide rows. By till and id, in the
            # order in which the receipts came in, for the list with which a till closes its day.
            models.Index(
                fields=["merchant", "business_date", "till_id", "id"],
                include=["member_id", "total_amount", "refunded_amount"],
                name="sale_by_day",
            ),
            # What a till's clock and late receipts left: few rows, listed per till.
            models.Index(
                fields=["merchant", "till_id", "received_at"], condition=~Q(warnings=[]), name="sale_with_warnings"
            ),
            # All that `sales_purchase` has to say of a purchase: the night reads this and never the wide rows.
            models.Index(
                fields=["merchant", "member_id", "business_date"],
                include=[
                    "total_amount",
                    "refunded_amount",
                    "points_earned",
                    "points_reversed",
                    "spend_change_amount",
                    "spend_change_returned_amount",
                ],
                condition=Q(member_id__isnull=False, total_amount__gt=0),
                name="sale_figures",
            ),
            models.Index(
                fields=["merchant", "received_at", "id"], condition=Q(quarantine="waiting"), name="sale_in_quarantine"
            ),
            models.Index(
                fields=["merchant", "device_hash"], condition=Q(device_hash__isnull=False), name="sale_by_device"
            ),
            models.Index(
                fields=["merchant", "tender_hash"], condition=Q(tender_hash__isnull=False), name="sale_by_tender"
            ),
        ]


class SaleLine(MerchantOwned):
    """One line; `returned_quantity` and `returned_amount` only grow (I10).

    `measure` is that of one unit, as it is shown; where the till sent a figure, the two columns have it, too.

    What comes back with a line may be more than was paid for it and less than its price: an offer's benefit is spread
    over all units that took part. Of the sale as a whole no more comes back than was paid.
    """

    sale_id = models.UUIDField()
    sale = MerchantReference("sales.Sale", "sale_id", indexed=False)
    position = models.PositiveSmallIntegerField()
    line_id = models.CharField(max_length=64)
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=64, blank=True)
    measure = models.CharField(max_length=40, blank=True)
    measured_value = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    measured_unit = models.CharField(max_length=4, blank=True, db_default="")
    quantity = models.PositiveIntegerField()
    unit_amount = models.BigIntegerField()
    cost_amount = models.BigIntegerField(null=True)
    subtotal_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField()
    total_amount = models.BigIntegerField()
    tax_amount = models.BigIntegerField(default=0, db_default=0)
    service_amount = models.BigIntegerField(default=0, db_default=0)
    returned_quantity = models.PositiveIntegerField(default=0)
    returned_amount = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sale_id", "position"], name="sale_line_position"),
            models.CheckConstraint(
                condition=Q(returned_quantity__lte=F("quantity"))
                & Q(returned_amount__gte=0)
                & Q(returned_amount__lte=F("subtotal_amount")),
                name="sale_line_return_cap",
            ),
            models.CheckConstraint(condition=Q(tax_amount__gte=0, service_amount__gte=0), name="sale_line_bill_parts"),
        ]
