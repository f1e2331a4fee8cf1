"""Points for a sale: per amount, per unit or product, multipliers of those per amount, and fixed bonuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from rewards.engine import fields
from rewards.engine.basket import Basket
from rewards.engine.benefit import NO_BENEFIT, NO_ELIGIBLE_ITEMS, Benefit, Ineligibility, PointsRow
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Filter
from rewards.engine.fields import Problem
from rewards.engine.names import name_key
from rewards.engine.registry import Stage, register
from rewards.engine.shares import Ratio, split_by_weight

AFTER_DISCOUNTS = "after_discounts"
BEFORE_DISCOUNTS = "before_discounts"


def share_percent(value: Any, pointer: str) -> Ratio:
    """Read a percentage above 0 without upper bound: 200 gives two points for each smallest unit of money."""
    ratio: Ratio = fields.rate(value, pointer)
    return Ratio(ratio.num, ratio.den * 100)


def read_product_bonus(value: Any, pointer: str) -> int | tuple[tuple[str, int], ...]:
    """Read points once for each product bought, or points per product: {"sku": points}."""
    if not isinstance(value, dict):
        flat: int = fields.points(value, pointer)
        return flat
    named = {name_key(sku): fields.points(value[sku], f"{pointer}/{sku}") for sku in sorted(value)}
    if len(named) != len(value):
        raise fields.fail(pointer, "not_unique", "The same product stands here twice in two spellings.")
    return tuple((sku.strip(), value[sku]) for sku in sorted(value))


@dataclass(frozen=True, slots=True)
class PerAmount:
    spend: Annotated[int, fields.positive_amount]
    points: Annotated[int, fields.points]


@dataclass(frozen=True, slots=True)
class Earn:
    per_amount: Annotated[PerAmount | None, fields.nested(PerAmount)] = None
    per_unit: Annotated[int | None, fields.points] = None
    product_bonus: Annotated[int | tuple[tuple[str, int], ...] | None, read_product_bonus] = None
    percent_of_amount: Annotated[Ratio | None, share_percent] = None
    filter: Annotated[Filter | None, fields.goods] = None
    base: Annotated[str, fields.choice(AFTER_DISCOUNTS, BEFORE_DISCOUNTS)] = AFTER_DISCOUNTS
    whole_steps: Annotated[bool, fields.flag] = False


def _earn_problems(terms: Earn) -> list[Problem]:
    ways = (terms.per_amount, terms.per_unit, terms.product_bonus, terms.percent_of_amount)
    if sum(way is not None for way in ways) != 1:
        message = "Give exactly one of per_amount, per_unit, product_bonus and percent_of_amount."
        return [Problem("", "not_one_way", message)]
    return []


@register("earn", Earn, stage=Stage.EARN, needs_member=True, problems=_earn_problems)
def earn(state: EvaluationState, terms: Earn) -> Benefit | Ineligibility:
    basket = state.basket
    indexes = basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    if terms.per_unit is not None:
        return points_offer([(i, terms.per_unit * _units_paid(basket, i, terms.base)) for i in indexes])
    if terms.product_bonus is not None:
        return points_offer(_bonus_shares(basket, indexes, terms.product_bonus, terms.base))
    amounts = basket.left if terms.base == AFTER_DISCOUNTS else basket.gross
    row = _amount_row(terms, indexes, [amounts[i] for i in indexes])
    benefit = points_offer(sorted(row.points.items()))
    if isinstance(benefit, Ineligibility):
        step = terms.per_amount.spend if terms.per_amount is not None and terms.whole_steps else None
        return benefit if step is None else benefit._replace(measured=sum(amounts[i] for i in indexes), needed=step)
    benefit.earned_row = row
    return benefit


def points_offer(shares: Sequence[tuple[int, int]]) -> Benefit | Ineligibility:
    """Give points per line; none at all is no benefit."""
    kept = [share for share in shares if share[1]]
    return Benefit(kept, sum(share[1] for share in kept), gives="points") if kept else NO_BENEFIT


def _amount_row(terms: Earn, indexes: Sequence[int], amounts: list[int]) -> PointsRow:
    if terms.per_amount is not None:
        num, den = terms.per_amount.points, terms.per_amount.spend
    else:
        num, den = terms.percent_of_amount or (0, 1)
    if terms.whole_steps:
        total = sum(amounts)
        points = total // den * num if terms.per_amount is not None else total * num // den
        shares = dict(zip(indexes, split_by_weight(points, amounts), strict=True))
        return PointsRow(shares, shares, 1, whole_steps=True)
    exact = {i: amount * num for i, amount in zip(indexes, amounts, strict=True)}
    return PointsRow({i: value // den for i, value in exact.items()}, exact, den, whole_steps=False)


def _units_paid(basket: Basket, index: int, base: str) -> int:
    if base == BEFORE_DISCOUNTS:
        return basket.lines[index].quantity
    return basket.units_paid(index)


def _bonus_shares(
    basket: Basket, indexes: Sequence[int], bonus: int | tuple[tuple[str, int], ...], base: str
) -> list[tuple[int, int]]:
    """Share each product's points over its lines; goods without a code are no product: they earn by amount only."""
    per_sku = {} if isinstance(bonus, int) else {name_key(sku): points for sku, points in bonus}
    lines: dict[str, list[int]] = {}
    for i in indexes:
        if basket.lines[i].sku and _units_paid(basket, i, base):
            lines.setdefault(name_key(basket.lines[i].sku), []).append(i)
    shares: list[tuple[int, int]] = []
    for sku, own in lines.items():
        points = bonus if isinstance(bonus, int) else per_sku.get(sku, 0)
        parts = split_by_weight(points, [basket.lines[i].quantity for i in own])
        shares.extend(zip(own, parts, strict=True))
    return sorted(shares)


