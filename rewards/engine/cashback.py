"""Money back: as a discount now, as wallet money later, or as points."""

from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.benefit import NO_BENEFIT, NO_ELIGIBLE_ITEMS, NOTHING_LEFT, Benefit, Ineligibility, lines_off
from rewards.engine.earnings import points_offer, weights_of
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.fields import Problem
from rewards.engine.registry import Stage, register
from rewards.engine.shares import Ratio, points_for_money, round_ratio, split_by_weight, split_over_left

DISCOUNT = "discount"
WALLET = "wallet"
POINTS = "points"
LONGEST_WAIT = 3650


@dataclass(frozen=True, slots=True)
class CashbackTerms:
    percent: Annotated[Ratio | None, fields.percent] = None
    value: Annotated[int | None, fields.positive_amount] = None
    cap: Annotated[int | None, fields.positive_amount] = None
    credit: Annotated[str, fields.choice(DISCOUNT, WALLET, POINTS)] = WALLET
    after_days: Annotated[int, fields.count] = 0


def _find_problems(terms: CashbackTerms) -> list[Problem]:
    problems = []
    if (terms.percent is None) == (terms.value is None):
        problems.append(Problem("", "not_one_way", "Give either percent or value."))
    if terms.credit == DISCOUNT and terms.after_days:
        problems.append(Problem("/after_days", "no_delay", "A discount is given now; it cannot come days later."))
    if terms.after_days > LONGEST_WAIT:
        problems.append(Problem("/after_days", "too_many_days", "Give at most 3650 days."))
    return problems


def _stage_of(terms: CashbackTerms) -> Stage:
    return Stage.DISCOUNT if terms.credit == DISCOUNT else Stage.REWARD


def _needs_member(terms: CashbackTerms) -> bool:
    return terms.credit != DISCOUNT


@register("cashback", CashbackTerms, stage=_stage_of, needs_member=_needs_member, problems=_find_problems)
def cashback(state: EvaluationState, terms: CashbackTerms) -> Benefit | Ineligibility:
    """Return one figure of money on what is left of the order, rounded once, capped, then shared by line.

    Given as points it is as many whole points as that money is worth at the shop's own rate of redemption.
    """
    basket = state.basket
    if not basket.matching(None):
        return NO_ELIGIBLE_ITEMS
    if basket.open_left == 0:
        return NOTHING_LEFT
    figure = _cashback_amount(state, terms)
    if figure == 0:
        return NO_BENEFIT
    if terms.credit == DISCOUNT:
        return lines_off(
            range(len(basket.lines)), split_over_left(figure, basket.open_amounts(), state.settings.remainder)
        )
    point_value = state.point_value if terms.credit == POINTS else None
    if terms.credit == POINTS:
        figure = 0 if point_value is None else points_for_money(figure, point_value)
    shares = split_by_weight(figure, weights_of(basket), state.settings.remainder)
    benefit = points_offer(list(enumerate(shares)))
    if isinstance(benefit, Benefit):
        benefit.gives = terms.credit
        benefit.after_days = terms.after_days
        benefit.point_value = point_value
    return benefit


def _cashback_amount(state: EvaluationState, terms: CashbackTerms) -> int:
    figure = terms.value or 0
    if terms.percent is not None:
        num, den = terms.percent
        figure = round_ratio(state.basket.open_left * num, den, state.settings.money_rounding)
    return figure if terms.cap is None else min(figure, terms.cap)
