"""What returns take back, from nothing but the outcome stored with the sale.

`returns` are all returns of the sale up to and with the one asked about, each units by line id, in the order in which
they came. Every share is a difference of what is left before and after, so that any portions add up to the whole.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rewards.engine.basket import Basis, Basket
from rewards.engine.benefit import Benefit
from rewards.engine.bill_returns import BillBack
from rewards.engine.conditions import cart_refusal
from rewards.engine.definitions import stored_definition
from rewards.engine.earnings import Earn
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Cart, Cashback, Definition, Earned, Outcome, Settings
from rewards.engine.free_units import units_paid_of_rest
from rewards.engine.payment_shares import Paid
from rewards.engine.pipeline import in_order
from rewards.engine.points_caps import cut_to_caps
from rewards.engine.registry import KINDS
from rewards.engine.return_prices import promotions_whose_coupon_stays_used
from rewards.engine.return_state import ReturnPlan, ReturnState, goods_by_row, kept_of, plan_of, standing_after
from rewards.engine.shares import Ratio, money_of_points

__all__ = [
    "BillBack",
    "GoodsReturn",
    "Paid",
    "RetainedEarnings",
    "RetainedRewards",
    "ReturnedLine",
    "cashback_to_take_back",
    "cost_left",
    "cost_of",
    "earned_by_remaining",
    "goods_return",
    "points_to_take_back",
    "promotions_whose_coupon_stays_used",
    "rewards_of_remaining",
    "share_of_line",
    "spend_of_remaining",
]


def share_of_line(amount: int, quantity: int, returned_before: int, returned_now: int) -> int:
    """Return the part of a line's `amount` that goes with `returned_now` units, after `returned_before` went back.

    Works for money and points alike; the parts of all units add up to `amount`.
    """
    if returned_before < 0 or returned_now < 0 or returned_before + returned_now > quantity:
        raise ValueError(f"{returned_before} + {returned_now} of {quantity} units")
    return amount * (returned_before + returned_now) // quantity - amount * returned_before // quantity


class ReturnedLine(NamedTuple):
    """Some units of one line that go back, and the value of these goods."""

    line_id: str
    quantity: int
    goods_amount: int


@dataclass(frozen=True, slots=True)
class GoodsReturn:
    """What goes back with some units of a sale, by what had paid for them; `discounts` are taken off, by promotion.

    `bill` is what of tax, service charge, tip and rounding goes back with them.
    """

    lines: tuple[ReturnedLine, ...]
    paid: Paid
    discounts: Mapping[str, int]
    bill: BillBack


def goods_return(outcome: Outcome, earlier: Sequence[Mapping[str, int]], now: Mapping[str, int]) -> GoodsReturn:
    """Return what goes back with the units in `now` (by line id), after the `earlier` returns in order.

    ValueError when more goes back than was sold, KeyError for a line that the sale does not have.
    """
    plan = plan_of(outcome)
    before, after = standing_after(plan, earlier), standing_after(plan, [*earlier, now])
    amounts = goods_by_row(plan, before, after)
    paid = [later.minus(sooner) for later, sooner in zip(after.back, before.back, strict=True)]
    return GoodsReturn(
        lines=tuple(
            ReturnedLine(line.line_id, now[line.line_id], amounts[row])
            for row, line in enumerate(outcome.lines)
            if now.get(line.line_id)
        ),
        paid=Paid(*map(sum, zip(*paid, strict=True))) if paid else Paid(),
        discounts={name: amount - after.discounts[name] for name, amount in before.discounts.items()},
        bill=after.bill.minus(before.bill),
    )


@dataclass(frozen=True, slots=True)
class RetainedEarnings:
    """What the goods that stay still earn, by promotion id; never more than the sale earned under it."""

    points_by_promotion: Mapping[str, int]
    cashback_by_promotion: Mapping[str, int]

    @property
    def points(self) -> int:
        return sum(self.points_by_promotion.values())

    @property
    def cashback_amount(self) -> int:
        return sum(self.cashback_by_promotion.values())


def earned_by_remaining(outcome: Outcome, returns: Sequence[Mapping[str, int]]) -> RetainedEarnings:
    """Return what the units that stay after `returns` (units by line id, in order) earn by the stored rules.

    Thresholds are measured again on what stays; who, when and where are as they were at the sale.
    """
    stored: dict[str, Earned | Cashback] = {item.promotion_id: item for item in outcome.earned}
    stored.update({item.promotion_id: item for item in outcome.cashback})
    points = {item.promotion_id: 0 for item in outcome.earned}
    cashback = {item.promotion_id: 0 for item in outcome.cashback}
    rest = _Rest.after(outcome, returns)
    if rest.state is not None:
        for definition in _earning_order(outcome):
            was = stored[definition.id]
            now = _earned_again(rest, rest.state, definition, was)
            if isinstance(was, Earned):
                points[definition.id] = min(now, was.points)
            else:
                cashback[definition.id] = min(now, was.amount)
    return RetainedEarnings(points, cashback)


def points_to_take_back(outcome: Outcome, returns: Sequence[Mapping[str, int]], taken_before: int) -> int:
    """Return earned less what the rest earns, less what earlier returns took back; nothing below zero."""
    return max(0, outcome.points_to_earn - earned_by_remaining(outcome, returns).points - taken_before)


def cashback_to_take_back(outcome: Outcome, returns: Sequence[Mapping[str, int]], taken_before: int) -> int:
    """Return the same for wallet money."""
    kept = earned_by_remaining(outcome, returns).cashback_amount
    return max(0, outcome.cashback_to_earn_amount - kept - taken_before)


@dataclass(frozen=True, slots=True)
class RetainedRewards:
    """What the goods that stay would still bring besides points: stamps by promotion id, promotions with a coupon."""

    stamps: Mapping[str, int]
    coupons: frozenset[str]


def rewards_of_remaining(outcome: Outcome, returns: Sequence[Mapping[str, int]]) -> RetainedRewards:
    """Return stamps and coupons for the units that stay after `returns`; thresholds as in `earned_by_remaining`.

    Never more than the sale gave. A promotion that the outcome keeps no rule of gives nothing once goods came back.
    """
    state = _Rest.after(outcome, returns).state
    given = {item.promotion_id: item.stamps for item in outcome.stamps}
    coupons = {item.promotion_id for item in outcome.coupons_to_issue}
    if state is None:
        return RetainedRewards(dict.fromkeys(given, 0), frozenset())
    stamps = dict.fromkeys(given, 0)
    kept = set()
    for definition in _stored_rules(outcome, {*given, *coupons}):
        benefit = None
        if cart_refusal(definition.when, state.basket) is None:
            benefit = KINDS[definition.kind].benefit(state, definition.terms)
        if not isinstance(benefit, Benefit):
            continue
        if definition.id in given:
            stamps[definition.id] = min(benefit.stamps, given[definition.id])
        elif benefit.coupon is not None:
            kept.add(definition.id)
    return RetainedRewards(stamps, frozenset(kept))


def spend_of_remaining(outcome: Outcome, returns: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return what is left of each promotion's spend after all `returns`, in order; by promotion id.

    What they give back together adds up. A gift stays spent: it was given. Never more than the sale took.
    """
    plan = plan_of(outcome)
    standing = standing_after(plan, returns)
    rest = earned_by_remaining(outcome, returns)
    in_money = {rule["id"] for rule in outcome.rules if rule["kind"] == "cashback"} if outcome.point_value else set()
    stands = dict(standing.discounts)
    for payment in outcome.points_payments:
        parts = [(part.line_id, part.amount) for part in payment.lines]
        stands[payment.promotion_id] = kept_of(plan, parts, standing.gone)
    stands |= {
        promotion_id: money_of_points(kept, _point_value(outcome)) if promotion_id in in_money else kept
        for promotion_id, kept in rest.points_by_promotion.items()
    }
    stands |= rest.cashback_by_promotion
    return {use.promotion_id: min(use.spend, stands.get(use.promotion_id, use.spend)) for use in outcome.uses}


