"""A till that was shown only a waiting card learns nothing about the member, from any answer."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from rewards.catalogue.facts import Handover
from tests.api.batches import sale_item, send
from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.test_waiting_cards import PHONE, give, join_on_page
from tests.api.till import ApiTill, line

NOTHING: dict[str, Any] = {
    "number": None,
    "status": "active",
    "name": "",
    "phone_masked": None,
    "email_masked": None,
    "joined_at": None,
    "tier": None,
    "perks": None,
    "segment": None,
    "purchase_count": 0,
    "points": {"available": 0, "pending": 0, "held": 0, "debt": 0, "expiring": []},
    "shared_wallet": None,
    "wallet": {"available_amount": 0, "pending": [], "held_amount": 0, "expiring": []},
    "card": {"confirmed": False},
    "card_url": None,
    "consents": [],
    "birthday": None,
    "stamps": [],
    "referral_code": "",
    "referral_link": None,
    "coupons": [],
}
CART: dict[str, Any] = {"lines": [line(unit_amount=100_000)]}
CARD = {"threshold": 20, "reward": {"kind": "cheapest_free", "valid_days": 30}}
EARNING: list[dict[str, Any]] = [
    {"when": {"tiers_any": ["gold"]}},
    {"when": {"segments_any": ["loyal"]}},
    {"when": {"members_only": True}},
    {"when": {"birthday_window_days": 3}, "kind": "earn_bonus", "per_unit": None, "points": 5},
    {"usage": {"per_member_limit": 1}},
    {"when": {"first_purchase": True}},
    {"when": {"members_only": True, "min_subtotal": 110_000}},
]


@pytest.fixture
def sari(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> str:
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
def token(shop: ApiShop, sari: str) -> str:
    return join_on_page(shop, name="Orang Lain")


def secrets_of(till: ApiTill, sari: str) -> list[str]:
    """Return what a stranger must not read, as a till that knows her sees it."""
    known = till.get(f"/members/{sari}")["member"]
    coupons = [coupon["code"] for coupon in known["coupons"]]
    assert known["tier"] is None or known["tier"]["name"]
    assert known["stamps"]
    assert len(coupons) == 1
    figures = [str(known["points"]["available"]), str(known["wallet"]["available_amount"])]
    tier = [known["tier"]["name"]] if known["tier"] else []
    return ["Sari", "asli", known["number"], known["referral_code"], PHONE[-4:], "98766", *figures, *coupons, *tier]


def test_no_answer_tells_anything(shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str) -> None:
    promote(
        shop,
        title="Kupon",
        kind="issue_coupon",
        value=None,
        coupon={"kind": "percent_off", "value": 5, "valid_days": 30},
    )
    secrets = secrets_of(colleague, sari)
    found = till.get("/members", identifier=token)["member"]
    assert found == {"id": sari, **NOTHING}
    cart = {**CART, "member_id": sari}
    sold = till.post("/sales", {"reference": "R-1", "identifier": token, **CART}, status=201)
    refunded = till.post(
        "/sales/R-1/refunds", {"refund_reference": "RF-1", "lines": [{"line_id": "1", "quantity": 1}]}, status=201
    )
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
        "batch": send(till, [sale_item(1, "R-8", identifier=token, **CART), sale_item(2, "R-9", **cart)]),
    }  # fmt: skip
    assert [one["body"]["member"] for one in answers["batch"]["results"]] == [{"id": sari, **NOTHING}] * 2
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
    shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str
) -> None:
    till.get("/members", identifier=token)
    seen = colleague.get(f"/members/{sari}")["member"]
    assert till.get("/members", identifier=PHONE)["member"] == seen
    till.get("/members", identifier=token)
    till.post(f"/members/{sari}/cards/confirm", {"token": token})
    shown = till.get(f"/members/{sari}")["member"]
    assert shown["card_url"].endswith(f"/card/{token}")
    assert shown == {**seen, "card_url": shown["card_url"]}
    assert till.get("/sales/R-0")["points_balance"] == seen["points"]["available"]


def test_a_member_whose_only_card_waits_is_not_shown_either(shop: ApiShop, till: ApiTill) -> None:
    token = join_on_page(shop, name="Bu Baru", phone="081266600077")
    found = till.get("/members", identifier=token)["member"]
    assert found == {"id": found["id"], **NOTHING}
    assert till.get(f"/members/{found['id']}")["member"] == found
    sold = till.post("/sales", {"reference": "R-1", "identifier": token, **CART}, status=201)
    assert (sold["member"], sold["points_balance"]) == (found, 0)
    assert till.get("/members", identifier="081266600077")["member"]["points"]["available"] == sold["points_earned"]


@pytest.mark.parametrize("rule", EARNING, ids=str)
def test_rules_of_earning_do_not_say_who_the_member_is(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str, rule: dict[str, Any]
) -> None:
    """The answer says what the sale earns; it does not say whether a rule for this member was among the reasons."""
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


TELLING = frozenset(
    {
        "points_balance",
        "balance_after",
        "tier",
        "tier_change",
        "wallet",
        "points",
        "stamps",
        "coupon",
        "coupons_issued",
        "phone_masked",
        "referral_code",
        "segment",
        "birthday",
        "usable",
        "uses_left",
    }
)
SILENT = {
    "GET /members",
    "GET /members/{member_id}",
    "GET /members/{member_id}/ledger",
    "GET /members/{member_id}/coupons",
    "POST /members/{member_id}/top-ups",
    "POST /top-ups/{top_up_id}/reversal",
    "POST /quotes",
    "POST /sales",
    "GET /sales",
    "GET /sales/{reference}",
    "POST /sales/{reference}/claim",
    "POST /sales/{reference}/refunds",
    "GET /sales/{reference}/refunds",
    "POST /sales/{reference}/void",
    "POST /batches",
    "POST /redemptions",
    "POST /redemptions/{redemption_id}/confirm",
    "POST /redemptions/{redemption_id}/reversal",
    "POST /redemptions/{redemption_id}/handover",
    "GET /rewards",
}
"""Operations that say nothing to a till that saw only a waiting card."""
OF_NO_MEMBER = {
    "POST /members": "whoever joins here is known",
    "POST /members/{member_id}/cards/confirm": "the card is in force",
    "PATCH /members/{member_id}": "refused by a waiting card",
    "POST /members/{member_id}/consents": "refused by a waiting card",
    "GET /redemptions": "all gifts of the outlet, masked, whichever card was shown",
    "POST /coupons/check": "the code was shown",
    "POST /gift-cards/check": "the code was shown",
}


def test_every_operation_that_tells_of_a_member_keeps_silent_or_has_a_reason(client: Any) -> None:
    """Walks the served document: a new operation that shows a member must be decided on here."""
    document = client.get("/api/schema/", headers={"accept": "application/json"}).json()
    telling = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answers = [body for status, body in operation.get("responses", {}).items() if status.startswith("2")]
            if any(_names_in(answer, document, frozenset()) & TELLING for answer in answers):
                telling.add(f"{method.upper()} {path.removeprefix('/api/pos/v1')}")
    assert telling == SILENT | set(OF_NO_MEMBER)


def _names_in(node: Any, document: dict[str, Any], within: frozenset[str]) -> set[str]:
    """Return the names of all properties in a part of the document, through its references."""
    if isinstance(node, list):
        return set().union(*(_names_in(item, document, within) for item in node))
    if not isinstance(node, dict):
        return set()
    names = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in within:
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        names |= _names_in(target, document, within | {reference})
    return names.union(*(_names_in(value, document, within) for value in node.values()))


@pytest.mark.parametrize("end", ["reversal", "handover", "confirm"])
def test_rewards_taken_elsewhere_tell_nothing_either(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str, end: str
) -> None:
    """The colleague's till knows her and took the reward; this one was shown a waiting card."""
    way: dict[str, Any] = {"handover": Handover.PICKUP} if end == "handover" else {"batch_id": shop.coupon_batch()}
    reward = str(shop.reward(points=30, **way))
    body = {"member_id": sari, "reward_id": reward, "hold": end == "confirm"}
    taken = colleague.post("/redemptions", body, status=201)
    assert taken["points_balance"] > 0
    till.get("/members", identifier=token)
    told = till.post(f"/redemptions/{taken['id']}/{end}", {})
    assert (told["id"], told["points_balance"], told["coupon"]) == (taken["id"], 0, None)
    till.get("/members", identifier=PHONE)
    if end != "reversal":  # which can be asked for once only
        again = till.post(f"/redemptions/{taken['id']}/{end}", {})
        assert again["points_balance"] > 0
    shop.assert_verified()
