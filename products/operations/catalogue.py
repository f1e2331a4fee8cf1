"""The catalogue as files, ERP and tills bring it: many products at once, set-based, repeated without effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import connection

from common.copies import rows_of, write_copies
from common.ids import new_id
from common.text import comparison_key
from merchants.facts import Actor, MerchantFacts
from products.facts import ProductDraft, SavedProducts
from products.models import Product, ProductCost
from products.rules import name_key, sku_key

# Sorted by what skus are compared by, so that two callers who bring the same goods wait for each other in one order.
INSERT: Final = """
    INSERT INTO products_product (merchant_id, id, sku, sku_key, name, name_key, category, category_key, price_amount,
                                  created_at, changed_at)
    SELECT %(merchant)s, given.id, given.sku, given.sku_key, coalesce(given.name, given.sku),
           coalesce(given.name_key, left(given.sku_key, 200)), coalesce(given.category, ''),
           coalesce(given.category_key, ''), given.price_amount, %(at)s, %(at)s
    FROM unnest(%(ids)s::uuid[], %(skus)s::text[], %(keys)s::text[], %(names)s::text[], %(name_keys)s::text[],
                %(categories)s::text[], %(category_keys)s::text[], %(prices)s::bigint[])
        AS given (id, sku, sku_key, name, name_key, category, category_key, price_amount)
    ORDER BY given.sku_key
    ON CONFLICT DO NOTHING
    RETURNING sku_key"""
_LOCK: Final = """
    SELECT FROM products_product WHERE merchant_id = %(merchant)s AND sku_key = ANY(%(keys)s)
    ORDER BY sku_key FOR UPDATE"""
_UPDATE: Final = """
    UPDATE products_product AS known
    SET name = coalesce(given.name, known.name), name_key = coalesce(given.name_key, known.name_key),
        category = coalesce(given.category, known.category),
        category_key = coalesce(given.category_key, known.category_key),
        price_amount = coalesce(given.price_amount, known.price_amount), changed_at = %(at)s
    FROM unnest(%(keys)s::text[], %(names)s::text[], %(name_keys)s::text[], %(categories)s::text[],
                %(category_keys)s::text[], %(prices)s::bigint[])
        AS given (sku_key, name, name_key, category, category_key, price_amount)
    WHERE known.merchant_id = %(merchant)s AND known.sku_key = given.sku_key
      AND (known.name, known.category, known.price_amount) IS DISTINCT FROM (
          coalesce(given.name, known.name), coalesce(given.category, known.category),
          coalesce(given.price_amount, known.price_amount))
    RETURNING known.sku_key"""
# A cost without a day counts from today and adds nothing where it is in force already; one with a day is written down
# unless just that was said of the day before.
_ADD_COSTS: Final = """
    INSERT INTO products_productcost
        (merchant_id, id, product_id, starts_on, number, cost_amount, recorded_at, recorded_by)
    SELECT %(merchant)s, given.id, product.id, coalesce(given.starts_on, %(today)s),
           CASE WHEN last.starts_on = coalesce(given.starts_on, %(today)s) THEN last.number + 1 ELSE 1 END,
           given.cost_amount, %(at)s, %(by)s
    FROM unnest(%(ids)s::uuid[], %(keys)s::text[], %(days)s::date[], %(costs)s::bigint[])
        AS given (id, sku_key, starts_on, cost_amount)
    JOIN products_product AS product ON product.merchant_id = %(merchant)s AND product.sku_key = given.sku_key
    LEFT JOIN LATERAL (
        SELECT cost.starts_on, cost.number, cost.cost_amount FROM products_productcost AS cost
        WHERE cost.merchant_id = %(merchant)s AND cost.product_id = product.id
          AND cost.starts_on <= coalesce(given.starts_on, %(today)s)
        ORDER BY cost.starts_on DESC, cost.number DESC LIMIT 1) AS last ON true
    WHERE last.cost_amount IS DISTINCT FROM given.cost_amount OR given.starts_on <> last.starts_on
    RETURNING (SELECT sku_key FROM products_product AS p
               WHERE p.merchant_id = %(merchant)s AND p.id = products_productcost.product_id)"""


def save_products(
    *, merchant: MerchantFacts, drafts: Sequence[ProductDraft], today: date, at: datetime, actor: Actor
) -> SavedProducts:
    """Create and complete products and add cost versions, in four statements whatever their number.

    Of several drafts of one sku, in whatever spelling, the last word counts, field by field; each may bring a cost of
    another day. A product keeps the spelling it was first written in. The same drafts again change nothing. `today` is
    the merchant's business day.
    """
    if not drafts:
        return SavedProducts(0, 0, 0, 0)
    merged = dict(sorted(_merge_drafts(drafts).items()))
    values = values_of(merged, merchant=merchant, today=today, at=at, actor=actor)
    created = changed_keys(INSERT, values)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
    changed = changed_keys(_UPDATE, values) if len(created) < len(merged) else []
    added = add_costs(costs_of(drafts), values)
    touched = set(changed) | set(added)
    return SavedProducts(
        created=len(created),
        changed=len(touched - set(created)),
        unchanged=len(merged) - len(touched | set(created)),
        costs_added=len(added),
    )


def costs_of(drafts: Sequence[ProductDraft]) -> dict[tuple[str, date | None], int]:
    """Return the costs that the drafts bring, by key and first day; None means today."""
    return {(sku_key(d.sku), d.cost_starts_on): d.cost_amount for d in drafts if d.cost_amount is not None}


def values_of(
    merged: Mapping[str, ProductDraft], *, merchant: MerchantFacts, today: date, at: datetime, actor: Actor
) -> dict[str, Any]:
    """Return what the statements take, by what codes are compared by."""
    return {
        "merchant": merchant.id,
        "at": at,
        "today": today,
        "by": actor.label,
        "ids": [new_id() for _ in merged],
        "keys": list(merged),
        "skus": [draft.sku for draft in merged.values()],
        "names": [draft.name for draft in merged.values()],
        "name_keys": [None if draft.name is None else name_key(draft.name) for draft in merged.values()],
        "categories": [draft.category for draft in merged.values()],
        "category_keys": [
            None if draft.category is None else comparison_key(draft.category) for draft in merged.values()
        ],
        "prices": [draft.price_amount for draft in merged.values()],
    }


def _merge_drafts(drafts: Sequence[ProductDraft]) -> dict[str, ProductDraft]:
    merged: dict[str, ProductDraft] = {}
    for draft in drafts:
        key = sku_key(draft.sku)
        before = merged.get(key, draft)
        merged[key] = ProductDraft(
            sku=before.sku,
            name=draft.name or before.name,
            category=before.category if draft.category is None else draft.category,
            price_amount=before.price_amount if draft.price_amount is None else draft.price_amount,
        )
    return merged


def add_costs(costs: dict[tuple[str, date | None], int], values: dict[str, Any]) -> list[str]:
    """Write cost versions of the merchant in `values`; return the keys of the products that got one."""
    if not costs:
        return []
    of_cost = {
        "ids": [new_id() for _ in costs],
        "keys": [key for key, _ in costs],
        "days": [day for _, day in costs],
        "costs": list(costs.values()),
    }
    return changed_keys(_ADD_COSTS, {**values, **of_cost})


def changed_keys(statement: str, values: dict[str, Any]) -> list[str]:
    """Carry out a statement that returns keys."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def product_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the catalogue with what goods cost, for the shop's sandbox."""
    return [*rows_of(Product, merchant.id), *rows_of(ProductCost, merchant.id)]


def copy_products(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's catalogue as the sandbox's."""
    write_copies(merchant.id, rows, {})
