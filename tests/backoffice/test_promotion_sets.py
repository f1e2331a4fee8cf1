"""Mixed bundles and sets that unlock an offer, written in the form and met at the till."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from backoffice.promotions.forms import KINDS, definition_of, initial_of, says_all
from rewards.engine import validate_definition
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import PAGE, posted, till_of

pytestmark = pytest.mark.django_db

KOPI = line("1", sku="KOPI", category="Minuman", unit_amount=25_000)
ROTI = line("2", sku="ROTI", category="Makanan", unit_amount=18_000)


def test_one_of_each_for_a_price(store: Store, owner: StaffPerson) -> None:
    address = posted(
        owner,
        f"{PAGE}new/kind/bundle_price/",
        title="Kopi dan roti",
        variant="parts",
        price="35000",
        part1_qty="1",
        part1_categories="Minuman",
        part2_qty="1",
        part2_skus="ROTI",
    )
    till = till_of(store)
    assert till.post("/quotes", {"lines": [KOPI, ROTI]})["total_amount"] == 35_000
    assert till.post("/quotes", {"lines": [{**KOPI, "quantity": 2}]})["total_amount"] == 50_000
    page = owner.text(address)
    assert "1 of Minuman + 1 of ROTI together for Rp 35.000." in page.replace("\xa0", " ")
    assert 'name="part2_skus" value="ROTI"' in owner.text(f"{address}edit/")


def test_a_part_without_a_name_is_asked_for(store: Store, owner: StaffPerson) -> None:
    page = posted(
        owner,
        f"{PAGE}new/kind/bundle_price/",
        status=400,
        title="Paket",
        variant="parts",
        price="35000",
        part1_qty="1",
        part1_skus="KOPI",
    )
    assert "Fill this in." in page


def test_a_discount_that_other_goods_unlock(store: Store, owner: StaffPerson) -> None:
    address = posted(
        owner,
        f"{PAGE}new/kind/percent_off/",
        title="Roti setengah harga",
        percent="50",
        skus="ROTI",
        max_units="1",
        each1_qty="1",
        each1_skus="KOPI",
        multiplies="max_units",
    )
    till = till_of(store)
    three = {**ROTI, "quantity": 3}
    assert till.post("/quotes", {"lines": [three]})["discount_amount"] == 0
    assert till.post("/quotes", {"lines": [KOPI, three]})["discount_amount"] == 9_000
    assert till.post("/quotes", {"lines": [{**KOPI, "quantity": 2}, three]})["discount_amount"] == 18_000
    assert "That many items for each 1 of KOPI bought." in owner.text(address)
    sale = till.sell("R-1", {**KOPI, "quantity": 2}, three)
    assert sale["discount_amount"] == 18_000
    whole = [{"line_id": "1", "quantity": 2}, {"line_id": "2", "quantity": 3}]
    refund = till.post("/sales/R-1/refunds", {"refund_reference": "F-1", "lines": whole}, status=201)["refund"]
    assert refund["amount"] == sale["payable_amount"]


def test_what_grows_with_a_set_is_said_beside_its_box(store: Store, owner: StaffPerson) -> None:
    page = posted(
        owner,
        f"{PAGE}new/kind/percent_off/",
        status=400,
        title="X",
        percent="50",
        each1_qty="1",
        multiplies="max_units",
    )
    assert "Say for how many items each set is good." in page
    page = posted(owner, f"{PAGE}new/kind/percent_off/", status=400, title="X", percent="50", multiplies="nothing")
    assert "Say first what must be bought for it." in page


@pytest.mark.parametrize(
    "definition",
    [
        {
            "kind": "bundle_price",
            "price": 1000,
            "parts": [{"qty": 1, "filter": {"skus": ["A"]}}, {"qty": 2, "filter": {"categories": ["B"]}}],
        },
        {"kind": "amount_off", "value": 1000, "for_each": [{"qty": 2, "filter": {"skus": ["A"]}}, {"qty": 1}]},
        {"kind": "new_unit_price", "value": 0, "max_units": 1, "for_each": [{"qty": 1}], "multiplies": "max_units"},
        {"kind": "amount_off_per_measure", "value": 2000, "unit": "g", "per": "100"},
        {"kind": "amount_off_per_measure", "value": 2000, "unit": "kg", "filter": {"skus": ["A"]}},
        {"kind": "cheapest_free", "for_each": [{"qty": 3}], "multiplies": "nothing"},
    ],
)
def test_the_form_gives_back_what_it_was_filled_with(definition: dict[str, Any]) -> None:
    whole = validate_definition({"id": "p", "title": "P", **definition})
    assert says_all(whole)
    again = definition_of(whole.kind, initial_of(whole.source))
    assert {name: again[name] for name in definition} == definition


def test_the_stylesheet_shows_the_boxes_of_every_way() -> None:
    """A box of a variant that the stylesheet does not know would be hidden for ever."""
    sheet = (Path(settings.BASE_DIR) / "static" / "css" / "pages.css").read_text()
    variants = {
        code
        for kind in KINDS.values()
        if kind.variants
        for code, _word in kind.variants.choices
        if kind.variants.needs[code]
    }
    shown = {code for code in variants if f'[value="{code}"]:checked) .variant-{code}' in sheet}
    assert {"qty", "parts", "per_amount"} <= shown == variants


def test_more_parts_than_boxes_are_left_to_json() -> None:
    parts = [{"qty": 1, "filter": {"skus": [sku]}} for sku in "ABCD"]
    whole = validate_definition({"id": "p", "title": "P", "kind": "bundle_price", "price": 1, "parts": parts})
    assert not says_all(whole)
