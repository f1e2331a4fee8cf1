"""Sales, their lines and their returns. Amounts in the currency's smallest unit; a sale's figures never change."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from ledger.facts import Unit


class Quote(MerchantOwned):
    """A quote that holds something for a till: coupons, points, wallet money. Plain quotes store nothing."""

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True, indexed=False)
    request_fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    hold_id = models.UUIDField(null=True)
    wallet_hold_id = models.UUIDField(null=True)
    gift_cards = models.JSONField(default=list)
    """`GiftCardHold`s, in the order in which the cards were shown."""
    coupon_ids = models.JSONField(default=list)
    state = models.CharField(max_length=8, default="open", choices=[(s, s) for s in ("open", "released", "sold")])
    outcome = models.JSONField(encoder=DjangoJSONEncoder)


class Sale(MerchantOwned):
    """One receipt. `outcome` is everything the engine decided, so that a return reverses exactly its share.

    `exchanged_amount` is the money for goods handed back in the same receipt, None where none were; what went over the
    counter is `payable_amount` less that. Device and means of payment are kept as keyed hashes: enough to know them
    again. `referral_id` names the referral that this sale fulfilled. `quarantine` is empty but for a sale that came so
    late that a person decides whether it earns: waiting, approved or refused.
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
                include=["total_amount", "refunded_amount", "points_earned", "points_reversed"],
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
        ]


class Refund(MerchantOwned):
    """Goods handed back, by line, or the rest of a sale voided. Append-only.

    `till` took them back, which need not be the one that sold them; `exchange_sale` in the receipt of which sale, where
    other goods were bought with them.

    `…_reversed` is what the goods no longer earn; of it, `…_expired` had run out unused and `…_lost` could not be had
    back: the merchant's loss. What was taken from the member is the rest.
    """

    sale_id = models.UUIDField()
    sale = MerchantReference("sales.Sale", "sale_id")
    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    exchange_sale_id = models.UUIDField(null=True)
    exchange_sale = MerchantReference("sales.Sale", "exchange_sale_id", null=True, indexed=False)
    kind = models.CharField(max_length=6, choices=[("refund", "refund"), ("void", "void")])
    refund_reference = models.CharField(max_length=64)
    request_fingerprint = models.BinaryField(max_length=32)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    business_date = models.DateField()
    amount = models.BigIntegerField()
    goods_amount = models.BigIntegerField()
    points_reversed = models.BigIntegerField()
    points_returned = models.BigIntegerField()
    wallet_returned_amount = models.BigIntegerField(default=0)
    gift_card_returned_amount = models.BigIntegerField(default=0, db_default=0)
    cashback_reversed_amount = models.BigIntegerField(default=0)
    points_expired = models.BigIntegerField(default=0, db_default=0)
    points_lost = models.BigIntegerField(default=0, db_default=0)
    cashback_expired_amount = models.BigIntegerField(default=0, db_default=0)
    cashback_lost_amount = models.BigIntegerField(default=0, db_default=0)
    points_balance = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    warnings = models.JSONField(default=list, db_default=[])
    """`SaleWarning`s: what was wrong with the time that the till claimed."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sale_id", "refund_reference"], name="refund_reference_once"),
            models.UniqueConstraint(fields=["merchant", "sale_id"], condition=Q(kind="void"), name="one_void_per_sale"),
            models.CheckConstraint(
                condition=Q(points_expired__gte=0, points_lost__gte=0)
                & Q(points_reversed__gte=F("points_expired") + F("points_lost"))
                & Q(cashback_expired_amount__gte=0, cashback_lost_amount__gte=0)
                & Q(cashback_reversed_amount__gte=F("cashback_expired_amount") + F("cashback_lost_amount")),
                name="refund_loss_within_claim",
            ),
            models.CheckConstraint(
                condition=Q(exchange_sale_id__isnull=True) | ~Q(exchange_sale_id=F("sale_id")),
                name="refund_is_of_another_sale",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "business_date", "till_id"], name="refund_by_day"),
            models.Index(
                fields=["merchant", "exchange_sale_id"],
                condition=Q(exchange_sale_id__isnull=False),
                name="refund_by_exchange",
            ),
        ]


class RefundLine(MerchantOwned):
    """How many of a line came back and what they were worth. Append-only."""

    refund_id = models.UUIDField()
    refund = MerchantReference("sales.Refund", "refund_id")
    line_id_of_sale = models.UUIDField()
    line = MerchantReference("sales.SaleLine", "line_id_of_sale")
    line_id = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="refund_line_returns_something")]


class ParkedReturn(MerchantOwned):
    """A return whose sale this shop does not have yet: it waits, and is carried out in the transaction of its sale.

    `reference` is the receipt as the till named it; `lines` are `ParkedLine`s, none for a void; `exchange_sale` handed
    the goods back in its receipt. What was asked never changes. It leaves `waiting` once: `applied` with the refund it
    became, `refused` with the reason, or `unmatched` when no sale came; of these two a person says what was done.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    reference = models.CharField(max_length=64)
    kind = models.CharField(max_length=6, choices=[("refund", "refund"), ("void", "void")])
    refund_reference = models.CharField(max_length=64, blank=True)
    exchange_sale_id = models.UUIDField(null=True)
    exchange_sale = MerchantReference("sales.Sale", "exchange_sale_id", null=True, indexed=False)
    request_fingerprint = models.BinaryField(max_length=32)
    lines = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=9, default="waiting")
    refund_id = models.UUIDField(null=True)
    refund = MerchantReference("sales.Refund", "refund_id", null=True, indexed=False)
    problem = models.CharField(max_length=40, blank=True)
    settled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "till_id", "reference", "kind", "refund_reference"], name="parked_return_once"
            ),
            models.UniqueConstraint(
                fields=["merchant", "refund_id"],
                condition=Q(refund_id__isnull=False),
                name="parked_return_refund_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "applied", "refused", "unmatched", "closed"]),
                name="parked_return_state",
            ),
            models.CheckConstraint(
                condition=Q(state="applied", refund_id__isnull=False)
                | (~Q(state="applied") & Q(refund_id__isnull=True)),
                name="parked_return_applied_with_refund",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at__isnull=True)
                | (~Q(state="waiting") & Q(settled_at__isnull=False)),
                name="parked_return_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["merchant", "received_at", "id"],
                condition=Q(state__in=["waiting", "refused", "unmatched"]),
                name="parked_return_open",
            )
        ]


