"""Keys, scopes and their refusals (C11)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.models import TillKey
from merchants.operations import revoke_till_key
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

ANY_ID = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"
READS = [
    "/members?identifier=0812",
    f"/members/{ANY_ID}",
    f"/members/{ANY_ID}/ledger",
    f"/members/{ANY_ID}/coupons",
    f"/rewards?member_id={ANY_ID}",
]
SALES = ["/sales/R-1", "/sales/R-1/refunds"]
WRITES: dict[str, Any] = {
    "/members": {"name": "Siti", "phone": "081234567890", "promo_consent": True},
    "/quotes": {"lines": [line()]},
    f"/quotes/{ANY_ID}/release": {},
    "/sales": {"reference": "R-1", "lines": [line()]},
    "/sales/R-1/claim": {"member_id": ANY_ID},
    "/sales/R-1/refunds": {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]},
    "/sales/R-1/void": {},
    "/batches": {"items": [{}]},
    f"/members/{ANY_ID}/top-ups": {"amount": 1_000, "reference": "U-1"},
    f"/top-ups/{ANY_ID}/reversal": {},
    "/gift-cards": {"amount": 1_000, "reference": "G-1"},
    f"/gift-cards/{ANY_ID}/reversal": {},
}
REDEEMS: dict[str, Any] = {
    "/redemptions": {"member_id": ANY_ID, "reward_id": ANY_ID},
    f"/redemptions/{ANY_ID}/confirm": {},
    f"/redemptions/{ANY_ID}/reversal": {},
    "/coupons/check": {"code": "K7QH2M4TX9CDR"},
    "/gift-cards/check": {"code": "K7QH2M4TX9CDR"},
}


@pytest.mark.parametrize("key", ["", "nonsense", "abc.def", "." * 300, "ключ.секрет", "a b c"])
def test_a_key_that_was_never_issued(till: ApiTill, key: str) -> None:
    for path in ["/program", *READS, *SALES]:
        response = till.send("GET", path, headers={"Authorization": f"Bearer {key}" if key else ""})
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
    for path, body in {**WRITES, **REDEEMS}.items():
        till.refused(
            "POST", path, body, status=401, code="not_authenticated", headers={"Authorization": f"Basic {key}"}
        )


def test_a_revoked_key_opens_nothing_from_then_on(till: ApiTill, shop: ApiShop) -> None:
    till.get("/program")
    with merchant_scope(shop.merchant.id):
        revoke_till_key(
            merchant=shop.merchant,
            key_id=TillKey.objects.get(merchant_id=shop.merchant.id).id,
            at=timezone.now(),
            actor=SYSTEM,
        )
    till.refused("GET", "/program", status=401, code="not_authenticated")
    till.refused("POST", "/sales", WRITES["/sales"], status=401, code="not_authenticated")


@pytest.mark.parametrize(
    ("scope", "forbidden_reads", "forbidden_writes"),
    [
        ("read_members", SALES, {**WRITES, **REDEEMS}),
        ("record_sales", READS, REDEEMS),
        ("redeem", [*READS, *SALES], WRITES),
    ],
)
def test_a_key_does_only_what_its_scope_allows(
    shop: ApiShop, scope: str, forbidden_reads: list[str], forbidden_writes: dict[str, object]
) -> None:
    till = shop.till(scopes=[scope])
    till.get("/program")
    for path in forbidden_reads:
        till.refused("GET", path, status=403, code="scope_missing")
    for path, body in forbidden_writes.items():
        till.refused("POST", path, body, status=403, code="scope_missing")


@pytest.mark.parametrize(
    "ask",
    [
        {"redeem_points": 1},
        {"redeem_wallet_amount": 1},
        {"coupon_codes": ["K7QH2M4TX9CDR"]},
        {"gift_card_codes": ["K7QH2M4TX9CDR"]},
    ],
)
def test_spending_within_a_sale_needs_the_scope_to_redeem(shop: ApiShop, ask: dict[str, object]) -> None:
    till = shop.till(scopes=["record_sales"])
    problem = till.refused("POST", "/sales", {**WRITES["/sales"], **ask}, status=403, code="scope_missing")
    assert problem["scope"] == "redeem"
    till.refused("POST", "/quotes", {"lines": [line()], **ask}, status=403, code="scope_missing")
    till.post("/sales", WRITES["/sales"], status=201)
