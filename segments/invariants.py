"""What must hold in the tables of segments on live data; each violation names the row that breaks it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection

from common.violations import Violation
from merchants.facts import MerchantFacts
from segments.facts import Purchase
from segments.queries.runs import latest_run
from segments.queries.standings import standing_of
from segments.rules import explain, figures_of
from segments.scores import LIFECYCLE, PURCHASES, fifth, parameters

PUBLISHED_RUN: Final = "I22"
ONE_STANDING: Final = "G1"
LIFECYCLE_HOLDS: Final = "G2"
SCORES_HOLD: Final = "G3"
COUNTS_HOLD: Final = "G4"
LABELS_FOLLOW: Final = "G5"
SALES_AGREE: Final = "G6"
SAMPLE: Final = 200
UNDER_WAY: Final = timedelta(seconds=30)
"""What came in this shortly before a run may have been committed after it had counted; a request ends sooner."""

# invariant, table, message, statement that lists the ids breaking it
_STATEMENTS: Final = (
    (
        PUBLISHED_RUN,
        "segments_segmentpointer",
        "does not point at the latest run, or says another number or day than that run",
        """
        SELECT p.id FROM segments_segmentpointer p
        LEFT JOIN segments_segmentrun r ON r.merchant_id = %(merchant)s AND r.id = p.run_id
        WHERE p.merchant_id = %(merchant)s
          AND ((r.number, r.business_date) IS DISTINCT FROM (p.run_number, p.business_date)
               OR EXISTS (SELECT FROM segments_segmentrun later
                          WHERE later.merchant_id = %(merchant)s AND later.number > p.run_number))""",
    ),
    (
        PUBLISHED_RUN,
        "segments_segmentrun",
        "is the second night run of its business day",
        """
        SELECT r.id FROM segments_segmentrun r
        WHERE r.merchant_id = %(merchant)s AND r.occasion = 'night' AND EXISTS (
            SELECT FROM segments_segmentrun first
            WHERE first.merchant_id = %(merchant)s AND first.occasion = 'night'
              AND first.business_date = r.business_date AND first.number < r.number)
        ORDER BY r.id""",
    ),
    (
        PUBLISHED_RUN,
        "segments_segmentrun",
        "counts an earlier day than the run before it",
        """
        SELECT later.id FROM (
            SELECT id, business_date, lag(business_date) OVER (ORDER BY number) AS before
            FROM segments_segmentrun WHERE merchant_id = %(merchant)s
        ) AS later WHERE later.business_date < later.before ORDER BY later.id""",
    ),
    (
        ONE_STANDING,
        "segments_segmentmembership",
        "stands beside another row of the same member in the same run, or in a run that is not published",
        """
        SELECT s.id FROM (
            SELECT id, from_run, lag(until_run) OVER (PARTITION BY member_id ORDER BY from_run, id) AS before
            FROM segments_segmentmembership WHERE merchant_id = %(merchant)s
        ) AS s
        WHERE s.from_run < s.before
           OR s.from_run > (SELECT max(run_number) FROM segments_segmentpointer WHERE merchant_id = %(merchant)s)
        ORDER BY s.id""",
    ),
    (
        COUNTS_HOLD,
        "segments_segmentcount",
        "differs from the members that stand in the segment in the published run",
        """
        SELECT c.id FROM segments_segmentpointer p
        JOIN segments_segmentcount c ON c.merchant_id = %(merchant)s AND c.run_id = p.run_id
        LEFT JOIN (
            SELECT segment, count(*) AS members, sum(spend_amount) AS spend
            FROM segments_current WHERE merchant_id = %(merchant)s GROUP BY segment
        ) AS stood ON stood.segment = c.segment
        WHERE p.merchant_id = %(merchant)s
          AND (c.member_count, c.spend_amount) IS DISTINCT FROM (coalesce(stood.members, 0), coalesce(stood.spend, 0))
        ORDER BY c.id""",
    ),
    (
        LABELS_FOLLOW,
        "members_member",
        "carries another segment than the published run gives",
        """
        SELECT m.member_id FROM segments_segmentpointer p
        JOIN members_standing m ON m.merchant_id = %(merchant)s
        LEFT JOIN segments_current now ON now.merchant_id = %(merchant)s AND now.member_id = m.member_id
        WHERE p.merchant_id = %(merchant)s AND p.labelled_run = p.run_number AND m.segment IS DISTINCT FROM now.segment
        ORDER BY m.member_id""",
    ),
)

_WRONG_LIFECYCLE: Final = f"""
    SELECT id FROM (
        SELECT s.id, s.segment, ({LIFECYCLE}) AS expected
        FROM segments_segmentmembership s
        WHERE s.merchant_id = %(merchant)s AND s.from_run <= %(number)s AND s.until_run > %(number)s
    ) AS stood WHERE segment <> expected ORDER BY id
