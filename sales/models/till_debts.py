"""What members came to owe by paid sales of a till, by day."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from ledger.facts import Unit


class TillDebtDay(MerchantOwned):
    """What members came to owe by the paid sales of one till, received on one business day, in money.

    Counted up by a guarded UPDATE; down by what a sale left once all of it came back, and never else. `limit_amount` is
    the merchant's limit by which it was last counted up.
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
