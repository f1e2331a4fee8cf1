"""The definition of lifecycle, scores and zones: tables of what a buyer did and where that puts them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.facts import Cause, Figures, Purchase, Segment, Thresholds, Zone
from segments.rules import (
    explain,
    figures_of,
    lifecycle,
    propose,
    score,
    scores_of,
    threshold_problems,
    zone,
)

TODAY = date(2026, 11, 21)
LIMITS = Thresholds()


def bought(*days_ago: int, amount: int = 10_000) -> list[Purchase]:
    return [Purchase(TODAY - timedelta(days=days), amount) for days in days_ago]


def figures(*days_ago: int, amount: int = 10_000, limits: Thresholds = LIMITS) -> Figures | None:
    return figures_of(bought(*days_ago, amount=amount), TODAY, limits)


@pytest.mark.parametrize(
    ("days_ago", "segment", "cause"),
    [
        ((), None, Cause.NO_PURCHASE),
        # one purchase: new until lapsed
        ((0,), Segment.NEW, Cause.FIRST_PURCHASE_RECENT),
        ((30,), Segment.NEW, Cause.FIRST_PURCHASE_RECENT),
        ((31,), Segment.NEW, Cause.ONE_PURCHASE),
        ((90,), Segment.NEW, Cause.ONE_PURCHASE),
        ((91,), Segment.LAPSED, Cause.LONG_SILENCE),
        # several purchases within the first month: still new, however many
        ((30, 20, 10, 5, 4, 3, 2, 1), Segment.NEW, Cause.FIRST_PURCHASE_RECENT),
        ((31, 20, 10, 5, 4, 3, 2, 1), Segment.LOYAL, Cause.MANY_PURCHASES),
        # loyal: six within 180 days, both limits belong to the better side
        ((180, 150, 120, 90, 60, 90), Segment.LOYAL, Cause.MANY_PURCHASES),
        ((181, 150, 120, 90, 60, 90), Segment.ACTIVE, Cause.STILL_BUYING),
        ((400, 180, 150, 120, 90, 89), Segment.ACTIVE, Cause.STILL_BUYING),
        ((60, 59, 58, 57, 56, 55), Segment.LOYAL, Cause.MANY_PURCHASES),
        # two or more, seen lately, not often: active
        ((89, 31), Segment.ACTIVE, Cause.STILL_BUYING),
        ((700, 90), Segment.ACTIVE, Cause.STILL_BUYING),
        # silence beats everything
        ((180, 150, 120, 110, 100, 91), Segment.LAPSED, Cause.LONG_SILENCE),
        ((2000,), Segment.LAPSED, Cause.LONG_SILENCE),
        # what lies after the day counted is not seen
        ((-1,), None, Cause.NO_PURCHASE),
        ((100, -1), Segment.LAPSED, Cause.LONG_SILENCE),
    ],
)
def test_lifecycle(days_ago: tuple[int, ...], segment: Segment | None, cause: Cause) -> None:
    found = explain(figures(*days_ago), TODAY, LIMITS)
    assert (found.segment, found.cause) == (segment, cause)


@pytest.mark.parametrize(
    ("limits", "days_ago", "segment"),
    [
        (Thresholds(lapsed_after_days=30), (31, 200), Segment.LAPSED),
        (Thresholds(lapsed_after_days=30), (30, 200), Segment.ACTIVE),
        (Thresholds(new_within_days=7), (8, 6), Segment.ACTIVE),
        (Thresholds(new_within_days=7), (7, 6), Segment.NEW),
        (Thresholds(loyal_purchases=2), (40, 35), Segment.LOYAL),
        (Thresholds(loyal_purchases=3, loyal_window_days=40), (41, 35, 20), Segment.ACTIVE),
        (Thresholds(loyal_purchases=3, loyal_window_days=41), (41, 35, 20), Segment.LOYAL),
    ],
)
def test_every_number_is_the_merchants_to_change(
    limits: Thresholds, days_ago: tuple[int, ...], segment: Segment
) -> None:
    assert lifecycle(figures(*days_ago, limits=limits), TODAY, limits) is segment


def test_figures_hold_all_that_the_reason_needs() -> None:
    assert figures(200, 180, 3, 3, amount=5_000) == Figures(
        first_purchase_on=TODAY - timedelta(days=200),
        last_purchase_on=TODAY - timedelta(days=3),
        purchase_count=4,
        window_purchases=3,
        spend_amount=20_000,
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], [1]),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ([1, 1, 1, 1, 9], [1, 1, 1, 1, 5]),  # equal values, equal scores: `ntile` would spread them over 1 to 4
        ([1, 1, 2, 2, 2], [1, 1, 3, 3, 3]),
        ([5, 5, 5], [1, 1, 1]),
        ([1, 2, 3], [1, 2, 4]),
    ],
)
def test_score_is_one_plus_fifths_of_the_share_strictly_below(values: list[int], expected: list[int]) -> None:
    assert [score(value, sorted(values)) for value in values] == expected


def test_a_later_last_purchase_is_the_higher_recency() -> None:
    buyers = {name: found for name, ago in (("old", 80), ("mid", 40), ("late", 2)) if (found := figures(ago))}
    scores = scores_of(buyers)
    assert [scores[name].recency for name in ("old", "mid", "late")] == [1, 2, 4]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_scores_lie_between_1_and_5_and_follow_the_order(values: list[int]) -> None:
    ordered = sorted(values)
    scores = [score(value, ordered) for value in ordered]
    assert all(1 <= found <= 5 for found in scores)
    assert scores == sorted(scores)
    assert scores[0] == 1


def test_the_zones_tile_the_grid() -> None:
    rows = [[zone(recency, frequency).value for frequency in range(1, 6)] for recency in range(5, 0, -1)]
    recent = ["first_steps", "promising", "promising", "champions", "champions"]
    old = ["one_time", "dormant", "dormant", "at_risk", "at_risk"]
    middle = ["fading", "fading", "regulars", "regulars", "regulars"]
    assert rows == [recent, recent, middle, old, old]
    assert {name for row in rows for name in row} == {found.value for found in Zone}


@pytest.mark.parametrize(
    ("limits", "problems"),
    [
        (Thresholds(), {}),
        (Thresholds(new_within_days=90), {}),
        (Thresholds(new_within_days=91), {"new_within_days": "new_exceeds_lapsed"}),
        (Thresholds(new_within_days=0), {"new_within_days": "out_of_range"}),
        (Thresholds(lapsed_after_days=4000), {"lapsed_after_days": "out_of_range"}),
        (
            Thresholds(loyal_purchases=1, loyal_window_days=-5),
            {"loyal_purchases": "out_of_range", "loyal_window_days": "out_of_range"},
        ),
    ],
)
def test_thresholds_that_cannot_be_explained_are_refused(limits: Thresholds, problems: dict[str, str]) -> None:
    assert threshold_problems(limits) == problems


def test_a_proposal_comes_from_the_shops_own_intervals() -> None:
    proposal = propose({7: 60, 14: 30, 44: 9, 300: 1}, LIMITS)
    assert proposal is not None
    assert (proposal.gap_count, proposal.median_gap_days, proposal.long_gap_days) == (100, 7, 14)
    assert proposal.thresholds == Thresholds(
        new_within_days=14, lapsed_after_days=14, loyal_purchases=6, loyal_window_days=28
    )
    assert propose({7: 99}, LIMITS) is None


@given(st.dictionaries(st.integers(1, 700), st.integers(1, 500), min_size=1, max_size=30))
def test_every_proposal_may_stand(gap_counts: dict[int, int]) -> None:
    proposal = propose(gap_counts, LIMITS)
    assert (proposal is None) == (sum(gap_counts.values()) < 100)
    assert proposal is None or threshold_problems(proposal.thresholds) == {}
