"""Tables of products. Amounts per unit, in the currency's smallest unit."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from common.models import MerchantOwned, MerchantReference
from common.quantities import MAX_AMOUNT


def _amount_in_range(name: str) -> Any:
    return Q(**{f"{name}__gte": 0, f"{name}__lte": MAX_AMOUNT})


class Product(MerchantOwned):
    """One thing the shop sells, known to tills and files by its sku.

    An archived one is no longer listed or offered in boxes; what was sold of it keeps its name and costs.
    `…_key` is `common.text.comparison_key` of the text beside it: what two spellings are known to be the same by.
    """

    sku = models.CharField(max_length=64)
    sku_key = models.TextField(db_default="")
    name = models.CharField(max_length=200)
    name_key = models.TextField(blank=True, db_default="")
    category = models.CharField(max_length=64, blank=True)
    category_key = models.TextField(blank=True, db_default="")
    price_amount = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "sku"], name="product_sku_once"),
            models.UniqueConstraint(fields=["merchant", "sku_key"], name="product_sku_key_once"),
            models.CheckConstraint(condition=~Q(sku="") & ~Q(name=""), name="product_has_sku_and_name"),
            models.CheckConstraint(condition=~Q(sku_key=""), name="product_has_sku_key"),
            models.CheckConstraint(
                condition=Q(price_amount__isnull=True) | _amount_in_range("price_amount"), name="product_price_range"
            ),
            models.CheckConstraint(
                condition=Q(archived_at__isnull=True) | Q(archived_at__gte=F("created_at")),
                name="product_archived_after_it_was_made",
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "category", "sku"], name="product_by_category"),
            models.Index(fields=["merchant", "name_key"], name="product_by_name"),
        ]


class ProductCost(MerchantOwned):
    """What a product costs from `starts_on` until the next start. Append-only: of one day the highest number counts."""

    product_id = models.UUIDField()
    product = MerchantReference("products.Product", "product_id", indexed=False)
    starts_on = models.DateField()
    number = models.PositiveIntegerField()
    cost_amount = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "product_id", "starts_on", "number"], name="product_cost_version_once"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1) & _amount_in_range("cost_amount"), name="product_cost_range"
            ),
        ]


class ProductImport(MerchantOwned):
    """A file of products: previewed as it is, then taken in once. `result` counts what became of its rows."""

    filename = models.CharField(max_length=200)
    content = models.BinaryField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    imported_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_at__isnull=True, result__isnull=True)
                | Q(imported_at__isnull=False, result__isnull=False),
                name="product_import_result",
            )
        ]
