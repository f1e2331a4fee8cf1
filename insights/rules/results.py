"""What a replay found, as it is kept: plain dicts, lists and integers. Amounts in the currency's smallest unit.

`base` and `draft` are sums (see `Sums`); `months` and `segments` have both per month ("2026-03") and segment code;
`tiers` counts members at the period's end; `examples` are ten members before and after; `worst` the draft's receipts
with the highest discount in basis points; `below_cost` goods that the draft sells below their cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from heapq import nlargest
from typing import Any, Final

from insights.rules.people import BASE, DRAFT, MemberCourse
from insights.rules.replay import ANONYMOUS, FIGURES, Replay, Side
from rewards.engine import point_rate
from rewards.facts import Definition

EXAMPLES: Final = 10
MOST_GOODS: Final = 20
SEGMENTS: Final = ("new", "active", "loyal", "lapsed", "none", ANONYMOUS)


@dataclass(frozen=True)
class Assumptions:
    """`behaviour_percent`: members buy so much more under the draft. Point values are money per point, None unknown."""

    behaviour_percent: int
    base_point_value: Fraction | None
    draft_point_value: Fraction | None


def point_value_of(rules: Iterable[Definition]) -> Fraction | None:
    """What a point is worth as payment under these rules."""
    rate = point_rate(rules)
    return None if rate is None else Fraction(*rate)


def result_of(replay: Replay, assumed: Assumptions, *, last_on: date) -> dict[str, Any]:
    """Call once, when everything is fed: it brings the members' tiers to the end of the period."""
    sides = (
        ("base", replay.base, assumed.base_point_value, 0),
        ("draft", replay.draft, assumed.draft_point_value, assumed.behaviour_percent),
    )
    months = sorted({month for _, side, _, _ in sides for month, _ in side.sums})
    segments = [s for s in SEGMENTS if any(s == code for _, side, _, _ in sides for _, code in side.sums)]
    return {
        **{name: _sums(side, value, percent, members=side.members) for name, side, value, percent in sides},
        "months": [
            {
                "month": f"{month // 12}-{month % 12 + 1:02d}",
                **{
                    name: _sums(side, value, percent, month=month, members=side.members_by_month.get(month, 0))
                    for name, side, value, percent in sides
                },
            }
            for month in months
        ],
        "segments": [
            {
                "segment": code,
                **{
                    name: _sums(side, value, percent, segment=code, members=side.members_by_segment.get(code, 0))
                    for name, side, value, percent in sides
                },
            }
            for code in segments
        ],
        "tiers": _tiers(replay, last_on),
        "members": len([m for m in replay.members.values() if m.visits]),
        "examples": _examples(replay, assumed),
        "worst": [
            {
                "reference": reference,
                "day": day,
                "basis_points": share,
                "discount_amount": off,
                "subtotal_amount": whole,
            }
            for share, off, reference, day, whole in sorted(replay.draft.worst, reverse=True)
        ],
        "below_cost": _below_cost(replay),
        "has_point_value": assumed.base_point_value is not None and assumed.draft_point_value is not None,
    }


def _sums(
    side: Side,
    value: Fraction | None,
    percent: int,
    *,
    members: int,
    month: int | None = None,
    segment: str | None = None,
) -> dict[str, int]:
    """Figures of the whole, a month or a segment. What members do is scaled by the assumption, strangers stay."""
    figures = [0] * len(FIGURES)
    for (of_month, of_segment), sums in side.sums.items():
        if month not in {None, of_month} or segment not in {None, of_segment}:
            continue
        scale = 100 if of_segment == ANONYMOUS else 100 + percent
        for i, figure in enumerate(sums):
            figures[i] += figure * scale // 100
    found = dict(zip(FIGURES, figures, strict=True))
    points_cost = int(found["points"] * value) if value is not None else 0
    cost = found["discount_amount"] + found["cashback_amount"] + found["gifts_amount"] + points_cost
    return {
        **found,
        "members": members,
        "points_cost_amount": points_cost,
        "cost_amount": cost,
        "sales_amount": found["subtotal_amount"] - found["discount_amount"],
        "margin_amount": found["covered_amount"] - found["goods_cost_amount"],
    }


def _tiers(replay: Replay, last_on: date) -> list[dict[str, Any]]:
    """Members who bought in the period, by the tier they end it with."""
    ladder = replay.ladder
    counts = [[0, 0] for _ in ladder.codes]
    for member in replay.members.values():
        for which in (BASE, DRAFT):
            tier = member.sides[which].tier
            tier.advance(last_on.toordinal() + 1, ladder)
            if tier.position >= 0 and member.visits:
                counts[tier.position][which] += 1
    return [
        {"code": code, "name": name, "base": base, "draft": draft}
        for code, name, (base, draft) in zip(ladder.codes, ladder.names, counts, strict=True)
    ]


def _examples(replay: Replay, assumed: Assumptions) -> list[dict[str, Any]]:
    """Five who gain most and five who lose most; where nothing differs, those who came most often."""
    gains = [(_gain(member, assumed), member) for member in replay.members.values() if member.visits]
    up = nlargest(EXAMPLES // 2, [g for g in gains if g[0] > 0], key=lambda g: (g[0], g[1].visits, g[1].id))
    down = nlargest(EXAMPLES - len(up), [g for g in gains if g[0] < 0], key=lambda g: (-g[0], g[1].visits, g[1].id))
    chosen = [member for _, member in (*up, *down)]
    known = {member.id for member in chosen}
    rest = nlargest(EXAMPLES, gains, key=lambda g: (abs(g[0]), g[1].visits, g[1].id))
    chosen += [member for _, member in rest if member.id not in known][: EXAMPLES - len(chosen)]
    return [_example(member, replay, _gain(member, assumed)) for member in chosen]


def _gain(member: MemberCourse, assumed: Assumptions) -> int:
    """What the draft gives the member beyond the base, in money (points too, where they have no value in money)."""
    worth = []
    for side, value in zip(member.sides, (assumed.base_point_value, assumed.draft_point_value), strict=True):
        worth.append(side.saved + (int(side.earned * value) if value is not None else side.earned))
    return worth[DRAFT] - worth[BASE]


def _example(member: MemberCourse, replay: Replay, gain: int) -> dict[str, Any]:
    def told(which: int) -> dict[str, Any]:
        side = member.sides[which]
        position = side.tier.position
        names: Sequence[str] = replay.ladder.names
        return {
            "points": side.earned,
            "saved_amount": side.saved,
            "tier": names[position] if position >= 0 else None,
            "tier_rank": position + 1,
        }

    return {
        "member_id": member.id,
        "visits": member.visits,
        "gain_amount": gain,
        "base": told(BASE),
        "draft": told(DRAFT),
    }


def _below_cost(replay: Replay) -> list[dict[str, Any]]:
    found = replay.draft.below_cost
    ranked = sorted(found, key=lambda sku: (-found[sku].loss_amount, sku))[:MOST_GOODS]
    base = replay.base.below_cost
    return [
        {
            "sku": sku,
            "units": found[sku].units,
            "loss_amount": found[sku].loss_amount,
            "base_loss_amount": base[sku].loss_amount if sku in base else 0,
        }
        for sku in ranked
    ]