"""  # noqa: S608 - constants of this app

_WRONG_SCORES: Final = f"""
    SELECT id FROM (
        SELECT id, recency, frequency, monetary, {fifth("last_purchase_on")} AS r, {fifth("purchase_count")} AS f,
               {fifth("spend_amount")} AS m
        FROM segments_segmentmembership
        WHERE merchant_id = %(merchant)s AND from_run <= %(number)s AND until_run > %(number)s
    ) AS stood WHERE (recency, frequency, monetary) <> (r, f, m) ORDER BY id
"""  # noqa: S608 - constants of this app

# Members about whose purchases nothing was learned since shortly before the run was published, and whose record was not
# joined to another since, spread over all members; of children and of those whose data is only kept nothing is counted.
_UNCHANGED_SAMPLE: Final = f"""
    SELECT member_id FROM {PURCHASES}
    WHERE merchant_id = %(merchant)s AND member_id IN (
        SELECT member_id FROM (
            SELECT DISTINCT member_id FROM {PURCHASES} WHERE merchant_id = %(merchant)s
        ) AS buyers ORDER BY md5(member_id::text) LIMIT {SAMPLE}
    )
      AND NOT EXISTS (
        SELECT FROM members_merged g
        WHERE g.merchant_id = %(merchant)s AND {PURCHASES}.member_id IN (g.survivor_id, g.merged_id)
          AND greatest(g.at, g.undone_at) > %(known_at)s)
      AND NOT EXISTS (
        SELECT FROM merchants_auditentry a
        WHERE a.merchant_id = %(merchant)s AND a.subject_kind = 'member' AND a.subject_id = {PURCHASES}.member_id
          AND a.action IN ('member.restricted', 'member.unrestricted', 'member.edited') AND a.at > %(known_at)s)
      AND NOT EXISTS (
        SELECT FROM members_restricted r
        WHERE r.merchant_id = %(merchant)s AND r.member_id = {PURCHASES}.member_id)
      AND NOT EXISTS (
        SELECT FROM members_child c
        WHERE c.merchant_id = %(merchant)s AND c.member_id = {PURCHASES}.member_id AND c.adult_on > %(as_of)s + 1)
    GROUP BY member_id HAVING max(changed_at) <= %(known_at)s ORDER BY member_id
"""  # noqa: S608 - constants of this app


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return all violations of this merchant, by invariant; empty before the first night."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(statement, {"merchant": merchant.id})
            found += [Violation(invariant, table, str(row_id), message) for (row_id,) in cursor.fetchall()]
    return found + _wrong_standings(merchant) + _differing_from_sales(merchant)


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    """Return how many rows the checks covered, by table."""
    counts = {}
    with connection.cursor() as cursor:
        for table in ("segments_segmentrun", "segments_segmentmembership", "segments_segmentmove"):
            cursor.execute(f"SELECT count(*) FROM {table} WHERE merchant_id = %s", [merchant.id])  # noqa: S608
            counts[table] = cursor.fetchone()[0]
    return counts


def _wrong_standings(merchant: MerchantFacts) -> list[Violation]:
    """Find segments and scores that do not follow from the figures beside them."""
    run = latest_run(merchant=merchant)
    if run is None:
        return []
    given = parameters(merchant_id=merchant.id, as_of=run.business_date, thresholds=run.thresholds)
    checks = (
        (LIFECYCLE_HOLDS, "the segment does not follow from the figures", _WRONG_LIFECYCLE),
        (SCORES_HOLD, "the scores do not follow from the figures of all buyers", _WRONG_SCORES),
    )
    found = []
    with connection.cursor() as cursor:
        for invariant, message, statement in checks:
            cursor.execute(statement, {**given, "number": run.number})
            found += [
                Violation(invariant, "segments_segmentmembership", str(row[0]), message) for row in cursor.fetchall()
            ]
    return found


def _differing_from_sales(merchant: MerchantFacts) -> list[Violation]:
    """Count a sample again from the sales by the readable rules, and find what differs."""
    run = latest_run(merchant=merchant)
    if run is None:
        return []
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            _UNCHANGED_SAMPLE,
            {
                "merchant": merchant.id,
                "known_at": run.published_at - UNDER_WAY,
                "as_of": run.business_date,
            },
        )
        for (member_id,) in cursor.fetchall():
            cursor.execute(
                f"SELECT business_date, net_amount FROM {PURCHASES} "  # noqa: S608 - a constant of this app
                "WHERE merchant_id = %s AND member_id = %s AND is_purchase",
                [merchant.id, member_id],
            )
            purchases = [Purchase(on, amount) for on, amount in cursor.fetchall()]
            figures = figures_of(purchases, run.business_date, run.thresholds)
            expected = explain(figures, run.business_date, run.thresholds)
            standing = standing_of(merchant=merchant, member_id=member_id)
            stored = (standing.segment, standing.figures) if standing else (None, None)
            if stored != (expected.segment, figures):
                message = f"stored {stored[0]}, but the sales give {expected.segment}"
                found.append(Violation(SALES_AGREE, "segments_segmentmembership", str(member_id), message))
    return found
