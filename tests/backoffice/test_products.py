"""Products: list, tabs, CSV out and in with a preview; what another store has is not there."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from common.errors import BadInput
from common.ids import new_id
from common.quantities import MAX_AMOUNT
from merchants.facts import SYSTEM, OutletFacts, Role, TillFacts
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import add_product, save_products
from products.queries import product_count, products_page
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.sales_shop import sale

FILE = "kode,nama,kategori,harga,modal\nKOPI,Kopi arabika,kopi,68.000,41500\nTEH,Teh,teh,12500,13000\nGULA,Gula,,x,\n"


def save(store: Store, *drafts: ProductDraft) -> None:
    with merchant_scope(store.merchant.id):
        save_products(
            merchant=store.merchant,
            drafts=drafts,
            today=store.today - timedelta(days=2),
            at=timezone.now(),
            actor=SYSTEM,
        )


def upload(person: StaffPerson, text: str, *, name: str = "produk.csv", status: int = 302) -> str:
    file = SimpleUploadedFile(name, text.encode(), content_type="text/csv")
    response = person.post("/products/import/", file=file, status=status)
    return response["Location"] if status == 302 else response.content.decode()


def test_the_list_shows_cost_and_margin(store: Store, owner: StaffPerson) -> None:
    save(
        store,
        ProductDraft("KOPI", "Kopi arabika", "kopi", 68_000, 41_500),
        ProductDraft("TEH", "Teh", "teh", 900, 1000),
    )
    save(store, ProductDraft("ROTI", "Roti"))
    page = owner.text("/products/")
    assert "Rp\u00a026.500" in page
    assert "(39%)" in page
    assert "-Rp\u00a0100" in page
    assert "Below cost" in page
    assert re.findall(r'class="row-link"[^>]*>(\w+)', owner.text("/products/", tab="no_cost")) == ["Roti"]
    assert "Kopi arabika" not in owner.text("/products/", category="teh")
    assert "No product fits" in owner.text("/products/", q="nothing")
    assert "Kopi arabika" in owner.text("/products/", q="kop")


def test_pages_take_few_statements_however_long_the_list(store: Store, owner: StaffPerson) -> None:
    save(store, ProductDraft("A", "A", "x", 2, 1))
    few = owner.statements("/products/")
    save(store, *[ProductDraft(f"S{n:03}", f"Barang {n}", "x", 2, 1) for n in range(120)])
    assert owner.statements("/products/") == few
    first = owner.text("/products/")
    after = re.search(r"after=(\w+)", first)
    assert after is not None
    assert "Barang 90" in owner.text("/products/", after=after[1])


def test_a_file_is_previewed_then_taken_in_once(store: Store, owner: StaffPerson) -> None:
    address = upload(owner, FILE)
    preview = owner.text(address)
    assert "Nothing is written yet" in preview
    assert "List price per unit" in preview
    with merchant_scope(store.merchant.id):
        assert product_count(merchant=store.merchant) == 0
    owner.post(address)
    owner.post(address)
    assert "Imported" in owner.text(address)
    with merchant_scope(store.merchant.id):
        found = products_page(merchant=store.merchant, day=store.today).products
    assert [(p.sku, p.price_amount, p.cost_amount) for p in found] == [
        ("KOPI", 68_000, 41_500),
        ("TEH", 12_500, 13_000),
    ]
    rejects = owner.get(f"{address}rejects.csv").content.decode("utf-8-sig")
    assert rejects.splitlines()[1].startswith("4,price,")


def test_what_the_list_gives_out_it_takes_in(store: Store, owner: StaffPerson) -> None:
    save(store, ProductDraft("KOPI", "Kopi", "kopi", 68_000, 41_500), ProductDraft("ROTI", "Roti"))
    answer: Any = owner.get("/products/", format="csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    address = upload(owner, text.replace("ROTI,Roti,,,,", "ROTI,Roti,,5000,3000,"))
    owner.post(address)
    with merchant_scope(store.merchant.id):
        found = products_page(merchant=store.merchant, day=store.today).products
    assert [(p.sku, p.price_amount, p.cost_amount) for p in found] == [("KOPI", 68_000, 41_500), ("ROTI", 5_000, 3_000)]


def test_a_file_that_is_none_is_refused_with_what_to_do(store: Store, owner: StaffPerson) -> None:
    assert "needs a heading line" in upload(owner, "a,b\n1,2\n", status=400)
    assert "Choose a file" in owner.post("/products/import/", status=400).content.decode()
    assert "Save the table as CSV" in upload(owner, FILE, name="produk.xlsx", status=400)


def test_what_was_sold_becomes_products(store: Store, owner: StaffPerson) -> None:
    assert "Everything that was sold is a product" in owner.text("/products/", tab="unknown")
    sell(store, "KOPI", 68_000)
    assert "KOPI" in owner.text("/products/", tab="unknown")
    owner.post("/products/adopt/")
    assert "Everything that was sold is a product" in owner.text("/products/", tab="unknown")
    assert "Barang KOPI" in owner.text("/products/", tab="no_cost")


def sell(store: Store, sku: str, amount: int) -> None:

    till = TillFacts(
        store.till_id, "Kasir", OutletFacts(store.outlet_id, "Pusat", "Asia/Jakarta"), store.merchant, frozenset()
    )
    with merchant_scope(store.merchant.id):
        draft = sale(LineDraft("1", sku, f"Barang {sku}", 1, amount))
        record_sale(merchant=store.merchant, till=till, draft=draft, received_at=timezone.now())


def test_who_may_see_and_who_may_write(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    address = upload(owner, FILE)
    stranger.get(address, status=404)
    stranger.get(f"/products/imports/{new_id()}/", status=404)
    marketer, cashier = store.colleague(Role.MARKETER), store.colleague(Role.CASHIER)
    assert "Import products" not in marketer.text("/products/")
    marketer.get("/products/import/", status=403)
    marketer.post(address, status=403)
    cashier.get("/products/", status=403)


# --- one by hand -------------------------------------------------------------------------------------------------


def test_one_product_is_added_by_hand_and_audited(store: Store, owner: StaffPerson) -> None:
    assert 'href="/products/new/"' in owner.text("/products/")
    sent: dict[str, Any] = {"sku": " KOPI-1 ", "name": "Kopi  susu", "category": "Minuman", "price_amount": "18.000"}
    owner.post("/products/new/", **sent, cost_amount="7.500")
    page = owner.text("/products/")
    assert "Kopi susu is among your products now." in page
    assert "KOPI-1" in page
    for shown in ("Minuman", "Rp\u00a018.000", "Rp\u00a07.500", "Rp\u00a010.500"):
        assert shown in page
    told = unescape(owner.text("/settings/audit/"))
    assert "Product added" in told
    assert "Kopi susu" in told


def test_a_known_code_in_any_spelling_is_an_error_at_its_box_and_changes_nothing(
    store: Store, owner: StaffPerson
) -> None:
    save(store, ProductDraft("KOPI-1", "Kopi arabika", "kopi", 68_000, 41_500))
    page = unescape(
        owner.post(
            "/products/new/", status=400, sku="kopi-1", name="Lain", price_amount="1", cost_amount="2"
        ).content.decode()
    )
    assert "A product has this code already." in page
    assert 'id="id_sku_error"' in page
    assert 'value="Lain"' in page
    listed = owner.text("/products/")
    assert "Kopi arabika" in listed
    assert "Rp\u00a068.000" in listed
    assert "Product added" not in owner.text("/settings/audit/")


def test_what_a_product_needs_is_asked_for_by_field(store: Store, owner: StaffPerson) -> None:
    wrong: dict[str, Any] = {
        "sku": "\u200b",
        "name": "",
        "category": "x" * 65,
        "price_amount": "abc",
        "cost_amount": "-1",
    }
    page = owner.post("/products/new/", status=400, **wrong).content.decode()
    for name in wrong:
        assert f'id="id_{name}_error"' in page, name
    with merchant_scope(store.merchant.id):
        assert product_count(merchant=store.merchant) == 0


def test_the_operation_itself_refuses_what_the_table_cannot_hold(store: Store) -> None:
    bad = ProductDraft(" ", "x" * 201, "y" * 65, -1, MAX_AMOUNT + 1)
    with merchant_scope(store.merchant.id), pytest.raises(BadInput) as refused:
        add_product(merchant=store.merchant, draft=bad, today=store.today, at=timezone.now(), actor=SYSTEM)
    assert {one.pointer for one in refused.value.errors} == {"sku", "name", "category", "price_amount", "cost_amount"}


def test_adding_a_product_is_for_who_may_edit_the_program(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    analyst = store.colleague(Role.ANALYST)
    assert "/products/new/" not in analyst.text("/products/")
    analyst.post("/products/new/", status=403, sku="A", name="A")
    owner.post("/products/new/", sku="A-1", name="Rahasia")
    assert "Rahasia" not in stranger.text("/products/")
