"""What a purchase or a return changes in a member's running figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from members.facts import MemberFacts, PurchaseDates, TierChange, TierFigures
from members.rules.tiers import counts_towards_tier, next_tier, tier_after_purchase


@dataclass(frozen=True)
class PurchaseDelta:
    """A sale (positive) or what a return takes away (negative).

    `purchased_at` and `purchased_on` are those of the sale, also on its returns. `purchases` is 1 for a sale over 0,
    -1 when a return empties it, else 0. `dates` are the first and last purchase counted again, for a return that
    emptied a sale.
    """

    purchased_at: datetime
    purchased_on: date
    spend_amount: int
    purchases: int = 0
    points: int = 0
    dates: PurchaseDates | None = None


def standing_after(
    member: MemberFacts, delta: PurchaseDelta, *, business_date: date
) -> tuple[MemberFacts, TierChange | None]:
    """Return the member after it, and the tier moved up to, if any. A purchase before the window counts for no tier."""
    dates = delta.dates or _dates_after(member, delta)
    figures = _figures_after(member, delta, business_date)
    reached = tier_after_purchase(member.tier, figures, member.ladder)
    tier = reached or member.tier
    after = replace(
        member,
        first_purchase_at=dates.first_at,
        last_purchase_at=dates.last_at,
        purchase_count=member.purchase_count + delta.purchases,
        spend_amount=member.spend_amount + delta.spend_amount,
        tier=tier,
        tier_since_on=business_date if reached else member.tier_since_on,
        tier_figures=figures,
        next_tier=next_tier(tier, figures, member.ladder, member.tier_window_days),
    )
    return after, TierChange(member.tier, reached) if reached else None


def _dates_after(member: MemberFacts, delta: PurchaseDelta) -> PurchaseDates:
    """Return first and last day; receipts may arrive late and out of order."""
    first, last = member.first_purchase_at, member.last_purchase_at
    if delta.purchases <= 0:
        return PurchaseDates(first, last)
    return PurchaseDates(
        first_at=min(first, delta.purchased_at) if first else delta.purchased_at,
        last_at=max(last, delta.purchased_at) if last else delta.purchased_at,
    )


def _figures_after(member: MemberFacts, delta: PurchaseDelta, business_date: date) -> TierFigures:
    """Return the figures, never below zero: a return may meet figures that the night has already counted down."""
    figures = member.tier_figures
    if not counts_towards_tier(delta.purchased_on, business_date, member.tier_window_days):
        return figures
    since = figures.counted_since_on
    return TierFigures(
        spend_amount=max(0, figures.spend_amount + delta.spend_amount),
        points=max(0, figures.points + delta.points),
        visits=max(0, figures.visits + delta.purchases),
        counted_since_on=min(since, delta.purchased_on) if since else delta.purchased_on,
    )
