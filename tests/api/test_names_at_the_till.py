"""A till gets the names that people give tiers, segments and products; a member's coupons name their terms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Tier
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.coupons.operations import create_coupon_batch
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

pytestmark = pytest.mark.django_db
OFFER: dict[str, Any] = {
    "kind": "percent_off",
    "value": 10,
    "filter": {"skus": ["k1", "LAIN"], "categories": ["minuman"]},
    "when": {
        "min_subtotal": 20_000,
        "segments_any": ["active", "loyal"],
        "valid_to": "2099-12-24",
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "hours": [{"from": "00:00", "to": "23:59"}],
    },
}
IN_WORDS = {
    "id": ["Kopi Susu, LAIN, minuman", "Aktif, Setia", "Rp\xa020.000"],
    "en": ["Kopi Susu, LAIN, minuman", "Active, Loyal", "Rp\xa020.000"],
}


def know(shop: ApiShop) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        save_products(
            merchant=shop.merchant,
            drafts=[ProductDraft(sku="K1", name="Kopi Susu")],
            today=now.date(),
            at=now,
            actor=SYSTEM,
        )


def coupon_of(shop: ApiShop, member_id: str) -> str:
    with merchant_scope(shop.merchant.id):
        batch = create_coupon_batch(merchant=shop.merchant, title="Kopi", definition=OFFER, at=timezone.now())
    return shop.coupon(batch_id=batch, member_id=UUID(member_id))


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_members_coupons_say_what_the_check_says(till: ApiTill, shop: ApiShop, language: str) -> None:
    know(shop)
    siti = till.enrol("0812 3456 7890")["id"]
    code = coupon_of(shop, siti)
    till.language = language
    checked = till.post("/coupons/check", {"code": code, "member_id": siti})["coupon"]
    [listed] = till.get(f"/members/{siti}/coupons")["results"]
    assert listed == checked
    said = " ".join(listed["conditions"]["sentences"])
    assert all(words in said for words in IN_WORDS[language]), said
    assert "active" not in said
    assert listed["valid_until"] == "2099-12-24"
    assert listed["conditions"]["fields"] == {**OFFER["when"], "filter": OFFER["filter"]}
    assert listed["conditions"]["member_bound"] is True


def test_what_coupons_ask_for_costs_the_same_whatever_their_number(till: ApiTill, shop: ApiShop) -> None:
    know(shop)
    siti = till.enrol("0812 3456 7890")["id"]
    counts = []
    for more in (1, 6):
        for _ in range(more):
            coupon_of(shop, siti)
        till.get(f"/members/{siti}/coupons")
        with CaptureQueriesContext(connection) as captured:
            till.get(f"/members/{siti}/coupons")
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("language", "sentence"), [("id", "Hanya untuk tingkatan Emas."), ("en", "Only for the tier Emas.")]
)
def test_a_refusal_names_the_tier(till: ApiTill, shop: ApiShop, language: str, sentence: str) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        create_promotion(
            merchant=shop.merchant,
            starts_at=now,
            at=now,
            definition={"title": "Emas", "kind": "percent_off", "value": 10, "when": {"tiers_any": [tier_of(shop)]}},
        )
    siti = till.enrol("0812 3456 7890")["id"]
    till.language = language
    body = {"lines": [line()], "member_id": siti}
    for answer in (till.post("/quotes", body), till.post("/sales", {**body, "reference": "R-1"}, status=201)):
        [refused] = [one for one in answer["decisions"] if one["title"] == "Emas"]
        assert refused["message"] == sentence


def tier_of(shop: ApiShop) -> str:
    """Return the code of a tier that the merchant calls Emas."""
    top = Tier.objects.filter(merchant_id=shop.merchant.id).latest("rank")
    top.name = "Emas"
    top.save(update_fields=["name"])
    return str(top.code).upper()
