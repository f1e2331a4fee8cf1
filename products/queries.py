"""Reads of products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from common.errors import Missing
from common.text import comparison_key
from merchants.facts import MerchantFacts
from products.facts import (
    CostBook,
    CostVersion,
    ImportFacts,
    PricedProduct,
    ProductDraft,
    ProductFacts,
    ProductsPage,
    SavedProducts,
)
from products.models import Product, ProductCost, ProductImport
from products.rules import sku_key

COUNT_LIMIT: Final = 10_000
PAGE_SIZE: Final = 50

_COSTS_ON: Final = """
    SELECT sku_key, starts_on, cost_amount FROM products_cost
    WHERE merchant_id = %s AND sku_key = ANY(%s) AND starts_on <= %s AND ends_on > %s"""


def costs_on(*, merchant: MerchantFacts, skus: Sequence[str], day: date) -> dict[str, int]:
    """Return the cost in force on `day` by sku, as it was asked for; goods without a known cost are left out."""
    found = {key: cost for key, _, cost in _costs_on(merchant, map(sku_key, skus), day)}
    return {sku: found[sku_key(sku)] for sku in skus if sku_key(sku) in found}


def _costs_on(merchant: MerchantFacts, keys: Iterable[str], day: date) -> list[tuple[str, date, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_COSTS_ON, [merchant.id, sorted(set(keys)), day, day])
        return list(cursor.fetchall())


def cost_book(*, merchant: MerchantFacts) -> CostBook:
    """Return every cost with its start, for work over many days of sales; as large as the assortment."""
    by_key: dict[str, tuple[list[date], list[int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku_key, starts_on, cost_amount FROM products_cost WHERE merchant_id = %s "
            "ORDER BY sku_key, starts_on",
            [merchant.id],
        )
        for key, starts_on, cost_amount in cursor.fetchall():
            days, costs = by_key.setdefault(key, ([], []))
            days.append(starts_on)
            costs.append(cost_amount)
    return CostBook(by_key)


def count_products(
    *,
    merchant: MerchantFacts,
    day: date,
    search: str = "",
    category: str = "",
    without_cost: bool = False,
    archived: bool = False,
) -> int:
    """Return how many products fit, however many they are."""
    rows = _filter_products(merchant, search, category, day=day, without_cost=without_cost, archived=archived)
    return rows.order_by().count()


def products_page(
    *,
    merchant: MerchantFacts,
    day: date,
    search: str = "",
    category: str = "",
    without_cost: bool = False,
    archived: bool = False,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> ProductsPage:
    """Return one page by sku with the cost on `day`. `search` is part of a name or the beginning of a sku.

    Archived products are a list of their own.
    """
    rows = _filter_products(merchant, search, category, day=day, without_cost=without_cost, archived=archived)
    total = rows.order_by()[: COUNT_LIMIT + 1].count()
    found = list((rows.filter(sku__gt=after) if after else rows).order_by("sku")[: limit + 1])
    shown = found[:limit]
    costs = {key: (on, cost) for key, on, cost in _costs_on(merchant, [row.sku_key for row in shown], day)}
    return ProductsPage(
        products=tuple(_product_facts(row, *costs.get(row.sku_key, (None, None))) for row in shown),
        next_after=shown[-1].sku if len(found) > limit else None,
        total=total,
    )


def price_list(*, merchant: MerchantFacts, search: str, after: UUID | None, limit: int) -> list[PricedProduct]:
    """List products by sku behind the product `after`, with their list prices; one statement. `search` as for pages.

    Without archived products.
    """
    rows = _offered_products(merchant)
    if search:
        rows = rows.filter(_search_condition(search))
    if after is not None:
        rows = rows.filter(sku__gt=Product.objects.filter(merchant_id=merchant.id, id=after).values("sku"))
    return [
        PricedProduct(row.id, row.sku, row.name, row.category, row.price_amount)
        for row in rows.only("merchant_id", "id", "sku", "name", "category", "price_amount").order_by("sku")[:limit]
    ]


def _offered_products(merchant: MerchantFacts) -> QuerySet[Product]:
    return Product.objects.filter(merchant_id=merchant.id, archived_at__isnull=True)


def _search_condition(text: str) -> Q:
    """Find part of a name, or the beginning of a sku."""
    key = comparison_key(text.replace("\x00", ""))
    return Q(name_key__contains=key) | Q(sku_key__startswith=key)


def _filter_products(
    merchant: MerchantFacts, search: str, category: str, *, day: date, without_cost: bool, archived: bool
) -> QuerySet[Product]:
    rows = Product.objects.filter(merchant_id=merchant.id, archived_at__isnull=not archived)
    if search:
        rows = rows.filter(_search_condition(search))
    if category:
        rows = rows.filter(category_key=comparison_key(category))
    if without_cost:
        costs = ProductCost.objects.filter(merchant_id=merchant.id, product_id=OuterRef("id"), starts_on__lte=day)
        rows = rows.filter(~Exists(costs))
    return rows


def _product_facts(row: Product, cost_starts_on: date | None, cost_amount: int | None) -> ProductFacts:
    return ProductFacts(
        id=row.id,
        sku=row.sku,
        name=row.name,
        category=row.category,
        price_amount=row.price_amount,
        cost_amount=cost_amount,
        cost_starts_on=cost_starts_on,
        archived_at=row.archived_at,
    )


def product(*, merchant: MerchantFacts, product_id: UUID, day: date) -> ProductFacts:
    """Return the product, archived or not, with its cost on `day`. Raises Missing('product_not_found')."""
    row = Product.objects.filter(merchant_id=merchant.id, id=product_id).first()
    if row is None:
        raise Missing("product_not_found")
    costs = [(on, cost) for _, on, cost in _costs_on(merchant, [row.sku_key], day)]
    return _product_facts(row, *(costs[0] if costs else (None, None)))


def cost_history(*, merchant: MerchantFacts, product_id: UUID, limit: int) -> list[CostVersion]:
    """Return what was written about the product's cost, the latest first day first, replaced versions included."""
    rows = ProductCost.objects.filter(merchant_id=merchant.id, product_id=product_id)
    versions: list[CostVersion] = []
    for row in rows.order_by("-starts_on", "-number")[:limit]:
        counts = not versions or versions[-1].starts_on != row.starts_on
        versions.append(CostVersion(row.starts_on, row.cost_amount, row.recorded_at, row.recorded_by, counts))
    return versions


