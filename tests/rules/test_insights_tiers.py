"""The walk through a period's tiers gives what the night's own rule gives, night by night."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from insights.rules.tiers import Ladder, TierCourse
from members.facts import DownPolicy, TierFacts, TierFigures, TierMeasure, TierProgramFacts
from members.rules import tier_after_night, tier_after_purchase

START = date(2026, 1, 1)
NEEDS = [(TierMeasure.SPEND, 0), (TierMeasure.SPEND, 100), (TierMeasure.VISITS, 4), (TierMeasure.POINTS, 60)]
TIERS = [
    TierFacts(UUID(int=rank + 1), f"t{rank}", f"T{rank}", rank + 1, measure, need)
    for rank, (measure, need) in enumerate(NEEDS)
]
PURCHASES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 90), st.integers(0, 30)), max_size=12)


def figures_on(on: int, window: int, bought: list[tuple[int, int, int]]) -> TierFigures:
    counted = [(spend, points) for day, spend, points in bought if on - window < day]
    return TierFigures(
        spend_amount=sum(spend for spend, _ in counted),
        points=sum(points for _, points in counted),
        visits=len(counted),
    )


def night_by_night(
    purchases: list[tuple[int, int, int]], program: TierProgramFacts, protected: date | None, last: int
) -> list[int]:
    """Return the tier on the evening of each day by the product's own rules."""
    tier, since, tiers = TIERS[0], START, []
    first = START.toordinal()
    for day in range(last + 1):
        on, today = first + day, date.fromordinal(first + day)
        before = [(first + d, s, p) for d, s, p in purchases if d < day]
        moved = (
            tier_after_night(
                tier,
                figures_on(on, program.window_days, before),
                TIERS,
                program,
                since_on=since,
                protected_until=protected,
                on=today,
            )
            if day
            else None
        )
        if moved is not None:
            tier, since = moved, today
        for d, spend, points in purchases:
            if d == day:
                before.append((first + d, spend, points))
                reached = tier_after_purchase(tier, figures_on(on, program.window_days, before), TIERS)
                if reached is not None:
                    tier, since = reached, today
        tiers.append(tier.rank - 1)
    return tiers


@given(
    PURCHASES,
    st.sampled_from(list(DownPolicy)),
    st.integers(3, 30),
    st.integers(0, 12),
    st.none() | st.integers(0, 50),
    st.booleans(),
)
def test_the_walk_equals_the_nights(
    purchases: list[tuple[int, int, int]],
    policy: DownPolicy,
    window: int,
    keep: int,
    protected: int | None,
    every_day: bool,
) -> None:
    purchases = sorted(purchases, key=lambda purchase: purchase[0])
    program = TierProgramFacts(window_days=window, down_policy=policy, keep_days=keep)
    first = START.toordinal()
    until = date.fromordinal(first + protected) if protected is not None else None
    expected = night_by_night(purchases, program, until, 100)
    ladder = Ladder.of(TIERS, program)
    course = TierCourse(0, since=first, seen=first, protected=until.toordinal() if until else 0)
    for day in range(101):
        bought = [purchase for purchase in purchases if purchase[0] == day]
        if every_day or bought or day == 100:
            course.advance(first + day, ladder)
        for _, spend, points in bought:
            course.buy(first + day, first + day, spend, points, visits=1, ladder=ladder)
        if every_day or bought or day == 100:
            assert course.position == expected[day]
