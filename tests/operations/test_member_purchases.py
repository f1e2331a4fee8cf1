"""The member's row during sales: what a purchase and a return change, in how many statements."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.facts import (
    MemberFacts,
    PurchaseDates,
    TierCause,
)
from members.models import Member
from members.operations import (
    apply_purchase,
    lock_member,
    recount_purchases,
)
from members.queries import (
    MemberNotFound,
    tier_moves,
)
from merchants.facts import MerchantFacts
from tests.members_shop import NOW, TODAY, join, purchases
from tests.operations.test_member_profiles import read, scope, shop

__all__ = ["scope", "shop"]
pytestmark = pytest.mark.django_db


def buy(merchant: MerchantFacts, found: MemberFacts, amount: int, **more: Any) -> Any:
    locked = lock_member(merchant=merchant, member_id=found.id)
    given: dict[str, Any] = {
        "at": NOW,
        "business_date": TODAY,
        "spend_delta": amount,
        "count_delta": 1,
        "points_delta": 5,
    } | more
    return apply_purchase(merchant=merchant, member=locked, **given)


def test_lock_is_one_statement_on_the_members_row_alone(scope: MerchantFacts) -> None:
    joined = join(scope)
    with CaptureQueriesContext(connection) as captured:
        locked = lock_member(merchant=scope, member_id=joined.id)
    assert locked == read(scope, joined)
    (statement,) = [q["sql"] for q in captured]
    assert statement.rstrip().endswith("FOR UPDATE OF m")


def test_lock_of_no_member_and_of_a_merged_member(scope: MerchantFacts) -> None:
    old, new = join(scope), join(scope)
    with pytest.raises(MemberNotFound):
        lock_member(merchant=scope, member_id=uuid4())
    Member.objects.filter(merchant_id=scope.id, id=old.id).update(status="merged", merged_into_id=new.id)
    assert lock_member(merchant=scope, member_id=old.id).id == new.id


def test_a_purchase_is_one_statement_two_when_the_tier_moves(scope: MerchantFacts) -> None:
    joined = join(scope)
    locked = lock_member(merchant=scope, member_id=joined.id)
    with CaptureQueriesContext(connection) as captured:
        change = apply_purchase(
            merchant=scope, member=locked, at=NOW, business_date=TODAY, spend_delta=400_000, count_delta=1
        )
    assert change is None
    assert len(captured) == 1
    locked = lock_member(merchant=scope, member_id=joined.id)
    with CaptureQueriesContext(connection) as captured:
        change = apply_purchase(
            merchant=scope, member=locked, at=NOW, business_date=TODAY, spend_delta=600_000, count_delta=1
        )
    assert len(captured) == 2
    assert change is not None
    assert (change.from_tier and change.from_tier.code, change.to_tier.code) == ("bronze", "silver")
    after = read(scope, joined)
    assert (after.purchase_count, after.spend_amount) == (2, 1_000_000)
    assert after.tier == change.to_tier
    (move,) = tier_moves(merchant=scope, member_id=joined.id)
    assert (move.from_code, move.to_code, move.cause, move.measured) == (
        "bronze",
        "silver",
        TierCause.PURCHASE,
        1_000_000,
    )


def test_a_return_takes_back_and_never_moves_down(scope: MerchantFacts) -> None:
    joined = join(scope)
    buy(scope, joined, 1_200_000)
    change = buy(scope, joined, -1_200_000, count_delta=-1, points_delta=-5, dates=PurchaseDates(None, None))
    after = read(scope, joined)
    assert change is None
    assert (after.purchase_count, after.spend_amount, after.last_purchase_at) == (0, 0, None)
    assert after.tier is not None
    assert after.tier.code == "silver"
    assert after.tier_figures.spend_amount == 0


def test_recount_gives_what_the_sales_say(scope: MerchantFacts) -> None:
    busy, idle = join(scope), join(scope)
    buy(scope, idle, 9_999)
    days = [TODAY - timedelta(days=n) for n in (30, 20, 10)]
    rows = [
        {"member_id": busy.id, "business_date": days[0], "net_amount": 70_000},
        {"member_id": busy.id, "business_date": days[1], "net_amount": 0},
        {"member_id": busy.id, "business_date": days[2], "net_amount": 30_000},
    ]
    with purchases(scope, rows) as view:
        assert recount_purchases(merchant=scope, member_ids=[busy.id, idle.id], source_view=view) == 2
        assert recount_purchases(merchant=scope, member_ids=[busy.id, idle.id], source_view=view) == 0
    after = read(scope, busy)
    assert (after.purchase_count, after.spend_amount) == (2, 100_000)
    assert after.first_purchase_at == datetime.combine(days[0], NOW.timetz())
    assert after.last_purchase_at == datetime.combine(days[2], NOW.timetz())
    assert read(scope, idle).purchase_count == 0
