"""The table of Idempotency-Key, line by line (C1), without threads; tests/races has the concurrent cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from merchants.facts import ClaimedKeyFacts
from merchants.models import ClaimedKey
from merchants.operations import claim_key
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line, new_key

SALE: dict[str, Any] = {"reference": "R-1", "lines": [line("1"), line("2", quantity=2)]}


def test_the_same_key_gets_the_same_bytes(till: ApiTill) -> None:
    key = new_key()
    first = till.send("POST", "/sales", SALE, key=key)
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first
    again = till.send("POST", "/sales", SALE, key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    quoted = till.send("POST", "/sales", SALE, key=f'"{key}"', headers={"Accept-Language": "id"})
    assert quoted.content == first.content


def test_order_spacing_and_spelling_of_the_content_do_not_matter(till: ApiTill) -> None:
    key = new_key()
    body = {**SALE, "occurred_at": "2026-03-05T14:30:00+07:00", "redeem_points": 0}
    first = till.send("POST", "/sales", body, key=key)
    turned = {"occurred_at": "2026-03-05T07:30:00.000Z", **dict(reversed(SALE.items()))}
    again = till.send("POST", "/sales", raw=json.dumps(turned, indent=3).encode(), key=key)
    assert (again.status_code, again.content) == (201, first.content)


@pytest.mark.parametrize(
    "other",
    [
        {**SALE, "reference": "R-2"},
        {**SALE, "cashier": "Dewi"},
        {**SALE, "lines": list(reversed(SALE["lines"]))},
        {**SALE, "lines": [line("1"), line("2", quantity=3)]},
    ],
)
def test_the_same_key_for_other_content_does_nothing(till: ApiTill, other: dict[str, object]) -> None:
    key = new_key()
    till.post("/sales", SALE, status=201, key=key)
    till.refused("POST", "/sales", other, key=key, status=422, code="idempotency_key_reused")
    till.refused("POST", "/sales/R-1/void", {}, key=key, status=422, code="idempotency_key_reused")
    assert till.get("/sales/R-1")["status"] == "completed"
    till.refused("GET", "/sales/R-2", status=404, code="sale_not_found")


def test_a_known_receipt_under_a_new_key(till: ApiTill) -> None:
    first = till.sell("R-1", *SALE["lines"])
    key = new_key()
    natural = till.send("POST", "/sales", SALE, key=key)
    assert natural.status_code == 200
    assert natural["Idempotency-Replayed"] == "natural"
    assert json.loads(natural.content) == first
    replay = till.send("POST", "/sales", SALE, key=key)
    assert (replay.status_code, replay.content, replay["Idempotency-Replayed"]) == (200, natural.content, "true")


def test_a_known_receipt_with_other_content_is_refused_and_the_refusal_kept(till: ApiTill) -> None:
    till.sell("R-1")
    key, other = new_key(), {"reference": "R-1", "lines": [line(unit_amount=1)]}
    till.refused("POST", "/sales", other, key=key, status=409, code="sale_conflict")
    again = till.send("POST", "/sales", other, key=key)
    assert (again.status_code, again["Idempotency-Replayed"]) == (409, "true")
    assert again["Content-Type"] == "application/problem+json"


def test_a_refusal_undoes_the_work_and_is_kept(till: ApiTill) -> None:
    member = till.enrol("0812 3456 7890")
    key, body = new_key(), {"reference": "R-1", "lines": [line()], "member_id": member["id"], "redeem_points": 50}
    first = till.send("POST", "/sales", body, key=key)
    assert json.loads(first.content)["code"] == "insufficient_points"
    till.refused("GET", "/sales/R-1", status=404, code="sale_not_found")
    till.sell("R-0", line(unit_amount=1_000_000), member_id=member["id"])
    again = till.send("POST", "/sales", body, key=key)
    assert (again.status_code, again.content) == (409, first.content)
    till.post("/sales", body, status=201)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sales", {"reference": "R\u200b1", "lines": [line()]}, 400),
        ("/sales", {"reference": "R-1", "lines": [line()], "member_id": "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"}, 404),
        ("/sales/R-9/claim", {"member_id": "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"}, 404),
        ("/members", {"name": "Siti", "phone": "1", "promo_consent": True}, 400),
    ],
)
def test_what_is_not_kept_may_be_sent_again(till: ApiTill, path: str, body: dict[str, object], status: int) -> None:
    key = new_key()
    assert till.send("POST", path, body, key=key).status_code == status
    assert not ClaimedKey.objects.filter(merchant_id=till.merchant.id, key=key).exists()
    till.post("/sales", SALE, status=201, key=key)


def test_keys_of_two_tills_do_not_meet(till: ApiTill, colleague: ApiTill, stranger: ApiTill) -> None:
    key = new_key()
    sales = [each.ok("POST", "/sales", SALE, key=key, status=201) for each in (till, colleague, stranger)]
    assert len({sale["id"] for sale in sales}) == 3


def test_what_only_asks_keeps_nothing(till: ApiTill) -> None:
    key = new_key()
    first = till.post("/quotes", {"lines": [line()]}, key=key)
    other = till.post("/quotes", {"lines": [line(quantity=2)]}, key=key)
    assert first["total_amount"] * 2 == other["total_amount"]
    till.post("/coupons/check", {"code": "K7QH2M4TX9CDR"}, key=key)
    with merchant_scope(till.merchant.id):
        assert not ClaimedKey.objects.filter(merchant_id=till.merchant.id, key=key).exists()


def test_a_reserved_quote_keeps_its_answer(till: ApiTill) -> None:
    key, body = new_key(), {"lines": [line()], "reserve": True}
    first = till.send("POST", "/quotes", body, key=key)
    again = till.send("POST", "/quotes", body, key=key)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    quote_id = json.loads(first.content)["quote_id"]
    release = new_key()
    for _ in range(2):
        released = till.send("POST", f"/quotes/{quote_id}/release", key=release)
        assert (released.status_code, released.content) == (204, b"")


def test_a_claimed_key_without_an_answer_is_in_progress(till: ApiTill, shop: ApiShop) -> None:
    """Cannot happen by itself (claim and answer commit together); an answer must still be given."""
    from django.utils import timezone  # noqa: PLC0415

    from pos_integration.pipeline import request_fingerprint  # noqa: PLC0415

    prints = request_fingerprint(
        method="POST", route="api/pos/v1/sales/<str:reference>/void", path={"reference": "R-1"}, data={}
    )
    key = new_key()
    with merchant_scope(shop.merchant.id):
        claim = claim_key(
            merchant=shop.merchant, till_id=shop.till_id, key=key, request_fingerprints=[prints], at=timezone.now()
        )
    assert isinstance(claim, ClaimedKeyFacts)
    response = till.send("POST", "/sales/R-1/void", {}, key=key)
    assert (response.status_code, response["Retry-After"]) == (409, "1")
    assert json.loads(response.content)["retryable"] is True
