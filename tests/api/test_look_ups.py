"""A stolen key does not list the members: look-ups of unknown phones, numbers and addresses are counted per till."""

from __future__ import annotations

from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

CLOSING = 30


def try_numbers(till: ApiTill, count: int) -> list[int]:
    return [till.send("GET", "/members", query={"identifier": f"08129900{n:04d}"}).status_code for n in range(count)]


def test_too_many_unknown_numbers_close_the_tills_look_ups(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    member = till.enrol("0812 3456 7890", email="siti@example.com")
    assert try_numbers(till, CLOSING + 2) == [404] * CLOSING + [429] * 2
    for identifier in ("0812 3456 7890", "siti@example.com", member["number"]):
        problem = till.refused(
            "GET", "/members", query={"identifier": identifier}, status=429, code="too_many_attempts"
        )
        assert problem["retry_after_seconds"] > 0
        assert len(problem["cashier_message"]) <= 60
        body = {"identifier": identifier, "lines": [line()]}
        till.refused("POST", "/quotes", body, status=429, code="too_many_attempts")
    assert till.get(f"/members/{member['id']}")["member"]["id"] == member["id"], "what is known by id goes on"
    assert colleague.get("/members", identifier="0812 3456 7890")["member"]["id"] == member["id"]
    with merchant_scope(shop.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=shop.merchant.id, action="till.look_ups_closed")
    assert entry.subject_id == till.till_id


def test_known_members_never_count(till: ApiTill) -> None:
    till.enrol("0812 3456 7890")
    for _ in range(CLOSING + 5):
        till.get("/members", identifier="0812 3456 7890")
    assert try_numbers(till, 1) == [404]


def test_unknown_members_in_quotes_and_sales_count_too(till: ApiTill) -> None:
    for number in range(CLOSING):
        body = {"identifier": f"08129900{number:04d}", "lines": [line()]}
        path, more = ("/sales", {"reference": f"R-{number}"}) if number % 2 else ("/quotes", {})
        assert till.send("POST", path, {**body, **more}).status_code == 404
    assert try_numbers(till, 1) == [429]


def test_a_qr_is_looked_up_even_then(till: ApiTill) -> None:
    try_numbers(till, CLOSING)
    till.refused("GET", "/members", query={"identifier": "A" * 22}, status=404, code="member_not_found")
