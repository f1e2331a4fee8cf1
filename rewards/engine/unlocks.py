"""Sets that unlock an offer: "for each printer bought with ink, 10.000 off paper".

Any price or discount kind may carry `for_each`, the parts of a set, and `multiplies`, what grows with the number of
sets. The discount falls on the promotion's own goods, whether they are goods of the set or not. The units of the sets
are used up: they serve no other offer, and an offer that takes units of its own (the cheapest, a bundle) takes others.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from rewards.engine import fields
from rewards.engine.basket import CHEAPEST, Basket, Pick, UnitOff, count_units, first_units
from rewards.engine.benefit import Benefit, Ineligibility
from rewards.engine.bundles import Bundles, form_bundles, most_that_fit
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.fields import Problem
from rewards.engine.shares import Ratio

VALUE = "value"
MAX_UNITS = "max_units"
NOTHING = "nothing"
read_multiplies = fields.choice(VALUE, MAX_UNITS, NOTHING)

UNIT_LIMITS = ("max_units", "max_units_per_line", "max_applications")
WHOLE = Ratio(1, 1)

BenefitOf = Callable[[EvaluationState, Any], Benefit | Ineligibility]


def set_problems(terms: Any, kind: str) -> list[Problem]:
    """Return what is wrong with `for_each` and `multiplies` of these terms; nothing for kinds without them."""
    sets, multiplies = getattr(terms, "for_each", ()), getattr(terms, "multiplies", None)
    if not sets:
        return [Problem("/multiplies", "no_sets", "Name the set in for_each.")] if multiplies else []
    problems = []
    if getattr(terms, "per_bundle", None) is not None:
        problems.append(Problem("/for_each", "two_kinds_of_sets", "Give either for_each or per_bundle."))
    if multiplies in (None, VALUE) and not _value_grows(terms, kind):
        message = "A price does not grow with the sets: choose max_units, or nothing when one set is enough."
        problems.append(Problem("/multiplies", "not_multipliable", message))
    if multiplies == MAX_UNITS and not _unit_limits(terms):
        limits = " or ".join(name for name in UNIT_LIMITS if _has_field(terms, name)) or "another kind"
        problems.append(Problem("/multiplies", "no_unit_limit", f"Say how many items each set is good for: {limits}."))
    return problems


def _value_grows(terms: Any, kind: str) -> bool:
    return hasattr(terms, "value") and not kind.startswith("new_")


def _has_field(terms: Any, name: str) -> bool:
    return any(item.name == name for item in dataclass_fields(terms))


def _unit_limits(terms: Any) -> dict[str, int]:
    limits = {name: getattr(terms, name, None) for name in UNIT_LIMITS}
    return {name: limit for name, limit in limits.items() if limit is not None}


def benefit_per_set(state: EvaluationState, benefit_of: BenefitOf, terms: Any) -> Benefit | Ineligibility:
    """Return the best offer that the complete sets in the cart allow, for the fewest sets that give as much."""
    formed = form_bundles(state.basket, None, terms.for_each)
    if isinstance(formed, Ineligibility):
        return formed
    most = 1 if terms.multiplies == NOTHING else formed.count

    def try_sets(count: int) -> Benefit | Ineligibility:
        return _offer_for(state, benefit_of, terms, formed, count)

    best_count, best = most, try_sets(most)
    # Where the offer needs units that are in no set, more sets may leave it fewer of them.
    fitting = most_that_fit(most, lambda count: _has_units_for(state.basket, terms, formed, count))
    for count in (fitting, fitting + 1):
        if 0 < count < most and _worth_of(benefit := try_sets(count)) > _worth_of(best):
            best_count, best = count, benefit
    if isinstance(best, Ineligibility):
        return best
    worth = best.worth
    enough = best_count - most_that_fit(best_count - 1, lambda fewer: _worth_of(try_sets(best_count - fewer)) == worth)
    return best if enough == best_count else try_sets(enough)


def _worth_of(benefit: Benefit | Ineligibility) -> int:
    return benefit.worth if isinstance(benefit, Benefit) else 0


def _offer_for(
    state: EvaluationState, benefit_of: BenefitOf, terms: Any, formed: Bundles, count: int
) -> Benefit | Ineligibility:
    units = _units_of_sets(terms, formed, count)
    basket = state.basket.copy()
    basket.take_from_units([UnitOff(pick, 0) for pick in units], serve=True)
    benefit = benefit_of(replace(state, basket=basket), multiply_terms(terms, count))
    if isinstance(benefit, Benefit):
        benefit.set_units = units
    return benefit


def _units_of_sets(terms: Any, formed: Bundles, count: int) -> list[Pick]:
    return [
        pick
        for part, units in zip(terms.for_each, formed.parts, strict=True)
        for pick in first_units(units, part.qty * count)
    ]


def _has_units_for(basket: Basket, terms: Any, formed: Bundles, count: int) -> bool:
    """Return whether that many sets leave as many other units as an offer on units of its own can take."""
    if getattr(terms, "max_applications", None) is None:
        return True
    of_sets = _count_by_line(_units_of_sets(terms, formed, count))
    goods = basket.matching(terms.filter)
    there = count_units(basket.pick(goods, CHEAPEST, unserved=True))
    in_sets = sum(number for line, number in of_sets.items() if line in set(goods))
    wanted: int = multiply_terms(terms, count).max_applications * (getattr(terms, "qty", None) or 1)
    return there - in_sets >= wanted


def _count_by_line(picks: Sequence[Pick]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for pick in picks:
        counts[pick.line] = counts.get(pick.line, 0) + pick.number
    return counts


def multiply_terms(terms: Any, sets: int) -> Any:
    """Return the terms with what `multiplies` names counted once per set; a percentage at most whole."""
    if terms.multiplies == NOTHING or sets == 1:
        return terms
    if terms.multiplies == MAX_UNITS:
        return replace(terms, **{name: limit * sets for name, limit in _unit_limits(terms).items()})
    value = terms.value
    if isinstance(value, Ratio):
        grown = Ratio(value.num * sets, value.den)
        return replace(terms, value=WHOLE if grown.num >= grown.den else grown)
    return replace(terms, value=value * sets)
