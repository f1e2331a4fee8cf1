"""The answer names the terms of a coupon that a sale or a reward brings, in the words of the member's list."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.coupons.operations import create_coupon_batch
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
NEXT_TIME: dict[str, Any] = {
    "title": "10% lain kali",
    "kind": "percent_off",
    "value": 10,
    "valid_days": 14,
    "filter": {"skus": ["K1"]},
    "when": {"min_subtotal": 20_000, "segments_any": ["active"], "weekdays": [1, 2, 3, 4, 5, 6, 7]},
}
IN_WORDS = {"id": ["Kopi Susu", "Aktif", "Rp\xa020.000"], "en": ["Kopi Susu", "Active", "Rp\xa020.000"]}


def promise(shop: ApiShop, **offer: Any) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        save_products(
            merchant=shop.merchant,
            drafts=[ProductDraft(sku="K1", name="Kopi Susu")],
            today=now.date(),
            at=now,
            actor=SYSTEM,
        )
        definition = {"kind": "issue_coupon", "title": "Lain kali", "coupon": {**NEXT_TIME, **offer}}
        create_promotion(merchant=shop.merchant, definition=definition, starts_at=now, at=now)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_sales_coupon_says_what_the_members_list_says_of_it(till: ApiTill, shop: ApiShop, language: str) -> None:
    promise(shop)
    till.language = language
    siti = till.enrol("0812 3456 7890")["id"]
    [issued] = till.sell("R-1", line(quantity=2), member_id=siti)["coupons_issued"]
    assert [issued] == till.get(f"/members/{siti}/coupons")["results"]
    assert [issued] == till.get("/sales/R-1")["coupons_issued"]
    said = " ".join(issued["conditions"]["sentences"])
    assert all(words in said for words in IN_WORDS[language]), said
    assert issued["conditions"]["member_bound"] is True
    assert issued["conditions"]["fields"] == {**NEXT_TIME["when"], "filter": NEXT_TIME["filter"]}


def test_what_a_return_answers_says_it_too(till: ApiTill, shop: ApiShop) -> None:
    promise(shop)
    siti = till.enrol("0812 3456 7890")["id"]
    [issued] = till.sell("R-1", line(quantity=2), member_id=siti)["coupons_issued"]
    body = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
    [after] = till.post("/sales/R-1/refunds", body, status=201)["sale"]["coupons_issued"]
    assert after == issued
    [voided] = till.post("/sales/R-1/void", {"reason": "salah"})["coupons_issued"]
    assert voided == {**issued, "status": "cancelled"}


def test_a_rewards_coupon_says_what_the_members_list_says_of_it(till: ApiTill, shop: ApiShop) -> None:
    siti = till.enrol("0812 3456 7890")["id"]
    till.sell("R-1", line(unit_amount=1_000_000), member_id=siti)
    offer = {"kind": "percent_off", "value": 10, "when": {"min_subtotal": 20_000}}
    with merchant_scope(shop.merchant.id):
        batch = create_coupon_batch(merchant=shop.merchant, title="Kopi", definition=offer, at=timezone.now())
    reward = shop.reward("Kupon kopi", points=10, batch_id=batch)
    taken = till.post("/redemptions", {"member_id": siti, "reward_id": str(reward)}, status=201)
    assert [taken["coupon"]] == till.get(f"/members/{siti}/coupons")["results"]
    assert taken["coupon"]["conditions"]["fields"] == {"min_subtotal": 20_000}
    assert len(taken["coupon"]["conditions"]["sentences"]) == 1


def test_the_words_cost_one_statement_whatever_the_number_of_coupons(till: ApiTill, shop: ApiShop) -> None:
    """None where the sale brings no coupon, which has a test of its own."""

    def statements(reference: str) -> list[str]:
        till.sell(f"{reference}-warm", line(), member_id=siti)  # a wording is read once per process
        with CaptureQueriesContext(connection) as captured:
            till.sell(reference, line(), member_id=siti)
        texts = [query["sql"] for query in captured.captured_queries]
        return [text for text in texts if not text.startswith(("SAVEPOINT", "RELEASE", "SET"))]

    siti = till.enrol("0812 3456 7890")["id"]
    promise(shop, filter={}, when={"min_subtotal": 20_000})
    one = statements("R-1")
    promise(shop, title="Lagi", filter={}, when={"min_subtotal": 10_000})
    two = statements("R-2")
    first, second = (sum("p.id = ANY(" in text for text in texts) for texts in (one, two))
    assert first == second, "the offers of two coupons are read as one's"
    assert len(one) <= 22, "\n".join(text.strip()[:110] for text in one)
