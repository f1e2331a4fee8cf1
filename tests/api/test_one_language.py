"""A problem speaks one language: the one asked for, else the merchant's, in every part of it (gaps: POS 19)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from merchants.facts import SYSTEM
from merchants.operations import change_merchant_settings
from merchants.tenancy import merchant_scope
from pos_integration.problem_words import PROBLEMS
from tests.api.conftest import ApiShop
from tests.api.test_till_clock import NOW
from tests.api.till import ApiTill, line

Send = Callable[..., dict[str, Any]]
SALE = {"reference": "R-9", "lines": [line()]}

WRONG: dict[str, Callable[[Send], dict[str, Any]]] = {
    "a query that nobody knows": lambda send: send("GET", "/program", query={"a": "1"}),
    "no identifier": lambda send: send("GET", "/members"),
    "an unknown member": lambda send: send("GET", "/members", query={"identifier": "0812 0000 0000"}),
    "an address that is none": lambda send: send("GET", "/nothing"),
    "a method that is none": lambda send: send("POST", "/program", {}),
    "no body": lambda send: send("POST", "/sales", raw=b""),
    "half a body": lambda send: send("POST", "/sales", raw=b"{"),
    "a key twice": lambda send: send("POST", "/sales", raw=b'{"a":1,"a":2}'),
    "no number": lambda send: send("POST", "/sales", raw=b"[NaN]"),
    "no text": lambda send: send("POST", "/sales", raw=b'"\xff"'),
    "too deep": lambda send: send("POST", "/sales", raw=b"[" * 200 + b"]" * 200),
    "a media type": lambda send: send("POST", "/sales", SALE, content_type="text/plain"),
    "a field that nobody knows": lambda send: send("POST", "/sales", {**SALE, "a": 1}),
    "a wrong field": lambda send: send("POST", "/sales", {**SALE, "occurred_at": "now"}),
    "a clock": lambda send: send("POST", "/sales", SALE, headers={"X-Till-Clock": "now"}),
    "a key of the wrong form": lambda send: send("POST", "/sales", SALE, key="short"),
    "a member that is none": lambda send: send("POST", "/members", {"name": "Siti", "promo_consent": True}),
    "a phone that is none": lambda send: send(
        "POST", "/members", {"name": "Siti", "phone": "12", "promo_consent": True}
    ),
    "a coupon": lambda send: send("POST", "/sales", {**SALE, "coupon_codes": ["WRONG"]}),
    "points without a member": lambda send: send("POST", "/sales", {**SALE, "redeem_points": 10}),
    "a line that was not sold": lambda send: send(
        "POST", "/sales/R-1/refunds", {"refund_reference": "B-1", "lines": [{"line_id": "9", "quantity": 1}]}
    ),
    "a claim of what was returned": lambda send: send("POST", "/sales/R-2/claim", {"member_id": send.siti}),  # type: ignore[attr-defined]
}


class Asker:
    """Sends with or without a wish for a language and returns the problem."""

    def __init__(self, till: ApiTill, siti: str, wish: str) -> None:
        self.till, self.siti, self.wish = till, siti, wish

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        headers = {**options.pop("headers", {}), "Accept-Language": self.wish}
        answer = self.till.send(method, path, body, headers=headers, **options)
        assert answer.status_code >= 400
        problem: dict[str, Any] = json.loads(answer.content)
        return problem


@pytest.mark.parametrize("own", ["id", "en"])
def test_a_problem_speaks_the_language_asked_for_else_the_merchants(till: ApiTill, shop: ApiShop, own: str) -> None:
    with merchant_scope(shop.merchant.id):
        change_merchant_settings(merchant=shop.merchant, changes={"language": own}, at=NOW, actor=SYSTEM)
    siti = till.enrol("0812 3456 7890")["id"]
    till.sell("R-1")
    till.sell("R-2")
    till.post("/sales/R-2/void", {})
    other = "en" if own == "id" else "id"
    for name, ask in WRONG.items():
        unasked, asked, foreign = (ask(Asker(till, siti, wish)) for wish in ("", own, other))
        spoken = ("title", "detail", "cashier_message")
        if name in {"an address that is none"}:
            assert asked["detail"] != foreign["detail"], name  # no key, no merchant: the product's language
            continue
        assert unasked == asked, name
        assert [part for part in spoken if asked[part] == foreign[part]] == [], (name, asked)
        said, said_there = ([e["message"] for e in problem.get("errors", ())] for problem in (asked, foreign))
        assert set(said).isdisjoint(said_there), (name, said)


def test_reasons_and_states_are_named_in_words(till: ApiTill) -> None:
    siti = till.enrol("0812 3456 7890")["id"]
    till.sell("R-1")
    till.post("/sales/R-1/void", {})
    for language, words in (("en", "it was returned"), ("id", "penjualan ini sudah diretur")):
        till.language = language
        body = {"member_id": siti}
        problem = till.refused("POST", "/sales/R-1/claim", body, status=409, code="claim_not_possible")
        assert words in problem["detail"]
        assert problem["reason"] == "returned"


def test_no_detail_names_a_fact_without_its_words() -> None:
    """A code in a detail is English in every language: only figures, and what the integrator typed, may stand there."""
    named = {code for code, words in PROBLEMS.items() if "%(reason)s" in words.detail or "%(status)s" in words.detail}
    assert named == {
        "malformed_json",
        "claim_not_possible",
        "household_not_possible",
        "redemption_closed",
        "redemption_handed_over",
        "step_not_possible",
    }
