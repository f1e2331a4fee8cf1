"""Pure rules of promotions: what a partner owes."""

from __future__ import annotations

from rewards.promotions.facts import Funding


def partner_share(base_amount: int, funding: Funding, *, pieces: int) -> int:
    """What the partner pays: a percentage of the cost, rounded half up, or so much per piece."""
    if funding.unit_amount is not None:
        return funding.unit_amount * pieces
    return share_of(base_amount, funding.basis_points or 0)


def share_of(base_amount: int, basis_points: int) -> int:
    """Hundredths of a percent of an amount, rounded half up."""
    return (base_amount * basis_points * 2 + 10_000) // 20_000


def share_left(share_amount: int, base_amount: int, base_left: int) -> int:
    """The partner's share of what is left of the discount: cumulative, so returns in any order add up to the whole."""
    return share_amount * base_left // base_amount if base_amount else 0
