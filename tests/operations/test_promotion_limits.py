"""Limits and budgets of promotions: held, taken, given back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from rewards.invariants import verify as verify_rewards
from rewards.promotions.models import Promotion, PromotionDay, PromotionUse
from rewards.promotions.operations import (
    create_promotion,
    end_promotion,
)
from sales.facts import Charged, ChargedLine, QuoteDraft, SaleFacts
from sales.invariants import verify as verify_sales
from sales.operations import claim_sale, quote_cart, record_sale, refund_sale, release_quote, void_sale
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.django_db

KOPI = line(1, 25_000)
LATER = NOW + timedelta(minutes=11)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened
        assert verify_sales(merchant=opened.merchant) == []
        assert verify_rewards(merchant=opened.merchant) == []


def wording(**fields: Any) -> dict[str, Any]:
    """Return a wording, 5,000 off unless the test changes it; a field of None is left out."""
    named = {"title": "Promo", "kind": "amount_off", "value": 5_000, **fields}
    return {name: value for name, value in named.items() if value is not None}


def offer(shop: SellingShop, **fields: Any) -> UUID:
    return create_promotion(merchant=shop.merchant, definition=wording(**fields), starts_at=NOW, at=NOW)


def sell(shop: SellingShop, at: datetime = NOW, **fields: Any) -> SaleFacts:
    lines = fields.pop("lines", (KOPI,))
    return record_sale(merchant=shop.merchant, till=shop.till, draft=sale(*lines, **fields), received_at=at).sale


def given(shop: SellingShop, at: datetime = NOW, **fields: Any) -> int:
    return sell(shop, at, **fields).outcome.discount_amount


def hold(shop: SellingShop, at: datetime = NOW, **fields: Any) -> Any:
    draft = QuoteDraft(lines=(KOPI,), reserve=True, **fields)
    return quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=at)


def counters(promotion_id: UUID) -> tuple[int, int, int, int]:
    row = Promotion.objects.get(id=promotion_id)
    return row.used_count, row.spent_amount, row.reserved_count, row.reserved_amount


def reason(found: Any, promotion_id: UUID) -> tuple[Any, ...]:
    decision = next(d for d in found.outcome.decisions if d.promotion_id == str(promotion_id))
    return decision.reason, decision.measured, decision.needed, decision.period


# --- quotes that hold --------------------------------------------------------------------------------------------


def test_what_a_quote_holds_is_gone_for_others_until_it_is_sold(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 1}, budget={"type": "spend", "limit": 5_000})
    held = hold(shop)
    assert counters(promotion_id) == (0, 0, 1, 5_000)
    other = sell(shop)
    assert (other.outcome.discount_amount, reason(other, promotion_id)[:3]) == (0, ("usage_limit_reached", 1, 1))
    paid = sell(shop, quote_id=held.quote_id)
    assert (paid.outcome, paid.warnings) == (held.outcome, ())
    assert counters(promotion_id) == (1, 5_000, 0, 0)


def test_a_plain_quote_holds_nothing(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 1, "per_day_limit": 1})
    quote_cart(merchant=shop.merchant, till=shop.till, draft=QuoteDraft(lines=(KOPI,)), at=NOW)
    assert (counters(promotion_id), PromotionUse.objects.count()) == ((0, 0, 0, 0), 0)


def test_a_released_quote_gives_back_uses_budget_day_and_the_members_slot(shop: SellingShop) -> None:
    budi = shop.join()
    usage = {"limit": 1, "per_member_limit": 1, "per_day_limit": 1, "per_member_day_limit": 1}
    promotion_id = offer(shop, usage=usage, budget={"type": "uses", "limit": 1})
    held = hold(shop, member_id=budi.id)
    assert given(shop, member=budi) == 0
    for _ in range(2):
        release_quote(merchant=shop.merchant, till=shop.till, quote_id=held.quote_id, at=NOW)
    assert counters(promotion_id) == (0, 0, 0, 0)
    assert PromotionDay.objects.get(promotion_id=promotion_id).reserved_count == 0
    assert given(shop, member=budi) == 5_000


@pytest.mark.parametrize("usage", [{"limit": 1}, {"per_day_limit": 1}, {"per_member_limit": 1}], ids=str)
def test_what_lapsed_is_free_without_anybody_tidying_up(shop: SellingShop, usage: dict[str, int]) -> None:
    budi = shop.join()
    promotion_id = offer(shop, usage=usage)
    hold(shop, member_id=budi.id)
    assert given(shop, member=budi) == 0
    assert (
        quote_cart(
            merchant=shop.merchant, till=shop.till, draft=QuoteDraft(lines=(KOPI,), member_id=budi.id), at=LATER
        ).outcome.discount_amount
        == 5_000
    )
    assert given(shop, LATER, member=budi) == 5_000
    assert counters(promotion_id)[2:] == (0, 0)


def test_a_lapsed_quote_that_is_paid_takes_what_is_still_there(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 1})
    held = hold(shop)
    paid = sell(shop, LATER, quote_id=held.quote_id)
    assert (paid.outcome.discount_amount, paid.warnings) == (5_000, ())
    assert counters(promotion_id) == (1, 0, 0, 0)


def test_a_paid_sale_beyond_the_limit_is_kept_and_booked_apart(shop: SellingShop) -> None:
    budi = shop.join()
    promotion_id = offer(shop, usage={"limit": 1, "per_member_limit": 1}, budget={"type": "spend", "limit": 5_000})
    held = hold(shop, member_id=budi.id)
    assert given(shop, LATER, member=budi) == 5_000
    paid = sell(shop, LATER, member=budi, quote_id=held.quote_id)
    assert (paid.outcome.discount_amount, [w.code for w in paid.warnings]) == (5_000, ["promotion_limit_exceeded"])
    assert counters(promotion_id) == (1, 5_000, 0, 0)
    loss = PromotionUse.objects.get(sale_id=paid.id)
    assert (loss.over, loss.counted, loss.slot, loss.spend) == (True, False, None, 5_000)
    void_sale(merchant=shop.merchant, till=shop.till, reference=paid.reference, reason="", received_at=LATER)
    assert counters(promotion_id) == (1, 5_000, 0, 0)


def test_a_promotion_that_ended_after_the_quote_is_still_taken_by_its_sale(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 5})
    held = hold(shop)
    after = NOW + timedelta(minutes=1)
    end_promotion(merchant=shop.merchant, promotion_id=promotion_id, starts_at=after, at=after, actor=SYSTEM)
    paid = sell(shop, after, quote_id=held.quote_id)
    assert (paid.outcome.discount_amount, paid.warnings) == (5_000, ())
    assert counters(promotion_id) == (1, 0, 0, 0)
    assert given(shop, after) == 0


def test_another_cart_than_quoted_is_priced_with_what_its_own_quote_held(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 1})
    held = hold(shop)
    sold = sell(shop, lines=(line(1, 30_000),), quote_id=held.quote_id)
    assert (sold.outcome.discount_amount, [w.code for w in sold.warnings]) == (5_000, ["quote_changed"])
    assert counters(promotion_id) == (1, 0, 0, 0)


# --- days and members --------------------------------------------------------------------------------------------


def test_a_day_is_the_outlets_own_and_the_next_one_starts_again(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"per_day_limit": 1})
    before_midnight = datetime(2026, 3, 5, 16, 59, tzinfo=UTC)  # 23:59 in Jakarta
    assert given(shop, before_midnight) == 5_000
    late = sell(shop, before_midnight)
    assert (late.outcome.discount_amount, reason(late, promotion_id)) == (0, ("usage_limit_reached", 1, 1, "day"))
    assert given(shop, before_midnight + timedelta(minutes=1)) == 5_000
    assert given(shop, before_midnight + timedelta(minutes=2)) == 0


def test_a_member_may_once_a_day_and_three_times_in_all(shop: SellingShop) -> None:
    budi, sari = shop.join(), shop.join(name="Sari")
    promotion_id = offer(shop, usage={"per_member_day_limit": 1, "per_member_limit": 3})
    days = [given(shop, NOW + timedelta(days=day), member=budi) for day in (0, 0, 1, 1, 2, 3)]
    assert days == [5_000, 0, 5_000, 0, 5_000, 0]
    again = sell(shop, NOW + timedelta(days=2, hours=1), member=budi)
    assert reason(again, promotion_id) == ("per_member_limit_reached", 3, 3, None)
    assert given(shop, member=sari) == 5_000
    twice = sell(shop, member=sari)
    assert reason(twice, promotion_id) == ("per_member_limit_reached", 1, 1, "day")


def test_limits_of_a_day_are_those_of_the_sales_own_day_for_a_week_and_then_todays(shop: SellingShop) -> None:
    budi = shop.join()
    for usage in ({"per_day_limit": 1}, {"per_member_day_limit": 1}):
        offer(shop, usage=usage)
    today = NOW + timedelta(days=8)
    assert [given(shop, today, member=budi, occurred_at=NOW + timedelta(days=day)) for day in (1.1, 1.2, 2, 2.1)] == [
        10_000,
        0,
        10_000,
        0,
    ]
    assert given(shop, today, member=budi, occurred_at=NOW) == 10_000, "a week has gone: it counts today"
    assert given(shop, today, member=budi) == 0


def test_a_limit_in_all_knows_no_days(shop: SellingShop) -> None:
    offer(shop, usage={"limit": 2})
    tomorrow = NOW + timedelta(days=1)
    assert [given(shop, tomorrow, occurred_at=NOW + timedelta(hours=hours)) for hours in (0, 24, 1)] == [
        5_000,
        5_000,
        0,
    ]


# --- giving back -------------------------------------------------------------------------------------------------


def give_back(shop: SellingShop, sold: SaleFacts, *parts: tuple[str, int]) -> None:
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(*parts), received_at=NOW
    )


@pytest.mark.parametrize("order", list(permutations([("1", 1), ("1", 1), ("2", 1), ("3", 1)]))[::5])
def test_returns_give_a_budget_its_shares_back_in_any_order_and_keep_the_use(
    shop: SellingShop, order: tuple[tuple[str, int], ...]
) -> None:
    promotion_id = offer(
        shop, kind="percent_off", value="12.5", usage={"limit": 1}, budget={"type": "spend", "limit": 50_000}
    )
    sold = sell(shop, lines=(line(1, 9_999, 2), line(2, 333), line(3, 70_001)))
    spent = [counters(promotion_id)[1]]
    assert spent == [sold.outcome.discount_amount]
    for part in order:
        give_back(shop, sold, part)
        spent.append(counters(promotion_id)[1])
    assert spent == sorted(spent, reverse=True)
    assert counters(promotion_id) == (1, 0, 0, 0)
    assert given(shop) == 0


def test_a_void_gives_the_use_back_and_only_the_rest_of_the_budget(shop: SellingShop) -> None:
    budi = shop.join()
    promotion_id = offer(
        shop,
        kind="percent_off",
        value=10,
        usage={"limit": 1, "per_member_limit": 1, "per_day_limit": 1},
        budget={"type": "spend", "limit": 10_000},
    )
    sold = sell(shop, member=budi, lines=(line(1, 10_000, 3),))
    give_back(shop, sold, ("1", 1))
    assert counters(promotion_id) == (1, 2_000, 0, 0)
    void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)
    assert counters(promotion_id) == (0, 0, 0, 0)
    assert PromotionDay.objects.get(promotion_id=promotion_id).used_count == 0
    assert given(shop, member=budi) == 2_500


def test_points_and_cashback_give_their_budgets_back_by_share_too(shop: SellingShop) -> None:
    budi = shop.join()
    bonus = offer(shop, kind="earn", value=None, per_unit=5, budget={"type": "spend", "limit": 100})
    cashback = offer(
        shop, kind="cashback", value=None, percent=10, credit="wallet", budget={"type": "spend", "limit": 100_000}
    )
    sold = sell(shop, member=budi, lines=(line(1, 25_000, 4),))
    assert (counters(bonus)[1], counters(cashback)[1]) == (20, 10_000)
    give_back(shop, sold, ("1", 1))
    assert (counters(bonus)[1], counters(cashback)[1]) == (15, 7_500)
    give_back(shop, sold, ("1", 3))
    assert (counters(bonus), counters(cashback)) == ((1, 0, 0, 0), (1, 0, 0, 0))


def test_a_budget_of_uses_counts_sales_and_a_return_is_none_less(shop: SellingShop) -> None:
    promotion_id = offer(shop, budget={"type": "uses", "limit": 2})
    sold = sell(shop)
    give_back(shop, sold, ("1", 1))
    assert counters(promotion_id) == (1, 1, 0, 0)


def test_a_trimmed_budget_gives_the_last_sale_what_is_left(shop: SellingShop) -> None:
    promotion_id = offer(shop, value=7_000, budget={"type": "spend", "limit": 10_000, "on_exceed": "trim"})
    assert [given(shop) for _ in range(3)] == [7_000, 3_000, 0]
    assert counters(promotion_id) == (2, 10_000, 0, 0)


def test_what_was_charged_without_the_discount_takes_nothing_from_its_limits(shop: SellingShop) -> None:
    promotion_id = offer(shop, usage={"limit": 1}, budget={"type": "spend", "limit": 5_000})
    full = Charged(lines=(ChargedLine("1", 25_000),), payable_amount=25_000)
    assert given(shop, charged=full) == 0
    assert counters(promotion_id) == (0, 0, 0, 0)
    part = Charged(lines=(ChargedLine("1", 23_000),), payable_amount=23_000)
    assert given(shop, charged=part) == 2_000
    assert counters(promotion_id) == (1, 2_000, 0, 0)


def test_a_claimed_sale_takes_its_points_from_the_limits_it_meets(shop: SellingShop) -> None:
    budi = shop.join()
    promotion_id = offer(shop, kind="earn_bonus", value=None, points=50, usage={"limit": 1, "per_member_limit": 1})
    claims = []
    for _ in range(2):
        sold = sell(shop)
        claims.append(
            claim_sale(
                merchant=shop.merchant, till=shop.till, reference=sold.reference, member_id=budi.id, at=NOW
            ).points_earned
        )
    assert claims == [52, 2]
    assert counters(promotion_id)[0] == 1


def test_more_limited_promotions_cost_no_more_statements(
    shop: SellingShop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """The counters are locked, raised and written down together, however many there are."""
    budi = shop.join()
    limits: dict[str, Any] = {
        "usage": {"limit": 9, "per_day_limit": 9, "per_member_limit": 9, "per_member_day_limit": 9},
        "budget": {"type": "spend", "limit": 99_999},
    }
    counted = []
    for more in (0, 1, 5):
        for _ in range(more):
            offer(shop, value=100, **limits)
        quote_cart(
            merchant=shop.merchant, till=shop.till, draft=QuoteDraft(lines=(KOPI,)), at=NOW
        )  # wordings are read once
        with django_assert_max_num_queries(60) as seen:
            sell(shop, member=budi)
        counted.append(len(seen.captured_queries))
    assert counted[1] == counted[2]
    assert counted[1] - counted[0] <= 11  # the savepoint included, and one look at the card that was shown
    assert PromotionUse.objects.count() == 7
