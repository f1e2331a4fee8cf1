"""Scenarios: what is asked, with the job that replays it, and what came out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Refusal
from common.ids import new_id
from insights.facts import SIMULATION, ScenarioInputs, SimulationJob, SimulationResult
from insights.models import Result, Scenario
from insights.queries.scenarios import open_scenario
from merchants.facts import Actor, MerchantFacts, Permission
from merchants.operations import start_job

LONGEST: Final = timedelta(days=2 * 366)


class SimulationRunning(Refusal):
    """One simulation at a time: another one of this merchant waits or runs."""

    code = "simulation_running"


def create_scenario(*, merchant: MerchantFacts, inputs: ScenarioInputs, at: datetime, actor: Actor) -> UUID:
    """Keep what is asked and start its job; call `queue_jobs` for a worker.

    Raises BadInput, SimulationRunning and TooManyJobs.
    """
    _check_inputs(inputs)
    if open_scenario(merchant=merchant) is not None:
        raise SimulationRunning
    scenario_id = new_id()
    job_id = start_job(
        merchant=merchant,
        kind=SIMULATION,
        parameters=SimulationJob(scenario_id).to_json(),
        needs=[Permission.SEE_FIGURES],
        language=merchant.language,
        action="simulation.asked",
        audit_details={"title": inputs.title},
        at=at,
        actor=actor,
    )
    Scenario.objects.create(
        merchant_id=merchant.id,
        id=scenario_id,
        job_id=job_id,
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


def keep_result(*, merchant: MerchantFacts, scenario_id: UUID, result: SimulationResult, at: datetime) -> None:
    """Keep what came out, once, in the transaction that closes the scenario's job."""
    Result.objects.create(
        merchant_id=merchant.id,
        scenario_id=scenario_id,
        figures=result.to_json(),
        cost_change_amount=result.draft.cost_amount - result.base.cost_amount,
        created_at=at,
    )
