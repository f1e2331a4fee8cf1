"""A till that was shown only a waiting card is told nothing of the member's, by whichever answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tests.api.conftest import Shop
from tests.api.test_limits import promote
from tests.api.test_waiting_cards import PHONE, give, join_on_page
from tests.api.till import Till, line

NOTHING: dict[str, Any] = {
    "number": None, "status": "active", "name": "", "phone_masked": None, "email_masked": None, "joined_at": None,
    "tier": None, "segment": None, "purchase_count": 0,
    "points": {"available": 0, "pending": 0, "held": 0, "debt": 0, "expiring": []},
    "wallet": {"available_amount": 0, "pending": [], "held_amount": 0, "expiring": []},
    "card": {"confirmed": False}, "birthday": None, "stamps": [], "referral_code": "", "referral_link": None,
    "coupons": [],
}  # fmt: skip
CART: dict[str, Any] = {"lines": [line(unit_amount=100_000)]}
CARD = {"need": 20, "reward": {"kind": "cheapest_free", "valid_days": 30}}
EARNING: list[dict[str, Any]] = [
    {"when": {"tiers_any": ["gold"]}}, {"when": {"segments_any": ["loyal"]}}, {"when": {"members_only": True}},
    {"when": {"birthday_window_days": 3}, "kind": "earn_bonus", "per_unit": None, "points": 5},
    {"usage": {"per_member_limit": 1}},
    {"when": {"first_purchase": True}}, {"when": {"members_only": True, "min_subtotal": 110_000}},
]  # fmt: skip


@pytest.fixture
def sari(shop: Shop, till: Till, colleague: Till) -> str:
    """A member with something of everything; the colleague's till knows her by her phone."""
    birth_date = f"1992-{timezone.localdate() + timedelta(days=1):%m-%d}".replace("02-29", "02-28")
    member = str(till.enrol(PHONE, name="Sari Asli", email="sari@asli.example", birth_date=birth_date)["id"])
    promote(shop, title="Stempel", kind="stamp", value=None, per_visit=1, card=CARD)
    give(shop, member, 987_654)
    shop.coupon(member_id=UUID(member))
    till.post(f"/members/{member}/top-ups", {"amount": 54_321, "reference": "TU-0"}, status=201)
    till.sell("R-0", line(unit_amount=100_000), member_id=member)
    return member


@pytest.fixture
def token(shop: Shop, sari: str) -> str:
    return join_on_page(shop, name="Orang Lain")


def secrets_of(till: Till, sari: str) -> list[str]:
    """What a stranger must not read; seen by a till that knows her."""
    known = till.get(f"/members/{sari}")["member"]
    coupons = [coupon["code"] for coupon in known["coupons"]]
    assert known["tier"] is None or known["tier"]["name"]
    assert known["stamps"]
    assert len(coupons) == 1
    figures = [str(known["points"]["available"]), str(known["wallet"]["available_amount"])]
    tier = [known["tier"]["name"]] if known["tier"] else []
    return ["Sari", "asli", known["number"], known["referral_code"], PHONE[-4:], "98766", *figures, *coupons, *tier]


