"""A period's receipts, one by one in their order, under the program as it is and under a draft.

Both sides walk the engine that quotes and sells. Nothing is read or written here: batches come in, sums stay.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappush, heappushpop
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from insights.rules.people import BASE, DRAFT, MemberCourse, SideState
from insights.rules.program import Counters, Rules, RulesByTime, claims_of
from insights.rules.tiers import Ladder
from products.facts import CostBook
from rewards.engine import KINDS, PromotionRun, earn_again, earns, name_key, run_promotions
from rewards.engine.facts import NO_CONDITIONS, NO_LIMITS, PROGRAM, Cart, Definition, MemberState, Settings
from sales.facts import PastReceipt, PastReturn

ANONYMOUS: Final = "anonymous"
WORST: Final = 10
NOBODY: Final[frozenset[str]] = frozenset()

# Figures of a month and segment, by position in its list.
FIGURES: Final = (
    "receipts",
    "subtotal_amount",
    "discount_amount",
    "cashback_amount",
    "points",
    "points_used",
    "points_used_amount",
    "gifts_amount",
    "receipts_reached",
    "covered_amount",
    "goods_cost_amount",
)


class Given(NamedTuple):
    """What one side gave for one receipt."""

    discount: int
    cashback: int
    points: int
    used: int
    used_amount: int
    gifts: int


@dataclass
class Goods:
    sku: str
    units: int = 0
    loss_amount: int = 0


@dataclass
class Side:
    """One program with all that was counted under it. `sums`: (month, segment) -> figures.

    `capped`: points are counted by member and day or month; what members got before the period counts for nothing.
    """

    program: RulesByTime
    counters: Counters
    settings: Settings
    limited: bool
    capped: bool = False
    sums: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    members: int = 0
    members_by_month: dict[int, int] = field(default_factory=dict)
    members_by_segment: dict[str, int] = field(default_factory=dict)
    worst: list[tuple[int, int, str, str, int]] = field(default_factory=list)
    below_cost: dict[str, Goods] = field(default_factory=dict)
    _earning: dict[int, tuple[Rules, Rules]] = field(default_factory=dict)

    def rules(self, receipt: PastReceipt) -> Rules:
        shown = frozenset(promotion for _, promotion in receipt.codes) if receipt.codes else NOBODY
        rules = self.program.at(receipt.occurred_at, shown)
        return self.counters.counted(rules, receipt.business_date) if self.limited else rules

    def earning(self, receipt: PastReceipt) -> Rules:
        """Return those of the rules that act after discounts and payments."""
        rules = self.rules(receipt)
        known = self._earning.get(id(rules))
        if known is None or known[0] is not rules:
            known = self._earning[id(rules)] = (rules, [rule for rule in rules if earns(rule)])
        return known[1]


@dataclass
class Replay:
    """The walk. Members are added before their receipts are fed; `outlets`: only receipts of these are counted.

    `strangers_differ`: the draft may give something else to who is no member. `only_earning_differs`: discounts and
    payments are the same on both sides as long as the member is, and are worked out once.
    """

    base: Side
    draft: Side
    ladder: Ladder
    zones: Mapping[str, ZoneInfo]
    costs: CostBook
    outlets: frozenset[str]
    strangers_differ: bool
    only_earning_differs: bool
    returns: deque[PastReturn]
    members: dict[str, MemberCourse] = field(default_factory=dict)

    def feed(self, receipts: Iterable[PastReceipt]) -> None:
        """Feed receipts in the order of their time; returns received before each of them are taken first."""
        returns = self.returns
        for receipt in receipts:
            while returns and returns[0].received_at <= receipt.occurred_at:
                self._give_back(returns.popleft())
            self._replay_receipt(receipt)

    def finish(self) -> None:
        """Finish with the returns that came after the last receipt."""
        while self.returns:
            self._give_back(self.returns.popleft())

    def _give_back(self, returned: PastReturn) -> None:
        member = self.members.get(returned.member_id)
        if member is not None:
            member.take_back(returned, returned.received_at.date(), self.ladder)

    def _replay_receipt(self, receipt: PastReceipt) -> None:
        at = receipt.occurred_at.astimezone(self.zones[receipt.outlet_id])
        cart = receipt.cart
        member = self.members.get(receipt.member_id) if receipt.member_id is not None else None
        if member is None:
            self._sell_to_stranger(receipt, cart, at)
            return
        segment = member.arrive(receipt.occurred_at, receipt.business_date, self.ladder)
        counted = not self.outlets or receipt.outlet_id in self.outlets
        first: PromotionRun | None = None
        for which, side in ((BASE, self.base), (DRAFT, self.draft)):
            state = member.sides[which]
            if first is not None and self.only_earning_differs and not receipt.points_redeemed and member.is_alike():
                run = earn_again(first, side.earning(receipt))
            else:
                run = _run_promotions(side, receipt, cart, member.state(which, receipt, self.ladder), at)
            first = run
            given = _count_benefits(side, run, state)
            self._update_member(state, receipt, run, given)
            if counted:
                self._add_to_sums(side, receipt, run, given, segment=segment, state=state)
        member.visits += counted
        member.purchases += receipt.subtotal_amount > receipt.discount_amount
        member.real_earned += receipt.points_earned

    def _sell_to_stranger(self, receipt: PastReceipt, cart: Cart, at: datetime) -> None:
        counted = not self.outlets or receipt.outlet_id in self.outlets
        if not counted and not self.base.limited and not self.draft.limited:
            return
        run = _run_promotions(self.base, receipt, cart, None, at)
        given = _count_benefits(self.base, run, None)
        if counted:
            self._add_to_sums(self.base, receipt, run, given, segment=ANONYMOUS, state=None)
        if self.strangers_differ:
            run = _run_promotions(self.draft, receipt, cart, None, at)
            given = _count_benefits(self.draft, run, None)
        if counted:
            self._add_to_sums(self.draft, receipt, run, given, segment=ANONYMOUS, state=None)

    def _update_member(self, state: SideState, receipt: PastReceipt, run: PromotionRun, given: Given) -> None:
        """Update the member's own figures on this side, as the sale would have moved them."""
        state.delta += given.points - receipt.points_earned - given.used + receipt.points_redeemed
        total = run.subtotal_amount - given.discount
        spend = max(0, total + sum(line.bases.minimums for line in run.lines)) if total else 0
        on = receipt.business_date.toordinal()
        state.tier.buy(on, on, spend, given.points, visits=int(total > 0), ladder=self.ladder)
        state.earned += given.points
        state.used += given.used
        state.saved += given.discount + given.cashback + given.gifts

    def _add_to_sums(
        self,
        side: Side,
        receipt: PastReceipt,
        run: PromotionRun,
        given: Given,
        *,
        segment: str,
        state: SideState | None,
    ) -> None:
        kept = _kept_of(receipt, run, given)
        if kept is None:
            return
        month = receipt.business_date.year * 12 + receipt.business_date.month - 1
        sums = side.sums.get((month, segment))
        if sums is None:
            sums = side.sums[month, segment] = [0] * len(FIGURES)
        given = kept.given
        reached = given.discount or given.points or given.cashback or given.gifts
        sums[0] += 1
        sums[1] += kept.subtotal
        sums[2] += given.discount
        sums[3] += given.cashback
        sums[4] += given.points
        sums[5] += given.used
        sums[6] += given.used_amount
        sums[7] += given.gifts
        if reached:
            sums[8] += 1
            if state is not None:
                _count_reached_member(side, state, month, segment)
        self._add_margin(side, receipt, run, kept, sums)
        if given.discount:
            _note_worst(side, receipt, kept.subtotal, given.discount)

    def _add_margin(
        self, side: Side, receipt: PastReceipt, run: PromotionRun, kept: KeptGoods, sums: list[int]
    ) -> None:
        """Add only lines whose cost is known; note how far a discount took them below it.

        A line that was priced below its cost without any discount is not counted against a discount.
        """
        for i, line in enumerate(run.lines):
            cost = line.cost_amount
            if cost is None:
                cost = self.costs.on(line.sku, receipt.business_date)
                if cost is None:
                    continue
            units, left = kept.units[i], kept.lefts[i]
            goods_cost, whole = cost * units, line.unit_amount * units
            sums[9] += left
            sums[10] += goods_cost
            lost = max(0, goods_cost - left) - max(0, goods_cost - whole)
            if lost > 0:
                goods = side.below_cost.setdefault(name_key(line.goods), Goods(line.goods))
                goods.units += units
                goods.loss_amount += lost


