"""Reads of insights; one file per noun, import from here."""

from insights.queries.baskets import discount_limits, lint_baskets
from insights.queries.period import Period, next_receipts, open_period
from insights.queries.scenarios import abandoned_scenario, open_scenario, scenario, scenario_list

__all__ = [
    "Period",
    "abandoned_scenario",
    "discount_limits",
    "lint_baskets",
    "next_receipts",
    "open_period",
    "open_scenario",
    "scenario",
    "scenario_list",
]
