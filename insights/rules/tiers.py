"""A member's tier on the way through a period: up at once with a purchase, down at night by policy.

`members.rules.tiers` is the readable definition; a property test holds this walk to it, night by night. Days are
ordinals, tiers are positions in the ladder (lowest first, -1 for none).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from members.facts import DownPolicy, TierFacts, TierMeasure, TierProgramFacts

MEASURES: Final = (TierMeasure.SPEND, TierMeasure.POINTS, TierMeasure.VISITS)
NEVER: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The merchant's tiers as the walk needs them: (which figure, need) from the lowest rank up."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    steps: tuple[tuple[int, int], ...]
    ids: dict[UUID, int]
    window: int
    keep: int
    policy: DownPolicy

    @classmethod
    def of(cls, tiers: Sequence[TierFacts], program: TierProgramFacts) -> Ladder:
        ranked = sorted(tiers, key=lambda tier: tier.rank)
        return cls(
            codes=tuple(tier.code for tier in ranked),
            names=tuple(tier.name for tier in ranked),
            steps=tuple((MEASURES.index(tier.measure), tier.threshold) for tier in ranked),
            ids={tier.id: position for position, tier in enumerate(ranked)},
            window=program.window_days,
            keep=program.keep_days,
            policy=program.down_policy,
        )

    def earned(self, figures: Sequence[int]) -> int:
        for position in range(len(self.steps) - 1, -1, -1):
            figure, need = self.steps[position]
            if figures[figure] >= need:
                return position
        return -1


class TierCourse:
    """One member's tier. `seen`: the last day whose morning is reached; purchases are (day, spend, points, visits)."""

    __slots__ = ("figures", "head", "position", "protected", "purchases", "seen", "since")

    def __init__(self, position: int, *, since: int, seen: int, protected: int = 0) -> None:
        self.position = position
        self.since = since
        self.seen = seen
        self.protected = protected
        self.purchases: list[tuple[int, int, int, int]] = []
        self.head = 0
        self.figures = [0, 0, 0]

    def copy(self) -> TierCourse:
        twin = TierCourse(self.position, since=self.since, seen=self.seen, protected=self.protected)
        twin.purchases, twin.head, twin.figures = list(self.purchases), self.head, list(self.figures)
        return twin

    def remember(self, day: int, spend: int, points: int, visits: int) -> None:
        """Remember a purchase from before the walk begins; it moves no one."""
        self.purchases.append((day, spend, points, visits))
        self._add_figures(spend, points, visits)

    def advance(self, on: int, ladder: Ladder) -> None:
        """Advance through the nights up to the morning of `on`; only nights that can change something are looked at."""
        while self.seen < on:
            turn = min(on, self._next_turn(ladder))
            self.seen = turn
            self._leave_window(turn, ladder.window)
            self._apply_night(turn, ladder)

    def _next_turn(self, ladder: Ladder) -> int:
        """Return the next morning on which a purchase leaves the window or a move becomes possible."""
        turn = NEVER
        if self.head < len(self.purchases):
            turn = max(self.seen + 1, self.purchases[self.head][0] + ladder.window)
        earned = ladder.earned(self.figures)
        if earned > self.position:
            return self.seen + 1
        if 0 <= earned < self.position and ladder.policy is not DownPolicy.NEVER:
            return min(turn, max(self.seen + 1, self.since + ladder.keep, self.protected + 1))
        return turn

    def _leave_window(self, on: int, window: int) -> None:
        purchases, head = self.purchases, self.head
        while head < len(purchases) and purchases[head][0] + window <= on:
            _, spend, points, visits = purchases[head]
            self._add_figures(-spend, -points, -visits)
            head += 1
        self.head = head
        if head > 64 and head * 2 > len(purchases):
            del purchases[:head]
            self.head = 0

    def _apply_night(self, on: int, ladder: Ladder) -> None:
        earned = ladder.earned(self.figures)
        if earned < 0 or earned == self.position:
            return
        if earned < self.position:
            if ladder.policy is DownPolicy.NEVER or self.protected >= on or on < self.since + ladder.keep:
                return
            if ladder.policy is DownPolicy.ONE_STEP:
                earned = self.position - 1
        self.position, self.since = earned, on

    def buy(self, on: int, sold_on: int, spend: int, points: int, *, visits: int, ladder: Ladder) -> None:
        """Count a purchase, or what a return takes from one of the day `sold_on`: up at once, never down."""
        if sold_on + ladder.window <= on:
            return
        purchase = (sold_on, spend, points, visits)
        if self.purchases and sold_on < self.purchases[-1][0]:
            insort(self.purchases, purchase, lo=self.head)
        else:
            self.purchases.append(purchase)
        self._add_figures(spend, points, visits)
        earned = ladder.earned(self.figures)
        if earned > self.position:
            self.position, self.since = earned, on

    def set_by_hand(self, position: int, on: int) -> None:
        if position != self.position:
            self.position, self.since = position, on

    def _add_figures(self, spend: int, points: int, visits: int) -> None:
        figures = self.figures
        figures[0] += spend
        figures[1] += points
        figures[2] += visits
