"""Money paid in at the counter that became wallet money."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference
from common.quantities import MAX_AMOUNT


class TopUp(MerchantOwned):
    """One payment into a member's wallet, once per till and reference.

    The ledger's transfers name the row as their source. Only the reversal is ever added.
    """

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    reference = models.CharField(max_length=64)
    request_fingerprint = models.BinaryField(max_length=32)
    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    transfer_id = models.UUIDField()
    topped_up_at = models.DateTimeField()
    business_date = models.DateField()
    reversed_at = models.DateTimeField(null=True)
    reversal_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "till_id", "reference"], name="top_up_reference_once"),
            models.CheckConstraint(condition=Q(amount__gt=0) & Q(amount__lte=MAX_AMOUNT), name="top_up_amount_size"),
        ]
