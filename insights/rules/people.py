"""Members on the way through a period, once for each side: the program as it is (base) and the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from insights.rules.tiers import Ladder, TierCourse
from members.facts import PastMember
from rewards.engine.facts import MemberState
from sales.facts import PastPurchase, PastReceipt, PastReturn
from segments.facts import LabelFacts

BASE, DRAFT = 0, 1
NO_SEGMENT = "none"


class SideState:
    """What one side has made of a member. `delta`: points more (or fewer) than the member really had."""

    __slots__ = (
        "delta",
        "earned",
        "month",
        "points_this_month",
        "points_today",
        "reached",
        "reached_in",
        "reached_month",
        "saved",
        "tier",
        "used",
        "uses",
        "uses_today",
    )

    def __init__(self, tier: TierCourse, uses: Mapping[str, int]) -> None:
        self.tier = tier
        self.uses = dict(uses)
        self.uses_today: dict[str, int] = {}
        self.points_today: dict[str, int] = {}
        self.points_this_month: dict[str, int] = {}
        self.month = 0
        self.delta = self.earned = self.used = self.saved = 0
        self.reached = False
        self.reached_month = 0
        self.reached_in: set[str] = set()

    def begin_day(self, on: date) -> None:
        """Begin a day: what is counted by day or month begins again."""
        if self.uses_today:
            self.uses_today = {}
        if self.points_today:
            self.points_today = {}
        month = on.year * 12 + on.month
        if month != self.month:
            self.month, self.points_this_month = month, {}

    def count_points(self, name: str, points: int) -> None:
        """Count points under a cap: of one promotion, or of all together."""
        self.points_today[name] = self.points_today.get(name, 0) + points
        self.points_this_month[name] = self.points_this_month.get(name, 0) + points


class MemberCourse:
    """One member: what both sides share, and the two sides."""

    __slots__ = (
        "birth_date",
        "by_hand",
        "id",
        "labels",
        "number",
        "purchases",
        "real_earned",
        "referred",
        "segments",
        "sides",
        "turn",
        "visits",
    )

    def __init__(
        self,
        past: PastMember,
        *,
        labels: Sequence[LabelFacts],
        purchases: int,
        history: Sequence[PastPurchase],
        uses: Mapping[str, int],
        ladder: Ladder,
        first_on: date,
    ) -> None:
        self.id = past.id
        self.number = past.number
        self.birth_date = past.birth_date
        self.referred = past.referred
        self.purchases = purchases
        self.visits = 0
        self.real_earned = 0
        self.labels = list(labels) or [LabelFacts(date.min, past.segment)]
        self.turn = -1
        self.segments: frozenset[str] = frozenset()
        self.by_hand = list(past.by_hand)
        start = first_on.toordinal()
        tier = TierCourse(
            ladder.ids.get(past.tier_id, -1) if past.tier_id else -1,
            since=past.tier_since_on.toordinal() if past.tier_since_on else start,
            seen=start,
            protected=past.tier_protected_until.toordinal() if past.tier_protected_until else 0,
        )
        for bought in history:
            tier.remember(bought.on.toordinal(), bought.net_amount, bought.points, int(bought.is_purchase))
        self.sides = (SideState(tier, uses), SideState(tier.copy(), uses))

    def arrive(self, at: datetime, on: date, ladder: Ladder) -> str:
        """Bring tiers and label to the moment of a visit; return the segment's code."""
        day = on.toordinal()
        while self.by_hand and self.by_hand[0].at <= at:
            move = self.by_hand.pop(0)
            for side in self.sides:
                side.tier.advance(move.on.toordinal(), ladder)
                side.tier.set_by_hand(ladder.ids.get(move.tier_id, -1), move.on.toordinal())
        for side in self.sides:
            if side.tier.seen < day:
                side.begin_day(on)
            side.tier.advance(day, ladder)
        while self.turn + 1 < len(self.labels) and self.labels[self.turn + 1].since_on <= on:
            self.turn += 1
            label = self.labels[self.turn].segment
            self.segments = frozenset((label,)) if label else frozenset()
        return self.labels[max(self.turn, 0)].segment or NO_SEGMENT

    def state(self, which: int, receipt: PastReceipt, ladder: Ladder) -> MemberState:
        """Return the member as the till would have seen them on this side."""
        side = self.sides[which]
        before = receipt.points_balance - receipt.points_earned + receipt.points_redeemed
        position = side.tier.position
        return MemberState(
            self.id,
            ladder.codes[position] if position >= 0 else None,
            self.segments,
            self.birth_date,
            max(0, max(before, receipt.points_redeemed) + side.delta),
            0,
            self.purchases,
            self.referred,
            side.uses,
            side.uses_today,
            side.points_today,
            side.points_this_month,
        )

    def is_alike(self) -> bool:
        """Return whether both sides see the same member, as far as discounts go."""
        base, draft = self.sides
        return base.tier.position == draft.tier.position and base.uses == draft.uses

    def take_back(self, returned: PastReturn, on: date, ladder: Ladder) -> None:
        """Take back goods: each side loses points in the proportion in which it had given them."""
        for side in self.sides:
            points = returned.points_reversed * side.earned // self.real_earned if self.real_earned else 0
            side.delta += returned.points_reversed - points
            side.tier.advance(on.toordinal(), ladder)
            side.tier.buy(
                on.toordinal(),
                returned.sold_on.toordinal(),
                -returned.spend_amount,
                -points,
                visits=-int(returned.emptied),
                ladder=ladder,
            )
        self.purchases -= returned.emptied
