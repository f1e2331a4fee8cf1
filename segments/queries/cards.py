"""The four lifecycle cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection

from merchants.facts import MerchantFacts
from segments.facts import RunFacts, Segment, SegmentCard, Thresholds
from segments.queries.runs import thresholds_of
from segments.wording import definition

TREND_DAYS: Final = 90
COMPARED_DAYS: Final = 30


@dataclass(frozen=True)
class _DayCount:
    day: date
    thresholds: Thresholds
    members: dict[Segment, int]
    spend: dict[Segment, int]


def segment_cards(
    *, merchant: MerchantFacts, run: RunFacts | None, compared_days: int = COMPARED_DAYS
) -> list[SegmentCard]:
    """Return new, active, loyal, lapsed as `run` published them, with definition in the active language, trend, reach.

    The definitions show the thresholds the published run used. Compared with the latest run at least
    `compared_days` before, or the first one there is, as far as the same definition was counted: what was counted
    under another one is not compared with.
    """
    thresholds = run.thresholds if run else thresholds_of(merchant=merchant)
    days = _count_days(merchant, run) if run else []
    reachable = _count_reachable(merchant)
    alike = _days_of_one_rule(days)
    compared = _day_to_compare(alike, compared_days)
    changed_on = alike[0].day if len(alike) < len(days) else None
    return [
        _make_card(
            segment=segment,
            thresholds=thresholds,
            run=run,
            days=days,
            reachable=reachable.get(segment, 0),
            compared=compared,
            changed_on=changed_on,
        )
        for segment in Segment
    ]


def _make_card(
    *,
    segment: Segment,
    thresholds: Thresholds,
    run: RunFacts | None,
    days: list[_DayCount],
    reachable: int,
    compared: _DayCount | None,
    changed_on: date | None,
) -> SegmentCard:
    count = run.counts[segment] if run else 0
    base = run.buyer_count if run else 0
    return SegmentCard(
        segment=segment,
        definition=definition(segment, thresholds),
        member_count=count,
        base=base,
        share=count / base if base else None,
        spend_amount=days[-1].spend[segment] if days else 0,
        reachable=reachable,
        trend=tuple((day.day, day.members[segment]) for day in days),
        compared_on=compared.day if compared else None,
        change=count - compared.members[segment] if compared else None,
        changed_on=changed_on,
    )


def _days_of_one_rule(days: list[_DayCount]) -> list[_DayCount]:
    """Return the last days that were counted under the definition of the latest one, without a break."""
    first = len(days)
    while first and days[first - 1].thresholds == days[-1].thresholds:
        first -= 1
    return days[first:]


def _day_to_compare(days: list[_DayCount], compared_days: int) -> _DayCount | None:
    if len(days) < 2:
        return None
    wanted = days[-1].day - timedelta(days=compared_days)
    earlier = [day for day in days[:-1] if day.day <= wanted]
    return earlier[-1] if earlier else days[0]


def _count_days(merchant: MerchantFacts, run: RunFacts) -> list[_DayCount]:
    """Return the last run of each business day of the trend, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT last.business_date, last.new_within_days, last.lapsed_after_days, last.loyal_purchases,
                   last.loyal_window_days, counted.segment, counted.member_count, counted.spend_amount
            FROM (
                SELECT DISTINCT ON (business_date) * FROM segments_segmentrun
                WHERE merchant_id = %(merchant)s AND number <= %(number)s AND business_date > %(from)s
                ORDER BY business_date, number DESC
            ) AS last
            JOIN segments_segmentcount AS counted ON counted.merchant_id = %(merchant)s AND counted.run_id = last.id
            ORDER BY last.business_date
            """,
            {
                "merchant": merchant.id,
                "number": run.number,
                "from": run.business_date - timedelta(days=TREND_DAYS),
            },
        )
        rows = cursor.fetchall()
    found: dict[date, _DayCount] = {}
    for day, new, lapsed, purchases, window, code, members, spend in rows:
        counts = found.setdefault(day, _DayCount(day, Thresholds(new, lapsed, purchases, window), {}, {}))
        counts.members[Segment(code)] = members
        counts.spend[Segment(code)] = spend
    return list(found.values())


def _count_reachable(merchant: MerchantFacts) -> dict[Segment, int]:
    """Count by the labels that members carry, which follow the snapshot within minutes: no join over all buyers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment, count(*) FROM members_standing WHERE merchant_id = %s AND segment IS NOT NULL "
            "AND status = 'active' AND promo_email AND has_email GROUP BY segment",
            [merchant.id],
        )
        return {Segment(code): members for code, members in cursor.fetchall()}
