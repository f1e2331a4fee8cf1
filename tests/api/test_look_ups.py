"""A stolen key does not list the members: look-ups of unknown phones, numbers and addresses are counted per till."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from members.queries import member
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line, new_key

CLOSING = 30


def try_numbers(till: ApiTill, count: int) -> list[int]:
    return [till.send("GET", "/members", query={"identifier": f"08129900{n:04d}"}).status_code for n in range(count)]


def test_too_many_unknown_numbers_close_the_tills_look_ups(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    siti = till.enrol("0812 3456 7890", email="siti@example.com")
    assert try_numbers(till, CLOSING + 2) == [404] * CLOSING + [429] * 2
    for identifier in ("0812 3456 7890", "siti@example.com", siti["number"]):
        problem = till.refused(
            "GET", "/members", query={"identifier": identifier}, status=429, code="too_many_attempts"
        )
        assert problem["retry_after_seconds"] > 0
        assert len(problem["cashier_message"]) <= 60
        body = {"identifier": identifier, "lines": [line()]}
        till.refused("POST", "/quotes", body, status=429, code="too_many_attempts")
    assert till.get(f"/members/{siti['id']}")["member"]["id"] == siti["id"], "what is known by id goes on"
    assert colleague.get("/members", identifier="0812 3456 7890")["member"]["id"] == siti["id"]
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


# --- a change of a contact asks as well --------------------------------------------------------------------------


def try_contacts(till: ApiTill, member_id: str, bodies: list[dict[str, str]]) -> list[int]:
    return [till.send("PATCH", f"/members/{member_id}", body).status_code for body in bodies]


def refused_contact(till: ApiTill, member_id: str, body: dict[str, str]) -> bytes:
    """Return the 429 problem of a change as it came, but for the seconds that are left."""
    response = till.send("PATCH", f"/members/{member_id}", body)
    assert (response.status_code, response["Retry-After"].isdigit()) == (429, True)
    return re.sub(rb'("retry_after_seconds": ?)\d+', rb"\1N", response.content)


@pytest.mark.parametrize("field", ["phone", "email"])
def test_free_contacts_close_the_tills_look_ups(shop: ApiShop, till: ApiTill, field: str) -> None:
    member_id = till.enrol("0812 3456 7890")["id"]
    values = {"phone": "08129911{:04d}", "email": "siti{}@example.com"}
    bodies = [{field: values[field].format(n)} for n in range(CLOSING + 2)]
    assert try_contacts(till, member_id, bodies) == [200] * CLOSING + [429] * 2
    assert try_numbers(till, 1) == [429]
    with merchant_scope(shop.merchant.id):
        actions = AuditEntry.objects.filter(merchant_id=shop.merchant.id, action="till.look_ups_closed")
        assert [entry.subject_id for entry in actions] == [till.till_id]


def test_taken_contacts_close_them_too(till: ApiTill) -> None:
    member_id = till.enrol("0812 3456 7890")["id"]
    till.enrol("0813 1111 1111", name="Budi")
    taken = [{"phone": "0813 1111 1111"}] * (CLOSING + 1)
    assert try_contacts(till, member_id, taken) == [409] * CLOSING + [429]
    assert try_numbers(till, 1) == [429]


def test_a_phone_and_an_address_in_one_change_are_two(till: ApiTill) -> None:
    member_id = till.enrol("0812 3456 7890")["id"]
    both = [{"phone": f"08129911{n:04d}", "email": f"siti{n}@example.com"} for n in range(CLOSING // 2 + 1)]
    assert try_contacts(till, member_id, both) == [200] * (CLOSING // 2) + [429]


def test_while_look_ups_are_closed_a_taken_and_a_free_contact_are_answered_alike(
    shop: ApiShop, till: ApiTill, colleague: ApiTill
) -> None:
    mine = str(till.enrol("0812 3456 7890", email="siti@example.com")["id"])
    till.enrol("0813 1111 1111", name="Budi", email="budi@example.com")
    try_numbers(till, CLOSING)
    asked = [
        {"phone": "0813 1111 1111"},
        {"phone": "0819 7777 7777"},
        {"email": "budi@example.com"},
        {"email": "nobody@example.com"},
        {"phone": "0812 3456 7890", "area": "Depok"},
    ]
    assert len({refused_contact(till, mine, body) for body in asked}) == 1
    with merchant_scope(shop.merchant.id):
        found = member(merchant=shop.merchant, member_id=UUID(mine))
    assert (found.phone, found.email, found.area) == ("+6281234567890", "siti@example.com", "")
    till.patch(f"/members/{mine}", {"area": "Depok", "email": ""})
    colleague.refused("PATCH", f"/members/{mine}", asked[0], status=409, code="member_exists")
    colleague.patch(f"/members/{mine}", asked[1])


def test_without_the_gate_the_answers_differ(till: ApiTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    mine = till.enrol("0812 3456 7890")["id"]
    till.enrol("0813 1111 1111", name="Budi")
    try_numbers(till, CLOSING)
    monkeypatch.setattr("pos_integration.views.members.refuse_look_ups", lambda call: None)
    assert try_contacts(till, mine, [{"phone": "0813 1111 1111"}, {"phone": "0819 7777 7777"}]) == [409, 200]


def test_what_names_no_other_contact_never_counts(till: ApiTill) -> None:
    mine = till.enrol("0812 3456 7890", email="siti@example.com")["id"]
    same = {"phone": "+62 812-3456-7890", "email": "siti@example.com", "area": "Depok"}
    bodies = [same, {"area": "Bogor"}, {"phone": "0812"}]
    assert try_contacts(till, mine, bodies * (CLOSING + 5)) == [200, 200, 400] * (CLOSING + 5)
    assert try_numbers(till, 1) == [404]


def test_the_same_change_again_counts_once_and_is_answered_as_it_was(till: ApiTill) -> None:
    path, key = f"/members/{till.enrol('0812 3456 7890')['id']}", new_key()
    first = till.send("PATCH", path, {"phone": "0819 7777 7777"}, key=key)
    for _ in range(CLOSING):
        assert till.send("PATCH", path, {"phone": "0819 7777 7777"}, key=key).content == first.content
    assert try_numbers(till, CLOSING) == [404] * (CLOSING - 1) + [429]
    assert till.send("PATCH", path, {"phone": "0819 7777 7777"}, key=key).content == first.content


def test_a_morning_of_corrections_is_not_held_up(till: ApiTill) -> None:
    """A cashier corrects twenty numbers and goes on looking members up."""
    people = [till.enrol(f"08129922{n:04d}", name=f"Anggota {n}")["id"] for n in range(20)]
    for n, member_id in enumerate(people):
        till.patch(f"/members/{member_id}", {"phone": f"08129933{n:04d}"})
        assert till.get("/members", identifier=f"08129933{n:04d}")["member"]["id"] == member_id
