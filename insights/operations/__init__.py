"""Writes of insights: all of them in its own tables."""

from insights.operations.limits import set_discount_limits
from insights.operations.scenarios import (
    SimulationRunning,
    begin_simulation,
    cancel_simulation,
    create_scenario,
    fail_simulation,
    finish_simulation,
    keep_alive,
)

__all__ = [
    "SimulationRunning",
    "begin_simulation",
    "cancel_simulation",
    "create_scenario",
    "fail_simulation",
    "finish_simulation",
    "keep_alive",
    "set_discount_limits",
]
