"""Scenarios that were simulated: what was asked, how far it is, what came out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from common.errors import Missing
from insights.facts import Base, Change, ScenarioFacts, ScenarioInputs, ScenarioRow, ScenarioState
from insights.models import Progress, Result, Scenario
from merchants.facts import MerchantFacts

PAGE_SIZE: Final = 50
LEASE: Final = timedelta(seconds=60)
"""A worker that has said nothing for so long is gone; the scenario begins anew with the next one."""


def scenario(*, merchant: MerchantFacts, scenario_id: UUID) -> ScenarioFacts:
    """Raises Missing('scenario_not_found')."""
    mine = {"merchant_id": merchant.id, "scenario_id": scenario_id}
    row = Scenario.objects.filter(merchant_id=merchant.id, id=scenario_id).first()
    progress = Progress.objects.filter(**mine).first()
    if row is None or progress is None:
        raise Missing("scenario_not_found")
    result = Result.objects.filter(**mine).values_list("figures", flat=True).first()
    return ScenarioFacts(
        id=row.id,
        inputs=read_inputs(row),
        created_at=row.created_at,
        created_by=row.created_by,
        state=ScenarioState(progress.state),
        receipts_done=progress.receipts_done,
        receipts_total=progress.receipts_total,
        finished_at=progress.finished_at,
        result=result,
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
    """(one page, newest first; the cursor of the next; how many there are)."""
    rows = Scenario.objects.filter(merchant_id=merchant.id)
    total = rows.count()
    found = list((rows.filter(id__lt=after) if after else rows).order_by("-id")[: limit + 1])
    shown = found[:limit]
    ids = [row.id for row in shown]
    states = dict(
        Progress.objects.filter(merchant_id=merchant.id, scenario_id__in=ids).values_list("scenario_id", "state")
    )
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
            state=ScenarioState(states[row.id]),
            cost_change_amount=costs.get(row.id),
        )
        for row in shown
    ]
    return page, shown[-1].id if len(found) > limit else None, total


def open_scenario(*, merchant: MerchantFacts) -> UUID | None:
    """The one that waits or runs now, if any."""
    rows = Progress.objects.filter(merchant_id=merchant.id, state__in=["waiting", "running"])
    return rows.values_list("scenario_id", flat=True).first()


def abandoned_scenario(*, merchant: MerchantFacts, at: datetime) -> UUID | None:
    """The scenario that no worker is at, if any: it waits, or its worker has said nothing for the lease."""
    rows = Progress.objects.filter(merchant_id=merchant.id).filter(
        Q(state=ScenarioState.WAITING.value) | Q(state=ScenarioState.RUNNING.value, heartbeat_at__lt=at - LEASE)
    )
    return rows.values_list("scenario_id", flat=True).first()
