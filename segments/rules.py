"""The definition of lifecycle, RFM scores and zones: pure and meant to be read.

The nightly run computes the same in SQL (`segments.scores`); a property test holds it to these functions.
All days are business days. A run of business day D sees the purchases up to and including D.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any, Final, TypeVar

from segments.facts import (
    GAPS_FOR_PROPOSAL,
    Cause,
    Figures,
    Purchase,
    RuleProposal,
    Scores,
    Segment,
    SegmentReason,
    Thresholds,
    Zone,
)

FIFTHS: Final = 5
MAX_DAYS: Final = 3650
MAX_PURCHASES: Final = 1000

Key = TypeVar("Key", bound=Hashable)


def figures_of(purchases: Sequence[Purchase], as_of: date, thresholds: Thresholds) -> Figures | None:
    """Return what the purchases up to `as_of` amount to; None when there are none."""
    seen = [purchase for purchase in purchases if purchase.on <= as_of]
    if not seen:
        return None
    return Figures(
        first_purchase_on=min(purchase.on for purchase in seen),
        last_purchase_on=max(purchase.on for purchase in seen),
        purchase_count=len(seen),
        window_purchases=sum((as_of - purchase.on).days <= thresholds.loyal_window_days for purchase in seen),
        spend_amount=sum(purchase.amount for purchase in seen),
    )


def explain(figures: Figures | None, as_of: date, thresholds: Thresholds) -> SegmentReason:
    """Explain the lifecycle: the first clause that holds decides."""
    if figures is None:
        return SegmentReason(None, Cause.NO_PURCHASE, as_of, thresholds, None, None)
    silent_days = (as_of - figures.last_purchase_on).days
    known_days = (as_of - figures.first_purchase_on).days
    if silent_days > thresholds.lapsed_after_days:
        segment, cause = Segment.LAPSED, Cause.LONG_SILENCE
    elif known_days <= thresholds.new_within_days:
        segment, cause = Segment.NEW, Cause.FIRST_PURCHASE_RECENT
    elif figures.purchase_count == 1:
        segment, cause = Segment.NEW, Cause.ONE_PURCHASE
    elif figures.window_purchases >= thresholds.loyal_purchases:
        segment, cause = Segment.LOYAL, Cause.MANY_PURCHASES
    else:
        segment, cause = Segment.ACTIVE, Cause.STILL_BUYING
    return SegmentReason(segment, cause, as_of, thresholds, figures, silent_days)


def lifecycle(figures: Figures | None, as_of: date, thresholds: Thresholds) -> Segment | None:
    """Return the segment alone; None without purchases."""
    return explain(figures, as_of, thresholds).segment


def score(value: Any, values: Sequence[Any]) -> int:
    """Return 1 + floor(5 x share of `values` strictly below `value`); `values` sorted and not empty.

    Equal values have equal scores, which `ntile` would not give.
    """
    return 1 + FIFTHS * bisect_left(values, value) // len(values)


def scores_of(buyers: Mapping[Key, Figures]) -> dict[Key, Scores]:
    """Return the RFM of every buyer among all buyers; a later last purchase is the higher recency."""
    last = sorted(figures.last_purchase_on for figures in buyers.values())
    counts = sorted(figures.purchase_count for figures in buyers.values())
    spends = sorted(figures.spend_amount for figures in buyers.values())
    return {
        key: Scores(
            recency=score(figures.last_purchase_on, last),
            frequency=score(figures.purchase_count, counts),
            monetary=score(figures.spend_amount, spends),
        )
        for key, figures in buyers.items()
    }


def zone(recency: int, frequency: int) -> Zone:
    """The named region of the grid. Rows are recency (5 latest), columns frequency (5 most often).

    ::

            1            2          3          4          5
        5   first_steps  promising  promising  champions  champions
        4   first_steps  promising  promising  champions  champions
        3   fading       fading     regulars   regulars   regulars
        2   one_time     dormant    dormant    at_risk    at_risk
        1   one_time     dormant    dormant    at_risk    at_risk
    """
    if recency == 3:
        return Zone.REGULARS if frequency >= 3 else Zone.FADING
    recent = recency >= 4
    if frequency == 1:
        return Zone.FIRST_STEPS if recent else Zone.ONE_TIME
    if frequency <= 3:
        return Zone.PROMISING if recent else Zone.DORMANT
    return Zone.CHAMPIONS if recent else Zone.AT_RISK


def threshold_problems(thresholds: Thresholds) -> dict[str, str]:
    """Return field -> code of what is wrong: `out_of_range` or `new_exceeds_lapsed`; empty when the rule is right."""
    problems = {
        name: "out_of_range"
        for name, low, high in (
            ("new_within_days", 1, MAX_DAYS),
            ("lapsed_after_days", 1, MAX_DAYS),
            ("loyal_purchases", 2, MAX_PURCHASES),
            ("loyal_window_days", 1, MAX_DAYS),
        )
        if not low <= getattr(thresholds, name) <= high
    }
    if not problems and thresholds.new_within_days > thresholds.lapsed_after_days:
        problems["new_within_days"] = "new_exceeds_lapsed"
    return problems


def propose(gap_counts: Mapping[int, int], current: Thresholds) -> RuleProposal | None:
    """Propose thresholds for a shop whose buyers came back after `gap_counts` (days between visits -> how often).

    Silence means something once it is longer than nine of ten intervals were; a newcomer is new for two usual
    intervals; loyalty is looked at over twice the time after which someone counts as lapsed.
    None below `GAPS_FOR_PROPOSAL` intervals.
    """
    total = sum(gap_counts.values())
    if total < GAPS_FOR_PROPOSAL:
        return None
    usual, long = _find_quantile(gap_counts, total, 0.5), _find_quantile(gap_counts, total, 0.9)
    lapsed = _in_steps(long, low=14, high=365)
    new = min(_in_steps(2 * usual, low=7, high=90), lapsed)
    return RuleProposal(Thresholds(new, lapsed, current.loyal_purchases, 2 * lapsed), total, usual, long)


def _find_quantile(counts: Mapping[int, int], total: int, share: float) -> int:
    """Return the smallest value that at least `share` of all entries do not exceed."""
    needed, seen = ceil(share * total), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= needed:
            return value
    raise ValueError("the counts do not add up to the total")


def _in_steps(days: int, *, low: int, high: int) -> int:
    """Round up to 5 days where it is more than two weeks, so that the number is one people would say."""
    rounded = days if days <= 14 else 5 * ceil(days / 5)
    return max(low, min(high, rounded))
