"""What must hold in the tables of insights on live data; each violation names the row that breaks it."""

from __future__ import annotations

from typing import Final

from django.db import connection

from common.violations import Violation
from insights.models import Scenario
from merchants.facts import MerchantFacts

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

_UNMATCHED: Final = """
    SELECT p.id FROM insights_progress p
    LEFT JOIN insights_result r ON r.merchant_id = %(merchant)s AND r.scenario_id = p.scenario_id
    WHERE p.merchant_id = %(merchant)s AND (p.state = 'done') <> (r.id IS NOT NULL)
    ORDER BY p.id"""
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
    (DONE_HAS_RESULT, "insights_progress", "is done without a result, or has one without being done", _UNMATCHED),
    (PARTS_ADD_UP, "insights_result", "has months or segments that do not add up to the whole", _NOT_ADDING_UP),
    (PARTS_ADD_UP, "insights_result", "names another change of cost than its own figures give", _WRONG_CHANGE),
)


def verify(*, merchant: MerchantFacts) -> list[Violation]:
    """All violations of this merchant, by invariant."""
    found = []
    with connection.cursor() as cursor:
        for invariant, table, message, statement in _STATEMENTS:
            cursor.execute(statement, {"merchant": merchant.id, "figures": list(ADDITIVE)})
            found += [Violation(invariant, table, str(row_id), message) for (row_id,) in cursor.fetchall()]
    return found


def counted(*, merchant: MerchantFacts) -> dict[str, int]:
    return {"scenarios": Scenario.objects.filter(merchant_id=merchant.id).count()}
