"""Tiers: which one the figures earn, up at once, down by policy, and what is missing for the next.

A ladder is the merchant's tiers in ascending rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from members.facts import DownPolicy, NextTier, TierFacts, TierFigures, TierProgramFacts


def earned_tier(figures: TierFigures, ladder: Sequence[TierFacts]) -> TierFacts | None:
    """Return the highest tier whose need the figures meet; None on an empty ladder."""
    met = [tier for tier in ladder if figures.of(tier.measure) >= tier.threshold]
    return max(met, key=lambda tier: tier.rank, default=None)


def tier_after_purchase(
    current: TierFacts | None, figures: TierFigures, ladder: Sequence[TierFacts]
) -> TierFacts | None:
    """Return the tier to move up to at once, or None: a sale never moves a member down."""
    earned = earned_tier(figures, ladder)
    if earned is None or (current is not None and earned.rank <= current.rank):
        return None
    return earned


def tier_after_night(
    current: TierFacts | None,
    figures: TierFigures,
    ladder: Sequence[TierFacts],
    program: TierProgramFacts,
    *,
    since_on: date | None,
    protected_until: date | None,
    on: date,
) -> TierFacts | None:
    """Return the tier to move to for the business day `on`, or None to stay.

    Down only by policy, only after `keep_days` in the tier, and never while a manual tier is protected (its last
    day included).
    """
    earned = earned_tier(figures, ladder)
    if earned is None or (current is not None and earned.rank == current.rank):
        return None
    if current is None or earned.rank > current.rank:
        return earned
    if program.down_policy is DownPolicy.NEVER or (protected_until is not None and protected_until >= on):
        return None
    if since_on is not None and on < since_on + timedelta(days=program.keep_days):
        return None
    if program.down_policy is DownPolicy.ONE_STEP:
        return max((tier for tier in ladder if tier.rank < current.rank), key=lambda tier: tier.rank)
    return earned


def next_tier(
    current: TierFacts | None, figures: TierFigures, ladder: Sequence[TierFacts], window_days: int
) -> NextTier | None:
    """Return the level above the one held; None at the top."""
    rank = current.rank if current else 0
    above = min((tier for tier in ladder if tier.rank > rank), key=lambda tier: tier.rank, default=None)
    if above is None:
        return None
    since = figures.counted_since_on
    return NextTier(
        code=above.code,
        name=above.name,
        measure=above.measure,
        progress=figures.of(above.measure),
        threshold=above.threshold,
        by=since + timedelta(days=window_days - 1) if since else None,
    )


def window_starts_on(on: date, window_days: int) -> date:
    """Return the oldest business day that counts on day `on`, itself included in the window."""
    return on - timedelta(days=window_days - 1)


def counts_towards_tier(purchased_on: date, on: date, window_days: int) -> bool:
    """Return whether a sale of that business day still counts: a late receipt from before the window does not."""
    return purchased_on >= window_starts_on(on, window_days)
