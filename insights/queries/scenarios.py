"""Scenarios that were simulated: what was asked, how far it is, what came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from common.errors import Missing
from insights.facts import SIMULATION, Base, Change, ScenarioFacts, ScenarioInputs, ScenarioRow, SimulationResult
from insights.models import Result, Scenario
from merchants.facts import MerchantFacts
from merchants.queries import jobs_by_id, open_jobs

PAGE_SIZE: Final = 50


def scenario(*, merchant: MerchantFacts, scenario_id: UUID) -> ScenarioFacts:
    """Return one scenario. Raises Missing('scenario_not_found')."""
    row = Scenario.objects.filter(merchant_id=merchant.id, id=scenario_id).first()
    if row is None:
        raise Missing("scenario_not_found")
    results = Result.objects.filter(merchant_id=merchant.id, scenario_id=scenario_id)
    figures = results.values_list("figures", flat=True).first()
    return ScenarioFacts(
        id=row.id,
        inputs=read_inputs(row),
        created_at=row.created_at,
        created_by=row.created_by,
        job=jobs_by_id(merchant=merchant, job_ids=[row.job_id])[row.job_id],
        result=SimulationResult.from_json(figures) if figures is not None else None,
    )


def read_inputs(row: Scenario) -> ScenarioInputs:
    return ScenarioInputs(
        title=row.title,
        base=Base(row.base),
        changes=tuple(Change.from_json(data) for data in row.changes),
        first_on=row.first_on,
        last_on=row.last_on,
        outlet_ids=tuple(row.outlet_ids),
        behaviour_percent=row.behaviour_percent,
    )


def scenario_list(
    *, merchant: MerchantFacts, after: UUID | None = None, limit: int = PAGE_SIZE
) -> tuple[Sequence[ScenarioRow], UUID | None, int]:
    """Return (one page, newest first; the cursor of the next; how many there are)."""
    rows = Scenario.objects.filter(merchant_id=merchant.id)
    total = rows.count()
    found = list((rows.filter(id__lt=after) if after else rows).order_by("-id")[: limit + 1])
    shown = found[:limit]
    ids = [row.id for row in shown]
    jobs = jobs_by_id(merchant=merchant, job_ids=[row.job_id for row in shown])
    costs = dict(
        Result.objects.filter(merchant_id=merchant.id, scenario_id__in=ids).values_list(
            "scenario_id", "cost_change_amount"
        )
    )
    page = [
        ScenarioRow(
            id=row.id,
            title=row.title,
            first_on=row.first_on,
            last_on=row.last_on,
            created_at=row.created_at,
            created_by=row.created_by,
            job=jobs[row.job_id],
            cost_change_amount=costs.get(row.id),
        )
        for row in shown
    ]
    return page, shown[-1].id if len(found) > limit else None, total


def open_scenario(*, merchant: MerchantFacts) -> UUID | None:
    """Return the one that waits or runs now; None when there is none."""
    waiting = open_jobs(merchant=merchant, kind=SIMULATION)
    rows = Scenario.objects.filter(merchant_id=merchant.id, job_id__in=waiting).order_by("id")
    return rows.values_list("id", flat=True).first()
