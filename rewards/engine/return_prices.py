"""Discounts whose owner wants them priced again when goods come back (`on_return: "reprice"`)."""

from collections.abc import Mapping, Sequence

from rewards.engine.basket import Basis, Basket
from rewards.engine.benefit import Benefit, trimmed
from rewards.engine.conditions import cart_refusal
from rewards.engine.definitions import stored_definition
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import Cart, Definition, Discount, Outcome, Settings
from rewards.engine.pipeline import offer_of_kind, take_off
from rewards.engine.shares import split_within

REPRICE = "reprice"
STAYS_USED = "stays_used"


def rules_priced_anew(outcome: Outcome) -> tuple[Definition, ...]:
    """Return the rules, as they were at the sale, of the discounts given that are to be priced again."""
    given = {discount.promotion_id for discount in outcome.discounts}
    return tuple(
        stored_definition(rule) for rule in outcome.rules if rule.get("on_return") == REPRICE and rule["id"] in given
    )


def promotions_whose_coupon_stays_used(outcome: Outcome) -> frozenset[str]:
    """Return the sale's promotions whose coupon stays used though all goods came back: the merchant's choice."""
    return frozenset(rule["id"] for rule in outcome.rules if rule.get("coupon_on_return") == STAYS_USED)


def discounts_priced_anew(
    outcome: Outcome, rules: Sequence[Definition], stands: Mapping[str, int], gone: Sequence[int]
) -> dict[str, int]:
    """Return what each of `rules` gives on the units that stay, at most what the sale gave; by promotion id.

    The discounts act in the order of the sale; those that are shared leave what `stands` of them. Who, when and where
    are as they were.
    """
    by_id = {rule.id: rule for rule in rules}
    anew = dict.fromkeys(by_id, 0)
    state = _course_at_list_price(outcome, gone)
    if state is None:
        return anew
    for discount in outcome.discounts:
        rule = by_id.get(discount.promotion_id)
        if rule is None:
            _take_shared(state.basket, discount, stands[discount.promotion_id])
        else:
            anew[rule.id] = _give_anew(state, rule, discount.amount)
    return anew


def rules_of_units(outcome: Outcome) -> dict[str, Definition]:
    """Return the sale's rules that say again which of the units that stay are free, by promotion id.

    They are those of discounts that several units made together, and of discounts that are priced again.
    """
    together = {discount.promotion_id: bool(discount.took_part) for discount in outcome.discounts}
    return {
        rule["id"]: stored_definition(rule)
        for rule in outcome.rules
        if rule["id"] in together and (together[rule["id"]] or rule.get("on_return") == REPRICE)
    }


def units_freed_anew(
    outcome: Outcome, rules: Mapping[str, Definition], stands: Mapping[str, int], gone: Sequence[int]
) -> dict[str, int]:
    """Return how many of the units that stay the discounts of `rules` make free, by line id.

    They act again in the order of the sale; any other discount leaves what `stands` of it. Who, when, where and what
    was spent count as they did then, except for a rule that is to be priced again.
    """
    free: dict[str, int] = {}
    state = _course_at_list_price(outcome, gone) if rules else None
    if state is None:
        return free
    basket = state.basket
    for discount in outcome.discounts:
        rule = rules.get(discount.promotion_id)
        if rule is None:
            _take_shared(basket, discount, stands[discount.promotion_id])
            continue
        before = [basket.units_paid(i) for i in range(len(basket.lines))]
        _act_again(state, rule)
        for i, line_id in enumerate(basket.line_ids):
            free[line_id] = free.get(line_id, 0) + before[i] - basket.units_paid(i)
    return free


def acts_on_units(benefit: Benefit) -> bool:
    """Return whether it lowers the price of single units and lets no other offer use them."""
    return benefit.gives == "money_off" and benefit.serves and bool(benefit.units)


def _act_again(state: EvaluationState, rule: Definition) -> None:
    if rule.on_return == REPRICE and cart_refusal(rule.when, state.basket) is not None:
        return
    benefit = offer_of_kind(state, rule)
    if isinstance(benefit, Benefit):
        take_off(state.basket, benefit)


def _course_at_list_price(outcome: Outcome, gone: Sequence[int]) -> EvaluationState | None:
    """Return the units that stay before any discount; None when nothing does."""
    stays = [(line, line.quantity - units) for line, units in zip(outcome.lines, gone, strict=True)]
    lines = [line.sold_as(n, line.subtotal_amount // line.quantity) for line, n in stays if n]
    if not lines:
        return None
    basket = Basket(Cart(tuple(lines)))
    closed = {line.line_id for line in outcome.lines if line.never_discounted}
    basket.close(frozenset(i for i, line_id in enumerate(basket.line_ids) if line_id in closed))
    basket.measure_by(Basis.DISCOUNTS)
    return EvaluationState(Settings(money_rounding=outcome.money_rounding), basket)


def _take_shared(basket: Basket, discount: Discount, amount: int) -> None:
    given = {part.line_id: part.amount for part in discount.lines}
    weights = [given.get(line_id, 0) for line_id in basket.line_ids]
    basket.take_from_lines(list(enumerate(split_within(amount, weights, basket.left))))


def _give_anew(state: EvaluationState, rule: Definition, given: int) -> int:
    basket = state.basket
    if cart_refusal(rule.when, basket) is not None:
        return 0
    benefit = offer_of_kind(state, rule)
    if isinstance(benefit, Benefit) and benefit.worth > given:
        benefit = trimmed(benefit, given) or Benefit()
    if not isinstance(benefit, Benefit) or not benefit.shares:
        return 0
    take_off(basket, benefit)
    return benefit.worth
