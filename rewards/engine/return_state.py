"""What of a sale is left with the units that stay, however its rows were split.

Units that are alike (goods and price) go back alike, whichever row they are taken from. What an offer gave is spread
over all units that took part in it, by what they cost; groups of units that share a benefit form a circle.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rewards.engine.bill_returns import NOTHING_BACK, BillBack, PartBack, bill_back
from rewards.engine.facts import Definition, Discount, Outcome, OutcomeLine, Share
from rewards.engine.names import name_key
from rewards.engine.payment_shares import Paid, paid_back
from rewards.engine.return_prices import discounts_priced_anew, rules_priced_anew
from rewards.engine.shares import split_by_weight, split_within


@dataclass(slots=True)
class UnitGroup:
    """Units that are alike, on one row or several. `value` is what they cost after their share of every discount.

    `takes_part` is False for goods that are in no offer.
    """

    rows: list[int]
    quantity: int
    gross: int
    value: int
    paid: Paid
    discounts: dict[str, int]
    takes_part: bool = True


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """How a sale comes apart. `circles` are groups, by index, that go back together."""

    outcome: Outcome
    groups: Sequence[UnitGroup]
    group_of_row: Sequence[int]
    circles: Sequence[Sequence[int]]
    repriced: Sequence[Definition]


@dataclass(frozen=True, slots=True)
class ReturnState:
    """`discounts` still given, by promotion; `back` was given back so far, by circle; `kept` is each row's value.

    `base` is what the units that stay on a row were paid for in money and stored value, without points. `bill` is what
    of tax, service charge, tip and rounding was given back.
    """

    discounts: Mapping[str, int]
    back: Sequence[Paid]
    base: Sequence[int]
    gone: Sequence[int]
    bill: BillBack = NOTHING_BACK


def plan_of(outcome: Outcome) -> ReturnPlan:
    groups, group_of_row = _group_units(outcome.lines)
    joined = _Joined(len(groups))
    for discount in outcome.discounts:
        joined.join(_spread_discount(discount, groups, _rows_by_id(outcome), group_of_row))
    repriced = rules_priced_anew(outcome)
    if repriced:
        joined.join(number for number, group in enumerate(groups) if group.takes_part)
    return ReturnPlan(outcome, groups, group_of_row, joined.circles(), repriced)


def standing_after(plan: ReturnPlan, returns: Iterable[Mapping[str, int]]) -> ReturnState:
    """Return what is left after `returns`, each units by line id, in the order in which they came.

    Raises KeyError for a line that the sale does not have, ValueError when more goes back than was sold.
    """
    rows = _rows_by_id(plan.outcome)
    gone = [0] * len(plan.outcome.lines)
    standing = _compute_state(plan, gone, None)
    for units in returns:
        for line_id, quantity in units.items():
            row = rows[line_id]
            gone[row] += quantity
            if quantity < 0 or gone[row] > plan.outcome.lines[row].quantity:
                raise ValueError(f"{gone[row]} of {plan.outcome.lines[row].quantity} units")
        standing = _compute_state(plan, gone, standing)
    return standing


def goods_by_row(plan: ReturnPlan, before: ReturnState, after: ReturnState) -> list[int]:
    """Return the value of goods that came back between the two, by row: by units in a group, else by price."""
    amounts = [0] * len(after.gone)
    for circle, earlier, later in zip(plan.circles, before.back, after.back, strict=True):
        rows = [row for number in circle for row in plan.groups[number].rows]
        weights = [(after.gone[row] - before.gone[row]) * _unit_price(plan, row) for row in rows]
        if not any(weights):
            weights = [after.gone[row] - before.gone[row] for row in rows]
        shares = split_by_weight(later.goods_amount - earlier.goods_amount, weights)
        for row, share in zip(rows, shares, strict=True):
            amounts[row] = share
    return amounts


def kept_of(plan: ReturnPlan, parts: Iterable[tuple[str, int]], gone: Sequence[int]) -> int:
    """Return what is left of an amount given as `parts` (line id, share) when `gone` units of each row went back."""
    rows = _rows_by_id(plan.outcome)
    by_group: dict[int, int] = {}
    for line_id, amount in parts:
        number = plan.group_of_row[rows[line_id]]
        by_group[number] = by_group.get(number, 0) + amount
    units = _gone_by_group(plan, gone)
    return sum(amount - amount * units[n] // plan.groups[n].quantity for n, amount in by_group.items())


# --- groups and circles -------------------------------------------------------------------------------------------


def _rows_by_id(outcome: Outcome) -> dict[str, int]:
    return {line.line_id: row for row, line in enumerate(outcome.lines)}


def _group_units(lines: Sequence[OutcomeLine]) -> tuple[list[UnitGroup], list[int]]:
    """Group rows of the same goods at the same price; one whose price does not divide by its units is alone."""
    rows_of: dict[tuple[str, str, int, str], list[int]] = {}
    for row, line in enumerate(lines):
        price, crumbs = divmod(line.subtotal_amount, line.quantity)
        key = (
            name_key(line.sku or line.goods_name),
            name_key(line.category or ""),
            price,
            line.line_id if crumbs else "",
        )
        rows_of.setdefault(key, []).append(row)
    groups: list[UnitGroup] = []
    group_of_row = [0] * len(lines)
    for key in sorted(rows_of):
        own = [lines[row] for row in rows_of[key]]
        for row in rows_of[key]:
            group_of_row[row] = len(groups)
        gross = sum(line.subtotal_amount for line in own)
        paid = Paid(*map(sum, zip(*map(_paid_parts, own), strict=True)))
        takes_part = not own[0].never_discounted
        groups.append(UnitGroup(rows_of[key], sum(line.quantity for line in own), gross, gross, paid, {}, takes_part))
    return groups, group_of_row


def _paid_parts(line: OutcomeLine) -> Paid:
    stored = line.points_value_amount + line.wallet_amount + line.gift_card_amount
    return Paid(
        line.total_amount - stored,
        line.points_value_amount,
        line.wallet_amount,
        line.gift_card_amount,
        line.points_redeemed,
    )


def _spread_discount(
    discount: Discount, groups: Sequence[UnitGroup], rows: Mapping[str, int], group_of_row: Sequence[int]
) -> set[int]:
    """Spread the discount over its groups; return those that share it otherwise than the receipt's rows say."""
    given, weights = (
        _sum_by_group(parts, len(groups), rows, group_of_row)
        for parts in (discount.lines, discount.took_part or discount.lines)
    )
    rooms = [group.value for group in groups]
    shares = split_within(discount.amount, weights, rooms)
    for group, share in zip(groups, shares, strict=True):
        if share:
            group.value -= share
            group.discounts[discount.promotion_id] = group.discounts.get(discount.promotion_id, 0) + share
    if shares == given:
        return set()
    return {number for number, pair in enumerate(zip(given, shares, strict=True)) if any(pair)}