class UnmatchedReturn(MerchantOwned):
    """A cancellation from a file for which no earlier line was found: counted, never guessed.

    `sku` is the code, or the beginning of the name of goods without one.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    reference = models.CharField(max_length=64)
    line_no = models.PositiveIntegerField()
    member_id = models.UUIDField(null=True)
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    unit_amount = models.BigIntegerField()
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "till_id", "reference", "line_no"], name="unmatched_return_once"
            )
        ]
        indexes = [models.Index(fields=["merchant", "occurred_at"], name="unmatched_return_by_time")]


class TillDebtDay(MerchantOwned):
    """What members came to owe by the paid sales of one till, received on one business day, in money.

    Counted up by a guarded UPDATE and never down; `limit_amount` is the merchant's limit by which that was last done.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    day = models.DateField()
    owed_amount = models.BigIntegerField(default=0)
    limit_amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "till_id", "day"], name="till_debt_day_once"),
            models.CheckConstraint(
                condition=Q(owed_amount__gte=0) & Q(owed_amount__lte=F("limit_amount")), name="till_debt_within_limit"
            ),
        ]


class TillDebt(MerchantOwned):
    """What a paid sale asked of a member beyond what they had: owed by them, and lost to the merchant. Append-only.

    In points, or in wallet money; `owed_amount` is what the owed part was worth in money at that sale.
    """

    sale_id = models.UUIDField()
    sale = MerchantReference("sales.Sale", "sale_id", indexed=False)
    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    day = models.DateField()
    unit = models.CharField(max_length=6, choices=[(u.value, u.value) for u in Unit])
    owed = models.BigIntegerField()
    lost = models.BigIntegerField()
    owed_amount = models.BigIntegerField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sale_id", "unit"], name="till_debt_of_sale_once"),
            models.CheckConstraint(
                condition=Q(owed__gte=0, lost__gte=0, owed_amount__gte=0) & (Q(owed__gt=0) | Q(lost__gt=0)),
                name="till_debt_is_something",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "day", "till_id"], name="till_debt_by_day")]
