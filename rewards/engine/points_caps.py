"""At most so many points: of one sale, of one member and day, of one member and month; by one promotion or by all."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rewards.engine import fields
from rewards.engine.benefit import Benefit, Ineligibility, Shortfall, cut_to_worth
from rewards.engine.evaluation_state import EvaluationState
from rewards.engine.facts import PROGRAM, Definition, MemberState, PointsCap
from rewards.engine.fields import Problem

POINT_KINDS = frozenset({"earn", "earn_multiplier", "earn_bonus"})
CAP_REACHED = "per_member_limit_reached"
POINTS = "points"
CAP: dict[str, fields.Reader] = {
    "per_sale": fields.points,
    "per_member_day": fields.points,
    "per_member_month": fields.points,
}


def gives_points(definition: Definition) -> bool:
    return definition.kind in POINT_KINDS or getattr(definition.terms, "credit", None) == POINTS


def cap_problems(terms: Any, kind: str) -> list[Problem]:
    """Return the problem of a cap on what gives no points."""
    if kind in POINT_KINDS or getattr(terms, "credit", None) == POINTS:
        return []
    return [Problem("/points_cap", "gives_no_points", "This promotion gives no points, so there is nothing to cap.")]


def read_points_cap(value: Any, pointer: str) -> PointsCap | None:
    """Read a cap; one that names nothing is none."""
    cap: PointsCap = fields.read_object(PointsCap, value, pointer, CAP)
    return None if cap == PointsCap() else cap


class PointsRoom(NamedTuple):
    """What is left under a cap: `given` of `most` in its period."""

    left: int
    given: int
    most: int
    period: str


def cut_to_caps(state: EvaluationState, definition: Definition, benefit: Benefit) -> Benefit | Ineligibility:
    """Cut the offer's points to what the caps leave; refuse it when nothing is left.

    Points are counted in the order in which promotions act, so that the earlier ones fill the program's cap first.
    """
    own, program = definition.points_cap, state.settings.points_cap
    if (own is None and program is None) or benefit.gives != POINTS:
        return benefit
    rooms = [
        *_list_rooms(own, state.member, definition.id, 0),
        *_list_rooms(program, state.member, PROGRAM, state.points_given),
    ]
    tightest = min(rooms, key=lambda room: room.left)  # the first of equals
    full = benefit.worth
    if full <= tightest.left:
        return benefit
    cut = cut_to_worth(benefit, tightest.left) if tightest.left > 0 else None
    if cut is None:
        return Ineligibility(CAP_REACHED, tightest.given, tightest.most, tightest.period, POINTS)
    cut.shortfall = Shortfall(cut.worth, full, tightest.period, POINTS)
    return cut


def _list_rooms(cap: PointsCap | None, member: MemberState | None, name: str, given: int) -> Iterator[PointsRoom]:
    """Yield the room under each cap; `given` is what this very sale gives under it already."""
    if cap is None:
        return
    today = member.points_today.get(name, 0) if member is not None else 0
    month = member.points_this_month.get(name, 0) if member is not None else 0
    for most, before, period in (
        (cap.per_sale, 0, "sale"),
        (cap.per_member_day, today, "day"),
        (cap.per_member_month, month, "month"),
    ):
        if most is not None:
            yield PointsRoom(most - before - given, before + given, most, period)
