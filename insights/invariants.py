"""What must hold in the tables of insights on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Violation
from insights.models import Result, Scenario
from merchants.facts import JobState, MerchantFacts
from merchants.queries import jobs_by_id

DONE_HAS_RESULT: Final = "N1"
PARTS_ADD_UP: Final = "N2"
ADDITIVE: Final = (
    "receipts",
    "subtotal_amount",
    "discount_amount",
    "cashback_amount",
    "points",
    "points_used",
    "gifts_amount",
    "covered_amount",
    "goods_cost_amount",
)

# Months and segments are two ways of cutting the same receipts: each adds up to the whole, figure by figure.
_NOT_ADDING_UP: Final = """
    SELECT r.id FROM insights_result r
    CROSS JOIN (VALUES ('base'), ('draft')) AS side (name)
    CROSS JOIN unnest(%(figures)s::text[]) AS figure (name)
    CROSS JOIN (VALUES ('months'), ('segments')) AS cut (name)
    WHERE r.merchant_id = %(merchant)s AND (r.figures -> side.name ->> figure.name)::bigint <> (
        SELECT coalesce(sum((part -> side.name ->> figure.name)::bigint), 0)
        FROM jsonb_array_elements(r.figures -> cut.name) AS part)
    GROUP BY r.id ORDER BY r.id"""
_WRONG_CHANGE: Final = """
    SELECT r.id FROM insights_result r
    WHERE r.merchant_id = %(merchant)s AND r.cost_change_amount IS DISTINCT FROM
          (r.figures -> 'draft' ->> 'cost_amount')::bigint - (r.figures -> 'base' ->> 'cost_amount')::bigint
    ORDER BY r.id"""
_STATEMENTS: Final = (
    (PARTS_ADD_UP, "insights_result", "has months or segments that do not add up to the whole", _NOT_ADDING_UP),
    (PARTS_ADD_UP, "insights_result", "names another change of cost than its own figures give", _WRONG_CHANGE),
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """Return all violations of this merchant, by invariant."""
    found = _unmatched_results(merchant)
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(statement, {"merchant": merchant.id, "figures": list(ADDITIVE)})
            found += [Violation(invariant, table, str(row_id), message) for (row_id,) in cursor.fetchall()]
    return found


def _unmatched_results(merchant: MerchantFacts) -> list[Violation]:
    """Return the scenarios whose job is done without a result, or that have a result without being done."""
    job_of = dict(Scenario.objects.filter(merchant_id=merchant.id).order_by("id").values_list("id", "job_id"))
    results = set(Result.objects.filter(merchant_id=merchant.id).values_list("scenario_id", flat=True))
    jobs = jobs_by_id(merchant=merchant, job_ids=job_of.values())
    message = "is done without a result, or has one without being done"
    return [
        Violation(DONE_HAS_RESULT, "insights_scenario", str(scenario_id), message)
        for scenario_id, job_id in job_of.items()
        if (jobs[job_id].state is JobState.DONE) != (scenario_id in results)
    ]


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    return {"scenarios": Scenario.objects.filter(merchant_id=merchant.id).count()}
