"""What a kind of promotion answers: an offer, or the reason why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from rewards.engine.basket import Pick, UnitOff
from rewards.engine.facts import FreeItem
from rewards.engine.shares import Ratio, money_of_points, points_for_money, split_by_weight

APPLIED = "applied"
REASONS = frozenset(
    {
        APPLIED,
        "min_spend_not_met",
        "min_qty_not_met",
        "wrong_segment",
        "wrong_tier",
        "member_required",
        "code_required",
        "not_started",
        "expired",
        "outside_hours",
        "wrong_outlet",
        "usage_limit_reached",
        "per_member_limit_reached",
        "budget_exhausted",
        "not_combinable",
        "better_discount_applied",
        "no_eligible_items",
        "nothing_left_to_discount",
        "insufficient_free_units",
        "insufficient_points",
        "no_benefit",
        "card_not_confirmed",
    }
)

Figure = int | str | None


class Ineligibility(NamedTuple):
    """Why a promotion does not act, with the figure found and the figure it takes, their period and unit."""

    reason: str
    measured: Figure = None
    needed: Figure = None
    period: str | None = None
    unit: str | None = None


class Shortfall(NamedTuple):
    """What an offer gives of what it would have given, and what for: the figures of a decision that applied."""

    given: int
    full: int
    period: str | None = None
    unit: str | None = None


NO_ELIGIBLE_ITEMS = Ineligibility("no_eligible_items")
NOTHING_LEFT = Ineligibility("nothing_left_to_discount")
NO_BENEFIT = Ineligibility("no_benefit")


@dataclass(slots=True)
class PointsRow:
    """Amount-based points of one earn rule, per line, as multipliers find them.

    `exact` over `den` is what each line earns before fractions are dropped; whole-step rules have whole points only.
    """

    points: dict[int, int]
    exact: dict[int, int]
    den: int
    whole_steps: bool


@dataclass(slots=True)
class Benefit:
    """What a promotion would give. `shares` are (line index, amount): money off, points or wallet money, by its kind.

    `units` names the units it acts on when it is about units rather than whole lines; `serves` takes those out of
    reach of every further offer. `set_units` are the units of the sets that unlocked it. `together` are the units
    without which it would not act, where `units` does not name them; `took_part` is what all of these cost on each line
    when it was applied. `worth` is what the customer gains, in money, or in points for point rules.
    `point_value` goes with money that is given as points: budgets count the money. `shortfall` is reported.
    """

    shares: Sequence[tuple[int, int]] = ()
    worth: int = 0
    units: Sequence[UnitOff] = ()
    together: Sequence[Pick] = ()
    took_part: Sequence[tuple[int, int]] = ()
    set_units: Sequence[Pick] = ()
    serves: bool = False
    gift: FreeItem | None = None
    gives: str = "money_off"
    points_used: int = 0
    after_days: int = 0
    stamps: int = 0
    card: Any = None
    coupon: Mapping[str, Any] | None = None
    earned_row: PointsRow | None = None
    multiplied_rows: list[PointsRow] | None = None
    blocks_earning: bool = False
    point_value: Ratio | None = None
    shortfall: Shortfall | None = None

    @property
    def spend(self) -> int:
        """Return what a budget counts: money, or points for rules that are written in points."""
        return self.worth if self.point_value is None else money_of_points(self.worth, self.point_value)


def lines_off(indexes: Iterable[int], amounts: Iterable[int]) -> Benefit | Ineligibility:
    """Take money off whole lines; nothing at all is no benefit."""
    shares = [(index, amount) for index, amount in zip(indexes, amounts, strict=True) if amount]
    return Benefit(shares, sum([share[1] for share in shares])) if shares else NO_BENEFIT


def units_off(offs: Sequence[UnitOff], *, serves: bool) -> Benefit | Ineligibility:
    """Take money off picked units, summed up per line; nothing at all is no benefit."""
    per_line: dict[int, int] = {}
    for pick, amount in offs:
        if amount:
            per_line[pick.line] = per_line.get(pick.line, 0) + amount
    if not per_line:
        return NO_BENEFIT
    return Benefit(sorted(per_line.items()), sum(per_line.values()), units=offs, serves=serves)


def trimmed(benefit: Benefit, limit: int) -> Benefit | None:
    """Return the benefit cut down to spend `limit`; None when it cannot be cut (half a bag is no gift)."""
    if benefit.point_value is not None:
        limit = points_for_money(limit, benefit.point_value)
        if limit == 0:
            return None
    return cut_to_worth(benefit, limit)


def cut_to_worth(benefit: Benefit, limit: int) -> Benefit | None:
    """Return the same, cut down to a worth of `limit`."""
    if benefit.gift is not None:
        return _fewer_gifts(benefit, benefit.gift, limit)
    if not benefit.shares:
        return None
    if benefit.units:
        offs = split_by_weight(limit, [off.amount for off in benefit.units])
        cut = units_off(
            [UnitOff(off.pick, amount) for off, amount in zip(benefit.units, offs, strict=True)], serves=benefit.serves
        )
        if not isinstance(cut, Benefit):
            return None
        cut.set_units, cut.together = benefit.set_units, benefit.together
        return cut
    amounts = split_by_weight(limit, [amount for _, amount in benefit.shares])
    benefit.shares = [(index, amount) for (index, _), amount in zip(benefit.shares, amounts, strict=True) if amount]
    benefit.worth = limit
    if benefit.shortfall is not None:
        benefit.shortfall = benefit.shortfall._replace(given=limit)
    if benefit.earned_row is not None:
        benefit.earned_row = PointsRow(dict(benefit.shares), dict(benefit.shares), 1, whole_steps=True)
    benefit.multiplied_rows = None
    return benefit


def _fewer_gifts(benefit: Benefit, gift: FreeItem, limit: int) -> Benefit | None:
    quantity = limit // gift.list_amount
    if quantity < 1:
        return None
    benefit.gift = replace(gift, quantity=quantity)
    benefit.worth = quantity * gift.list_amount
    return benefit
