"""Buy some units, get others free: of the same goods or of different ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from rewards.engine import fields
from rewards.engine.basket import CHEAPEST, DEAREST, Basket, Pick, UnitOff, count_units, first_units, without_units
from rewards.engine.benefit import NO_ELIGIBLE_ITEMS, Benefit, Ineligibility, units_off
from rewards.engine.bundles import Part, lacking_units, most_that_fit
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.registry import register


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Without `get` the free unit is one of the goods bought. `repeat`: as often as the cart allows."""

    buy: Annotated[Part, fields.nested(Part)]
    get: Annotated[Part | None, fields.nested(Part)] = None
    buy_pick: Annotated[str, fields.choice(CHEAPEST, DEAREST)] = DEAREST
    get_pick: Annotated[str, fields.choice(CHEAPEST, DEAREST)] = CHEAPEST
    repeat: Annotated[bool, fields.flag] = False
    max_get_units: Annotated[int | None, fields.quantity] = None
    require_full_get: Annotated[bool, fields.flag] = False


@dataclass(frozen=True, slots=True)
class Pools:
    """Units that are in no other offer yet: those that may be bought, may be free, and how many may be either."""

    buy: Sequence[Pick]
    get: Sequence[Pick]
    both: int


@register("buy_get", BuyGet)
def buy_get(state: EvaluationState, terms: BuyGet) -> Benefit | Ineligibility:
    basket = state.basket
    get = terms.get or Part(qty=1, filter=terms.buy.filter)
    pools = _make_pools(basket, terms, get)
    buy_count, get_count = count_units(pools.buy), count_units(pools.get)
    rounds, free = _count_rounds(terms, get, (buy_count - pools.both, pools.both, get_count - pools.both))
    if not free:
        return _why_not(basket, terms, get, pools)
    bought_both = max(0, rounds * terms.buy.qty - (buy_count - pools.both))
    gotten = _choose_free(pools, free, pools.both - bought_both, terms.buy)
    bought = first_units(without_units(pools.buy, gotten), rounds * terms.buy.qty)
    offs = [UnitOff(pick, pick.left * pick.number) for pick in gotten]
    return units_off([*offs, *(UnitOff(pick, 0) for pick in bought)], serves=True)


def _make_pools(basket: Basket, terms: BuyGet, get: Part) -> Pools:
    buy_lines = basket.matching(terms.buy.filter)
    get_lines = basket.matching(get.filter)
    buy = basket.pick(buy_lines, terms.buy_pick, unserved=True)
    shared = set(buy_lines) & set(get_lines)
    return Pools(
        buy=buy,
        get=basket.pick(get_lines, terms.get_pick, unserved=True),
        both=count_units(pick for pick in buy if pick.line in shared),
    )


def _count_rounds(terms: BuyGet, get: Part, counts: tuple[int, int, int]) -> tuple[int, int]:
    """Count how often the offer acts and how many units it frees, at most; `counts`: only buy, either, only get."""
    only_buy, either, only_get = counts
    most = (only_buy + either) // terms.buy.qty
    most = most if terms.repeat else min(most, 1)

    def freed(rounds: int) -> int:
        spare = either - max(0, rounds * terms.buy.qty - only_buy)
        free = min(rounds * get.qty, only_get + spare)
        if terms.max_get_units is not None:
            free = min(free, terms.max_get_units)
        return free - free % get.qty if terms.require_full_get else free

    # A round that frees nothing would only use up units that another offer could serve.
    rounds = most_that_fit(most, lambda number: freed(number) > (number - 1) * get.qty)
    return rounds, freed(rounds)


def _choose_free(pools: Pools, free: int, spare: int, buy: Part) -> list[Pick]:
    """Choose the free units in the order of `get_pick`, leaving enough of those that may be either to be bought."""
    buyable = {pick.line for pick in pools.buy}
    chosen: list[Pick] = []
    for pick in pools.get:
        count = min(pick.number, free)
        if pick.line in buyable:
            count = min(count, spare)
            spare -= count
        if count:
            chosen.append(pick._replace(number=count))
            free -= count
    return chosen


def _why_not(basket: Basket, terms: BuyGet, get: Part, pools: Pools) -> Ineligibility:
    lacking = lacking_units(basket, basket.matching(terms.buy.filter), terms.buy.qty)
    if lacking is not None:
        return lacking
    if not basket.matching(get.filter):
        return NO_ELIGIBLE_ITEMS
    same = terms.get is None or get.filter == terms.buy.filter
    if same:
        needed = terms.buy.qty + (get.qty if terms.require_full_get else 1)
        return Ineligibility("insufficient_free_units", count_units(pools.get), needed)
    return Ineligibility("insufficient_free_units", count_units(pools.get), get.qty if terms.require_full_get else 1)
