"""At the edge of a limit: the last use that fits counts, the first beyond it is refused, unless it was paid for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from rewards.coupons.operations import CouponNotUsable
from rewards.engine.facts import Outcome
from sales.facts import SaleFacts
from sales.operations import record_sale
from sales.operations.prices import price_cart
from sales.operations.pricing_context import PricingContext
from tests.operations.test_coupon_codes import share
from tests.operations.test_promotion_limits import KOPI, LATER, counters, given, hold, offer, sell, shop
from tests.sales_shop import NOW, SellingShop, sale

__all__ = ["shop"]
pytestmark = pytest.mark.django_db

LIMITS = {
    "uses": {"usage": {"limit": 2}},
    "a day": {"usage": {"per_day_limit": 2}},
    "money": {"budget": {"type": "spend", "limit": 10_000}},
    "money and a rest": {"budget": {"type": "spend", "limit": 14_999}},
    "sales": {"budget": {"type": "uses", "limit": 2}},
}


def pay_for(shop: SellingShop, quote_id: UUID) -> SaleFacts:
    draft = sale(KOPI, quote_id=quote_id)
    return record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=LATER).sale


def codes(sold: SaleFacts) -> list[str]:
    return [warning.code for warning in sold.warnings]


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_exactly_the_limit_is_given_and_nothing_beyond(shop: SellingShop, limit: dict[str, Any]) -> None:
    promotion_id = offer(shop, **limit)
    assert [given(shop) for _ in range(3)] == [5_000, 5_000, 0]
    assert counters(promotion_id)[0] == 2


@pytest.mark.parametrize(("sold", "held"), [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)])
@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_paid_sale_is_never_refused_and_is_kept_apart_at_the_edge(
    shop: SellingShop, limit: dict[str, Any], sold: int, held: int
) -> None:
    """Its quote has lapsed. With one use sold or held meanwhile it gets the last; with two it is the shop's loss."""
    promotion_id = offer(shop, **limit)
    lapsed = hold(shop, NOW).quote_id
    for _ in range(sold):
        assert sell(shop, LATER).outcome.discount_amount == 5_000
    for _ in range(held):
        assert hold(shop, LATER).outcome.discount_amount == 5_000
    paid = pay_for(shop, lapsed)
    assert paid.outcome.discount_amount == 5_000
    assert codes(paid) == ([] if sold + held == 1 else ["promotion_limit_exceeded"])
    used, _, reserved, _ = counters(promotion_id)
    assert (used, reserved) == (2 - held, held)
    assert given(shop, LATER + timedelta(minutes=1)) == 0


@pytest.mark.parametrize("door", ["quote", "sale"])
def test_a_code_whose_last_use_went_at_that_moment_is_refused_and_not_dropped(
    shop: SellingShop, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    """Another sale takes it between the look at the cart and the hold."""
    share(shop, "TEMAN", definition={"usage": {"limit": 1}})
    looks: list[Any] = []

    def look_and_lose(situation: PricingContext) -> Outcome:
        outcome = price_cart(situation)
        looks.append(outcome)
        if len(looks) == 1:
            assert given(shop, coupon_codes=("TEMAN",)) == 2_500
        return outcome

    monkeypatch.setattr("sales.operations.prices.price_cart", look_and_lose)
    with pytest.raises(CouponNotUsable), transaction.atomic():
        (hold if door == "quote" else sell)(shop, coupon_codes=("TEMAN",))
    assert looks[0].discount_amount == 2_500
