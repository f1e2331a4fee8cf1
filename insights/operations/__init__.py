"""Writes of insights: all of them in its own tables."""

from insights.operations.limits import set_discount_limits
from insights.operations.scenarios import SimulationRunning, create_scenario, keep_result

__all__ = ["SimulationRunning", "create_scenario", "keep_result", "set_discount_limits"]
