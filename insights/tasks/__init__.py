"""Celery doors of insights: ids in, the simulation run in scopes of its own."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog
from celery import shared_task
from django.utils import timezone

from insights.queries import abandoned_scenario
from insights.tasks.simulating import run_simulation
from merchants.queries import all_merchants, merchant_by_id
from merchants.tenancy import merchant_scope

log = structlog.get_logger("insights")

TIME_LIMIT: Final = 3600


@shared_task(name="insights.simulate", time_limit=TIME_LIMIT)
def simulate(merchant_id: str, scenario_id: str) -> None:
    """Runs one scenario to its end; a second worker that gets the same one finds nothing to do."""
    merchant = merchant_by_id(UUID(merchant_id))
    run_simulation(merchant=merchant, scenario_id=UUID(scenario_id), clock=timezone.now)


@shared_task(name="insights.sweep")
def sweep() -> None:
    """Finds scenarios that wait or whose worker is gone, and asks for them again."""
    for merchant in all_merchants():
        with merchant_scope(merchant.id):
            found = abandoned_scenario(merchant=merchant, at=timezone.now())
        if found is not None:
            simulate.apply_async(kwargs={"merchant_id": str(merchant.id), "scenario_id": str(found)})
