"""A scenario's life: asked, run by one worker at a time, finished, cancelled or taken over when its worker is gone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from insights.facts import ScenarioInputs, ScenarioState
from insights.models import Progress, Result, Scenario
from insights.queries.scenarios import LEASE, open_scenario
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

LONGEST: Final = timedelta(days=2 * 366)
OPEN: Final = (ScenarioState.WAITING.value, ScenarioState.RUNNING.value)


class SimulationRunning(Refusal):
    """One simulation at a time: another one of this merchant waits or runs."""

    code = "simulation_running"


def create_scenario(*, merchant: MerchantFacts, inputs: ScenarioInputs, at: datetime, actor: Actor) -> UUID:
    """Keeps what is asked; a worker takes it from here. Raises BadInput and SimulationRunning."""
    _check_inputs(inputs)
    if open_scenario(merchant=merchant) is not None:
        raise SimulationRunning
    scenario_id = new_id()
    Scenario.objects.create(
        merchant_id=merchant.id,
        id=scenario_id,
        title=inputs.title,
        base=inputs.base.value,
        changes=[change.to_json() for change in inputs.changes],
        first_on=inputs.first_on,
        last_on=inputs.last_on,
        outlet_ids=list(inputs.outlet_ids),
        behaviour_percent=inputs.behaviour_percent,
        created_at=at,
        created_by=actor.label,
    )
    Progress.objects.create(merchant_id=merchant.id, scenario_id=scenario_id, heartbeat_at=at)
    record_audit(merchant=merchant, actor=actor, action="simulation.asked", at=at, subject=("scenario", scenario_id))
    return scenario_id


def _check_inputs(inputs: ScenarioInputs) -> None:
    problems = []
    if not inputs.title.strip():
        problems.append(FieldError("/title", "required", gettext("Give the simulation a name.")))
    if not inputs.changes:
        problems.append(FieldError("/changes", "required", gettext("Change at least one thing.")))
    if inputs.last_on < inputs.first_on:
        problems.append(FieldError("/last_on", "order", gettext("The last day is before the first day.")))
    elif inputs.last_on - inputs.first_on > LONGEST:
        problems.append(FieldError("/first_on", "too_long", gettext("Choose at most two years.")))
    if not -90 <= inputs.behaviour_percent <= 300:
        words = gettext("Give a percentage from -90 to 300.")
        problems.append(FieldError("/behaviour_percent", "range", words))
    if problems:
        raise BadInput(problems)


def begin_simulation(*, merchant: MerchantFacts, scenario_id: UUID, at: datetime) -> int | None:
    """The fence of the worker that may run it now; None when it is over or somebody else is at it."""
    mine = Progress.objects.filter(merchant_id=merchant.id, scenario_id=scenario_id)
    taken = mine.filter(
        Q(state=ScenarioState.WAITING.value) | Q(state=ScenarioState.RUNNING.value, heartbeat_at__lt=at - LEASE)
    ).update(state=ScenarioState.RUNNING.value, fence=F("fence") + 1, heartbeat_at=at, receipts_done=0)
    return mine.values_list("fence", flat=True).first() if taken else None


def keep_alive(*, merchant: MerchantFacts, scenario_id: UUID, fence: int, done: int, total: int, at: datetime) -> bool:
    """Writes how far it is; False when it was cancelled or taken over, and the worker must stop."""
    running = Progress.objects.filter(
        merchant_id=merchant.id, scenario_id=scenario_id, fence=fence, state=ScenarioState.RUNNING.value
    )
    return bool(running.update(receipts_done=done, receipts_total=max(done, total), heartbeat_at=at))


def finish_simulation(
    *,
    merchant: MerchantFacts,
    scenario_id: UUID,
    fence: int,
    figures: Mapping[str, Any],
    done: int,
    at: datetime,
) -> bool:
    """Keeps the result, once; False when it was cancelled or taken over meanwhile."""
    running = Progress.objects.filter(
        merchant_id=merchant.id, scenario_id=scenario_id, fence=fence, state=ScenarioState.RUNNING.value
    )
    if not running.update(
        state=ScenarioState.DONE.value, finished_at=at, heartbeat_at=at, receipts_done=done, receipts_total=done
    ):
        return False
    Result.objects.create(
        merchant_id=merchant.id,
        scenario_id=scenario_id,
        figures=dict(figures),
        cost_change_amount=figures["draft"]["cost_amount"] - figures["base"]["cost_amount"],
        created_at=at,
    )
    return True


def cancel_simulation(*, merchant: MerchantFacts, scenario_id: UUID, at: datetime, actor: Actor) -> bool:
    """Stops it at its next sign of life; False when it was over already. Raises Missing('scenario_not_found')."""
    mine = Progress.objects.filter(merchant_id=merchant.id, scenario_id=scenario_id)
    if not mine.exists():
        raise Missing("scenario_not_found")
    if not mine.filter(state__in=OPEN).update(state=ScenarioState.CANCELLED.value, finished_at=at):
        return False
    record_audit(
        merchant=merchant, actor=actor, action="simulation.cancelled", at=at, subject=("scenario", scenario_id)
    )
    return True


def fail_simulation(*, merchant: MerchantFacts, scenario_id: UUID, fence: int, at: datetime) -> None:
    """It cannot be run; the log has the reason."""
    Progress.objects.filter(
        merchant_id=merchant.id, scenario_id=scenario_id, fence=fence, state=ScenarioState.RUNNING.value
    ).update(state=ScenarioState.FAILED.value, finished_at=at)
