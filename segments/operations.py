"""Writes of segments: count all buyers and publish, bring members' labels along, change the rule, forget old rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.copies import rows_of, write_copies
from common.errors import BadInput, DomainError
from common.ids import new_id
from common.statistics import refresh_statistics
from members.operations import set_segments
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from merchants.tenancy import allow_long_statements
from segments.facts import Occasion, RunFacts, Segment, Thresholds
from segments.models import STILL_STANDS, LifecycleRule, SegmentCount, SegmentMembership, SegmentPointer, SegmentRun
from segments.queries.runs import run_by_number, run_of_night, thresholds_of
from segments.rules import threshold_problems
from segments.scores import PURCHASES, parameters, standings_sql
from segments.wording import threshold_errors

KEPT_RUNS: Final = 7
"""Snapshots of this many runs can still be read in full; counts and moves are kept for ever."""
COUNTING_SECONDS: Final = 600
QUEUE_SECONDS: Final = 30
SORT_MEMORY: Final = "64MB"
MANY_ROWS: Final = 1_000
"""So many members moved at once leave the planner with a wrong picture of the tables, which labelling then reads."""

COMPARED: Final = (
    "segment, first_purchase_on, last_purchase_on, purchase_count, window_purchases, spend_amount, "
    "recency, frequency, monetary"
)


class PublishRefused(DomainError):
    """Another counting was published meanwhile; this one is rolled back whole."""

    code = "segments_publish_refused"


# --- counting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counting:
    """One counting under way: what it is based on and what it will be called."""

    merchant: MerchantFacts
    number: int
    business_date: date
    occasion: Occasion
    fence: int
    thresholds: Thresholds
    at: datetime

    def parameters(self) -> dict[str, Any]:
        given = parameters(merchant_id=self.merchant.id, as_of=self.business_date, thresholds=self.thresholds)
        return {**given, "number": self.number}


def recalculate(
    *,
    merchant: MerchantFacts,
    business_date: date,
    at: datetime,
    occasion: Occasion = Occasion.NIGHT,
    fence: int = 0,
    purchases: str = PURCHASES,
) -> RunFacts | None:
    """Count every buyer as of the end of `business_date`, store what changed and publish, in this transaction.

    Set-based; a killed worker leaves nothing behind. The night of a day counts once: repeated, it answers with the
    run it made. None when a later day is already published: segments never go back in time. `fence` is the night
    lease's. `members.segment` follows through `label_members`. Raises PublishRefused.
    """
    allow_long_statements(COUNTING_SECONDS)
    pointer = _lock_pointer(merchant)
    if pointer is not None and pointer.business_date > business_date:
        return None
    if occasion is Occasion.NIGHT:
        done = run_of_night(merchant=merchant, business_date=business_date)
        if done is not None:
            return done
    counting = _Counting(
        merchant=merchant,
        number=(pointer.run_number if pointer else 0) + 1,
        business_date=business_date,
        occasion=occasion,
        fence=fence,
        thresholds=thresholds_of(merchant=merchant),
        at=at,
    )
    _count_buyers(counting, purchases)
    stored = _store_changes(counting)
    _publish_run(counting, run_id=_store_run(counting))
    if stored >= MANY_ROWS:
        refresh_statistics("segments_segmentmembership", "segments_segmentmove")
    return run_by_number(merchant=merchant, number=counting.number)


def _lock_pointer(merchant: MerchantFacts) -> SegmentPointer | None:
    """Lock the pointer behind other countings and labellings of this merchant; None while none was ever published.

    The advisory lock replaces the pointer row of a merchant that has none yet. Anyone who waits here holds no row
    that a till could want, and so may wait longer than a till.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{QUEUE_SECONDS}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"segments {merchant.id}"])
        pointer = SegmentPointer.objects.select_for_update().filter(merchant_id=merchant.id).first()
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    return pointer


