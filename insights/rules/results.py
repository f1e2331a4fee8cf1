"""What a replay found, worked out of its sums. Amounts in the currency's smallest unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from heapq import nlargest
from typing import Final

from insights.facts import (
    DeepestDiscount,
    GoodsBelowCost,
    MemberExample,
    MemberSide,
    PartFigures,
    SideFigures,
    SimulationResult,
    TierCount,
)
from insights.rules.people import BASE, DRAFT, MemberCourse, SideState
from insights.rules.replay import ANONYMOUS, FIGURES, Replay, Side
from rewards.engine import point_rate
from rewards.engine.facts import Definition

EXAMPLES: Final = 10
MOST_GOODS: Final = 20
SEGMENTS: Final = ("new", "active", "loyal", "lapsed", "none", ANONYMOUS)


@dataclass(frozen=True)
class Assumptions:
    """`behaviour_percent`: members buy so much more under the draft. Point values are money per point, None unknown.

    `points_redeemed` and `points_lapsed` came to an end in the past; what is redeemed of them is expected of new ones.
    """

    behaviour_percent: int
    base_point_value: Fraction | None
    draft_point_value: Fraction | None
    points_redeemed: int = 0
    points_lapsed: int = 0

    @property
    def redemption(self) -> Fraction:
        """Return the share of points that is expected to be redeemed; 1 while too few have ended."""
        ended = self.points_redeemed + self.points_lapsed
        return Fraction(self.points_redeemed, ended) if ended >= LEAST_ENDED else Fraction(1)


LEAST_ENDED: Final = 1_000
"""Points that must have been redeemed or lapsed before their share says anything."""


def point_value_of(rules: Iterable[Definition]) -> Fraction | None:
    """Return what a point is worth as payment under these rules; None if none pays."""
    rate = point_rate(rules)
    return None if rate is None else Fraction(*rate)


def result_of(replay: Replay, assumed: Assumptions, *, last_on: date) -> SimulationResult:
    """Return the result; call once, when everything is fed: it brings the members' tiers to the end of the period."""
    sides = (
        _SideSums(replay.base, "base", assumed.base_point_value, assumed.redemption, 0),
        _SideSums(replay.draft, "draft", assumed.draft_point_value, assumed.redemption, assumed.behaviour_percent),
    )
    months = sorted({month for side in sides for month, _ in side.side.sums})
    segments = [s for s in SEGMENTS if any(s == code for side in sides for _, code in side.side.sums)]
    base, draft = sides
    return SimulationResult(
        base=base.whole(),
        draft=draft.whole(),
        months=_pair_figures(
            [f"{month // 12}-{month % 12 + 1:02d}" for month in months], base.months(months), draft.months(months)
        ),
        segments=_pair_figures(segments, base.segments(segments), draft.segments(segments)),
        tiers=_count_by_tier(replay, last_on),
        members=len([m for m in replay.members.values() if m.visits]),
        examples=_choose_examples(replay, assumed),
        worst=tuple(
            DeepestDiscount(reference, day, share, off, whole)
            for share, off, reference, day, whole in sorted(replay.draft.worst, reverse=True)
        ),
        below_cost=_below_cost(replay),
        redemption_basis_points=int(assumed.redemption * 10_000),
        points_redeemed=assumed.points_redeemed,
        points_lapsed=assumed.points_lapsed,
        has_point_value=assumed.base_point_value is not None and assumed.draft_point_value is not None,
    )


def _pair_figures(
    names: Sequence[str], base: Sequence[SideFigures], draft: Sequence[SideFigures]
) -> tuple[PartFigures, ...]:
    return tuple(PartFigures(*part) for part in zip(names, base, draft, strict=True))


