"""One phone number, several people: the holder answers the look-up, and any of them may be named in a sale."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from members.operations.households import MOST_IN_HOUSEHOLD
from merchants.tenancy import merchant_scope, refusable
from tests.api.conftest import ApiShop
from tests.api.test_waiting_cards import join_on_page
from tests.api.till import ApiTill, line

PHONE = "0812 3456 7890"


@pytest.fixture
def holder(till: ApiTill) -> str:
    return str(till.enrol(PHONE)["id"])


def share(till: ApiTill, holder: str, name: str = "Ahmad Rahma", **fields: Any) -> Any:
    body = {"name": name, "promo_consent": False, "household_of": holder, **fields}
    return till.post("/members", body, status=201)["member"]


def household(till: ApiTill, identifier: str = PHONE) -> list[Any]:
    found: list[Any] = till.get("/members", identifier=identifier)["household"]
    return found


def test_each_has_an_account_and_any_may_be_named_in_a_sale(shop: ApiShop, till: ApiTill, holder: str) -> None:
    assert household(till) == []
    ahmad, ani = share(till, holder), share(till, holder, "Ani", email="ani@example.com")
    assert ahmad["phone_masked"] is None
    answer = till.get("/members", identifier=PHONE)
    assert answer["member"]["id"] == holder
    assert answer["household"] == [
        {"id": ahmad["id"], "name_masked": "A*** R***"},
        {"id": ani["id"], "name_masked": "A***"},
    ]
    till.sell("R-1", line(unit_amount=100_000), member_id=ahmad["id"])
    assert [till.balance(each) for each in (holder, ahmad["id"], ani["id"])] == [0, 10, 0]
    assert household(till, ahmad["number"]) == []
    shop.assert_verified()


def test_a_number_of_their_own_leads_out_of_the_household(till: ApiTill, holder: str) -> None:
    ahmad = share(till, holder)["id"]
    till.patch(f"/members/{ahmad}", {"area": "Depok"})
    assert len(household(till)) == 1
    till.patch(f"/members/{ahmad}", {"phone": "0813 1111 2222"})
    assert household(till) == []
    assert till.get("/members", identifier="0813 1111 2222")["member"]["id"] == ahmad
    till.refused("PATCH", f"/members/{ahmad}", {"phone": ""}, status=400, code="validation_error")


def test_the_household_follows_the_holders_new_number(till: ApiTill, holder: str) -> None:
    ahmad = share(till, holder)["id"]
    till.patch(f"/members/{holder}", {"phone": "0813 1111 2222"})
    assert [each["id"] for each in household(till, "0813 1111 2222")] == [ahmad]


def test_not_every_member_can_share_a_number(shop: ApiShop, till: ApiTill, holder: str) -> None:
    ahmad = share(till, holder)["id"]
    no_phone = till.post("/members", {"name": "Nina", "email": "n@example.com", "promo_consent": False}, status=201)
    for member_id, reason in ((ahmad, "shares"), (no_phone["member"]["id"], "no_phone")):
        body = {"name": "Cucu", "promo_consent": False, "household_of": member_id}
        problem = till.refused("POST", "/members", body, status=409, code="household_not_possible")
        assert problem["reason"] == reason
    for n in range(MOST_IN_HOUSEHOLD - 1):
        share(till, holder, f"Anak {n}")
    body = {"name": "Terlalu Banyak", "promo_consent": False, "household_of": holder}
    assert till.refused("POST", "/members", body, status=409, code="household_not_possible")["reason"] == "full"
    both = {**body, "phone": "0813 1111 2222"}
    assert till.refused("POST", "/members", both, status=400, code="validation_error")["errors"][0]["pointer"] == (
        "/household_of"
    )


def test_who_shows_a_waiting_card_shares_no_number(shop: ApiShop, till: ApiTill, holder: str) -> None:
    share(till, holder)
    token = join_on_page(shop, name="Orang Lain", phone=PHONE)
    assert household(till, token) == []
    body = {"name": "Teman", "promo_consent": False, "household_of": holder}
    till.refused("POST", "/members", body, status=409, code="card_not_confirmed")


def test_the_database_lets_no_one_share_a_number_and_have_one(shop: ApiShop, till: ApiTill, holder: str) -> None:
    ahmad = share(till, holder)["id"]
    rows = Member.objects.filter(merchant_id=shop.merchant.id, id=UUID(ahmad))
    taken = pytest.raises(IntegrityError, match="member_household_shares_a_phone")
    with merchant_scope(shop.merchant.id), taken, refusable():
        rows.update(phone="+6281311112222")


def test_a_large_household_takes_no_more_statements(till: ApiTill, holder: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            household(till)
        return len(captured)

    share(till, holder)
    statements()
    one = statements()
    for n in range(3):
        share(till, holder, f"Anak {n}")
    assert statements() == one
