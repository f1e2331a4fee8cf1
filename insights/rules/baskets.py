"""What real past baskets say about a draft promotion and the live ones it would run beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from insights.facts import DiscountLimits, Finding, FindingCode, PastBasket
from products.facts import CostBook
from rewards.engine import Weighed, in_order, weigh
from rewards.facts import NO_LIMITS, Cart, CouponClaim, Definition, Settings

LEAST_VISITS: Final = 4
"""A member with fewer receipts in the sample says nothing about visits."""
MOST_GOODS: Final = 10
Window = tuple[tuple[date, date], ...]


def look_at_baskets(
    baskets: Sequence[PastBasket],
    *,
    candidate: Definition | None,
    live: Sequence[Definition],
    settings: Settings,
    limits: DiscountLimits,
    costs: CostBook,
) -> tuple[Finding, ...]:
    """Replays the baskets as if all these promotions ran now, with every code shown and no limit used up.

    Days are taken off the promotions, so that a draft for next month is seen at work; live ones whose days never meet
    the draft's are left out. Discounts are compared with the same baskets without the draft.
    """
    if not baskets:
        return ()
    beside = [rule for rule in live if candidate is None or _meet(candidate, rule, settings)]
    now = in_order(_undated(rule) for rule in beside)
    then = in_order([*now, _undated(candidate)]) if candidate is not None else now
    seen = _Seen(costs)
    for basket in baskets:
        seen.add(basket, _weigh(basket, then, settings))
        if candidate is not None:
            seen.before_amount += _discount(_weigh(basket, now, settings))
    if candidate is None:
        seen.before_amount = seen.discount_amount
    return (*_worst(seen, limits), *_below_cost(seen), *_never(seen, then), *_too_much(seen, limits))


def _undated(rule: Definition) -> Definition:
    """The rule without days, counters and budget; hours, weekdays, people and goods stay."""
    when = replace(rule.when, valid_from=None, valid_to=None, moment=None)
    return replace(rule, when=when, usage=NO_LIMITS, budget=None)


def window_of(rule: Definition, settings: Settings) -> Window:
    """The days on which the rule may act at all."""
    first, last = rule.when.valid_from or date.min, rule.when.valid_to or date.max
    if rule.when.moment is None:
        return ((first, last),)
    runs = settings.moments.get(rule.when.moment, ())
    return tuple((max(first, a), min(last, b)) for a, b in runs if max(first, a) <= min(last, b))


def _meet(one: Definition, other: Definition, settings: Settings) -> bool:
    """A rule whose moment nobody has dated could run at any time."""
    ours, theirs = window_of(one, settings), window_of(other, settings)
    if not ours or not theirs:
        return True
    return any(a <= d and c <= b for a, b in ours for c, d in theirs)


def _weigh(basket: PastBasket, rules: Sequence[Definition], settings: Settings) -> Weighed:
    claims = [CouponClaim(f"code-{n}", rule.id) for n, rule in enumerate(rules) if rule.when.code]
    receipt = basket.receipt
    cart = Cart(lines=receipt.lines, outlet_id=receipt.outlet_id)
    return weigh(cart, basket.member, rules, claims, basket.at, settings)


def _discount(weighed: Weighed) -> int:
    return weighed.subtotal_amount - weighed.total_amount


@dataclass
class _Goods:
    name: str
    units: int = 0
    loss_amount: int = 0
    receipts: int = 0
    promotions: set[str] = field(default_factory=set)


@dataclass
class _Seen:
    """Everything counted on the way through the baskets."""

    costs: CostBook
    subtotal_amount: int = 0
    discount_amount: int = 0
    before_amount: int = 0
    worst: tuple[int, int, PastBasket, tuple[str, ...]] | None = None
    goods: dict[str, _Goods] = field(default_factory=dict)
    fired: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    visits: dict[str, list[int]] = field(default_factory=dict)

    def add(self, basket: PastBasket, weighed: Weighed) -> None:
        discount = _discount(weighed)
        self.subtotal_amount += weighed.subtotal_amount
        self.discount_amount += discount
        for rule, _ in weighed.applied:
            self.fired[rule.id] += 1
        for rule_id, refusal in weighed.refused.items():
            self.refused.setdefault(rule_id, Counter())[refusal.reason] += 1
        if basket.receipt.member_id is not None:
            visits = self.visits.setdefault(basket.receipt.member_id, [0, 0])
            visits[0] += 1
            visits[1] += discount > 0
        if discount:
            self._note_worst(basket, weighed, discount)
            self._note_losses(basket, weighed)

    def _note_worst(self, basket: PastBasket, weighed: Weighed, discount: int) -> None:
        points = discount * 10_000 // weighed.subtotal_amount
        if self.worst is None or points > self.worst[0]:
            self.worst = (points, discount, basket, tuple(givers(weighed)))

    def _note_losses(self, basket: PastBasket, weighed: Weighed) -> None:
        for i, line in enumerate(weighed.lines):
            left = weighed.discounted[i]
            cost = line.cost_amount
            if cost is None:
                cost = self.costs.on(line.sku, basket.receipt.business_date)
            if cost is None or left >= cost * line.quantity or left == line.subtotal_amount:
                continue
            goods = self.goods.setdefault(line.sku, _Goods(line.name))
            goods.units += line.quantity
            goods.loss_amount += cost * line.quantity - left
            goods.receipts += 1
            goods.promotions.update(givers(weighed, line=i))


def givers(weighed: Weighed, line: int | None = None) -> list[str]:
    """Ids of the promotions that took money off, of the whole basket or of one line of it."""
    return [
        rule.id
        for rule, offer in weighed.applied
        if offer.gives == "money_off" and any(line is None or index == line for index, _ in offer.shares)
    ]


def _worst(seen: _Seen, limits: DiscountLimits) -> Iterable[Finding]:
    if seen.worst is None:
        return
    points, discount, basket, promotions = seen.worst
    receipt = basket.receipt
    subtotal = sum(line.subtotal_amount for line in receipt.lines)
    yield Finding(
        FindingCode.WORST_DISCOUNT,
        is_warning=points > limits.of_basket * 100,
        promotion_ids=promotions,
        figures={
            "reference": receipt.reference,
            "day": receipt.business_date,
            "subtotal_amount": subtotal,
            "basis_points": points,
            "discount_amount": discount,
            "limit": limits.of_basket,
        },
    )


def _below_cost(seen: _Seen) -> Iterable[Finding]:
    ranked: Mapping[str, _Goods] = seen.goods
    for sku in sorted(ranked, key=lambda sku: (-ranked[sku].loss_amount, sku))[:MOST_GOODS]:
        goods = ranked[sku]
        yield Finding(
            FindingCode.BELOW_COST,
            is_warning=True,
            promotion_ids=tuple(sorted(goods.promotions)),
            figures={
                "sku": sku,
                "name": goods.name,
                "units": goods.units,
                "loss_amount": goods.loss_amount,
                "receipts": goods.receipts,
            },
        )


def _never(seen: _Seen, rules: Sequence[Definition]) -> Iterable[Finding]:
    """Points as payment are left out: nobody asked for them in a replay."""
    for rule in rules:
        if rule.kind != "redeem_points" and not seen.fired[rule.id]:
            reasons = seen.refused.get(rule.id, Counter()).most_common(1)
            reason, times = reasons[0] if reasons else (None, 0)
            yield Finding(
                FindingCode.NEVER_FIRED,
                is_warning=True,
                promotion_ids=(rule.id,),
                figures={"reason": reason, "times": times},
            )


def _too_much(seen: _Seen, limits: DiscountLimits) -> Iterable[Finding]:
    points = seen.discount_amount * 10_000 // seen.subtotal_amount if seen.subtotal_amount else 0
    if points > limits.of_sales * 100:
        yield Finding(
            FindingCode.DISCOUNT_OF_SALES,
            is_warning=True,
            promotion_ids=(),
            figures={
                "basis_points": points,
                "before_basis_points": seen.before_amount * 10_000 // seen.subtotal_amount,
                "limit": limits.of_sales,
                "subtotal_amount": seen.subtotal_amount,
                "discount_amount": seen.discount_amount,
            },
        )
    shares = [100 * given // visits for visits, given in seen.visits.values() if visits >= LEAST_VISITS]
    over = [share for share in shares if share > limits.of_visits]
    if over:
        yield Finding(
            FindingCode.DISCOUNT_OF_VISITS,
            is_warning=True,
            promotion_ids=(),
            figures={
                "members": len(over),
                "base": len(shares),
                "visits_percent": max(over),
                "limit": limits.of_visits,
            },
        )