def categories(*, merchant: MerchantFacts) -> list[str]:
    """Return categories in use, in alphabetical order, each in one of its spellings."""
    rows = _offered_products(merchant).exclude(category="")
    once = rows.order_by("category_key", "category").distinct("category_key")
    return list(once.values_list("category", flat=True)[:200])


_NAMED: Final = """
    SELECT count(*) FILTER (WHERE sku_key = ANY(%(skus)s) OR category_key = ANY(%(categories)s)),
           array_agg(DISTINCT sku_key) FILTER (WHERE sku_key = ANY(%(skus)s)),
           array_agg(DISTINCT category_key) FILTER (WHERE category_key = ANY(%(categories)s)),
           array_agg(DISTINCT sku_key) FILTER (WHERE sku_key = ANY(%(skus)s) AND archived_at IS NOT NULL)
    FROM products_product WHERE merchant_id = %(merchant)s"""


def dearest_price(
    *,
    merchant: MerchantFacts,
    skus: Iterable[str] = (),
    categories: Iterable[str] = (),
    exclude_skus: Iterable[str] = (),
    exclude_categories: Iterable[str] = (),
) -> int | None:
    """Return the highest list price among these goods; both lists empty: of all that are offered. One statement.

    None where there are none, or where one of them has no list price: any till may ask more for it.
    """
    rows = _offered_products(merchant)
    sku_keys, category_keys = list(map(sku_key, skus)), list(map(comparison_key, categories))
    if sku_keys or category_keys:
        rows = rows.filter(Q(sku_key__in=sku_keys) | Q(category_key__in=category_keys))
    rows = rows.exclude(sku_key__in=list(map(sku_key, exclude_skus)))
    rows = rows.exclude(category_key__in=list(map(comparison_key, exclude_categories)))
    found = rows.aggregate(most=Max("price_amount"), unpriced=Count("id", filter=Q(price_amount__isnull=True)))
    most: int | None = None if found["unpriced"] else found["most"]
    return most


class ProductsNamed(NamedTuple):
    """What codes and categories name: `products` of them; which name none, and which codes an archived product."""

    products: int
    unknown_skus: list[str]
    unknown_categories: list[str]
    archived_skus: list[str]


def products_named(*, merchant: MerchantFacts, skus: Sequence[str], categories: Sequence[str]) -> ProductsNamed:
    """Return what these codes and categories name, in one statement; spelling in any case."""
    by_key = {sku_key(sku): sku for sku in skus}
    categories_by_key = {comparison_key(category): category for category in categories}
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "skus": list(by_key),
        "categories": list(categories_by_key),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, values)
        count, *found = cursor.fetchone()
    known_skus, known_categories, archived = (set(keys or ()) for keys in found)
    return ProductsNamed(
        count,
        [sku for key, sku in by_key.items() if key not in known_skus],
        [name for key, name in categories_by_key.items() if key not in known_categories],
        [sku for key, sku in by_key.items() if key in archived],
    )


_NAMES: Final = """
    SELECT sku_key, sku, name, EXISTS (
        SELECT FROM products_product AS other
        WHERE other.merchant_id = %(merchant)s AND other.name_key = product.name_key AND other.id <> product.id)
    FROM products_product AS product WHERE merchant_id = %(merchant)s AND sku_key = ANY(%(keys)s)"""


