"""Which of the units that stay after returns count as paid: as many as a sale of just these would have had."""

from collections.abc import Sequence
from dataclasses import dataclass

from rewards.engine.standing import Plan
from rewards.facts import Discount, OutcomeLine


@dataclass(slots=True)
class _Offer:
    """An offer that made units free: by group, how many it made free, and how many stood beside them for it."""

    free: dict[int, int]
    beside: dict[int, int]


def units_paid_of_rest(plan: Plan, gone: Sequence[int]) -> list[int]:
    """By row of the receipt, the units that stay and count as paid, where `gone` units of each row went back.

    Units beside the offer go back before those that made it; an offer whose sets are no longer whole frees fewer.
    """
    stays = [line.quantity - back for line, back in zip(plan.outcome.lines, gone, strict=True)]
    by_group = [sum(stays[row] for row in group.rows) for group in plan.groups]
    free = [0] * len(plan.groups)
    for offer in _offers_of_plan(plan):
        left = _still_free(offer, by_group)
        for number, units in offer.free.items():
            here = min(units, by_group[number] - free[number], left)
            free[number] += here
            left -= here
    paid = [0] * len(stays)
    for group, units in zip(plan.groups, free, strict=True):
        costs = sum(stays[row] for row in group.rows) - units
        for row in group.rows:
            paid[row] = min(stays[row], costs)
            costs -= paid[row]
    return paid


def _still_free(offer: _Offer, stays: Sequence[int]) -> int:
    """How many units the offer would make free among those that stay."""
    most = sum(min(units, stays[number]) for number, units in offer.free.items())
    beside, given = sum(offer.beside.values()), sum(offer.free.values())
    if not beside:
        return most
    if any(number in offer.free for number in offer.beside):
        whole = sum(stays[number] for number in {*offer.free, *offer.beside})
        return min(most, whole * given // (beside + given))
    return min(most, sum(stays[number] for number in offer.beside) * given // beside)


def _offers_of_plan(plan: Plan) -> list[_Offer]:
    """The free units of the sale, each with the discount that gave most on its row; the same discount together."""
    rows = {line.line_id: row for row, line in enumerate(plan.outcome.lines)}
    offers: dict[int | None, _Offer] = {}
    for row, line in enumerate(plan.outcome.lines):
        units = _free_units(line)
        if units:
            chosen = _discount_of(plan.outcome.discounts, line.line_id)
            offer = offers.setdefault(chosen, _Offer({}, {}))
            number = plan.group_of_row[row]
            offer.free[number] = offer.free.get(number, 0) + units
    for chosen, offer in offers.items():
        took_part = plan.outcome.discounts[chosen].took_part if chosen is not None else ()
        if not took_part:  # sold before it was kept what made an offer on one row: all units alike count for it
            offer.beside = {number: plan.groups[number].quantity - units for number, units in offer.free.items()}
        for part in took_part:
            row = rows[part.line_id]
            beside = _units_for(plan, plan.outcome.discounts[chosen or 0], row, part.amount)
            if beside > 0:
                number = plan.group_of_row[row]
                offer.beside[number] = offer.beside.get(number, 0) + beside
    return list(offers.values())


def _free_units(line: OutcomeLine) -> int:
    """Sales of the time before units were counted know of none where a row cost anything."""
    if line.units_paid is None:
        return line.quantity if line.total_amount <= line.points_value_amount else 0
    return line.quantity - line.units_paid


def _discount_of(discounts: Sequence[Discount], line_id: str) -> int | None:
    given = [(sum(part.amount for part in d.lines if part.line_id == line_id), -i) for i, d in enumerate(discounts)]
    most = max(given, default=(0, 0))
    return -most[1] if most[0] else None


def _units_for(plan: Plan, discount: Discount, row: int, amount: int) -> int:
    """Units of the row that made the offer without being free; `amount` is what its units in the offer cost then."""
    line = plan.outcome.lines[row]
    free = _free_units(line)
    given = sum(part.amount for part in discount.lines if part.line_id == line.line_id)
    one = given // free if free and given else line.subtotal_amount // line.quantity
    took = min(line.quantity, -(-amount // one)) if one else 0
    return took - free
