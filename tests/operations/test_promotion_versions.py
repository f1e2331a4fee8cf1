"""Versions of a promotion, and its turns: paused, resumed, ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.errors import BadInput
from merchants.facts import SYSTEM
from merchants.tenancy import refusable
from rewards.promotions.operations import (
    PromotionEnded,
    end_promotion,
    pause_promotion,
    publish_version,
    resume_promotion,
)
from rewards.promotions.queries import promotion_state, promotion_timeline
from sales.facts import SaleFacts
from sales.operations import refund_sale
from tests.operations.test_promotion_limits import counters, given, offer, reason, sell, shop, wording
from tests.sales_shop import NOW, SellingShop, line, refund_of

__all__ = ["shop"]
pytestmark = pytest.mark.django_db


def publish(shop: SellingShop, promotion_id: UUID, starts_at: datetime, at: datetime = NOW, **fields: Any) -> int:
    return publish_version(
        merchant=shop.merchant,
        promotion_id=promotion_id,
        definition=wording(**fields),
        starts_at=starts_at,
        at=at,
        actor=SYSTEM,
    )


def test_a_version_prices_from_its_start_on_and_a_return_goes_by_the_one_that_priced_it(shop: SellingShop) -> None:
    budi = shop.join()
    promotion_id = offer(shop, kind="earn", value=None, per_amount={"spend": 1_000, "points": 3}, whole_steps=True)
    tomorrow = NOW + timedelta(days=1)
    cart = (line(1, 25_500, 2),)
    before = sell(shop, member=budi, lines=cart)
    terms: dict[str, Any] = {
        "kind": "earn",
        "value": None,
        "per_amount": {"spend": 1_000, "points": 1},
        "whole_steps": True,
    }
    assert publish(shop, promotion_id, tomorrow, **terms) == 2
    still = sell(shop, tomorrow - timedelta(seconds=1), member=budi, lines=cart)
    after = sell(shop, tomorrow, member=budi, lines=cart)
    late = sell(shop, tomorrow, member=budi, lines=cart, occurred_at=NOW)

    def by_rule(sold: SaleFacts) -> int:
        return next(e.points for e in sold.outcome.earned if e.promotion_id == str(promotion_id))

    assert [by_rule(sold) for sold in (before, still, after, late)] == [153, 153, 51, 153]
    assert [u.version for s in (before, after) for u in s.outcome.uses if u.promotion_id == str(promotion_id)] == [1, 2]
    starter = before.points_earned - 153
    draft = refund_of(("1", 1))
    back = refund_sale(
        merchant=shop.merchant, till=shop.till, reference=before.reference, draft=draft, received_at=tomorrow
    ).refund
    assert back.points_reversed == 153 - 75 + starter - 2


def test_limits_of_a_new_version_count_on_from_what_was_used(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 3})
    assert [given(shop) for _ in range(2)] == [5_000, 5_000]
    lower = NOW + timedelta(hours=1)
    publish(shop, promotion_id, lower, usage={"limit": 1})
    assert given(shop) == 5_000
    fourth = sell(shop, lower)
    assert reason(fourth, promotion_id)[:3] == ("usage_limit_reached", 3, 1)
    # A sale of the time before comes in late: its price is of its day, the limit is today's.
    assert given(shop, lower, occurred_at=NOW) == 0
    higher = NOW + timedelta(hours=2)
    publish(shop, promotion_id, higher, at=lower, usage={"limit": 4})
    assert [given(shop, higher) for _ in range(2)] == [5_000, 0]
    publish(shop, promotion_id, higher, at=higher)
    assert given(shop, higher) == 5_000
    assert counters(promotion_id)[0] == 4  # without a limit nothing is counted and no till waits


@pytest.mark.parametrize("limit", ["per_day_limit", "per_member_day_limit"])
def test_a_day_keeps_the_limit_it_had_whatever_version_came_since(shop: SellingShop, limit: str) -> None:
    budi, tomorrow = shop.join(), NOW + timedelta(days=1)
    promotion_id = offer(shop, usage={limit: 3})
    assert given(shop, member=budi) == 5_000
    publish(shop, promotion_id, tomorrow, usage={limit: 1})
    late = [given(shop, tomorrow, member=budi, occurred_at=NOW) for _ in range(3)]
    assert (late, given(shop, tomorrow, member=budi), given(shop, tomorrow, member=budi)) == (
        [5_000, 5_000, 0],
        5_000,
        0,
    )


def test_a_version_neither_starts_in_the_past_nor_changes_the_unit_of_a_budget_in_use(shop: SellingShop) -> None:
    promotion_id = offer(shop, budget={"type": "spend", "limit": 50_000})
    publish(shop, promotion_id, NOW, budget={"type": "uses", "limit": 5})
    publish(shop, promotion_id, NOW, budget={"type": "spend", "limit": 50_000})
    sell(shop)
    for starts_at, fields, pointer in (
        (NOW - timedelta(seconds=1), {}, "/starts_at"),
        (NOW, {"budget": {"type": "uses", "limit": 5}}, "/budget/type"),
        (NOW, {"value": -1}, "/value"),
    ):
        with pytest.raises(BadInput) as refused, refusable():
            publish(shop, promotion_id, starts_at, **fields)
        assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_promotion_is_paused_resumed_and_ended_from_the_time_that_is_said(shop: SellingShop) -> None:
    promotion_id = offer(shop)
    noon, one, two = (NOW + timedelta(hours=hours) for hours in (1, 2, 3))

    def turn(operation: Any, starts_at: datetime, at: datetime = NOW) -> bool:
        return bool(
            operation(merchant=shop.merchant, promotion_id=promotion_id, starts_at=starts_at, at=at, actor=SYSTEM)
        )

    assert turn(pause_promotion, noon)
    assert not turn(pause_promotion, noon)
    assert turn(resume_promotion, one)
    assert [given(shop, at) for at in (NOW, noon, one)] == [5_000, 0, 5_000]
    # It took place before the pause and arrives within it.
    assert given(shop, noon, occurred_at=NOW) == 5_000
    assert turn(end_promotion, two, at=one)
    assert [given(shop, at) for at in (one, two)] == [5_000, 0]
    for operation in (pause_promotion, resume_promotion):
        with pytest.raises(PromotionEnded), refusable():
            turn(operation, two + timedelta(hours=1), at=two)
    with pytest.raises(PromotionEnded), refusable():
        publish(shop, promotion_id, two, at=two)
    with pytest.raises(BadInput), refusable():
        turn(pause_promotion, NOW, at=noon)
    states = [promotion_state(merchant=shop.merchant, promotion_id=promotion_id, at=at) for at in (NOW, noon, one, two)]
    assert states == ["live", "paused", "live", "ended"]
    told = [e.state or e.version for e in promotion_timeline(merchant=shop.merchant, promotion_id=promotion_id)]
    assert told == [1, "paused", "live", "ended"]


def test_an_end_before_a_planned_return_is_final(shop: SellingShop) -> None:
    promotion_id = offer(shop)
    common: dict[str, Any] = {"merchant": shop.merchant, "promotion_id": promotion_id, "at": NOW, "actor": SYSTEM}
    pause_promotion(starts_at=NOW + timedelta(hours=1), **common)
    resume_promotion(starts_at=NOW + timedelta(hours=3), **common)
    end_promotion(starts_at=NOW + timedelta(hours=2), **common)
    assert given(shop, NOW + timedelta(hours=4)) == 0