class KeptGoods(NamedTuple):
    """A receipt without the goods that came back: units and net by line, the subtotal, and what was given for it."""

    units: Sequence[int]
    lefts: Sequence[int]
    subtotal: int
    given: Given


def _kept_of(receipt: PastReceipt, run: PromotionRun, given: Given) -> KeptGoods | None:
    """Return what was kept, None where everything came back; what was given goes back in proportion, as at a till."""
    lines, lefts = run.lines, run.discounted
    if not receipt.returned:
        return KeptGoods([line.quantity for line in lines], lefts, run.subtotal_amount, given)
    back = [*receipt.returned, *[0] * (len(lines) - len(receipt.returned))]
    units = [line.quantity - came for line, came in zip(lines, back, strict=True)]
    if not any(units[: len(receipt.returned)]):
        return None
    net = [
        left - left * came // line.quantity if line.quantity else left
        for line, left, came in zip(lines, lefts, back, strict=True)
    ]
    subtotal = sum(line.unit_amount * count for line, count in zip(lines, units, strict=True))
    part, whole = sum(net), sum(lefts)
    if not whole:
        part, whole = subtotal, run.subtotal_amount or 1
    shares = (amount * part // whole for amount in given[1:])
    return KeptGoods(units, net, subtotal, Given(subtotal - sum(net), *shares))


def _run_promotions(
    side: Side, receipt: PastReceipt, cart: Cart, seen: MemberState | None, at: datetime
) -> PromotionRun:
    """Run the promotions; the points that were used then are asked for again, as far as this side's balance goes."""
    asked = receipt.points_redeemed
    if asked and seen is not None:
        asked = min(asked, seen.points_available)
    claims = claims_of(receipt.codes) if receipt.codes else ()
    return run_promotions(cart, seen, side.rules(receipt), claims, at, side.settings, redeem_points=asked)


def _count_benefits(side: Side, run: PromotionRun, state: SideState | None) -> Given:
    """Add up what was applied, and take it from limits."""
    points = cashback = used = used_amount = gifts = 0
    for rule, benefit in run.progress.applied:
        if benefit.gives == "points":
            points += benefit.worth
            if side.capped and state is not None:
                state.count_points(rule.id, benefit.worth)
                state.count_points(PROGRAM, benefit.worth)
        elif benefit.gives == "payment":
            used += benefit.points_used
            used_amount += benefit.worth
        elif benefit.gives == "wallet":
            cashback += benefit.worth
        if benefit.gift is not None:
            gifts += benefit.gift.list_amount * benefit.gift.quantity
        if side.limited:
            side.counters.take(rule, benefit.spend)
        if state is not None and rule.usage.limits_members:
            state.uses[rule.id] = state.uses.get(rule.id, 0) + 1
            state.uses_today[rule.id] = state.uses_today.get(rule.id, 0) + 1
    discount = run.subtotal_amount - run.total_amount
    return Given(discount, cashback, points, used, used_amount, gifts)


def _count_reached_member(side: Side, state: SideState, month: int, segment: str) -> None:
    """Count a member once in all, once per month and once per segment."""
    if not state.reached:
        state.reached = True
        side.members += 1
    if state.reached_month != month:
        state.reached_month = month
        side.members_by_month[month] = side.members_by_month.get(month, 0) + 1
    if segment not in state.reached_in:
        state.reached_in.add(segment)
        side.members_by_segment[segment] = side.members_by_segment.get(segment, 0) + 1


def _note_worst(side: Side, receipt: PastReceipt, subtotal: int, discount: int) -> None:
    share = discount * 10_000 // subtotal
    if len(side.worst) == WORST and share < side.worst[0][0]:
        return
    noted = (share, discount, receipt.reference, receipt.business_date.isoformat(), subtotal)
    if len(side.worst) < WORST:
        heappush(side.worst, noted)
    else:
        heappushpop(side.worst, noted)


def concerns_strangers(rule: Definition) -> bool:
    """Return whether the rule can act for a person who is no member."""
    if KINDS[rule.kind].needs_member(rule.terms):
        return False
    if rule.usage is not NO_LIMITS and rule.usage.limits_members:
        return False
    return rule.when is NO_CONDITIONS or not rule.when.members_only