def _count_buyers(counting: _Counting, purchases: str) -> None:
    """Make two temporary tables: every buyer counted, and those that differ from the published snapshot.

    CREATE TABLE AS may use parallel workers, INSERT ... SELECT may not.
    """
    with connection.cursor() as cursor:
        # Figures stand in one narrow index, in member order; at the default price of random pages the planner would
        # rather read every wide receipt (measured: 2.5 s against 7 s for 2,000,000 sales).
        cursor.execute(f"SET LOCAL work_mem = '{SORT_MEMORY}'; SET LOCAL random_page_cost = 1.1")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.segments_fresh, pg_temp.segments_changed")
        cursor.execute(
            f"CREATE TEMPORARY TABLE segments_fresh ON COMMIT DROP AS {standings_sql(purchases)}",
            counting.parameters(),
        )
        cursor.execute("ANALYZE segments_fresh")
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE segments_changed ON COMMIT DROP AS
            SELECT coalesce(fresh.member_id, stood.member_id) AS moving_id,
                   stood.id AS standing_id, stood.segment AS from_segment, fresh.*
            FROM segments_fresh AS fresh
            FULL JOIN (
                SELECT id, member_id, {COMPARED} FROM segments_segmentmembership
                WHERE merchant_id = %(merchant)s AND until_run = %(still_stands)s
            ) AS stood ON stood.member_id = fresh.member_id
            WHERE ({_compared_columns("fresh")}) IS DISTINCT FROM ({_compared_columns("stood")})
            """,  # noqa: S608 - constants of this module
            counting.parameters(),
        )


def _compared_columns(of: str) -> str:
    return ", ".join(f"{of}.{name.strip()}" for name in COMPARED.split(","))


def _store_changes(counting: _Counting) -> int:
    """End what no longer holds, add what holds from this run on, note who changed segment; return how many.

    Rows are written in the order of member ids, which keeps the indexes' pages together.
    """
    given = counting.parameters()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE segments_segmentmembership SET until_run = %(number)s FROM segments_changed AS changed
            WHERE segments_segmentmembership.merchant_id = %(merchant)s
              AND segments_segmentmembership.id = changed.standing_id
            """,
            given,
        )
        cursor.execute(
            f"""
            INSERT INTO segments_segmentmembership (merchant_id, id, member_id, from_run, until_run, {COMPARED})
            SELECT %(merchant)s, uuidv7(), member_id, %(number)s, %(still_stands)s, {COMPARED}
            FROM segments_changed WHERE member_id IS NOT NULL ORDER BY member_id
            """,  # noqa: S608 - constants of this module
            given,
        )
        cursor.execute(
            """
            INSERT INTO segments_segmentmove
                (merchant_id, id, member_id, run_number, business_date, from_segment, to_segment)
            SELECT %(merchant)s, uuidv7(), moving_id, %(number)s, %(as_of)s, from_segment, segment
            FROM segments_changed WHERE from_segment IS DISTINCT FROM segment ORDER BY moving_id
            """,
            given,
        )
        return int(cursor.rowcount)


def _store_run(counting: _Counting) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT segment, count(*), sum(spend_amount) FROM segments_fresh GROUP BY segment")
        counted = {Segment(segment): (members, int(spend)) for segment, members, spend in cursor.fetchall()}
        cursor.execute("DROP TABLE segments_fresh, segments_changed")
    run = SegmentRun.objects.create(
        merchant_id=counting.merchant.id,
        number=counting.number,
        business_date=counting.business_date,
        occasion=counting.occasion.value,
        buyer_count=sum(members for members, _ in counted.values()),
        published_at=counting.at,
        **asdict(counting.thresholds),
    )
    SegmentCount.objects.bulk_create(
        SegmentCount(
            merchant_id=counting.merchant.id,
            run_id=run.id,
            segment=segment.value,
            member_count=counted.get(segment, (0, 0))[0],
            spend_amount=counted.get(segment, (0, 0))[1],
        )
        for segment in Segment
    )
    return run.id


def _publish_run(counting: _Counting, *, run_id: UUID) -> None:
    """Move the pointer by one statement, only from the run this one was compared with, never backwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO segments_segmentpointer AS pointer
                (merchant_id, id, run_id, run_number, business_date, fence, labelled_run)
            VALUES (%(merchant)s, %(id)s, %(run)s, %(number)s, %(as_of)s, %(fence)s, 0)
            ON CONFLICT (merchant_id) DO UPDATE
            SET run_id = EXCLUDED.run_id, run_number = EXCLUDED.run_number,
                business_date = EXCLUDED.business_date, fence = EXCLUDED.fence
            WHERE pointer.run_number = EXCLUDED.run_number - 1
              AND (pointer.business_date, pointer.fence) <= (EXCLUDED.business_date, EXCLUDED.fence)
            """,
            {**counting.parameters(), "id": new_id(), "run": run_id, "fence": counting.fence},
        )
        if cursor.rowcount != 1:
            raise PublishRefused(number=counting.number)