def _earning_order(outcome: Outcome) -> list[Definition]:
    earning = {item.promotion_id for item in outcome.earned} | {item.promotion_id for item in outcome.cashback}
    rules = in_order(_stored_rules(outcome, earning))
    return sorted(rules, key=lambda rule: KINDS[rule.kind].stage_of(rule.terms))


def _stored_rules(outcome: Outcome, promotion_ids: Collection[str]) -> list[Definition]:
    return [stored_definition(rule) for rule in outcome.rules if rule["id"] in promotion_ids]


@dataclass(frozen=True, slots=True)
class _Rest:
    """A sale after its returns: how it comes apart, what is left, and the units that stay as a basket."""

    outcome: Outcome
    plan: ReturnPlan
    standing: ReturnState
    state: EvaluationState | None

    @classmethod
    def after(cls, outcome: Outcome, returns: Sequence[Mapping[str, int]]) -> "_Rest":
        plan = plan_of(outcome)
        standing = standing_after(plan, returns)
        return cls(outcome, plan, standing, _state_of_rest(plan, standing))


def _state_of_rest(plan: ReturnPlan, standing: ReturnState) -> EvaluationState | None:
    """Return the units that stay, at their price and at what was paid for them; None when nothing does.

    A unit that an offer made free stays free: by the unit it brings nothing, whatever the money is spread over.
    """
    outcome = plan.outcome
    stays = [(line, line.quantity - gone) for line, gone in zip(outcome.lines, standing.gone, strict=True)]
    lines = [line.sold_as(quantity) for line, quantity in stays if quantity]
    if not lines:
        return None
    paid = {line.line_id: base for (line, _), base in zip(stays, standing.base, strict=True)}
    price = {
        line.line_id: line.subtotal_amount - share_of_line(line.subtotal_amount, line.quantity, 0, gone)
        for line, gone in zip(outcome.lines, standing.gone, strict=True)
    }
    units = {line.line_id: number for (line, _), number in zip(stays, units_paid_of_rest(plan, standing), strict=True)}
    basket = Basket.of_sold(
        Cart(tuple(lines)), {line_id: (price[line_id], paid[line_id], units[line_id]) for line_id in paid}
    )
    never_earns = {line.line_id for line, _ in stays if line.never_earns}
    basket.close(frozenset(i for i, line in enumerate(basket.lines) if line.line_id in never_earns))
    basket.measure_by(Basis.EARNING)
    return EvaluationState(Settings(money_rounding=outcome.money_rounding), basket, point_value=_point_value(outcome))


