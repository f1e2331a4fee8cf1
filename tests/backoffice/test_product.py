"""One product: its page, its costs by day, corrections, archiving with what rests on it said."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from common.ids import new_id
from merchants.facts import AuditFilter, Role
from merchants.queries import audit_trail, merchant_by_id
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.queries import (
    categories,
    costs_on,
    find_categories,
    find_products,
    price_list,
    product_names,
    products_page,
)
from tests.backoffice.conftest import StaffPerson, Store, mark_in
from tests.backoffice.test_excluded_goods import publish_offer
from tests.backoffice.test_products import save

KOPI = ProductDraft("KOPI-1", "Kopi susu", "Minuman", 18_000, 7_500)
CHANGED: dict[str, Any] = {"name": "Kopi susu gula aren", "category": "Kopi", "price_amount": "20.000"}


def kopi(store: Store) -> str:
    """Make a product; return its page."""
    save(store, KOPI)
    with merchant_scope(store.merchant.id):
        [found] = products_page(merchant=store.merchant, day=store.today).products
    return f"/products/{found.id}/"


def trail(store: Store, action: str) -> list[tuple[Any, Any]]:
    with merchant_scope(store.merchant.id):
        found = audit_trail(merchant=store.merchant, filters=AuditFilter(action=action))
        return [(entry.before, entry.after) for entry in found]


def test_the_list_leads_to_the_product_and_its_figures(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    assert f'href="{page}"' in owner.text("/products/")
    shown = owner.text(page)
    for figure in ("KOPI-1", "Minuman", "Rp\u00a018.000", "Rp\u00a07.500", "Rp\u00a010.500", "(58", "Takes part"):
        assert figure in shown, figure


def test_a_product_is_corrected_and_its_code_stays(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    assert 'name="sku"' not in owner.text(f"{page}edit/")
    owner.save(f"{page}edit/", **CHANGED, never_earns="on")
    shown = owner.text(page)
    for figure in ("Kopi susu gula aren", "Rp\u00a020.000", "Never brings points", "KOPI-1"):
        assert figure in shown, figure
    before = {"name": "Kopi susu", "category": "Minuman", "price_amount": 18_000}
    assert trail(store, "product.changed") == [
        (before, {"name": "Kopi susu gula aren", "category": "Kopi", "price_amount": 20_000})
    ]
    assert merchant_by_id(store.merchant.id).excluded_goods.never_earns.skus == ("KOPI-1",)
    owner.save(f"{page}edit/", **CHANGED)
    assert not merchant_by_id(store.merchant.id).excluded_goods.never_earns
    assert len(trail(store, "product.changed")) == 1, "what did not change is not written"
    assert len(trail(store, "merchant.excluded_goods_changed")) == 2


def test_a_box_that_was_not_touched_takes_nothing_back_that_another_person_set(
    store: Store, owner: StaffPerson
) -> None:
    page = kopi(store)
    owner.save(f"{page}edit/", **CHANGED, never_discounted="on", drawn="none")
    owner.save(f"{page}edit/", **{**CHANGED, "name": "Kopi susu aren"}, drawn="none")
    goods = merchant_by_id(store.merchant.id).excluded_goods
    assert (goods.never_discounted.skus, goods.never_earns.skus) == (("KOPI-1",), ())
    assert 'name="drawn" value="never_discounted"' in owner.text(f"{page}edit/")
    owner.save(f"{page}edit/", **CHANGED, drawn="never_discounted")
    assert not merchant_by_id(store.merchant.id).excluded_goods.never_discounted


def test_a_price_may_become_unknown_and_wrong_boxes_keep_what_was_typed(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    owner.save(f"{page}edit/", name="Kopi", category="", price_amount="")
    assert "Kopi" in owner.text(page)
    with merchant_scope(store.merchant.id):
        [found] = products_page(merchant=store.merchant, day=store.today).products
    assert (found.category, found.price_amount) == ("", None)
    refused = owner.save(f"{page}edit/", status=400, name="\u200b", category="Teh", price_amount="abc").content.decode()
    assert 'id="id_price_amount_error"' in refused
    assert 'value="Teh"' in refused
    refused = owner.save(f"{page}edit/", status=400, name="\u200b", category="Teh", price_amount="").content.decode()
    assert "Write the name." in refused


def test_a_category_that_takes_no_part_is_said_on_the_product(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    goods = {"never_discounted_categories": "minuman", "never_discounted_skus": "", "never_earns_categories": ""}
    empty = '{"never_discounted": {"skus": [], "categories": []}, "never_earns": {"skus": [], "categories": []}}'
    asked: dict[str, Any] = {**goods, "never_earns_skus": "", "seen": empty}
    mark = (
        "{'never_discounted': {'skus': [], 'categories': ['minuman']}, 'never_earns': {'skus': [], 'categories': []}}"
    )
    owner.save("/products/excluded/", **asked, confirmed=mark)
    assert "Never discounted, as its whole category" in owner.text(page)
    assert "Its whole category is never discounted" in owner.text(f"{page}edit/")


# --- costs by day ------------------------------------------------------------------------------------------------


def cost_on(store: Store, days_ago: int) -> int | None:
    with merchant_scope(store.merchant.id):
        day = store.today - timedelta(days=days_ago)
        return costs_on(merchant=store.merchant, skus=["kopi-1"], day=day).get("kopi-1")


def test_a_cost_counts_from_its_day_and_days_before_keep_theirs(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    start = store.today - timedelta(days=1)
    owner.post(f"{page}cost/", cost_amount="8.000", starts_on=start.isoformat(), **marked(owner, page))
    assert [cost_on(store, days) for days in (2, 1, 0)] == [7_500, 8_000, 8_000]
    shown = owner.text(page)
    assert "Counts now" in shown
    later = (store.today + timedelta(days=7)).isoformat()
    owner.post(f"{page}cost/", cost_amount="9.000", starts_on=later, **marked(owner, page))
    assert "Still to come" in owner.text(page)
    assert cost_on(store, 0) == 8_000
    assert [after["cost_amount"] for _, after in trail(store, "product.cost_added")] == [9_000, 8_000]


def marked(person: StaffPerson, page: str) -> dict[str, Any]:
    return {"_store": mark_in(person.text(page))}


def test_of_one_day_the_last_entry_counts_and_the_same_again_is_no_change(store: Store, owner: StaffPerson) -> None:
    page, day = kopi(store), store.today.isoformat()
    for amount in ("8.000", "8.200", "8.200"):
        owner.post(f"{page}cost/", cost_amount=amount, starts_on=day, **marked(owner, page))
    shown = owner.text(page)
    assert "Nothing was changed" in shown
    assert shown.count("Replaced by a later entry") == 1
    assert cost_on(store, 0) == 8_200
    assert len(trail(store, "product.cost_added")) == 2


def test_a_cost_that_cannot_be_read_is_an_error_at_its_box(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    sent: dict[str, Any] = {"cost_amount": "-1", "starts_on": "32/1/2026"}
    refused = owner.post(f"{page}cost/", status=400, **sent, **marked(owner, page)).content.decode()
    assert 'id="id_cost_amount_error"' in refused
    assert 'id="id_starts_on_error"' in refused
    assert 'value="32/1/2026"' in refused


# --- archiving ---------------------------------------------------------------------------------------------------


def test_what_rests_on_a_product_is_said_before_it_is_archived(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    assert "No offer names its code" in owner.text(page)
    publish_offer(store, kind="percent_off", title="Kopi hemat", value=10, filter={"skus": ["kopi-1"]})
    shown = unescape(owner.text(page))
    assert "This offer names it and goes on counting it:" in shown
    assert shown.count("Kopi hemat") == 2, "in the question and among the offers that name it"


def test_an_archived_product_is_listed_and_offered_nowhere_and_comes_back(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    owner.post(f"{page}archive/", **marked(owner, page))
    owner.post(f"{page}archive/", **marked(owner, page))
    assert "Kopi susu" not in owner.text("/products/")
    assert "Kopi susu" in owner.text("/products/", tab="archived")
    assert "Kopi susu" not in b"".join(owner.get("/products/", format="csv").streaming_content).decode()  # type: ignore[attr-defined]
    merchant = store.merchant
    with merchant_scope(merchant.id):
        assert not find_products(merchant=merchant, text="kopi", day=store.today, limit=5)
        assert not find_categories(merchant=merchant, text="minuman", limit=5)
        assert not categories(merchant=merchant)
        assert not price_list(merchant=merchant, search="", after=None, limit=5)
        assert product_names(merchant=merchant, skus=["KOPI-1"]) == {"kopi-1": "Kopi susu"}, "receipts keep its name"
    refused = owner.save("/products/new/", status=400, sku="kopi-1", name="Lain").content.decode()
    assert "An archived product has this code" in refused
    assert len(trail(store, "product.archived")) == 1
    owner.post(f"{page}restore/", **marked(owner, page))
    assert "Kopi susu" in owner.text("/products/")
    assert len(trail(store, "product.restored")) == 1


def test_an_archived_product_stays_archived_when_a_file_brings_it(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    owner.post(f"{page}archive/", **marked(owner, page))
    save(store, ProductDraft("KOPI-1", price_amount=19_000, cost_amount=7_900))
    assert "Kopi susu" not in owner.text("/products/")
    assert "Rp\u00a019.000" in owner.text(page)


def test_no_product_was_archived_before_it_was_made(store: Store) -> None:
    save(store, KOPI)
    statement = "UPDATE products_product SET archived_at = created_at - interval '1 second' WHERE merchant_id = %s"
    with pytest.raises(IntegrityError), merchant_scope(store.merchant.id), connection.cursor() as cursor:
        cursor.execute(statement, [store.merchant.id])


# --- who ---------------------------------------------------------------------------------------------------------


def test_who_may_see_and_change_a_product(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    page = kopi(store)
    analyst, cashier = store.colleague(Role.ANALYST), store.colleague(Role.CASHIER)
    shown = analyst.text(page)
    assert "Archive product" not in shown
    assert "Add a cost" not in shown
    cashier.get(page, status=403)
    steps = ("edit/", "cost/", "archive/", "restore/")
    for step in steps:
        analyst.post(f"{page}{step}", status=403, name="X", cost_amount="1", starts_on=store.today.isoformat())
    for product_id in (UUID(page.split("/")[2]), new_id()):
        stranger.get(f"/products/{product_id}/", status=404)
        for step in steps:
            stranger.post(
                f"/products/{product_id}/{step}",
                status=404,
                name="X",
                cost_amount="1",
                starts_on=store.today.isoformat(),
                **marked(stranger, "/products/new/"),
            )


def test_the_page_takes_few_statements_however_many_costs(store: Store, owner: StaffPerson) -> None:
    page = kopi(store)
    owner.post(f"{page}cost/", cost_amount="9000", starts_on=store.today.isoformat(), **marked(owner, page))
    few = owner.statements(page)
    for days in range(1, 8):
        start = (store.today - timedelta(days=days)).isoformat()
        owner.post(f"{page}cost/", cost_amount=str(7_000 + days), starts_on=start, **marked(owner, page))
    assert owner.statements(page) == few
    assert few <= 14
