"""Proof: the published figures of the smallest readable difference, and intervals against independent oracles."""

import random
from importlib import import_module

import numpy
import pytest

from campaigns.facts import Interval
from campaigns.rules.proof import Spend, conversion_uplift, detectable_points, revenue_uplift


def spend_of(amounts: list[int]) -> Spend:
    return Spend(len(amounts), sum(amounts), sum(amount**2 for amount in amounts))


@pytest.mark.parametrize(
    ("treated", "control", "points", "within"),
    [
        (9_000, 1_000, 2.3, 0.2),
        (900, 100, 9.0, 0.2),
        (18_000, 2_000, 1.6, 0.2),
        (1_530, 170, 6.5, 0.2),
        (152, 18, 27, 1),
        (119, 51, 16, 1),
    ],
)
def test_the_smallest_difference_that_can_be_read(treated: int, control: int, points: float, within: float) -> None:
    """At 5 % baseline, 80 % power: figures simulated apart from this code."""
    assert detectable_points(treated=treated, control=control) == pytest.approx(points, abs=within)


@pytest.mark.parametrize(("treated", "control"), [(152, 18), (119, 51), (1_530, 170), (40, 40)])
def test_four_of_five_simulated_campaigns_show_that_difference(treated: int, control: int) -> None:
    """Seed 20261128: campaigns drawn with this true difference, judged by the interval that reports print."""
    points = detectable_points(treated=treated, control=control)
    assert points is not None
    draw = numpy.random.default_rng(20261128)

    def found(true_points: float, rounds: int = 4_000) -> float:
        buyers = draw.binomial(treated, 0.05 + true_points / 100, rounds)
        others = draw.binomial(control, 0.05, rounds)
        pairs, counts = numpy.unique(numpy.stack([buyers, others]), axis=1, return_counts=True)
        seen = 0
        for (ours, theirs), count in zip(pairs.T, counts, strict=True):
            shown = conversion_uplift(
                treated_buyers=int(ours), treated=treated, control_buyers=int(theirs), control=control
            )
            assert shown.low is not None
            assert shown.high is not None
            seen += int(count) * (not shown.low <= 0 <= shown.high)
        return seen / rounds

    assert found(points) == pytest.approx(0.8, abs=0.025)
    assert found(points * 0.7) < 0.7


def test_groups_too_small_for_any_difference_say_so() -> None:
    assert detectable_points(treated=9, control=1) is not None
    assert detectable_points(treated=1, control=1) is None
    assert detectable_points(treated=100, control=10, conversion=0.95) is None


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
    stats = import_module("scipy.stats")  # two seconds to import: not for every process that collects the tests
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
