"""What a changed rule would do, and which rule would fit the shop. Nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection

from common.errors import BadInput
from merchants.facts import MerchantFacts
from merchants.tenancy import allow_long_statements
from segments.facts import Flow, RulePreview, RuleProposal, RunFacts, Segment, Thresholds
from segments.queries.runs import latest_run, thresholds_of
from segments.rules import propose, threshold_problems
from segments.scores import FIGURES, LIFECYCLE, PURCHASES, parameters
from segments.wording import threshold_errors

PREVIEW_SECONDS: Final = 30
GAP_DAYS_LOOKED_AT: Final = 730


def preview_rule(*, merchant: MerchantFacts, proposed: Thresholds) -> RulePreview:
    """Return who would move under `proposed`, as of the published day. Quick unless the loyal window changes.

    Raises BadInput for thresholds that `change_rule` would refuse: no one is shown what cannot be done.
    """
    if problems := threshold_problems(proposed):
        raise BadInput(threshold_errors(problems))
    run = latest_run(merchant=merchant)
    if run is None:
        nobody = dict.fromkeys(Segment, 0)
        return RulePreview(None, proposed, nobody, nobody, (), 0)
    pairs = _count_pairs(merchant, run, proposed)
    moves = tuple(Flow(old, new, members) for (old, new), members in sorted(pairs.items()) if old is not new)
    return RulePreview(
        as_of=run.business_date,
        proposed=proposed,
        before=_sum_pairs(pairs, side=0),
        after=_sum_pairs(pairs, side=1),
        moves=moves,
        moving_count=sum(flow.member_count for flow in moves),
    )


def _count_pairs(merchant: MerchantFacts, run: RunFacts, proposed: Thresholds) -> dict[tuple[Segment, Segment], int]:
    """Count (segment now, segment then) -> members. The stored figures serve unless purchases in the window change."""
    given: dict[str, Any] = parameters(merchant_id=merchant.id, as_of=run.business_date, thresholds=proposed)
    buyers = "SELECT * FROM segments_current WHERE merchant_id = %(merchant)s"
    if proposed.loyal_window_days != run.thresholds.loyal_window_days:
        allow_long_statements(PREVIEW_SECONDS)
        buyers = f"""
            SELECT now.segment, figures.* FROM ({FIGURES.format(purchases=PURCHASES)}) AS figures
            JOIN segments_current AS now ON now.merchant_id = %(merchant)s AND now.member_id = figures.member_id
        """  # noqa: S608 - constants of this app
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT segment, ({LIFECYCLE}) AS proposed, count(*) FROM ({buyers}) AS buyers GROUP BY 1, 2",  # noqa: S608
            given,
        )
        return {(Segment(old), Segment(new)): members for old, new, members in cursor.fetchall()}


def _sum_pairs(pairs: Mapping[tuple[Segment, Segment], int], *, side: int) -> dict[Segment, int]:
    return {segment: sum(members for pair, members in pairs.items() if pair[side] is segment) for segment in Segment}


def propose_rule(*, merchant: MerchantFacts) -> RuleProposal | None:
    """Propose thresholds from the shop's own intervals between visits over two years; None if there are too few."""
    run = latest_run(merchant=merchant)
    if run is None:
        return None
    allow_long_statements(PREVIEW_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT gap, count(*) FROM (
                SELECT business_date - lag(business_date) OVER (PARTITION BY member_id ORDER BY business_date) AS gap
                FROM (
                    SELECT DISTINCT member_id, business_date FROM {PURCHASES}
                    WHERE merchant_id = %(merchant)s AND is_purchase
                      AND business_date BETWEEN %(as_of)s - {GAP_DAYS_LOOKED_AT} AND %(as_of)s
                ) AS visits
            ) AS gaps
            WHERE gap IS NOT NULL GROUP BY gap
            """,  # noqa: S608 - constants of this app
            {"merchant": merchant.id, "as_of": run.business_date},
        )
        gap_counts = dict(cursor.fetchall())
    return propose(gap_counts, thresholds_of(merchant=merchant))
