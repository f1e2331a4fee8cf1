"""Proof: the published figures of the smallest readable difference, and intervals against independent oracles."""

import random

import pytest
from scipy import stats

from campaigns.facts import Interval
from campaigns.rules.proof import Spend, conversion_uplift, detectable_points, revenue_uplift


def spend_of(amounts: list[int]) -> Spend:
    return Spend(len(amounts), sum(amounts), sum(amount**2 for amount in amounts))


@pytest.mark.parametrize(
    ("recipients", "control_percent", "points"),
    [(400, 10, 10.2), (1_640, 10, 5.0), (2_000, 10, 4.55), (10_000, 10, 2.0), (400, 50, 6.1)],
)
def test_the_smallest_difference_that_can_be_read(recipients: int, control_percent: int, points: float) -> None:
    """At 5 % baseline, 80 % power: the figures our own guide to campaigns prints."""
    control = recipients * control_percent // 100
    found = detectable_points(treated=recipients - control, control=control)
    assert found == pytest.approx(points, abs=0.05)


def test_without_a_control_group_nothing_can_be_read() -> None:
    assert detectable_points(treated=100, control=0) is None
    assert conversion_uplift(treated_buyers=5, treated=100, control_buyers=0, control=0) == Interval(0.0, None, None)
    assert revenue_uplift(treated=Spend(5, 10, 20), control=Spend(0, 0, 0)).low is None


def test_conversion_is_proven_only_when_its_interval_excludes_zero() -> None:
    unclear = conversion_uplift(treated_buyers=60, treated=900, control_buyers=4, control=100)
    clear = conversion_uplift(treated_buyers=120, treated=900, control_buyers=4, control=100)
    assert unclear.value == pytest.approx(60 / 900 - 0.04)
    assert not unclear.proven
    assert clear.proven
    nobody = conversion_uplift(treated_buyers=0, treated=900, control_buyers=0, control=100)
    assert not nobody.proven
    assert nobody.value == 0


def test_revenue_is_welch() -> None:
    chance = random.Random(11)
    treated = [chance.choice([0, 0, 0, 80_000, 250_000]) for _ in range(900)]
    control = [chance.choice([0, 0, 0, 0, 60_000]) for _ in range(100)]
    found = revenue_uplift(treated=spend_of(treated), control=spend_of(control))
    oracle = stats.ttest_ind(treated, control, equal_var=False).confidence_interval(0.95)
    assert found.low == pytest.approx(oracle.low)
    assert found.high == pytest.approx(oracle.high)
    assert found.proven


def test_no_spread_proves_nothing() -> None:
    assert revenue_uplift(treated=spend_of([0, 0, 0]), control=spend_of([0, 0])) == Interval(0.0, None, None)
    assert revenue_uplift(treated=spend_of([5, 5, 5]), control=spend_of([0])).low is None


@pytest.mark.parametrize("seed", range(3))
def test_the_interval_covers_the_truth_about_as_often_as_it_says(seed: int) -> None:
    """Of 300 campaigns without any effect about 5 % may look proven or harmful; a broken interval shows far more."""
    chance = random.Random(seed)
    wrong = 0
    for _ in range(300):
        treated = sum(chance.random() < 0.1 for _ in range(450))
        control = sum(chance.random() < 0.1 for _ in range(50))
        found = conversion_uplift(treated_buyers=treated, treated=450, control_buyers=control, control=50)
        assert found.low is not None
        assert found.high is not None
        wrong += not found.low <= 0 <= found.high
    assert wrong <= 300 * 0.09
