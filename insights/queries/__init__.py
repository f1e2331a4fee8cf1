"""Reads of insights; one file per noun, import from here."""

from insights.queries.baskets import discount_limits, lint_baskets
from insights.queries.period import Period, next_receipts, open_period
from insights.queries.scenarios import open_scenario, scenario, scenario_list

__all__ = [
    "Period",
    "discount_limits",
    "lint_baskets",
    "next_receipts",
    "open_period",
    "open_scenario",
    "scenario",
    "scenario_list",
]
