"""Points as payment: so much money per point, or a fixed number of points for a percentage of the order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.benefit import (
    NO_BENEFIT,
    NO_ELIGIBLE_ITEMS,
    NOTHING_LEFT,
    Benefit,
    Ineligibility,
    Shortfall,
    lines_off,
)
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import NO_CONDITIONS, Definition, When
from rewards.engine.fields import Problem
from rewards.engine.registry import Stage, register
from rewards.engine.shares import (
    Ratio,
    least_points_for,
    money_of_points,
    points_for_money,
    round_ratio,
    split_over_left,
)


@dataclass(frozen=True, slots=True)
class RedeemPoints:
    value_per_point: Annotated[Ratio | None, fields.rate] = None
    fixed_points: Annotated[int | None, fields.points] = None
    percent: Annotated[Ratio | None, fields.percent] = None
    step: Annotated[int, fields.points] = 1
    minimum_points: Annotated[int, fields.count] = 0
    amount_limit: Annotated[int | None, fields.positive_amount] = None
    percent_limit: Annotated[Ratio | None, fields.percent] = None
    last_point_pays_rest: Annotated[bool, fields.flag] = False
    blocks_earning: Annotated[bool, fields.flag] = False


def _redeem_problems(terms: RedeemPoints) -> list[Problem]:
    fixed = terms.fixed_points is not None and terms.percent is not None
    if fixed == (terms.value_per_point is not None) or (terms.fixed_points is None) != (terms.percent is None):
        return [Problem("", "not_one_way", "Give value_per_point, or fixed_points together with percent.")]
    if terms.last_point_pays_rest and (terms.value_per_point is None or terms.step > 1):
        message = "One more point can pay the rest only where points are used one by one, each at a value."
        return [Problem("/last_point_pays_rest", "no_last_point", message)]
    return []


def point_rate(promotions: Iterable[Definition]) -> Ratio | None:
    """Return what a point is worth as payment; None where no rule gives it a value.

    By the first redemption rule that every member may use at any time; where there is none, by the first of all.
    """
    rules = [d for d in promotions if d.kind == "redeem_points" and d.terms.value_per_point is not None]
    if not rules:
        return None
    rules.sort(key=lambda d: (d.when not in _FOR_ALL, d.priority, d.id))
    rate: Ratio = rules[0].terms.value_per_point
    return rate


_FOR_ALL = (NO_CONDITIONS, When(members_only=True))


@register("redeem_points", RedeemPoints, stage=Stage.PAYMENT, needs_member=True, problems=_redeem_problems)
def redeem_points(state: EvaluationState, terms: RedeemPoints) -> Benefit | Ineligibility:
    basket = state.basket
    if not basket.matching(None):
        return NO_ELIGIBLE_ITEMS
    if state.points_asked == 0:
        return NO_BENEFIT
    if basket.open_left == 0:
        return NOTHING_LEFT
    used = (
        _use_fixed_points(state, terms)
        if terms.value_per_point is None
        else _by_value(state, terms, terms.value_per_point)
    )
    if isinstance(used, Ineligibility):
        return used
    points, value, shortfall = used
    benefit = lines_off(
        range(len(basket.lines)), split_over_left(value, basket.open_amounts(), state.settings.remainder)
    )
    if isinstance(benefit, Benefit):
        benefit.gives = "payment"
        benefit.points_used = points
        benefit.blocks_earning = terms.blocks_earning
        benefit.shortfall = shortfall
    return benefit


Used = tuple[int, int, Shortfall | None]


def _payable_amount(state: EvaluationState, terms: RedeemPoints) -> int:
    """Return what points may pay at most: the goods they can pay, the amount limit, the percentage of all to pay."""
    room = state.basket.open_left
    if terms.percent_limit is not None:
        room = min(room, state.basket.total_left * terms.percent_limit.num // terms.percent_limit.den)
    return room if terms.amount_limit is None else min(room, terms.amount_limit)


def _by_value(state: EvaluationState, terms: RedeemPoints, rate: Ratio) -> Used | Ineligibility:
    """Use points by value: whole steps, never more points than the order or the limit can take in.

    Where the last point may pay the rest, one point more pays what is left of the order below its value. Points that
    would not add a smallest unit of money to the rest stay with the member.
    """
    asked = state.points_asked
    if asked > state.points_available:
        return Ineligibility("insufficient_points", state.points_available, asked)
    least = max(terms.minimum_points, terms.step)
    offered = asked - asked % terms.step
    if offered < least:
        return Ineligibility("insufficient_points", asked, least)
    room = _payable_amount(state, terms)
    points = min(offered, points_for_money(room, rate))
    points -= points % terms.step
    value, shortfall = money_of_points(points, rate), None
    rest = state.basket.open_left - value
    if terms.last_point_pays_rest and room == state.basket.open_left and rest and points < offered:
        full = money_of_points(points + 1, rate) - value
        points, value = points + 1, value + rest
        shortfall = Shortfall(rest, full) if full > rest else None
    if points < least or value == 0:
        return NO_BENEFIT
    needed = max(least, least_points_for(value, rate))
    return min(points, needed + -needed % terms.step), value, shortfall


def _use_fixed_points(state: EvaluationState, terms: RedeemPoints) -> Used | Ineligibility:
    """Use the fixed points; they may come out of what this very order earns, counted before they lower its base."""
    points = terms.fixed_points or 0
    if state.points_asked < max(points, terms.minimum_points):
        return Ineligibility("insufficient_points", state.points_asked, max(points, terms.minimum_points))
    available = state.points_available
    if available < points and not terms.blocks_earning:
        available += state.points_earnable()
    if available < points:
        return Ineligibility("insufficient_points", available, points)
    num, den = terms.percent or (0, 1)
    value = round_ratio(state.basket.open_left * num, den, state.settings.money_rounding)
    value = min(value, _payable_amount(state, terms))
    return (points, value, None) if value else NO_BENEFIT
