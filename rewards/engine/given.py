"""What each promotion gave in a sale, in money and in points, and what of it still counts after returns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rewards.engine.facts import Outcome
from rewards.engine.return_state import plan_of, standing_after
from rewards.engine.returns import earned_by_remaining, spend_of_remaining


class GivenBenefit(NamedTuple):
    """What one promotion gives: money off, gifts at their list price, wallet money, points.

    `spend` is what its budget counts: money, or points for rules that are written in points.
    """

    discount_amount: int = 0
    gift_amount: int = 0
    cashback_amount: int = 0
    points: int = 0
    spend: int = 0


NOTHING_GIVEN = GivenBenefit()


def benefits_given(outcome: Outcome) -> dict[str, GivenBenefit]:
    """Return one for each promotion that applied, by its id, in the order in which they acted."""
    gifts = _sum_by_promotion((item.promotion_id, item.quantity * item.list_amount) for item in outcome.free_items)
    discounts = _sum_by_promotion((item.promotion_id, item.amount) for item in outcome.discounts)
    cashback = _sum_by_promotion((item.promotion_id, item.amount) for item in outcome.cashback)
    points = _sum_by_promotion((item.promotion_id, item.points) for item in outcome.earned)
    spends = _sum_by_promotion((use.promotion_id, use.spend) for use in outcome.uses)
    return {
        name: GivenBenefit(
            discounts.get(name, 0), gifts.get(name, 0), cashback.get(name, 0), points.get(name, 0), spend
        )
        for name, spend in spends.items()
    }


def benefits_left(outcome: Outcome, returns: Sequence[Mapping[str, int]]) -> dict[str, GivenBenefit]:
    """Return what of them still counts after all `returns`, units by line id in order; never more than given.

    Gifts stay as long as any goods do.
    """
    standing = standing_after(plan_of(outcome), returns)
    earned = earned_by_remaining(outcome, returns)
    spends = spend_of_remaining(outcome, returns)
    anything = any(line.quantity > gone for line, gone in zip(outcome.lines, standing.gone, strict=True))
    return {
        name: GivenBenefit(
            min(given.discount_amount, standing.discounts.get(name, 0)),
            given.gift_amount if anything else 0,
            min(given.cashback_amount, earned.cashback_by_promotion.get(name, 0)),
            min(given.points, earned.points_by_promotion.get(name, 0)),
            spends[name],
        )
        for name, given in benefits_given(outcome).items()
    }


def _sum_by_promotion(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, amount in parts:
        sums[name] = sums.get(name, 0) + amount
    return sums
