"""Products: completed by what is brought, costs by start day, the same again without effect."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft, SavedProducts
from products.invariants import verify
from products.operations import save_products
from products.queries import (
    cost_book,
    costs_on,
    preview_products,
    products_named,
    products_page,
)
from sales.queries import unknown_goods
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 5)


def save(shop: SellingShop, *drafts: ProductDraft) -> SavedProducts:
    with merchant_scope(shop.merchant.id):
        foreseen = preview_products(merchant=shop.merchant, drafts=drafts, today=TODAY)
        saved = save_products(merchant=shop.merchant, drafts=drafts, today=TODAY, at=NOW, actor=SYSTEM)
    assert (foreseen.created, foreseen.changed, foreseen.unchanged) == (saved.created, saved.changed, saved.unchanged)
    return saved


def costs(shop: SellingShop, sku: str, *days: date) -> list[int | None]:
    with merchant_scope(shop.merchant.id):
        found = [costs_on(merchant=shop.merchant, skus=[sku, "elsewhere"], day=day).get(sku) for day in days]
        book = cost_book(merchant=shop.merchant)
    assert found == [book.on(sku, day) for day in days]
    return found


def test_a_product_is_created_completed_and_left_alone() -> None:
    shop = open_selling_shop()
    assert save(shop, ProductDraft("A", "Kopi", "minum", 20_000, 9_000)) == SavedProducts(1, 0, 0, 1)
    assert save(shop, ProductDraft("A", "Kopi", "minum", 20_000, 9_000)) == SavedProducts(0, 0, 1, 0)
    assert save(shop, ProductDraft("A", price_amount=21_000), ProductDraft("B")) == SavedProducts(1, 1, 0, 0)
    with merchant_scope(shop.merchant.id):
        found = products_page(merchant=shop.merchant, day=TODAY)
        assert [(p.sku, p.name, p.category, p.price_amount, p.margin_amount) for p in found.products] == [
            ("A", "Kopi", "minum", 21_000, 12_000),
            ("B", "B", "", None, None),
        ]
        assert [p.sku for p in products_page(merchant=shop.merchant, day=TODAY, without_cost=True).products] == ["B"]
        assert products_page(merchant=shop.merchant, day=TODAY, search="kop").total == 1
        assert products_page(merchant=shop.merchant, day=TODAY, category="minum", search="x").total == 0


def test_the_list_goes_on_after_a_page() -> None:
    shop = open_selling_shop()
    save(shop, *[ProductDraft(f"S{n}") for n in range(5)])
    with merchant_scope(shop.merchant.id):
        first = products_page(merchant=shop.merchant, day=TODAY, limit=3)
        rest = products_page(merchant=shop.merchant, day=TODAY, limit=3, after=first.next_after)
    assert ([p.sku for p in first.products], first.next_after, first.total) == (["S0", "S1", "S2"], "S2", 5)
    assert ([p.sku for p in rest.products], rest.next_after) == (["S3", "S4"], None)


def test_costs_count_from_their_day_until_the_next() -> None:
    shop = open_selling_shop()
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    save(shop, ProductDraft("A", cost_amount=100, cost_starts_on=january), ProductDraft("A", cost_amount=120))
    before = date(2025, 12, 31)
    assert costs(shop, "A", before, january, february, TODAY) == [None, 100, 100, 120]
    assert save(shop, ProductDraft("A", cost_amount=110, cost_starts_on=february)).costs_added == 1
    assert costs(shop, "A", january, february, TODAY) == [100, 110, 120]


def test_a_cost_is_corrected_by_a_newer_version_of_its_day_and_never_changed() -> None:
    shop = open_selling_shop()
    january = date(2026, 1, 1)
    save(shop, ProductDraft("A", cost_amount=100, cost_starts_on=january))
    assert save(shop, ProductDraft("A", cost_amount=105, cost_starts_on=january)).costs_added == 1
    assert save(shop, ProductDraft("A", cost_amount=105, cost_starts_on=january)).costs_added == 0
    assert costs(shop, "A", january, TODAY) == [105, 105]
    with merchant_scope(shop.merchant.id):
        for statement in (
            "UPDATE products_productcost SET cost_amount = 1 WHERE merchant_id = %s",
            "DELETE FROM products_productcost WHERE merchant_id = %s",
        ):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement, [shop.merchant.id])


@pytest.mark.parametrize(
    ("column", "value"), [("cost_amount", -1), ("cost_amount", 10**12 + 1), ("number", 1), ("number", 0)]
)
def test_the_database_keeps_costs_in_range_and_versions_apart(column: str, value: int) -> None:
    shop = open_selling_shop()
    save(shop, ProductDraft("A", cost_amount=100, cost_starts_on=TODAY))
    columns = {"cost_amount": "cost_amount", "number": "number + 1", column: str(value)}
    with (
        pytest.raises(DatabaseError, match=r"product_cost_(range|version_once)"),
        merchant_scope(shop.merchant.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO products_productcost (merchant_id, id, product_id, starts_on, number, cost_amount, "
            "recorded_at, recorded_by) "
            f"SELECT merchant_id, uuidv7(), product_id, starts_on, {columns['number']}, {columns['cost_amount']}, "
            "recorded_at, recorded_by FROM products_productcost WHERE merchant_id = %s",
            [shop.merchant.id],
        )


def test_another_merchant_sees_nothing() -> None:
    ours, theirs = open_selling_shop("Ours"), open_selling_shop("Theirs")
    save(ours, ProductDraft("A", cost_amount=100, cost_starts_on=TODAY))
    assert costs(theirs, "A", TODAY) == [None]
    assert save(theirs, ProductDraft("A", "Teh")) == SavedProducts(1, 0, 0, 0)


def test_what_was_sold_but_is_no_product() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 20_000, 2, sku="A"), line(2, 5_000, sku="B"))
        shop.sell(line(1, 20_000, sku="A"))
    save(shop, ProductDraft("B"))
    with merchant_scope(shop.merchant.id):
        goods = unknown_goods(merchant=shop.merchant, first=TODAY, last=TODAY)
        later = unknown_goods(merchant=shop.merchant, first=date(2026, 3, 6), last=date(2026, 4, 1))
    assert [(good.sku, good.units, good.total_amount) for good in goods] == [("A", 3, 60_000)]
    assert later == []


def test_a_code_in_another_spelling_is_the_same_product() -> None:
    """B15: trimmed, NFKC, caseless, in the catalogue, its costs and what tills sent."""
    shop = open_selling_shop()
    save(shop, ProductDraft("KOPI-1", "Kopi", "minum", 20_000, 9_000))
    again = save(shop, ProductDraft(" ｋｏｐｉ-1 ", price_amount=21_000), ProductDraft("Kopi-1", cost_amount=9_500))
    assert (again.created, again.changed) == (0, 1)
    assert save(shop, ProductDraft("Straße"), ProductDraft("STRASSE", "Peta")) == SavedProducts(1, 0, 0, 0)
    with merchant_scope(shop.merchant.id):
        found = products_page(merchant=shop.merchant, day=TODAY).products
        assert [(p.sku, p.name, p.price_amount, p.cost_amount) for p in found] == [
            ("KOPI-1", "Kopi", 21_000, 9_500),
            ("Straße", "Peta", None, None),
        ]
        assert products_named(merchant=shop.merchant, skus=["STRASSE", "kopi-1 "], categories=["MINUM"])[1:] == (
            [],
            [],
            [],
        )
    assert costs(shop, "kopi-1 ", TODAY) == [9_500]
    with merchant_scope(shop.merchant.id):
        shop.sell(line(1, 20_000, sku="kopi-1"))
        shop.sell(line(1, 5_000, sku="TEH"), line(2, 4_000, sku="teh "))
        unknown = unknown_goods(merchant=shop.merchant, first=NOW.date(), last=NOW.date())
    assert [(goods.sku, goods.units) for goods in unknown] == [("TEH", 2)]


SECOND = (
    "INSERT INTO products_product (merchant_id, id, sku, sku_key, name, name_key, category, category_key, created_at, "
    "changed_at) SELECT merchant_id, gen_random_uuid(), sku || '-2', sku_key, name, name_key, category, category_key, "
    "created_at, changed_at FROM products_product WHERE merchant_id = %s"
)


@pytest.mark.parametrize("statement", [SECOND, "UPDATE products_product SET sku_key = '' WHERE merchant_id = %s"])
def test_the_database_keeps_one_product_of_a_code(statement: str) -> None:
    shop = open_selling_shop()
    save(shop, ProductDraft("KOPI-1"))
    with merchant_scope(shop.merchant.id), pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(statement, [shop.merchant.id])


def test_verify_names_a_product_whose_key_is_not_its_codes() -> None:
    shop = open_selling_shop()
    save(shop, ProductDraft("KOPI-1", "Kopi", "Minum"), ProductDraft("Straße", "ＴＥＨ"))
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        connection.cursor().execute(
            "UPDATE products_product SET sku_key = 'teh' WHERE merchant_id = %s AND sku = 'KOPI-1'", [shop.merchant.id]
        )
        [broken] = verify(merchant=shop.merchant)
    assert (broken.invariant, broken.table) == ("P7", "products_product")