def _sum_by_group(
    parts: Iterable[Share], groups: int, rows: Mapping[str, int], group_of_row: Sequence[int]
) -> list[int]:
    amounts: defaultdict[int, int] = defaultdict(int)
    for part in parts:
        amounts[group_of_row[rows[part.line_id]]] += part.amount
    return [amounts[number] for number in range(groups)]


class _Joined:
    """Groups that were joined, directly or through others."""

    def __init__(self, count: int) -> None:
        self.circle_of = list(range(count))

    def join(self, numbers: Iterable[int]) -> None:
        circles = {self.circle_of[number] for number in numbers}
        if len(circles) > 1:
            first = min(circles)
            self.circle_of = [first if circle in circles else circle for circle in self.circle_of]

    def circles(self) -> list[list[int]]:
        members: dict[int, list[int]] = {}
        for number, circle in enumerate(self.circle_of):
            members.setdefault(circle, []).append(number)
        return list(members.values())


# --- what is left --------------------------------------------------------------------------------------------------


def _unit_price(plan: ReturnPlan, row: int) -> int:
    line = plan.outcome.lines[row]
    return line.subtotal_amount // line.quantity


def _gone_by_group(plan: ReturnPlan, gone: Sequence[int]) -> list[int]:
    return [sum(gone[row] for row in group.rows) for group in plan.groups]