def product_names(*, merchant: MerchantFacts, skus: Iterable[str]) -> dict[str, str]:
    """Return what people call these goods, by the sku's key; unknown ones are left out. One statement.

    Where two goods share a name, the code is behind it.
    """
    keys = sorted({sku_key(sku) for sku in skus})
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, {"merchant": merchant.id, "keys": keys})
        return {
            key: f"{name} ({sku})" if is_shared and name != sku else name
            for key, sku, name, is_shared in cursor.fetchall()
        }


def names_shown(*, merchant: MerchantFacts, skus: Sequence[str]) -> dict[str, str]:
    """Return the product's name for each of these codes, as spelled here; the code where none is known.

    One statement.
    """
    names = product_names(merchant=merchant, skus=skus)
    return {sku: names.get(sku_key(sku), sku) for sku in skus}


def find_products(*, merchant: MerchantFacts, text: str, day: date, limit: int) -> list[ProductFacts]:
    """Find goods whose name holds `text` or whose code begins with it, by name, with the cost on `day`.

    Without archived ones. Two statements.
    """
    fitting = _offered_products(merchant).filter(_search_condition(text))
    rows = list(fitting.order_by("name_key", "sku_key")[:limit])
    costs = {key: (on, cost) for key, on, cost in _costs_on(merchant, [row.sku_key for row in rows], day)}
    return [_product_facts(row, *costs.get(row.sku_key, (None, None))) for row in rows]


def find_categories(*, merchant: MerchantFacts, text: str, limit: int) -> list[tuple[str, int]]:
    """Find categories that hold `text`, each in one of its spellings with how many products it has, by name."""
    rows = _offered_products(merchant).filter(category_key__contains=comparison_key(text))
    counted = rows.exclude(category="").values("category_key").annotate(shown=Min("category"), products=Count("id"))
    return [(one["shown"], one["products"]) for one in counted.order_by("category_key")[:limit]]


def product_count(*, merchant: MerchantFacts) -> int:
    return Product.objects.filter(merchant_id=merchant.id).count()


_COMPARE: Final = """
    SELECT given.sku_key, known.sku IS NOT NULL,
           known.sku IS NOT NULL
           AND (given.name IS NULL OR given.name = known.name)
           AND (given.category IS NULL OR given.category = known.category)
           AND (given.price_amount IS NULL OR given.price_amount = known.price_amount)
           AND (given.cost_amount IS NULL OR EXISTS (
               SELECT FROM products_cost AS cost
               WHERE cost.merchant_id = %(merchant)s AND cost.sku_key = given.sku_key
                 AND cost.cost_amount = given.cost_amount
                 AND CASE WHEN given.starts_on IS NULL THEN cost.starts_on <= %(today)s AND cost.ends_on > %(today)s
                     ELSE cost.starts_on = given.starts_on END))
    FROM unnest(%(keys)s::text[], %(names)s::text[], %(categories)s::text[], %(prices)s::bigint[],
                %(costs)s::bigint[], %(days)s::date[])
        AS given (sku_key, name, category, price_amount, cost_amount, starts_on)
    LEFT JOIN products_product AS known ON known.merchant_id = %(merchant)s AND known.sku_key = given.sku_key"""


def preview_products(*, merchant: MerchantFacts, drafts: Sequence[ProductDraft], today: date) -> SavedProducts:
    """Return what saving the drafts would do, by product; writes nothing."""
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "today": today,
        "keys": [sku_key(d.sku) for d in drafts],
        "names": [d.name for d in drafts],
        "categories": [d.category for d in drafts],
        "prices": [d.price_amount for d in drafts],
        "costs": [d.cost_amount for d in drafts],
        "days": [d.cost_starts_on for d in drafts],
    }
    known: dict[str, bool] = {}
    same: dict[str, bool] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, values)
        for key, is_known, is_same in cursor.fetchall():
            known[key] = is_known
            same[key] = same.get(key, True) and is_same
    created = sum(not is_known for is_known in known.values())
    unchanged = sum(same.values())
    costs = sum(draft.cost_amount is not None for draft in drafts)
    return SavedProducts(created, len(known) - created - unchanged, unchanged, costs)


def product_import(*, merchant: MerchantFacts, import_id: UUID) -> ImportFacts:
    """Return the kept file. Raises Missing('import_not_found')."""
    row = ProductImport.objects.filter(merchant_id=merchant.id, id=import_id).first()
    if row is None:
        raise Missing("import_not_found")
    return read_import(row)


def read_import(row: ProductImport) -> ImportFacts:
    result = SavedProducts.from_json(row.result) if row.result is not None else None
    return ImportFacts(id=row.id, filename=row.filename, content=bytes(row.content), result=result)