def test_no_answer_tells_anything(shop: Shop, till: Till, colleague: Till, sari: str, token: str) -> None:
    promote(shop, title="Kupon", kind="issue_coupon", value=None,
            coupon={"kind": "percent_off", "value": 5, "valid_days": 30})  # fmt: skip
    secrets = secrets_of(colleague, sari)
    found = till.get("/members", identifier=token)["member"]
    assert found == {"id": sari, **NOTHING}
    cart = {**CART, "member_id": sari}
    sold = till.post("/sales", {"reference": "R-1", "identifier": token, **CART}, status=201)
    refunded = till.post("/sales/R-1/refunds", {"refund_reference": "RF-1", "lines": [{"line_id": "1", "quantity": 1}]},
                         status=201)  # fmt: skip
    topped_up = till.post(f"/members/{sari}/top-ups", {"amount": 1_000, "reference": "TU-1"}, status=201)
    answers = {
        "looked up again": till.get("/members", identifier=token), "by id": till.get(f"/members/{sari}"),
        "quote": till.post("/quotes", cart), "reserved": till.post("/quotes", {**cart, "reserve": True}),
        "sale": sold, "sale by id": till.post("/sales", {"reference": "R-2", **cart}, status=201),
        "read again": till.get("/sales/R-1"), "her own receipt": till.get("/sales/R-0"), "refund": refunded,
        "refunds": till.get("/sales/R-1/refunds"), "void": till.post("/sales/R-2/void", {}),
        "top-up": topped_up, "top-up back": till.post(f"/top-ups/{topped_up['id']}/reversal", {}),
        "coupons": till.get(f"/members/{sari}/coupons"), "statement": till.get(f"/members/{sari}/ledger"),
        "rewards": till.get("/rewards", member_id=sari),
    }  # fmt: skip
    for door, answer in answers.items():
        body = answer.get("sale", answer)
        if body.get("member"):
            assert body["member"] == {"id": sari, **NOTHING}, door
        told = [secret for secret in secrets if secret in json.dumps(answer).replace(sari, "")]
        assert told == [], door
    for door in ("sale", "read again", "her own receipt", "void"):
        assert (answers[door]["points_balance"], answers[door]["tier_change"]) == (0, None), door
        assert answers[door]["coupons_issued"] == [], door
    assert sold["points_earned"] == 10
    shop.assert_verified()


def test_the_card_confirmed_or_the_phone_asked_for_shows_her_again(
    shop: Shop, till: Till, colleague: Till, sari: str, token: str
) -> None:
    till.get("/members", identifier=token)
    seen = colleague.get(f"/members/{sari}")["member"]
    assert till.get("/members", identifier=PHONE)["member"] == seen
    till.get("/members", identifier=token)
    till.post(f"/members/{sari}/cards/confirm", {"token": token})
    assert till.get(f"/members/{sari}")["member"] == seen
    assert till.get("/sales/R-0")["points_balance"] == seen["points"]["available"]


def test_a_member_whose_only_card_waits_is_not_told_either(shop: Shop, till: Till) -> None:
    token = join_on_page(shop, name="Bu Baru", phone="081266600077")
    found = till.get("/members", identifier=token)["member"]
    assert found == {"id": found["id"], **NOTHING}
    assert till.get(f"/members/{found['id']}")["member"] == found
    sold = till.post("/sales", {"reference": "R-1", "identifier": token, **CART}, status=201)
    assert (sold["member"], sold["points_balance"]) == (found, 0)
    assert till.get("/members", identifier="081266600077")["member"]["points"]["available"] == sold["points_earned"]


@pytest.mark.parametrize("rule", EARNING, ids=str)
def test_rules_of_earning_do_not_say_who_the_member_is(
    shop: Shop, till: Till, colleague: Till, sari: str, token: str, rule: dict[str, Any]
) -> None:
    """What the sale earns is told; that a rule for this member was, or was not, among its reasons is not."""
    hers = promote(shop, title="Untuk gold", **({"kind": "earn", "value": None, "per_unit": 3} | rule))
    anyones = promote(shop, title="Untuk semua", kind="percent_off", value=1)
    cart = {**CART, "identifier": token}
    sold = till.post("/sales", {"reference": "R-1", **cart}, status=201)
    answers = [
        sold,
        till.get("/sales/R-1"),
        till.post("/quotes", cart),
        till.post("/quotes", {**cart, "reserve": True}),
    ]
    for answer in answers:
        named = {decision["promotion_id"] for decision in answer["decisions"]}
        assert str(anyones) in named
        assert str(hers) not in named
        assert not [hint for hint in answer.get("hints", ()) if hint["promotion_id"] == str(hers)]
    seen = colleague.post("/quotes", {**CART, "identifier": PHONE})["decisions"]
    assert str(hers) in {decision["promotion_id"] for decision in seen}
