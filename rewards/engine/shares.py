"""Exact arithmetic of the engine: integers and ratios of integers, so that shares of an amount add up to it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

DOWN = "down"
LAST_LINE = "last_line"


class Ratio(NamedTuple):
    """A percentage, factor or rate as two integers: 12,5 % is 1/8."""

    num: int
    den: int

    @classmethod
    def of(cls, value: Decimal) -> "Ratio":
        return cls(*value.as_integer_ratio())

    @classmethod
    def percent(cls, value: Decimal) -> "Ratio":
        return cls(*(value / 100).as_integer_ratio())


def points_for_money(amount: int, point_value: Ratio) -> int:
    """Return as many whole points as the money pays for."""
    return amount * point_value.den // point_value.num


def least_points_for(amount: int, point_value: Ratio) -> int:
    """Return as few whole points as pay all of the money."""
    return -(-amount * point_value.den // point_value.num)


def money_of_points(points: int, point_value: Ratio) -> int:
    """Return what the points are worth as payment, in whole smallest units."""
    return points * point_value.num // point_value.den


def round_ratio(num: int, den: int, rounding: str) -> int:
    """Return num / den as a whole number; both are non-negative."""
    if rounding == DOWN:
        return num // den
    return (2 * num + den) // (2 * den)


def split_by_weight(total: int, weights: Sequence[int], remainder: str = "largest") -> list[int]:
    """Return shares of `total` in proportion to `weights`, adding up to it exactly.

    What whole shares leave over goes to the largest remainders, the earlier on a tie, or all to the last share.
    With "largest" no share exceeds its weight as long as `total` does not exceed their sum.
    """
    whole = sum(weights)
    if total == 0 or whole == 0:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    over = total - sum(shares)
    if over and remainder == LAST_LINE:
        shares[max(i for i, weight in enumerate(weights) if weight)] += over
    elif over:
        remainders = [total * weight % whole for weight in weights]
        # A reversed sort keeps equal items in their order: the earlier share first.
        for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:over]:
            shares[i] += 1
    return shares


def split_within(total: int, weights: Sequence[int], caps: Sequence[int], remainder: str = "largest") -> list[int]:
    """Split like `split_by_weight`, but no share exceeds its cap: what one cannot hold goes to the others."""
    shares = [0] * len(weights)
    rest = min(total, sum(caps))
    while rest:
        rooms = [cap - share for cap, share in zip(caps, shares, strict=True)]
        open_weights = [weight if room else 0 for weight, room in zip(weights, rooms, strict=True)]
        if not any(open_weights):
            open_weights = rooms
        for i, part in enumerate(split_by_weight(rest, open_weights, remainder)):
            given = min(part, rooms[i])
            shares[i] += given
            rest -= given
    return shares


def split_over_left(total: int, left: Sequence[int], remainder: str = "largest") -> list[int]:
    """Return shares of `total` in proportion to what is left of each line, none above it."""
    if remainder == LAST_LINE:
        return split_within(total, left, left, remainder)
    return split_by_weight(min(total, sum(left)), left)


def stored_value_shares(left: Sequence[int], wallet: int, gift_cards: int) -> tuple[list[int], list[int]]:
    """Return what wallet money, then gift cards pay of each line; together never more than what is `left` of it.

    What they pay beyond the lines pays the rest of the bill.
    """
    by_wallet = split_by_weight(min(wallet, sum(left)), left)
    if not gift_cards:
        return by_wallet, [0] * len(left)
    rooms = [room - part for room, part in zip(left, by_wallet, strict=True)]
    return by_wallet, split_by_weight(min(gift_cards, sum(rooms)), rooms)
