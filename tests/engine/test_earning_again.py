"""Other rules of earning over the same discounts: the same result as pricing the cart with them from the start."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.engine import earn_again, earns, in_order, run_promotions, validate_definition
from rewards.engine.cases import read_case
from rewards.engine.facts import Definition
from tests.engine.strategies import case


def without_mixed_groups(promotions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take promotions of points out of their groups: in a mixed group their points decide about discounts."""
    return [
        {name: value for name, value in promotion.items() if name != "group" or not _earns(promotion)}
        for promotion in promotions
    ]


def _earns(promotion: dict[str, Any]) -> bool:
    return earns(validate_definition(promotion))


@settings(max_examples=300, deadline=None)
@given(case(), st.randoms())
def test_earning_again_is_weighing_again(drawn: dict[str, Any], random: Any) -> None:
    """No points are asked for: a payment of a fixed number of points may use what this very order earns."""
    read = read_case({**drawn, "promotions": without_mixed_groups(drawn["promotions"]), "redeem_points": 0})
    rules = in_order(read.promotions)
    earning = [rule for rule in rules if earns(rule)]
    other = [rule for rule in earning if random.random() < 0.5]

    def weighed(chosen: list[Definition]) -> Any:
        return run_promotions(read.cart, read.member, chosen, read.coupons, read.at, read.settings)

    first = weighed(rules)
    expected = weighed(in_order([*(rule for rule in rules if not earns(rule)), *other]))
    found = earn_again(first, other)
    assert found.discounted == expected.discounted
    assert [(rule.id, offer) for rule, offer in found.applied] == [(rule.id, offer) for rule, offer in expected.applied]
    assert found.progress.state.rows == expected.progress.state.rows
