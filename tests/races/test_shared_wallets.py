"""Two of one household redeem the last points at once, or one leaves while another redeems: no point counts twice."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest

from ledger.facts import Unit
from ledger.invariants import verify as verify_ledger
from ledger.queries import balances
from members.invariants import verify as verify_members
from members.operations import choose_wallet, join_household, leave_household, shared_wallets
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from sales.operations import record_sale
from tests.races.together import outcomes, overlap
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")


def open_household(sharers: int) -> tuple[SellingShop, list[UUID]]:
    """Open a shop with a holder and so many who share the number, 100 points each, and one wallet."""
    shop = open_selling_shop(settings={"join_bonus_points": 100})
    with merchant_scope(shop.merchant.id):
        people = [shop.join(phone="0812 3456 7890").id]
        people += [shop.join(phone=None, email=f"p{n}@example.com").id for n in range(sharers)]
        for one in people[1:]:
            join_household(merchant=shop.merchant, holder_id=people[0], member_id=one, actor=SYSTEM, at=NOW)
        choose_wallet(merchant=shop.merchant, holder_id=people[0], is_shared=True, actor=SYSTEM, at=NOW)
    return shop, people


def redeem(shop: SellingShop, member_id: UUID, points: int, reference: str) -> None:
    draft = sale(line(1, 1_000_000), reference=reference, member_id=member_id, redeem_points=points)
    record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)


def left(shop: SellingShop, people: list[UUID]) -> list[int]:
    with merchant_scope(shop.merchant.id):
        assert verify_ledger(merchant=shop.merchant) == []
        assert verify_members(merchant=shop.merchant) == []
        owned = balances(merchant=shop.merchant, owner_ids=people, unit=Unit.POINTS, business_date=NOW.date())
        return [owned[one].available for one in people]


def test_three_redeem_the_last_points_at_once_and_one_gets_them() -> None:
    shop, people = open_household(2)

    def work(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            redeem(shop, people[number % 3], 290, f"R-{number}")

    assert outcomes(work, 6, workers=6) == Counter(ok=1, insufficient_points=5)
    assert sum(left(shop, people)) == 10 + 97, "10 are left, and 971,000 in money earned 97"


def test_who_left_while_another_waited_keeps_what_is_theirs() -> None:
    shop, (holder, leaver) = open_household(1)

    def leave() -> None:
        leave_household(merchant=shop.merchant, member_id=leaver, actor=SYSTEM, at=NOW)

    ended = overlap(shop.merchant.id, leave, lambda: redeem(shop, holder, 150, "R-1"))
    assert ended == "insufficient_points"
    assert left(shop, [holder, leaver]) == [100, 100]


def test_who_leaves_while_another_redeems_waits_for_them() -> None:
    shop, (holder, leaver) = open_household(1)

    def leave() -> None:
        leave_household(merchant=shop.merchant, member_id=leaver, actor=SYSTEM, at=NOW)

    assert overlap(shop.merchant.id, lambda: redeem(shop, holder, 150, "R-1"), leave) == "ok"
    assert left(shop, [holder, leaver])[1] == 50


def test_without_the_second_look_who_left_would_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the household as it was before the accounts were locked."""
    shop, (holder, leaver) = open_household(1)
    monkeypatch.setattr(shared_wallets, "wallet_mates", lambda **_: [leaver])

    def leave() -> None:
        leave_household(merchant=shop.merchant, member_id=leaver, actor=SYSTEM, at=NOW)

    assert overlap(shop.merchant.id, leave, lambda: redeem(shop, holder, 150, "R-1")) == "ok"
    assert left(shop, [holder, leaver])[1] == 50, "50 of someone who had left"
