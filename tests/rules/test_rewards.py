"""Who can take a reward, where a gift can go, what a partner owes: tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise, permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.catalogue.facts import Fulfilment, Handover, RewardDraft
from rewards.catalogue.rules import NEXT_STEPS, Taker, next_steps, reward_refusal
from rewards.engine.facts import Discount, FreeItem, Outcome, OutcomeLine, Share
from rewards.engine.returns import cost_left, cost_of
from rewards.promotions.facts import Funding
from rewards.promotions.rules import partner_share, share_left, share_of

TODAY = date(2026, 3, 5)
PARTNER = UUID(int=1)
REWARD = RewardDraft(title="Tas", points=50)
SILVER = Taker(tier_code="silver", tier_rank=2, segment="active")


@pytest.mark.parametrize(
    ("terms", "taker", "situation", "reason"),
    [
        ({}, {}, {}, None),
        ({"valid_from": date(2026, 3, 5), "valid_until": date(2026, 3, 5)}, {}, {}, None),
        ({"valid_from": date(2026, 3, 6)}, {}, {}, "not_started"),
        ({"valid_until": date(2026, 3, 4)}, {}, {}, "expired"),
        ({"tiers_any": ("gold",)}, {}, {}, "wrong_tier"),
        ({"tiers_any": ("gold", "silver")}, {}, {}, None),
        ({"min_tier_rank": 3}, {}, {}, "wrong_tier"),
        ({"min_tier_rank": 2}, {}, {}, None),
        ({"min_tier_rank": 3, "tiers_any": ("silver",)}, {}, {}, None),
        ({"min_tier_rank": 1}, {"tier_code": None, "tier_rank": None}, {}, "wrong_tier"),
        ({"segments_any": ("loyal",)}, {}, {}, "wrong_segment"),
        ({"segments_any": ("loyal", "active")}, {}, {}, None),
        ({"segments_any": ("loyal",)}, {"segment": None}, {}, "wrong_segment"),
        ({}, {}, {"stock": 0}, "reward_out_of_stock"),
        ({}, {}, {"stock": 1}, None),
        ({}, {}, {"stock": 1, "quantity": 2}, "reward_out_of_stock"),
        ({"per_member_limit": 2}, {"taken": 1}, {}, None),
        ({"per_member_limit": 2}, {"taken": 1}, {"quantity": 2}, "per_member_limit_reached"),
        ({"period_limit": 1, "period_days": 30}, {"taken": 5, "taken_in_period": 0}, {}, None),
        ({"period_limit": 1, "period_days": 30}, {"taken": 5, "taken_in_period": 1}, {}, "per_member_limit_reached"),
        ({}, {}, {"available": 50}, None),
        ({}, {}, {"available": 49}, "insufficient_points"),
        ({}, {}, {"available": 99, "quantity": 2}, "insufficient_points"),
        ({"tiers_any": ("gold",)}, {}, {"available": 0, "stock": 0}, "wrong_tier"),
    ],
)
def test_who_can_take_a_reward(
    terms: dict[str, Any], taker: dict[str, Any], situation: dict[str, Any], reason: str | None
) -> None:
    refusal = reward_refusal(
        replace(REWARD, **terms),
        replace(SILVER, **taker),
        **{"stock": None, "available": 1000, "today": TODAY, **situation},
    )
    assert (refusal.reason if refusal else None) == reason


@pytest.mark.parametrize(
    ("way", "states"),
    [
        (Handover.PICKUP, ["requested", "ready", "handed_over"]),
        (Handover.SHIPPING, ["requested", "ready", "shipped", "delivered"]),
    ],
)
def test_the_way_of_a_gift_has_one_end(way: Handover, states: list[str]) -> None:
    path = [Fulfilment(state) for state in states]
    for here, there in pairwise(path):
        assert there in next_steps(way, here)
    assert next_steps(way, path[-1]) == ()
    assert next_steps(way, Fulfilment.CANCELLED) == ()
    assert all(way is not Handover.AT_ONCE for way, _ in NEXT_STEPS)


@pytest.mark.parametrize(
    ("base", "funding", "pieces", "share"),
    [
        (10_000, {"basis_points": 5_000}, 1, 5_000),
        (9_999, {"basis_points": 5_000}, 1, 5_000),
        (9_997, {"basis_points": 3_333}, 1, 3_332),
        (1, {"basis_points": 4_999}, 1, 0),
        (0, {"basis_points": 10_000}, 1, 0),
        (45_000, {"unit_amount": 7_500}, 3, 22_500),
    ],
)
def test_what_a_partner_pays(base: int, funding: dict[str, int], pieces: int, share: int) -> None:
    assert partner_share(base, Funding(partner_id=PARTNER, **funding), pieces=pieces) == share


def outcome(parts: dict[str, tuple[int, int]], *, gift: int = 0) -> Outcome:
    """Return a sale whose promotion "p" gave each line (quantity, discount)."""
    lines = tuple(OutcomeLine(i, i, None, q, 10**6, d, 10**6 - d) for i, (q, d) in parts.items())
    total = sum(d for _, d in parts.values())
    shares = tuple(Share(i, d) for i, (_, d) in parts.items())
    return Outcome(
        subtotal_amount=len(parts) * 10**6,
        discount_amount=total,
        total_amount=len(parts) * 10**6 - total,
        points_to_earn=0,
        cashback_to_earn_amount=0,
        points_to_redeem=0,
        points_value_amount=0,
        wallet_to_redeem_amount=0,
        payable_amount=len(parts) * 10**6 - total,
        lines=lines,
        discounts=(Discount("p", "P", total, shares),) if total else (),
        free_items=(FreeItem("p", "G", "Gift", 2, gift),) if gift else (),
    )


def gone(sold: Outcome, remaining: dict[str, int]) -> list[dict[str, int]]:
    """Return one return, after which `remaining` units stay."""
    return [{line.line_id: line.quantity - remaining.get(line.line_id, 0) for line in sold.lines}]


@given(
    parts=st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(1, 7), st.integers(0, 5_000)), min_size=1),
    basis_points=st.integers(1, 10_000),
    order=st.randoms(use_true_random=False),
    gift=st.sampled_from([0, 12_345]),
)
def test_returns_in_any_order_take_back_exactly_what_was_given(
    parts: dict[str, tuple[int, int]], basis_points: int, order: Any, gift: int
) -> None:
    sold = outcome(parts, gift=gift)
    base = cost_of(sold).get("p", 0)
    share = share_of(base, basis_points)
    units = [line_id for line_id, (quantity, _) in parts.items() for _ in range(quantity)]
    order.shuffle(units)
    remaining = {line_id: quantity for line_id, (quantity, _) in parts.items()}
    assert cost_left(sold, gone(sold, remaining)).get("p", 0) == base
    base_before, share_before = base, share
    for unit in units:
        remaining[unit] -= 1
        base_now = cost_left(sold, gone(sold, remaining)).get("p", 0)
        share_now = share_left(share, base, base_now)
        assert 0 <= base_now <= base_before
        assert 0 <= share_now <= share_before
        base_before, share_before = base_now, share_now
    assert (base_before, share_before) == (0, 0)


def test_a_gift_stays_given_while_any_goods_stay() -> None:
    sold = outcome({"a": (2, 0)}, gift=9_000)
    assert cost_of(sold) == {"p": 18_000}
    assert cost_left(sold, gone(sold, {"a": 1})) == {"p": 18_000}
    assert cost_left(sold, gone(sold, {})) == {"p": 0}


def test_the_order_of_two_returns_does_not_matter() -> None:
    sold = outcome({"a": (3, 1_000), "b": (3, 777)})
    ends = set()
    for order in permutations("aabb"):
        remaining = {"a": 3, "b": 3}
        for unit in order:
            remaining[unit] -= 1
        ends.add(share_left(592, 1_777, cost_left(sold, gone(sold, remaining))["p"]))
    assert len(ends) == 1
