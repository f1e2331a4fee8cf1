"""What real past baskets say about a draft promotion and the live ones it would run beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from insights.facts import BasketFinding, DiscountLimits, FindingCode, PastBasket
from insights.rules.draft_days import Window, draft_days
from products.facts import CostBook
from rewards.engine import PromotionRun, in_order, name_key, run_promotions
from rewards.engine.facts import NO_LIMITS, CouponClaim, Definition, Line, Settings

LEAST_VISITS: Final = 4
"""A member with fewer receipts in the sample says nothing about visits."""
MOST_GOODS: Final = 3
"""So many goods are listed one by one, the highest loss first; the rest in one sentence."""
NAMED_GOODS: Final = 5
Rules = Sequence[Definition]


@dataclass(frozen=True)
class DraftLook:
    """What the baskets say of a draft: `findings`, and what it would have given more than the program without it.

    `tried` baskets were bought on its days, from `first_on` to `last_on`; on `touched` of them it changed something.
    """

    findings: tuple[BasketFinding, ...] = ()
    tried: int = 0
    touched: int = 0
    first_on: date | None = None
    last_on: date | None = None
    added_amount: int = 0
    added_points: int = 0


def look_at_draft(
    baskets: Sequence[PastBasket],
    *,
    candidate: Definition,
    live: Sequence[Definition],
    settings: Settings,
    limits: DiscountLimits,
    costs: CostBook,
    today: date,
    replaced: Definition | None = None,
) -> DraftLook:
    """Replay the baskets with and without the draft, with every code shown and no limit used up.

    The draft acts on its days only (`draft_days`), each live promotion on those of its own that they stand for. Only
    what the draft changes is reported: a discount, loss or refusal that is there without it is not its result.
    `replaced`: the version in force of which the draft is the next; it acts where the draft does not.
    """
    if not baskets:
        return DraftLook()
    bought = [basket.at.date() for basket in baskets]
    window, spread = window_of(candidate, settings), (min(bought), max(bought))
    days = draft_days(window, days=spread, today=today, comes_again=candidate.when.moment is not None)
    program = _Program(live, settings)
    today_program = program if replaced is None else _Program([*live, replaced], settings)
    draft = _without_days(candidate)
    weekdays = candidate.when.weekdays
    before, after = _Seen(costs), _Seen(costs)
    tried: list[date] = []
    touched = 0
    for basket, on in zip(baskets, bought, strict=True):
        meant = days.day_meant(on) if days.includes(on) else on
        now = with_it = _run_promotions(basket, today_program.on(meant), settings)
        if days.includes(on):
            with_it = _run_promotions(basket, in_order([*program.on(meant), draft]), settings)
            is_changed = _given_by(with_it) != _given_by(now)
            if is_changed or weekdays is None or on.isoweekday() in weekdays:
                tried.append(on)
                touched += is_changed
            else:
                with_it = now
        before.add(basket, now, ())
        after.add(basket, with_it, now.discounted, _discount_of(now), draft=candidate.id)
    given = [after.amount - before.amount, after.points - before.points]
    changed = [rule for rule in (candidate, *live) if rule.id == candidate.id or before.fired[rule.id]]
    findings = _find_changes(before, after, changed, limits, len(tried)) if tried else ()
    first_on, last_on = (min(tried), max(tried)) if tried else (None, None)
    return DraftLook(findings, len(tried), touched, first_on, last_on, *given)


def _find_changes(
    before: _Seen, after: _Seen, changed: Rules, limits: DiscountLimits, tried: int
) -> tuple[BasketFinding, ...]:
    """Find what is so with the draft only; `changed`: the draft, and live promotions that act without it."""
    return (
        *_find_worst_discount(after, limits),
        *_below_cost(after),
        *_find_never_fired(after, changed, tried),
        *_too_much(after, before, limits),
    )


class _Program:
    """The live promotions, each on its own days."""

    def __init__(self, live: Rules, settings: Settings) -> None:
        self.live = live
        self._windows = {rule.id: window_of(rule, settings) for rule in live}
        self._by_day: dict[date, Rules] = {}

    def on(self, day: date) -> Rules:
        """Return those that run on this day, in their order and without their days."""
        if day not in self._by_day:
            running = [rule for rule in self.live if _runs_on(self._windows[rule.id], day)]
            self._by_day[day] = in_order(_without_days(rule) for rule in running)
        return self._by_day[day]

    def tried(self) -> set[str]:
        return {rule.id for rules in self._by_day.values() for rule in rules}


def look_at_program(
    baskets: Sequence[PastBasket], *, live: Rules, settings: Settings, limits: DiscountLimits, costs: CostBook
) -> tuple[BasketFinding, ...]:
    """Replay the baskets under the live promotions, each on the days on which it runs, as for a draft."""
    program, seen = _Program(live, settings), _Seen(costs)
    for basket in baskets:
        seen.add(basket, _run_promotions(basket, program.on(basket.at.date()), settings), ())
    tried = program.tried()
    return (
        *_find_worst_discount(seen, limits),
        *_below_cost(seen),
        *_already_below_cost(seen),
        *_find_never_fired(seen, [rule for rule in live if rule.id in tried], len(baskets)),
        *_too_much(seen, None, limits),
    )


def _given_by(run: PromotionRun) -> tuple[int, int]:
    """Return the money and the points that a basket is given: discounts with wallet money, and points."""
    amount, points = _discount_of(run), 0
    for _rule, benefit in run.applied:
        if benefit.gives == "wallet":
            amount += benefit.worth
        elif benefit.gives == "points":
            points += benefit.worth
    return amount, points


def _runs_on(window: Window, day: date) -> bool:
    return any(first <= day <= last for first, last in window)


def _without_days(rule: Definition) -> Definition:
    """Return the rule without days, counters and budget; hours, weekdays, people and goods stay."""
    when = replace(rule.when, valid_from=None, valid_to=None, moment=None)
    return replace(rule, when=when, usage=NO_LIMITS, budget=None)


def window_of(rule: Definition, settings: Settings) -> Window:
    """Return the days on which the rule may act at all."""
    first, last = rule.when.valid_from or date.min, rule.when.valid_to or date.max
    if rule.when.moment is None:
        return ((first, last),)
    runs = settings.moments.get(rule.when.moment, ())
    return tuple((max(first, a), min(last, b)) for a, b in runs if max(first, a) <= min(last, b))


def _run_promotions(basket: PastBasket, rules: Sequence[Definition], settings: Settings) -> PromotionRun:
    claims = [CouponClaim(f"code-{n}", rule.id) for n, rule in enumerate(rules) if rule.when.code]
    return run_promotions(basket.receipt.cart, basket.member, rules, claims, basket.at, settings)


def _discount_of(run: PromotionRun) -> int:
    return run.subtotal_amount - run.total_amount


@dataclass
class _Goods:
    sku: str
    name: str
    units: int = 0
    loss_amount: int = 0
    receipts: int = 0
    promotions: set[str] = field(default_factory=set)


@dataclass
class _Seen:
    """Everything counted on the way through the baskets. `cheap`: goods priced below their cost without a discount."""

    costs: CostBook
    subtotal_amount: int = 0
    discount_amount: int = 0
    amount: int = 0
    points: int = 0
    worst: tuple[int, int, PastBasket, tuple[str, ...]] | None = None
    goods: dict[str, _Goods] = field(default_factory=dict)
    cheap: dict[str, _Goods] = field(default_factory=dict)
    fired: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    visits: dict[str, list[int]] = field(default_factory=dict)

    def add(
        self,
        basket: PastBasket,
        run: PromotionRun,
        before: Sequence[int],
        discount_before: int = 0,
        draft: str | None = None,
    ) -> None:
        """Add a basket; `before`: what the lines came to without the draft, () where there is no draft.

        `discount_before`: what was taken off without the draft; a basket in which the draft takes no more is not its
        worst.
        """
        discount = _discount_of(run)
        amount, points = _given_by(run)
        self.amount += amount
        self.points += points
        self.subtotal_amount += run.subtotal_amount
        self.discount_amount += discount
        for rule, _ in run.applied:
            self.fired[rule.id] += 1
        for rule_id, refusal in run.refused.items():
            self.refused.setdefault(rule_id, Counter())[refusal.reason] += 1
        if basket.receipt.member_id is not None:
            visits = self.visits.setdefault(basket.receipt.member_id, [0, 0])
            visits[0] += 1
            visits[1] += discount > 0
        if discount > discount_before:
            self._note_worst(basket, run, discount)
        self._note_losses(basket, run, before, draft)

    def _note_worst(self, basket: PastBasket, run: PromotionRun, discount: int) -> None:
        points = discount * 10_000 // run.subtotal_amount
        if self.worst is None or points > self.worst[0]:
            self.worst = (points, discount, basket, tuple(givers(run)))

    def _note_losses(self, basket: PastBasket, run: PromotionRun, before: Sequence[int], draft: str | None) -> None:
        """Note only what a discount adds: how far it takes a line below its cost, from its amount without it."""
        for i, line in enumerate(run.lines):
            left = run.discounted[i]
            cost = line.cost_amount
            if cost is None:
                cost = self.costs.on(line.sku, basket.receipt.business_date)
            if cost is None:
                continue
            whole = cost * line.quantity
            if line.subtotal_amount < whole:
                _count_loss(self.cheap, line, whole - line.subtotal_amount, ())
            without = before[i] if before else line.subtotal_amount
            added = max(0, whole - left) - max(0, whole - without)
            if added > 0:
                _count_loss(self.goods, line, added, givers(run, line=i) if draft is None else [draft])


def _count_loss(goods: dict[str, _Goods], line: Line, loss: int, promotions: Iterable[str]) -> None:
    """Count a loss; spellings of one code, or of the name of goods without one, count as one."""
    known = goods.setdefault(name_key(line.goods), _Goods(line.sku, line.name))
    known.units += line.quantity
    known.loss_amount += loss
    known.receipts += 1
    known.promotions.update(promotions)


def givers(run: PromotionRun, line: int | None = None) -> list[str]:
    """Return ids of the promotions that took money off, of the whole basket or of one line of it."""
    return [
        rule.id
        for rule, benefit in run.applied
        if benefit.gives == "money_off" and any(line is None or index == line for index, _ in benefit.shares)
    ]


def _find_worst_discount(seen: _Seen, limits: DiscountLimits) -> Iterable[BasketFinding]:
    if seen.worst is None:
        return
    points, discount, basket, promotions = seen.worst
    receipt = basket.receipt
    subtotal = sum(line.subtotal_amount for line in receipt.lines)
    yield BasketFinding(
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


def _below_cost(seen: _Seen) -> Iterable[BasketFinding]:
    ranked = _rank_goods(seen.goods)
    for goods in ranked[:MOST_GOODS]:
        yield BasketFinding(
            FindingCode.BELOW_COST,
            is_warning=True,
            promotion_ids=tuple(sorted(goods.promotions)),
            figures={
                "sku": goods.sku,
                "name": goods.name,
                "units": goods.units,
                "loss_amount": goods.loss_amount,
                "receipts": goods.receipts,
            },
        )
    if len(ranked) > MOST_GOODS:
        yield _sum_up_finding(FindingCode.MORE_BELOW_COST, ranked[MOST_GOODS:], is_warning=True)


def _already_below_cost(seen: _Seen) -> Iterable[BasketFinding]:
    if seen.cheap:
        yield _sum_up_finding(FindingCode.ALREADY_BELOW_COST, _rank_goods(seen.cheap), is_warning=False)


def _rank_goods(goods: Mapping[str, _Goods]) -> list[_Goods]:
    return [goods[key] for key in sorted(goods, key=lambda key: (-goods[key].loss_amount, key))]


def _sum_up_finding(code: FindingCode, ranked: Sequence[_Goods], *, is_warning: bool) -> BasketFinding:
    return BasketFinding(
        code,
        is_warning=is_warning,
        promotion_ids=tuple(sorted({one for goods in ranked for one in goods.promotions})),
        figures={
            "goods": len(ranked),
            "named": tuple((goods.sku, goods.name) for goods in ranked[:NAMED_GOODS]),
            "loss_amount": sum(goods.loss_amount for goods in ranked),
        },
    )


def _find_never_fired(seen: _Seen, rules: Sequence[Definition], receipts: int) -> Iterable[BasketFinding]:
    """Find promotions that never acted; points as payment are left out, because a replay asks for none."""
    for rule in rules:
        if rule.kind != "redeem_points" and not seen.fired[rule.id]:
            reasons = seen.refused.get(rule.id, Counter()).most_common(1)
            reason, times = reasons[0] if reasons else (None, 0)
            yield BasketFinding(
                FindingCode.NEVER_FIRED,
                is_warning=True,
                promotion_ids=(rule.id,),
                figures={"reason": reason, "times": times, "receipts": receipts},
            )


def _too_much(seen: _Seen, before: _Seen | None, limits: DiscountLimits) -> Iterable[BasketFinding]:
    """Find what is over a limit; members who were over it without the draft (`before`) are not the draft's doing."""
    points = _basis_points(seen)
    points_before = points if before is None else _basis_points(before)
    if points > limits.of_sales * 100 and (before is None or points > points_before):
        yield BasketFinding(
            FindingCode.DISCOUNT_OF_SALES,
            is_warning=True,
            promotion_ids=(),
            figures={
                "basis_points": points,
                "before_basis_points": None if before is None else points_before,
                "limit": limits.of_sales,
                "subtotal_amount": seen.subtotal_amount,
                "discount_amount": seen.discount_amount,
            },
        )
    shares = _shares_of_visits(seen)
    known = {} if before is None else _shares_of_visits(before)
    over = {
        who: share
        for who, share in shares.items()
        if share > limits.of_visits and (before is None or known[who] <= limits.of_visits)
    }
    if over:
        yield BasketFinding(
            FindingCode.DISCOUNT_OF_VISITS,
            is_warning=True,
            promotion_ids=(),
            figures={
                "members": len(over),
                "base": len(shares),
                "visits_percent": max(over.values()),
                "limit": limits.of_visits,
            },
        )


def _basis_points(seen: _Seen) -> int:
    return seen.discount_amount * 10_000 // seen.subtotal_amount if seen.subtotal_amount else 0


def _shares_of_visits(seen: _Seen) -> dict[str, int]:
    return {who: 100 * given // visits for who, (visits, given) in seen.visits.items() if visits >= LEAST_VISITS}