def _compute_state(plan: ReturnPlan, gone: Sequence[int], before: ReturnState | None) -> ReturnState:
    units = _gone_by_group(plan, gone)
    discounts = _discounts_left(plan, units, gone, before)
    back = [
        _back_of_circle(plan, circle, units, discounts, before.back[position] if before else Paid())
        for position, circle in enumerate(plan.circles)
    ]
    bill = _back_of_bill(plan, units, gone, back, before.bill if before else NOTHING_BACK)
    return ReturnState(discounts, back, _earning_bases(plan, units, gone, back), tuple(gone), bill)


def _back_of_bill(
    plan: ReturnPlan, units: Sequence[int], gone: Sequence[int], back: Sequence[Paid], before: BillBack
) -> BillBack:
    if plan.outcome.bill is None:
        return NOTHING_BACK
    parts = []
    for circle, given in zip(plan.circles, back, strict=True):
        groups = [plan.groups[number] for number in circle]
        rows = [row for group in groups for row in group.rows]
        value = sum(group.value for group in groups)
        if value:
            parts.append(PartBack(rows, given.goods_amount, value))
        else:
            parts.append(PartBack(rows, sum(units[number] for number in circle), sum(g.quantity for g in groups)))
    return bill_back(
        plan.outcome,
        parts,
        goods_money=sum(given.money_amount for given in back),
        is_whole=all(line.quantity == number for line, number in zip(plan.outcome.lines, gone, strict=True)),
        before=before,
    )


def _discounts_left(
    plan: ReturnPlan, units: Sequence[int], gone: Sequence[int], before: ReturnState | None
) -> dict[str, int]:
    stands: dict[str, int] = {discount.promotion_id: 0 for discount in plan.outcome.discounts}
    for group, number in zip(plan.groups, units, strict=True):
        for promotion_id, amount in group.discounts.items():
            stands[promotion_id] += amount - amount * number // group.quantity
    if plan.repriced and any(gone):
        anew = discounts_priced_anew(plan.outcome, plan.repriced, stands, gone)
        for promotion_id, amount in anew.items():
            given = sum(group.discounts.get(promotion_id, 0) for group in plan.groups)
            stands[promotion_id] = min(amount, before.discounts[promotion_id] if before else given)
    return stands


def _back_of_circle(
    plan: ReturnPlan, circle: Sequence[int], units: Sequence[int], discounts: Mapping[str, int], before: Paid
) -> Paid:
    """Return what the circle's goods lost of their value, and each payment in part; never less than `before`."""
    groups = [(plan.groups[number], units[number]) for number in circle]
    value = sum(group.value for group, _ in groups)
    if plan.repriced and groups[0][0].takes_part:
        kept = sum(group.gross - group.gross * gone // group.quantity for group, gone in groups)
        kept -= sum(discounts.values()) if any(gone < group.quantity for group, gone in groups) else 0
        back = max(before.goods_amount, value - max(0, kept))
    else:
        back = sum(group.value * gone // group.quantity for group, gone in groups)
    paid = Paid(*map(sum, zip(*(group.paid for group, _ in groups), strict=True)))
    return paid_back(paid, back, value, before)


def _earning_bases(plan: ReturnPlan, units: Sequence[int], gone: Sequence[int], back: Sequence[Paid]) -> list[int]:
    """Return what each row's remaining units were paid for without points: the money that they earn by."""
    bases = [0] * len(gone)
    for circle, returned in zip(plan.circles, back, strict=True):
        own = [plan.groups[number] for number in circle]
        rows = [row for group in own for row in group.rows]
        if not any(gone[row] for row in rows):
            for row in rows:
                bases[row] = plan.outcome.lines[row].total_amount - plan.outcome.lines[row].points_value_amount
            continue
        kept = sum(group.paid.goods_amount - group.paid.points_value_amount for group in own)
        kept -= returned.goods_amount - returned.points_value_amount
        stays = [plan.outcome.lines[row].quantity - gone[row] for row in rows]
        worth = [_value_per_row(plan, row, left) for row, left in zip(rows, stays, strict=True)]
        for row, share in zip(rows, split_by_weight(kept, worth if any(worth) else stays), strict=True):
            bases[row] = share
    return bases


def _value_per_row(plan: ReturnPlan, row: int, stays: int) -> int:
    group = plan.groups[plan.group_of_row[row]]
    return group.value * stays // group.quantity
