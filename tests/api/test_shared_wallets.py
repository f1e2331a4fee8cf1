"""A household with one wallet: any of them redeems what all of them have; each earns, and keeps, their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.operations import block, choose_wallet
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.test_households import PHONE, share
from tests.api.till import ApiTill, line


class Household:
    """The holder Siti with 100 points, Ahmad with 60, Ani with none; they share one number."""

    def __init__(self, shop: ApiShop, till: ApiTill) -> None:
        self.shop, self.till = shop, till
        self.siti = str(till.enrol(PHONE)["id"])
        self.ahmad = str(share(till, self.siti, "Ahmad Rahma", email="ahmad@example.com")["id"])
        self.ani = str(share(till, self.siti, "Ani", email="ani@example.com")["id"])
        till.sell("E-1", line(unit_amount=1_000_000), member_id=self.siti)
        till.sell("E-2", line(unit_amount=600_000), member_id=self.ahmad)

    def choose(self, *, is_shared: bool = True) -> None:
        with merchant_scope(self.shop.merchant.id):
            choose_wallet(
                merchant=self.shop.merchant,
                holder_id=UUID(self.siti),
                is_shared=is_shared,
                actor=SYSTEM,
                at=timezone.now(),
            )

    @property
    def balances(self) -> list[int]:
        return [self.till.balance(each) for each in (self.siti, self.ahmad, self.ani)]

    def told(self, member_id: str) -> Any:
        return self.till.get(f"/members/{member_id}")["member"]["shared_wallet"]

    def pay(self, member_id: str, points: int, reference: str = "P-1", **fields: Any) -> Any:
        return self.till.sell(reference, line(unit_amount=100_000), member_id=member_id, redeem_points=points, **fields)


@pytest.fixture
def home(shop: ApiShop, till: ApiTill) -> Household:
    return Household(shop, till)


def test_separate_wallets_are_the_default(home: Household) -> None:
    assert home.told(home.ani) is None
    body = {"reference": "P-1", "member_id": home.ani, "lines": [line(unit_amount=100_000)], "redeem_points": 30}
    home.till.refused("POST", "/sales", body, status=409, code="insufficient_points")
    assert home.balances == [100, 60, 0]


def test_any_of_them_redeems_what_all_of_them_have(home: Household) -> None:
    home.choose()
    for each in (home.siti, home.ahmad, home.ani):
        assert home.told(each) == {"points_available": 160, "wallet_available_amount": 0}
    cart = {"member_id": home.ani, "lines": [line(unit_amount=100_000)], "redeem_points": 130}
    assert home.till.post("/quotes", cart)["points_to_redeem"] == 130
    assert home.balances == [100, 60, 0], "a plain quote moves nothing"
    sold = home.pay(home.ani, 130)
    earned = sold["points_earned"]
    assert sold["points_redeemed"] == 130
    assert sum(home.balances) == 30 + earned
    assert home.till.balance(home.ani) == earned
    entries = home.till.get(f"/members/{home.ani}/ledger")["results"]
    kinds = [(one["kind"], one["change"]) for one in entries if one["kind"] in ("transfer", "redeem")]
    assert sorted(change for kind, change in kinds if kind == "transfer") in ([30, 100], [60, 70])
    assert ("redeem", -130) in kinds
    body = {"reference": "P-2", "member_id": home.ani, "lines": [line(unit_amount=100_000)], "redeem_points": 500}
    problem = home.till.refused("POST", "/sales", body, status=409, code="insufficient_points")
    assert problem["available"] == 30 + earned
    home.shop.assert_verified()


def test_no_more_is_moved_than_the_sale_takes(home: Household) -> None:
    """Points pay 100 each: a cart of 5,000 takes 50 of the 160 asked for."""
    home.choose()
    sold = home.till.sell("P-1", line(unit_amount=5_000), member_id=home.ani, redeem_points=160)
    assert sold["points_redeemed"] == 50
    assert sorted(home.balances) in ([0, 50, 60], [0, 10, 100])
    assert home.till.balance(home.ani) == 0


def test_what_the_own_points_cover_moves_nothing(home: Household) -> None:
    home.choose()
    home.pay(home.ahmad, 60)
    assert home.till.balance(home.siti) == 100
    entries = home.till.get(f"/members/{home.ahmad}/ledger")["results"]
    assert "transfer" not in {one["kind"] for one in entries}


def test_a_void_gives_back_to_the_one_who_redeemed_also_after_leaving(home: Household) -> None:
    home.choose()
    sale = home.pay(home.ani, 130)
    home.choose(is_shared=False)
    home.till.post(f"/sales/{sale['id']}/void", {"reason": "salah"})
    assert home.till.balance(home.ani) == 130
    assert sum(home.balances) == 160
    home.shop.assert_verified()


def test_a_reserving_quote_holds_what_was_moved_and_a_paid_sale_takes_it(home: Household) -> None:
    home.choose()
    cart = {"member_id": home.ani, "lines": [line(unit_amount=100_000)], "redeem_points": 130, "reserve": True}
    quote = home.till.post("/quotes", cart)
    assert home.told(home.siti)["points_available"] == 30
    body = {"reference": "P-2", "member_id": home.siti, "lines": [line(unit_amount=100_000)], "redeem_points": 40}
    home.till.refused("POST", "/sales", body, status=409, code="insufficient_points")
    sold = home.pay(home.ani, 130, quote_id=quote["quote_id"])
    assert sold["points_redeemed"] == 130
    home.shop.assert_verified()


def test_who_is_blocked_or_restricted_neither_gives_nor_takes(home: Household) -> None:
    home.choose()
    with merchant_scope(home.shop.merchant.id):
        block(merchant=home.shop.merchant, member_id=UUID(home.ahmad), actor=SYSTEM, reason="x", at=timezone.now())
    assert home.told(home.ani) == {"points_available": 100, "wallet_available_amount": 0}
    body = {"reference": "P-1", "member_id": home.ani, "lines": [line(unit_amount=100_000)], "redeem_points": 101}
    home.till.refused("POST", "/sales", body, status=409, code="insufficient_points")
    with merchant_scope(home.shop.merchant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET restricted_at = joined_at WHERE id = %s", [home.siti])
    assert home.told(home.ani) is None


def test_a_reward_is_redeemed_from_the_household(home: Household) -> None:
    home.choose()
    reward = str(home.shop.reward(points=120))
    found = home.till.get("/rewards", member_id=home.ani)["results"]
    assert [(one["id"], one["usable"]) for one in found] == [(reward, True)]
    home.till.post("/redemptions", {"member_id": home.ani, "reward_id": reward}, status=201)
    assert sum(home.balances) == 40
    home.shop.assert_verified()


def test_the_choice_goes_with_the_phone_and_who_leaves_takes_what_is_theirs(home: Household) -> None:
    home.choose()
    home.till.patch(f"/members/{home.ahmad}", {"phone": "0813 1111 2222"})
    assert home.told(home.ahmad) is None
    assert home.told(home.ani) == {"points_available": 100, "wallet_available_amount": 0}
    assert home.till.balance(home.ahmad) == 60
    home.shop.assert_verified()


def test_a_household_with_separate_wallets_costs_a_sale_nothing(home: Household) -> None:
    lone = str(home.till.enrol("0819 9999 8888")["id"])

    def statements(member_id: str, reference: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            home.till.sell(reference, line(), member_id=member_id)
        return len(captured)

    for member_id, reference in ((lone, "S-0"), (home.ahmad, "S-1"), (home.siti, "S-2")):
        statements(member_id, reference)
    assert statements(lone, "S-3") == statements(home.ahmad, "S-4") == statements(home.siti, "S-5")
    home.choose()
    assert statements(home.ahmad, "S-6") == statements(lone, "S-7"), "neither where nothing is redeemed"
