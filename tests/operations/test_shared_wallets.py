"""A household's one wallet and a sale that was paid: what the others have is taken before anyone owes."""

from __future__ import annotations

import pytest

from ledger.facts import EntryKind, Unit
from ledger.queries import balances, entries
from members.operations import choose_wallet, join_household
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from tests.sales_shop import NOW, line, open_selling_shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "left", "debt", "moved"),
    [(150, (50, 0), 0, 50), (200, (0, 0), 0, 100), (230, (0, -30), 30, 100), (100, (100, 0), 0, 0)],
)
def test_a_paid_sale_takes_from_the_household_before_it_makes_debt(
    asked: int, left: tuple[int, int], debt: int, moved: int
) -> None:
    shop = open_selling_shop(settings={"join_bonus_points": 100, "max_debt_points": 1_000})
    with merchant_scope(shop.merchant.id):
        holder = shop.join(phone="0812 3456 7890")
        buyer = shop.join(phone=None, email="anak@example.com")
        join_household(merchant=shop.merchant, holder_id=holder.id, member_id=buyer.id, actor=SYSTEM, at=NOW)
        choose_wallet(merchant=shop.merchant, holder_id=holder.id, is_shared=True, actor=SYSTEM, at=NOW)
        sold = shop.sell(line(1, 1_000_000), member=buyer, is_paid=True, redeem_points=asked)
        assert sold.points_redeemed == asked
        owned = balances(
            merchant=shop.merchant, owner_ids=[holder.id, buyer.id], unit=Unit.POINTS, business_date=NOW.date()
        )
        earned = sold.points_earned
        assert owned[holder.id].points_balance == left[0]
        assert owned[buyer.id].points_balance == left[1] + earned
        lines = entries(merchant=shop.merchant, owner_id=buyer.id, limit=20)
        assert sum(one.change for one in lines if one.kind is EntryKind.TRANSFER) == moved
        missing = [warning for warning in sold.warnings if warning.code == "points_missing"]
        assert [warning.facts["debt"] for warning in missing] == ([debt] if debt else [])