def recount(*, merchant: MerchantFacts, business_date: date, at: datetime, occasion: Occasion) -> RunFacts | None:
    """Count again by request or after a changed rule: as of the published day, or `business_date` before any run.

    Nights that are still due are not overtaken. Raises PublishRefused.
    """
    pointer = _lock_pointer(merchant)
    return recalculate(
        merchant=merchant,
        business_date=pointer.business_date if pointer else business_date,
        at=at,
        occasion=occasion,
        fence=pointer.fence if pointer else 0,
    )


# --- labels ------------------------------------------------------------------------------------------------------


def label_members(*, merchant: MerchantFacts, until: int, after: str | None, limit: int = 2000) -> str | None:
    """Write `members.segment` for the next `limit` members that moved, up to and including run `until`.

    Run by run, in the order of member ids. Returns the cursor for the next call, None when no one is left. How far
    the labels are is noted with the pointer: a worker killed between batches leaves no label behind for good.
    Members get what is published now, even where a later run has moved them on; the pointer keeps still until these
    rows are committed.
    """
    pointer = _lock_pointer(merchant)
    if pointer is None or pointer.labelled_run >= until:
        return None
    number = pointer.labelled_run + 1
    with connection.cursor() as cursor:
        done = UUID(after.partition("~")[2]) if after and after.startswith(f"{number}~") else UUID(int=0)
        cursor.execute(
            _LABELS,
            {
                "merchant": merchant.id,
                "number": number,
                "after": done,
                "limit": limit,
                "published": pointer.run_number,
            },
        )
        rows = cursor.fetchall()
    set_segments(merchant=merchant, rows=rows)
    if len(rows) == limit:
        return f"{number}~{rows[-1][0]}"
    SegmentPointer.objects.filter(merchant_id=merchant.id, labelled_run=number - 1).update(labelled_run=number)
    return f"{number + 1}~{UUID(int=0)}" if number < until else None


# One look into the index per member, whatever the planner believes of the tables: joined as a whole, it walks all
# standings of a new merchant once per member.
_LABELS: Final = """
    SELECT moved.member_id, now.segment
    FROM (
        SELECT member_id FROM segments_segmentmove
        WHERE merchant_id = %(merchant)s AND run_number = %(number)s AND member_id > %(after)s
        ORDER BY member_id LIMIT %(limit)s
    ) AS moved
    LEFT JOIN LATERAL (
        SELECT segment FROM segments_segmentmembership
        WHERE merchant_id = %(merchant)s AND member_id = moved.member_id
          AND until_run > %(published)s AND from_run <= %(published)s
        ORDER BY until_run LIMIT 1
    ) AS now ON true
    ORDER BY moved.member_id
"""


def forget_replaced_standings(*, merchant: MerchantFacts, limit: int = 10_000) -> int:
    """Delete up to `limit` rows that no kept snapshot needs; return how many."""
    pointer = SegmentPointer.objects.filter(merchant_id=merchant.id).first()
    if pointer is None:
        return 0
    oldest_kept = pointer.run_number - KEPT_RUNS + 1
    replaced = SegmentMembership.objects.filter(merchant_id=merchant.id, until_run__lte=oldest_kept).exclude(
        until_run=STILL_STANDS
    )
    ids = list(replaced.order_by("until_run", "id").values_list("id", flat=True)[:limit])
    deleted, _ = SegmentMembership.objects.filter(merchant_id=merchant.id, id__in=ids).delete()
    return deleted


# --- the rule ----------------------------------------------------------------------------------------------------


def change_rule(*, merchant: MerchantFacts, thresholds: Thresholds, at: datetime, actor: Actor) -> None:
    """Store the merchant's own thresholds, with before and after in the audit trail. Raises BadInput.

    They count from the next run on; `segments.tasks.apply_rule` makes one at once. Show `queries.preview_rule` first.
    """
    problems = threshold_problems(thresholds)
    if problems:
        raise BadInput(threshold_errors(problems))
    before = thresholds_of(merchant=merchant)
    if before == thresholds:
        return
    row, _ = LifecycleRule.objects.update_or_create(
        merchant_id=merchant.id, defaults={**asdict(thresholds), "changed_at": at}
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="segments.rule_changed",
        at=at,
        subject=("lifecycle_rule", row.id),
        before=_as_json(before),
        after=_as_json(thresholds),
    )


def _as_json(thresholds: Thresholds) -> Mapping[str, int]:
    return asdict(thresholds)


def rule_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the shop's own lifecycle rule, if it has one, for its sandbox."""
    return rows_of(LifecycleRule, merchant.id)


def copy_rule(*, merchant: MerchantFacts, rows: Sequence[Any]) -> None:
    """Write a shop's lifecycle rule as the sandbox's."""
    write_copies(merchant.id, rows, {})
