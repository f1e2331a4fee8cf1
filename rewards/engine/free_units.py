"""Which of the units that stay after returns count as paid: as many as a sale of just these would have had."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rewards.engine.facts import Discount, OutcomeLine
from rewards.engine.return_prices import rules_of_units, units_freed_anew
from rewards.engine.return_state import ReturnPlan, ReturnState


@dataclass(slots=True)
class _UnitBenefit:
    """An offer that made units free: by group, how many it made free, and how many stood beside them for it.

    `discount` is None for units that no discount made free: points paid for them.
    """

    discount: Discount | None
    free: dict[int, int]
    beside: dict[int, int]

    def is_of(self, rules: Collection[str]) -> bool:
        return self.discount is not None and self.discount.promotion_id in rules


def units_paid_of_rest(plan: ReturnPlan, standing: ReturnState) -> list[int]:
    """Return, by row of the receipt, the units that stay and count as paid.

    Offers on units whose rule the sale keeps free what they would in a sale of just these units, never more than they
    did. Of others, units beside the offer go back before those that made it, and sets no longer whole free fewer.
    """
    stays = [line.quantity - back for line, back in zip(plan.outcome.lines, standing.gone, strict=True)]
    by_group = [sum(stays[row] for row in group.rows) for group in plan.groups]
    free = [0] * len(plan.groups)
    benefits = _offers_of_plan(plan)
    rules = rules_of_units(plan.outcome)
    most = sum(units for benefit in benefits if benefit.is_of(rules) for units in benefit.free.values())
    freed = units_freed_anew(plan.outcome, rules, standing.discounts, standing.gone) if most else {}
    for row, line in enumerate(plan.outcome.lines):
        here = min(freed.get(line.line_id, 0), most)
        free[plan.group_of_row[row]] += here
        most -= here
    for benefit in benefits:
        if benefit.is_of(rules):
            continue
        left = _still_free(benefit, by_group)
        for number, units in benefit.free.items():
            here = min(units, by_group[number] - free[number], left)
            free[number] += here
            left -= here
    return _paid_by_row(plan, stays, free)


def _paid_by_row(plan: ReturnPlan, stays: Sequence[int], free: Sequence[int]) -> list[int]:
    paid = [0] * len(stays)
    for group, units in zip(plan.groups, free, strict=True):
        costs = sum(stays[row] for row in group.rows) - units
        for row in group.rows:
            paid[row] = min(stays[row], costs)
            costs -= paid[row]
    return paid


def _still_free(benefit: _UnitBenefit, stays: Sequence[int]) -> int:
    """Count the units that the offer would make free among those that stay."""
    most = sum(min(units, stays[number]) for number, units in benefit.free.items())
    beside, given = sum(benefit.beside.values()), sum(benefit.free.values())
    if not beside:
        return most
    if any(number in benefit.free for number in benefit.beside):
        whole = sum(stays[number] for number in {*benefit.free, *benefit.beside})
        return min(most, whole * given // (beside + given))
    return min(most, sum(stays[number] for number in benefit.beside) * given // beside)


def _offers_of_plan(plan: ReturnPlan) -> list[_UnitBenefit]:
    """Return the free units of the sale, each with the discount that gave most on its row."""
    rows = {line.line_id: row for row, line in enumerate(plan.outcome.lines)}
    benefits: dict[str | None, _UnitBenefit] = {}
    for row, line in enumerate(plan.outcome.lines):
        units = _free_units(line)
        if units:
            discount = _discount_of(plan.outcome.discounts, line.line_id)
            benefit = benefits.setdefault(discount.promotion_id if discount else None, _UnitBenefit(discount, {}, {}))
            number = plan.group_of_row[row]
            benefit.free[number] = benefit.free.get(number, 0) + units
    for benefit in benefits.values():
        if (
            benefit.discount is None or not benefit.discount.took_part
        ):  # sold before it was kept what made an offer on one row: all units alike count for it
            benefit.beside = {number: plan.groups[number].quantity - units for number, units in benefit.free.items()}
            continue
        for part in benefit.discount.took_part:
            row = rows[part.line_id]
            beside = _units_for(plan, benefit.discount, row, part.amount)
            if beside > 0:
                number = plan.group_of_row[row]
                benefit.beside[number] = benefit.beside.get(number, 0) + beside
    return list(benefits.values())


def _free_units(line: OutcomeLine) -> int:
    """Count free units; sales from before units were counted have none where a row cost anything."""
    if line.units_paid is None:
        return line.quantity if line.total_amount <= line.points_value_amount else 0
    return line.quantity - line.units_paid


def _discount_of(discounts: Sequence[Discount], line_id: str) -> Discount | None:
    """Return the discount that gave most on the row, of equals the first that acted; None where none gave anything."""

    def given(discount: Discount) -> int:
        return sum(part.amount for part in discount.lines if part.line_id == line_id)

    return max(filter(given, discounts), key=given, default=None)


def _units_for(plan: ReturnPlan, discount: Discount, row: int, amount: int) -> int:
    """Count units of the row that made the offer without being free; `amount` is what its units cost then."""
    line = plan.outcome.lines[row]
    free = _free_units(line)
    given = sum(part.amount for part in discount.lines if part.line_id == line.line_id)
    one = given // free if free and given else line.subtotal_amount // line.quantity
    took = min(line.quantity, -(-amount // one)) if one else 0
    return took - free
