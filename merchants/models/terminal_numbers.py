"""The numbers that tills give to what they send in batches."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference


class TerminalNumber(MerchantOwned):
    """A number that a device at a till gave to one item of a batch, which was answered for good. Append-only.

    Written in the transaction of the item; `status` is what the item was answered, `reference` the receipt it is about.
    Numbers are kept for ever, as receipt numbers are: one number with two contents is found however late, and a number
    that never came stays visible between its neighbours.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    device_id = models.CharField(max_length=100, blank=True)
    number = models.BigIntegerField()
    item_fingerprint = models.BinaryField(max_length=32)
    operation = models.CharField(max_length=6)
    reference = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField()
    claimed_at = models.DateTimeField()

    class Meta:
        constraints = [
            # With the time: gaps, and since when they are there, are read off this index alone.
            models.UniqueConstraint(
                fields=["merchant", "till_id", "device_id", "number"],
                include=["claimed_at"],
                name="terminal_number_once",
            ),
            models.CheckConstraint(condition=Q(number__gte=0), name="terminal_number_counts"),
            models.CheckConstraint(
                condition=Q(operation__in=["enrol", "sale", "refund", "void"]), name="terminal_number_operation"
            ),
        ]
