"""Who moved from which segment to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts
from segments.facts import Flow, FlowTable, LabelFacts, MoveFacts, Segment
from segments.models import SegmentCount, SegmentMove, SegmentPointer, SegmentRun

_CODES: Final = ", ".join(f"'{segment.value}'" for segment in Segment)
_PLACE: Final = (
    "CASE {column} " + " ".join(f"WHEN '{one.value}' THEN {n}" for n, one in enumerate(Segment, 1)) + " ELSE 0 END"
)
# A run and a segment in one number: the least has the first run's segment, the greatest the last one's. Sorting each
# member's moves instead takes three times as long.
MOVED: Final = f"""
    SELECT member_id,
           (ARRAY[{_CODES}])[min(run_number::bigint * 8 + {_PLACE.format(column="from_segment")}) & 7] AS origin,
           (ARRAY[{_CODES}])[max(run_number::bigint * 8 + {_PLACE.format(column="to_segment")}) & 7] AS target
    FROM segments_segmentmove
    WHERE merchant_id = %(flow_merchant)s AND run_number > %(flow_base)s AND run_number <= %(flow_published)s
    GROUP BY member_id
"""  # noqa: S608 - constants of this module
_MOVERS: Final = f"SELECT member_id FROM ({MOVED}) AS moved WHERE true"  # noqa: S608 - a constant of this module


@dataclass(frozen=True)
class _Period:
    """The run before the period's first and the published one; `base` 0 means 'before any run'."""

    base: int
    base_run_id: UUID | None
    since: date | None
    published: int
    until: date

    def parameters(self, merchant: MerchantFacts) -> dict[str, Any]:
        return {"flow_merchant": merchant.id, "flow_base": self.base, "flow_published": self.published}


def moves(*, merchant: MerchantFacts, days: int = 30) -> FlowTable:
    """Return flows from the segment `days` before the published day to the segment now, stayers included.

    Where there was no run that long ago, the period begins with the first one.
    """
    period = _find_period(merchant, days)
    if period is None:
        return FlowTable(None, None, ())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT origin, target, count(*) FROM ({MOVED}) AS moved GROUP BY origin, target",  # noqa: S608
            period.parameters(merchant),
        )
        moved = {
            (_segment_or_none(origin), _segment_or_none(target)): members
            for origin, target, members in cursor.fetchall()
        }
    flows = {pair: members for pair, members in moved.items() if pair[0] is not pair[1]}
    for segment, members in _counts_of_run(merchant, period.base_run_id).items():
        left = sum(gone for (origin, _), gone in flows.items() if origin is segment)
        flows[(segment, segment)] = members - left
    ordered = sorted(flows.items(), key=lambda item: (_order_of(item[0][0]), _order_of(item[0][1])))
    return FlowTable(
        since=period.since,
        until=period.until,
        flows=tuple(Flow(origin, target, members) for (origin, target), members in ordered if members),
    )


@dataclass(frozen=True)
class CameFrom:
    """Where members of a segment stood `days` before the published day; None: they had not bought yet."""

    origin: Segment | None
    days: int


def came_from(*, merchant: MerchantFacts, who: CameFrom, target: Segment | None) -> tuple[str, dict[str, Any]]:
    """Return (condition on `member_id` and `segment`, its parameters) for the members that a cell of flows counts.

    They are in `target` now; None: in any segment, a row's sum. Those who stayed are all who did not come from
    elsewhere: most of them never moved.
    """
    period = _find_period(merchant, who.days)
    if period is None:
        return "false", {}
    given = {"flow_origin": who.origin, **period.parameters(merchant)}
    came = f"member_id IN ({_MOVERS} AND origin IS NOT DISTINCT FROM %(flow_origin)s)"
    stayed = f"member_id NOT IN ({_MOVERS} AND origin IS DISTINCT FROM %(flow_origin)s)"
    if target is None:
        return f"({came} OR (segment = %(flow_origin)s AND {stayed}))", given
    return stayed if who.origin is target else came, given


def history(*, merchant: MerchantFacts, member_id: UUID, limit: int = 100) -> list[MoveFacts]:
    """Return the member's changes of segment, newest first."""
    rows = SegmentMove.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("-run_number")[:limit]
    return [
        MoveFacts(
            row.member_id, row.business_date, _segment_or_none(row.from_segment), _segment_or_none(row.to_segment)
        )
        for row in rows
    ]


def labels_over_time(*, merchant: MerchantFacts, member_ids: Sequence[str]) -> dict[str, list[LabelFacts]]:
    """Return members' labels by the first day that carried them, oldest first; before the first move, its origin.

    A night's label holds from the day after. Members who never moved are left out: theirs has always been today's. So
    are those whose data is only kept.
    """
    found: dict[str, list[LabelFacts]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT member_id::text, business_date + 1, from_segment, to_segment FROM segments_segmentmove "
            "WHERE merchant_id = %s AND member_id = ANY(%s::uuid[]) AND member_id NOT IN ("
            "SELECT member_id FROM members_restricted WHERE merchant_id = %s) ORDER BY member_id, run_number",
            [merchant.id, list(member_ids), merchant.id],
        )
        for member_id, since_on, origin, target in cursor.fetchall():
            labels = found.setdefault(member_id, [LabelFacts(date.min, origin)])
            labels.append(LabelFacts(since_on, target))
    return found


def _find_period(merchant: MerchantFacts, days: int) -> _Period | None:
    pointer = SegmentPointer.objects.filter(merchant_id=merchant.id).first()
    if pointer is None:
        return None
    runs = SegmentRun.objects.filter(merchant_id=merchant.id, number__lt=pointer.run_number)
    earlier = runs.filter(business_date__lte=pointer.business_date - timedelta(days=days)).order_by("-number").first()
    base = earlier or runs.order_by("number").first()
    return _Period(
        base=base.number if base else 0,
        base_run_id=base.id if base else None,
        since=base.business_date if base else None,
        published=pointer.run_number,
        until=pointer.business_date,
    )


def _counts_of_run(merchant: MerchantFacts, run_id: UUID | None) -> dict[Segment, int]:
    if run_id is None:
        return {}
    rows = SegmentCount.objects.filter(merchant_id=merchant.id, run_id=run_id)
    return {Segment(row.segment): row.member_count for row in rows}


def _segment_or_none(code: str | None) -> Segment | None:
    return None if code is None else Segment(code)


def _order_of(segment: Segment | None) -> int:
    return -1 if segment is None else list(Segment).index(segment)