@dataclass(frozen=True, slots=True)
class EarnMultiplier:
    factor: Annotated[Ratio, fields.rate]
    filter: Annotated[Filter | None, fields.goods] = None


@register("earn_multiplier", EarnMultiplier, stage=Stage.MULTIPLY, needs_member=True)
def earn_multiplier(state: EvaluationState, terms: EarnMultiplier) -> Benefit | Ineligibility:
    indexes = state.basket.matching(terms.filter)
    if not indexes:
        return NO_ELIGIBLE_ITEMS
    wanted = frozenset(indexes)
    rows = [_multiply_row(row, terms.factor, wanted) for row in state.rows]
    extra: dict[int, int] = {}
    for old, new in zip(state.rows, rows, strict=True):
        for i, points in new.points.items():
            extra[i] = extra.get(i, 0) + points - old.points[i]
    if sum(extra.values()) <= 0:
        return NO_BENEFIT
    benefit = points_offer(sorted(extra.items()))
    if isinstance(benefit, Benefit):
        benefit.multiplied_rows = rows
    return benefit


def _multiply_row(row: PointsRow, factor: Ratio, wanted: frozenset[int]) -> PointsRow:
    num, den = factor
    if not row.whole_steps:
        exact = {i: value * (num if i in wanted else den) for i, value in row.exact.items()}
        points = {i: value // (row.den * den) for i, value in exact.items()}
        return PointsRow(points, exact, row.den * den, whole_steps=False)
    own = [i for i in row.points if i in wanted]
    before = [row.points[i] for i in own]
    after = split_by_weight(sum(before) * num // den, before)
    points = {**row.points, **dict(zip(own, after, strict=True))}
    return PointsRow(points, points, 1, whole_steps=True)


@dataclass(frozen=True, slots=True)
class EarnBonus:
    points: Annotated[int, fields.points]


@register("earn_bonus", EarnBonus, stage=Stage.REWARD, needs_member=True)
def earn_bonus(state: EvaluationState, terms: EarnBonus) -> Benefit | Ineligibility:
    basket = state.basket
    if not basket.matching(None):
        return NO_ELIGIBLE_ITEMS
    return points_offer(list(enumerate(split_by_weight(terms.points, weights_of(basket)))))


def weights_of(basket: Basket) -> list[int]:
    """Return weights to share what belongs to the whole order: what is left, else the price, else the quantity.

    One weight per line; closed ones have none.
    """
    if basket.open_left:
        return basket.open_amounts()
    weights = basket.gross if basket.open_gross else [line.quantity for line in basket.lines]
    return [0 if i in basket.closed else weight for i, weight in enumerate(weights)] if basket.closed else weights
