"""By a waiting card the offers for everybody count; what is given to this member waits until it is confirmed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code
from tests.api.conftest import ApiShop
from tests.api.test_limits import decision, promote
from tests.api.test_waiting_cards import PHONE, join_on_page
from tests.api.till import ApiTill, line

CART: dict[str, Any] = {"lines": [line(unit_amount=100_000)]}
HERS: list[dict[str, Any]] = [
    {"when": {"members_only": True}},
    {"when": {"first_purchase": True}},
    {"when": {"birthday_window_days": 7}},
    {"when": {"segments_any": ["loyal"]}},
    {"when": {"tiers_any": ["gold"]}},
    {"usage": {"per_member_limit": 1}},
    {"usage": {"per_member_day_limit": 1}},
    {
        "kind": "gift_line",
        "value": None,
        "gift": {"sku": "TAS", "name": "Tas", "qty": 1, "list_amount": 9_000},
        "when": {"members_only": True},
    },
    {"kind": "cashback", "value": None, "percent": "10", "credit": "discount", "when": {"members_only": True}},
]


@pytest.fixture
def sari(till: ApiTill) -> str:
    return str(till.enrol(PHONE, name="Sari Asli", birth_date=f"1992-{timezone.localdate():%m-%d}")["id"])


@pytest.fixture
def token(shop: ApiShop, sari: str) -> str:
    return join_on_page(shop, name="Orang Lain")


def named(till: ApiTill, token: str, shown: str) -> dict[str, Any]:
    if shown == "token":
        return {"identifier": token}
    return {"member_id": till.get("/members", identifier=token)["member"]["id"]}


def given(answer: dict[str, Any]) -> tuple[int, int]:
    return answer["discount_amount"], len(answer["free_items"])


@pytest.mark.parametrize("offer", HERS, ids=str)
@pytest.mark.parametrize("shown", ["token", "after a look-up"])
def test_what_is_given_to_the_member_waits(
    shop: ApiShop, till: ApiTill, token: str, offer: dict[str, Any], shown: str
) -> None:
    """Quoted, reserved and sold alike; the reason says nothing about the member."""
    promotion = promote(shop, title="Untuk member", **offer)
    cart = {**named(till, token, shown), **CART}
    sold = till.post("/sales", {"reference": "R-1", **cart}, status=201)
    for answer in (till.post("/quotes", cart), till.post("/quotes", {**cart, "reserve": True}), sold):
        assert given(answer) == (0, 0)
        assert decision(answer, promotion) == {
            "reason": "card_not_confirmed",
            "measured": None,
            "needed": None,
            "period": None,
            "message": "Only after the card is confirmed.",
        }
    assert sold["points_earned"] == 10
    shop.assert_verified()


@pytest.mark.parametrize(
    "offer", [offer for offer in HERS if "segments_any" not in str(offer) and "tiers_any" not in str(offer)], ids=str
)
def test_it_is_given_once_the_card_is_confirmed_or_the_number_is_asked_for(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str, offer: dict[str, Any]
) -> None:
    promote(shop, title="Untuk member", **offer)
    cart = {**named(till, token, "after a look-up"), **CART}
    assert given(till.post("/quotes", cart)) == (0, 0)
    assert given(till.post("/quotes", {"identifier": PHONE, **CART})) != (0, 0)
    assert given(colleague.post("/quotes", cart)) != (0, 0)
    till.post(f"/members/{sari}/cards/confirm", {"token": token})
    quoted = till.post("/quotes", cart)
    sold = till.post("/sales", {"reference": "R-1", "quote_id": quoted["quote_id"], **cart}, status=201)
    assert given(sold) == given(quoted) != (0, 0)


def test_everybodys_offers_and_what_is_earned_do_not_wait(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    promote(shop, title="Untuk semua", value=5_000)
    promote(
        shop,
        title="Bonus member",
        kind="earn_bonus",
        value=None,
        points=50,
        when={"members_only": True},
        usage={"per_member_limit": 1},
    )
    quoted = till.post("/quotes", {"identifier": token, **CART})
    sold = till.post("/sales", {"reference": "R-1", "identifier": token, **CART}, status=201)
    assert (quoted["discount_amount"], quoted["points_to_earn"]) == (5_000, 59)
    assert (sold["discount_amount"], sold["points_earned"]) == (5_000, 59)
    assert till.post("/quotes", {"identifier": token, **CART})["points_to_earn"] == 9


def test_a_code_that_counts_members_is_refused_by_name(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text="SEKALI",
            title="Sekali",
            at=timezone.now(),
            definition={"kind": "amount_off", "value": 9_000, "usage": {"per_member_limit": 1}},
            today=shop.merchant.day_of(timezone.now()),
        )
    cart = {"identifier": token, "coupon_codes": ["SEKALI"], **CART}
    [coupon] = till.post("/quotes", cart)["coupons"]
    assert (coupon["status"], coupon["reason"]) == ("rejected", "card_not_confirmed")
    till.refused("POST", "/sales", {"reference": "R-1", **cart}, status=409, code="coupon_not_usable")
    till.get("/members", identifier=token)
    checked = till.post("/coupons/check", {"code": "SEKALI", "member_id": sari})
    assert (checked["usable"], checked["reason"]) == (False, "card_not_confirmed")
    till.post(f"/members/{sari}/cards/confirm", {"token": token})
    assert till.post("/sales", {"reference": "R-1", **cart}, status=201)["discount_amount"] == 9_000
    till.refused("POST", "/sales", {"reference": "R-2", **cart}, status=409, code="coupon_not_usable")


def test_the_member_tells_a_till_what_its_own_look_up_may_do(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str
) -> None:
    """For a till that knows only the waiting card `card.confirmed` is false wherever the member is shown."""
    assert confirmed(till.get(f"/members/{sari}")) is True
    till.get("/members", identifier=token)
    assert confirmed(till.get(f"/members/{sari}")) is False
    assert confirmed(colleague.get(f"/members/{sari}")) is True
    sold = till.post("/sales", {"reference": "R-1", "identifier": token, **CART}, status=201)
    assert confirmed(sold) is confirmed(till.get("/sales/R-1")) is False
    assert confirmed(till.post(f"/members/{sari}/cards/confirm", {"token": token})) is True
    assert confirmed(till.get(f"/members/{sari}")) is confirmed(till.get("/sales/R-1")) is True


def test_it_is_true_again_once_the_number_was_asked_for(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    till.get("/members", identifier=token)
    till.get("/members", identifier=PHONE)
    assert confirmed(till.get(f"/members/{UUID(sari)}")) is True


def confirmed(answer: dict[str, Any]) -> bool:
    return bool(answer["member"]["card"]["confirmed"])
