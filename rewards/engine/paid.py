"""What goods earn at the prices that were paid: a receipt that became a member's, a till that charged otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from rewards.engine.basket import Basket
from rewards.engine.definitions import stored_definition
from rewards.engine.evaluation import EARNING, earns
from rewards.engine.evaluation_state import EvaluationContext, EvaluationState
from rewards.engine.facts import (
    NO_LIMITS,
    Cart,
    CouponClaim,
    Definition,
    MemberState,
    Outcome,
    OutcomeLine,
    Settings,
)
from rewards.engine.pipeline import RunProgress, admit_promotions, in_order, run_stages
from rewards.engine.redemption import point_rate
from rewards.engine.report import report_earnings
from rewards.engine.shares import Ratio


def earn_on_paid(
    sold: Outcome,
    member: MemberState | None,
    promotions: Iterable[Definition],
    at: datetime,
    settings: Settings,
    *,
    outlet_id: str | None,
) -> Outcome:
    """Return `sold` with what its goods earn under `promotions`; for the same member and rules it is `sold` again.

    Discounts and payments stay as they are: units that were free earn nothing by the unit, rules on the price before
    discounts go by it, a discount that was given closes its group. Codes that acted act; a rule that had acted is not
    stopped by its own limits, and where it is not among `promotions` any more it goes on as it was written then.
    """
    asked = list(promotions)
    known = {rule.id for rule in asked}
    asked += [stored_definition(rule) for rule in sold.rules if rule["id"] not in known]
    spent = {use.promotion_id: use.spend for use in sold.uses}
    ordered = in_order(_kept_open(rule, spent) for rule in asked if earns(rule))
    cart = Cart(tuple(line.sold_as(line.quantity) for line in sold.lines), outlet_id=outlet_id)
    claims = tuple(CouponClaim(c.code, c.promotion_id) for c in sold.coupons if c.status == "applied")
    given = sold.point_value or settings.point_value
    state = EvaluationState(
        settings,
        Basket.of_sold(cart, {line.line_id: _as_paid(line) for line in sold.lines}),
        earning_blocked=sold.earning_blocked and bool(sold.points_to_redeem),
        point_value=point_rate(asked) if given is None else Ratio(*given),
        member=member,
    )
    out = {line.line_id for line in sold.lines if line.never_earns}
    state.never_earns = frozenset(i for i, line_id in enumerate(state.basket.line_ids) if line_id in out)
    progress = RunProgress(state, settled_groups=_closed_groups(sold))
    run_stages(
        progress, admit_promotions(ordered, EvaluationContext.of(cart, member, claims, at, settings), progress), EARNING
    )
    return report_earnings(sold, ordered, progress)


def _kept_open(rule: Definition, spent: Mapping[str, int]) -> Definition:
    """Keep a rule open that the sale used, with a budget of at least what it spent."""
    if rule.id not in spent:
        return rule
    budget = rule.budget
    if budget is not None:
        budget = replace(budget, used=min(budget.used, budget.limit - max(1, spent[rule.id])))
    return replace(rule, usage=NO_LIMITS, budget=budget)


def _as_paid(line: OutcomeLine) -> tuple[int, int, int | None]:
    return line.subtotal_amount, max(0, line.total_amount - line.points_value_amount), line.units_paid


def _closed_groups(sold: Outcome) -> set[str]:
    """Return groups that are closed by what was really given: a till may have charged without a discount."""
    given = {discount.promotion_id for discount in sold.discounts} | {item.promotion_id for item in sold.free_items}
    return {group for promotion_id, group in sold.closed_groups if promotion_id in given}
