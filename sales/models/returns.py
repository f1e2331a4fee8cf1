"""What came back: refunds by line, returns that wait for their sale, returns from files without one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference


class Refund(MerchantOwned):
    """Goods handed back, by line, or the rest of a sale voided. Append-only.

    `till` took them back, which need not be the one that sold them; `exchange_sale` in the receipt of which sale, where
    other goods were bought with them.

    `amount` is money handed back; what it holds beyond the goods is tax and service charge that were not in the prices,
    tip and rounding.

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
    tax_amount = models.BigIntegerField(default=0, db_default=0)
    service_amount = models.BigIntegerField(default=0, db_default=0)
    tip_amount = models.BigIntegerField(default=0, db_default=0)
    rounding_amount = models.BigIntegerField(default=0, db_default=0)
    spend_change_amount = models.BigIntegerField(default=0, db_default=0)
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
                condition=Q(amount__gte=0, tax_amount__gte=0, service_amount__gte=0, tip_amount__gte=0),
                name="refund_bill_parts",
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
    the goods back in its receipt; `excess` is what it handed back beyond what their receipt had left,
    `refused` from the beginning. What was asked never changes. It leaves `waiting` once: `applied` with the refund it
    became, `refused` with the reason, or `unmatched` when no sale came; of these two a person says what was done.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    reference = models.CharField(max_length=64)
    kind = models.CharField(max_length=6, choices=[("refund", "refund"), ("void", "void"), ("excess", "excess")])
    refund_reference = models.CharField(max_length=64, blank=True)
    exchange_sale_id = models.UUIDField(null=True)
    exchange_sale = MerchantReference("sales.Sale", "exchange_sale_id", null=True, indexed=False)
    request_fingerprint = models.BinaryField(max_length=32)
    lines = models.JSONField(default=list)
    reason = models.CharField(max_length=300, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    warnings = models.JSONField(default=list, db_default=[])
    """`SaleWarning`s: what was wrong with the till's clock when it sent this; the refund it becomes says it, too."""
    state = models.CharField(max_length=9, default="waiting")
    refund_id = models.UUIDField(null=True)
    refund = MerchantReference("sales.Refund", "refund_id", null=True, indexed=False)
    problem = models.CharField(max_length=40, blank=True)
    settled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "till_id", "reference", "kind", "refund_reference"],
                condition=~Q(kind="excess"),
                name="parked_return_once",
            ),
            models.UniqueConstraint(
                fields=["merchant", "exchange_sale_id", "till_id", "reference"],
                condition=Q(kind="excess"),
                name="excess_return_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind="excess") | Q(state__in=["refused", "closed"], exchange_sale_id__isnull=False),
                name="excess_return_is_refused",
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
