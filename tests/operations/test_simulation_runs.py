"""Simulations one at a time: cancelled, taken over, refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from common.errors import BadInput
from insights.facts import Base, ScenarioInputs
from insights.operations import SimulationRunning, create_scenario
from insights.queries import scenario
from insights.rules.results import result_of
from merchants.facts import SYSTEM, JobState
from merchants.operations import cancel_job
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from tests.busy_shop import FIRST, LAST, NOTHING, asked
from tests.sales_shop import NOW, open_selling_shop

pytestmark = pytest.mark.django_db


def test_one_simulation_of_a_merchant_at_a_time() -> None:
    shop, other = open_selling_shop(), open_selling_shop("Lain")
    first = asked(shop)
    with pytest.raises(SimulationRunning):
        asked(shop)
    asked(other)
    with merchant_scope(shop.merchant.id):
        job_id = scenario(merchant=shop.merchant, scenario_id=first).job.id
        assert cancel_job(merchant=shop.merchant, job_id=job_id, at=NOW, actor=SYSTEM)
    asked(shop)


def test_a_cancelled_simulation_keeps_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    made, later = asked(shop), NOW + timedelta(days=90)

    def cancel_first(*given: Any, **named: Any) -> Any:
        with merchant_scope(shop.merchant.id):
            job = scenario(merchant=shop.merchant, scenario_id=made).job
            assert job.state is JobState.RUNNING
            assert cancel_job(merchant=shop.merchant, job_id=job.id, at=later, actor=SYSTEM)
        return result_of(*given, **named)

    monkeypatch.setattr("insights.tasks.result_of", cancel_first)
    assert run_jobs(merchant=shop.merchant, clock=lambda: later) == 1
    with merchant_scope(shop.merchant.id):
        found = scenario(merchant=shop.merchant, scenario_id=made)
        assert (found.job.state, found.result) == (JobState.CANCELLED, None)
    assert run_jobs(merchant=shop.merchant, clock=lambda: later) == 0


def test_a_worker_that_is_killed_is_followed_by_another_that_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    made, later = asked(shop), NOW + timedelta(days=90)

    def kill(*given: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as deadly:
        deadly.setattr("insights.tasks.result_of", kill)
        with pytest.raises(KeyboardInterrupt):
            run_jobs(merchant=shop.merchant, clock=lambda: later)
    assert run_jobs(merchant=shop.merchant, clock=lambda: later + timedelta(seconds=30)) == 0
    assert run_jobs(merchant=shop.merchant, clock=lambda: later + timedelta(seconds=61)) == 1
    with merchant_scope(shop.merchant.id):
        found = scenario(merchant=shop.merchant, scenario_id=made)
    assert found.job.state is JobState.DONE
    assert found.result is not None


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"changes": ()}, "/changes"),
        ({"last_on": date(2026, 2, 1)}, "/last_on"),
        ({"first_on": date(2020, 1, 1)}, "/first_on"),
        ({"behaviour_percent": 301}, "/behaviour_percent"),
    ],
)
def test_what_cannot_be_simulated_is_named(fields: dict[str, Any], pointer: str) -> None:
    shop = open_selling_shop()
    given = {"title": "Uji", "base": Base.TODAY, "changes": (NOTHING,), "first_on": FIRST, "last_on": LAST, **fields}
    with merchant_scope(shop.merchant.id), pytest.raises(BadInput) as refused:
        create_scenario(merchant=shop.merchant, inputs=ScenarioInputs(**given), at=NOW, actor=SYSTEM)
    assert [error.pointer for error in refused.value.errors] == [pointer]
