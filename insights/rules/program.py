"""Which promotions are in force for a receipt, as its till would have asked, and how much of their limits is used."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from insights.facts import Base, Change, ChangeKind
from rewards.engine import in_order
from rewards.engine.facts import CouponClaim, Definition, TurnFacts, VersionFacts

Rules = Sequence[Definition]


class RulesByTime:
    """The rules by time: of today (`base` TODAY, those live at `now`) or of each day; changed by a draft's changes."""

    def __init__(
        self,
        versions: Sequence[VersionFacts],
        turns: Sequence[TurnFacts],
        *,
        base: Base,
        now: datetime,
        changes: Sequence[Change] = (),
    ) -> None:
        gone = {change.promotion_id for change in changes if change.kind is not ChangeKind.ADD}
        self._added = [change.definition for change in changes if change.definition is not None]
        known = [version for version in versions if version.definition.id not in gone]
        self._states = [turn for turn in turns if turn.promotion_id not in gone]
        self._versions = known if base is Base.HISTORY else _in_force(known, self._states, now)
        self._turns: list[datetime] = []
        if base is Base.HISTORY:
            self._turns = sorted({v.starts_at for v in known} | {turn.starts_at for turn in self._states})
        self._made: dict[tuple[int, frozenset[str]], Rules] = {}

    def at(self, instant: datetime, shown: frozenset[str]) -> Rules:
        """Return the rules in force, in the engine's order; those that need a coupon only when it is `shown`."""
        turn = bisect_right(self._turns, instant) if self._turns else 0
        key = (turn, shown)
        rules = self._made.get(key)
        if rules is None:
            rules = self._made[key] = self._make_rules(turn, shown)
        return rules

    def _make_rules(self, turn: int, shown: frozenset[str]) -> Rules:
        versions = self._versions
        if self._turns:
            versions = _in_force(self._versions, self._states, self._turns[turn - 1]) if turn else []
        rules = [v.definition for v in versions if not v.needs_coupon or v.definition.id in shown]
        return in_order([*rules, *self._added])

    def all_rules(self) -> list[Definition]:
        """Return every wording that may be asked at all, once each."""
        return [*(version.definition for version in self._versions), *self._added]

    def has_codes(self) -> bool:
        return any(version.needs_coupon for version in self._versions) or any(r.when.code for r in self.all_rules())


def _in_force(versions: Sequence[VersionFacts], turns: Sequence[TurnFacts], at: datetime) -> list[VersionFacts]:
    """Return the latest wording of each promotion that was live at `at`; what has ended stays ended."""
    latest = {version.definition.id: version for version in versions if version.starts_at <= at}
    states: dict[str, str] = {}
    for turn in turns:
        if turn.starts_at <= at and states.get(turn.promotion_id) != "ended":
            states[turn.promotion_id] = turn.state
    return [version for key, version in latest.items() if states.get(key, "live") == "live"]


def claims_of(codes: Sequence[tuple[str, str]]) -> list[CouponClaim]:
    """Return the codes that were used then as usable now: whether they still were is not asked again."""
    return [CouponClaim(code, promotion_id) for code, promotion_id in codes]


@dataclass
class Counters:
    """How much of limits and budgets is used on the way through a period, by promotion; `today` of the day `day`."""

    used: dict[str, int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    today: dict[str, int] = field(default_factory=dict)
    day: date = date.min

    @classmethod
    def starting(cls, before: Mapping[str, tuple[int, int]]) -> Counters:
        """Return counters to start with; `before`: promotion -> (uses, what they took) before the period."""
        return cls({k: uses for k, (uses, _) in before.items()}, {k: taken for k, (_, taken) in before.items()})

    def counted(self, rules: Rules, day: date) -> Rules:
        """Return the rules with what is used of their limits on that day; the same list where none is limited."""
        if not is_limited(rules):
            return rules
        if day != self.day:
            self.day, self.today = day, {}
        return [self._with_figures(rule) for rule in rules]

    def _with_figures(self, rule: Definition) -> Definition:
        if not is_limited([rule]):
            return rule
        budget = rule.budget
        return replace(
            rule,
            usage=replace(rule.usage, used=self.used.get(rule.id, 0), used_today=self.today.get(rule.id, 0)),
            budget=replace(budget, used=self.spent.get(rule.id, 0)) if budget is not None else None,
        )

    def take(self, rule: Definition, worth: int) -> None:
        if not is_limited([rule]):
            return
        self.used[rule.id] = self.used.get(rule.id, 0) + 1
        self.today[rule.id] = self.today.get(rule.id, 0) + 1
        if rule.budget is not None:
            spend = 1 if rule.budget.type == "uses" else worth
            self.spent[rule.id] = self.spent.get(rule.id, 0) + spend


def is_limited(rules: Iterable[Definition]) -> bool:
    """Return whether any of them has a limit that all buyers share."""
    return any(
        rule.budget is not None or rule.usage.limit is not None or rule.usage.per_day_limit is not None
        for rule in rules
    )