def _point_value(outcome: Outcome) -> Ratio:
    """Return a point's value; sales of the time when it was a smallest unit of money are returned as sold."""
    return Ratio(*outcome.point_value) if outcome.point_value else Ratio(1, 1)


def _earned_again(rest: _Rest, state: EvaluationState, definition: Definition, was: Earned | Cashback) -> int:
    if cart_refusal(definition.when, state.basket) is not None:
        return 0
    if isinstance(definition.terms, Earn) and definition.terms.per_unit is not None:
        # Points per unit go back unit by unit, whichever units of the goods were free.
        return kept_of(rest.plan, [(part.line_id, part.amount) for part in was.lines], rest.standing.gone)
    benefit = KINDS[definition.kind].benefit(state, definition.terms)
    if isinstance(benefit, Benefit):
        benefit = cut_to_caps(state, definition, benefit)
    if not isinstance(benefit, Benefit):
        return 0
    if benefit.earned_row is not None:
        state.rows.append(benefit.earned_row)
    if benefit.multiplied_rows is not None:
        state.rows = benefit.multiplied_rows
    return benefit.worth


def cost_of(outcome: Outcome) -> dict[str, int]:
    """Return what each promotion gave away in the sale, by id: discounts, and gifts at their list price."""
    costs: dict[str, int] = {}
    for discount in outcome.discounts:
        costs[discount.promotion_id] = costs.get(discount.promotion_id, 0) + discount.amount
    for gift in outcome.free_items:
        costs[gift.promotion_id] = costs.get(gift.promotion_id, 0) + gift.quantity * gift.list_amount
    return {promotion_id: amount for promotion_id, amount in costs.items() if amount}


def cost_left(outcome: Outcome, returns: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return what of `cost_of` stays given after all `returns`; gifts stay as long as anything does."""
    standing = standing_after(plan_of(outcome), returns)
    left = dict.fromkeys(cost_of(outcome), 0)
    for promotion_id, amount in standing.discounts.items():
        if promotion_id in left:
            left[promotion_id] += amount
    anything = any(line.quantity > gone for line, gone in zip(outcome.lines, standing.gone, strict=True))
    for gift in outcome.free_items:
        if gift.promotion_id in left and anything:
            left[gift.promotion_id] += gift.quantity * gift.list_amount
    return left