@dataclass(frozen=True)
class _SideSums:
    """Figures of one side as they are reported. What members do is scaled by the assumption, strangers stay.

    The sum is scaled once; months and segments are cut out of it so that they add up to it exactly.
    """

    side: Side
    name: str
    value: Fraction | None
    redemption: Fraction
    percent: int

    def whole(self) -> SideFigures:
        return self._figures_by_part([list(self.side.sums)], [self.side.members])[0]

    def months(self, months: Sequence[int]) -> list[SideFigures]:
        cells = [[cell for cell in self.side.sums if cell[0] == month] for month in months]
        return self._figures_by_part(cells, [self.side.members_by_month.get(month, 0) for month in months])

    def segments(self, codes: Sequence[str]) -> list[SideFigures]:
        cells = [[cell for cell in self.side.sums if cell[1] == code] for code in codes]
        return self._figures_by_part(cells, [self.side.members_by_segment.get(code, 0) for code in codes])

    def _figures_by_part(self, parts: Sequence[Sequence[tuple[int, str]]], members: Sequence[int]) -> list[SideFigures]:
        """Return the figures of each part; a part's share is what it adds to the scaled sum of those before it."""
        told = []
        reached = [0] * len(FIGURES)
        for cells, count in zip(parts, members, strict=True):
            mine = self._add_cells(cell for cell in cells if cell[1] != ANONYMOUS)
            strangers = self._add_cells(cell for cell in cells if cell[1] == ANONYMOUS)
            until = [before + more for before, more in zip(reached, mine, strict=True)]
            scaled = [
                self._scale_figure(now) - self._scale_figure(before) for now, before in zip(until, reached, strict=True)
            ]
            reached = until
            told.append(self._complete_figures([a + b for a, b in zip(scaled, strangers, strict=True)], count))
        return told

    def _add_cells(self, cells: Iterable[tuple[int, str]]) -> list[int]:
        sums = [0] * len(FIGURES)
        for cell in cells:
            for i, figure in enumerate(self.side.sums[cell]):
                sums[i] += figure
        return sums

    def _scale_figure(self, figure: int) -> int:
        return figure * (100 + self.percent) // 100

    def _complete_figures(self, figures: Sequence[int], members: int) -> SideFigures:
        found = dict(zip(FIGURES, figures, strict=True))
        points_cost = int(found["points"] * self.value * self.redemption) if self.value is not None else 0
        cost = found["discount_amount"] + found["cashback_amount"] + found["gifts_amount"] + points_cost
        return SideFigures(
            **found,
            members=members,
            points_cost_amount=points_cost,
            cost_amount=cost,
            sales_amount=found["subtotal_amount"] - found["discount_amount"],
            margin_amount=found["covered_amount"] - found["goods_cost_amount"],
        )


def _count_by_tier(replay: Replay, last_on: date) -> tuple[TierCount, ...]:
    """Count the members who bought in the period, by the tier they end it with."""
    ladder = replay.ladder
    counts = [[0, 0] for _ in ladder.codes]
    for member in replay.members.values():
        for which in (BASE, DRAFT):
            tier = member.sides[which].tier
            tier.advance(last_on.toordinal() + 1, ladder)
            if tier.position >= 0 and member.visits:
                counts[tier.position][which] += 1
    return tuple(
        TierCount(code, name, base, draft)
        for code, name, (base, draft) in zip(ladder.codes, ladder.names, counts, strict=True)
    )


def _choose_examples(replay: Replay, assumed: Assumptions) -> tuple[MemberExample, ...]:
    """Choose five who gain most and five who lose most; where nothing differs, those who came most often."""
    gains = [(_gain_of_member(member, assumed), member) for member in replay.members.values() if member.visits]
    up = nlargest(EXAMPLES // 2, [g for g in gains if g[0] > 0], key=lambda g: (g[0], g[1].visits, g[1].id))
    down = nlargest(EXAMPLES - len(up), [g for g in gains if g[0] < 0], key=lambda g: (-g[0], g[1].visits, g[1].id))
    chosen = [member for _, member in (*up, *down)]
    known = {member.id for member in chosen}
    rest = nlargest(EXAMPLES, gains, key=lambda g: (abs(g[0]), g[1].visits, g[1].id))
    chosen += [member for _, member in rest if member.id not in known][: EXAMPLES - len(chosen)]
    return tuple(_describe_example(member, replay, _gain_of_member(member, assumed)) for member in chosen)


def _gain_of_member(member: MemberCourse, assumed: Assumptions) -> int:
    """Return what the draft gives the member beyond the base, in money (points, where they have no money value)."""
    worth = []
    for side, value in zip(member.sides, (assumed.base_point_value, assumed.draft_point_value), strict=True):
        worth.append(side.saved + (int(side.earned * value) if value is not None else side.earned))
    return worth[DRAFT] - worth[BASE]


def _describe_example(member: MemberCourse, replay: Replay, gain: int) -> MemberExample:
    sides = [_describe_side(member.sides[which], replay) for which in (BASE, DRAFT)]
    return MemberExample(member.id, member.visits, gain, sides[0], sides[1])


def _describe_side(side: SideState, replay: Replay) -> MemberSide:
    position = side.tier.position
    names: Sequence[str] = replay.ladder.names
    return MemberSide(side.earned, side.saved, names[position] if position >= 0 else None, position + 1)


def _below_cost(replay: Replay) -> tuple[GoodsBelowCost, ...]:
    found = replay.draft.below_cost
    ranked = sorted(found, key=lambda key: (-found[key].loss_amount, key))[:MOST_GOODS]
    base = replay.base.below_cost
    return tuple(
        GoodsBelowCost(
            found[key].sku, found[key].units, found[key].loss_amount, base[key].loss_amount if key in base else 0
        )
        for key in ranked
    )
