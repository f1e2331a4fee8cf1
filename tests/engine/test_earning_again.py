"""Other rules of earning over the same discounts: the same as weighing the cart with them from the start."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.engine import earn_again, earns, in_order, weigh
from rewards.engine.cases import read_case
from rewards.facts import Definition
from tests.engine.strategies import case


@settings(max_examples=300, deadline=None)
@given(case(), st.randoms())
def test_earning_again_is_weighing_again(drawn: dict[str, Any], random: Any) -> None:
    """No points are asked for: a payment of a fixed number of points may use what this very order earns."""
    read = read_case({**drawn, "redeem_points": 0})
    rules = in_order(read.promotions)
    earning = [rule for rule in rules if earns(rule)]
    other = [rule for rule in earning if random.random() < 0.5]

    def weighed(chosen: list[Definition]) -> Any:
        return weigh(read.cart, read.member, chosen, read.coupons, read.at, read.settings)

    first = weighed(rules)
    expected = weighed(in_order([*(rule for rule in rules if not earns(rule)), *other]))
    found = earn_again(first, other)
    assert found.discounted == expected.discounted
    assert [(rule.id, offer) for rule, offer in found.applied] == [(rule.id, offer) for rule, offer in expected.applied]
    assert found.run.course.rows == expected.run.course.rows
