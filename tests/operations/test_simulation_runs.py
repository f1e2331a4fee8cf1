"""Simulations one at a time: cancelled, taken over, refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from common.errors import BadInput
from insights.facts import Base, ScenarioInputs, ScenarioState
from insights.operations import (
    SimulationRunning,
    begin_simulation,
    cancel_simulation,
    create_scenario,
    finish_simulation,
    keep_alive,
)
from insights.queries import abandoned_scenario, scenario
from insights.tasks.simulating import run_simulation
from merchants.facts import SYSTEM
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
        assert cancel_simulation(merchant=shop.merchant, scenario_id=first, at=NOW, actor=SYSTEM)
        assert not cancel_simulation(merchant=shop.merchant, scenario_id=first, at=NOW, actor=SYSTEM)
    asked(shop)
    with (
        pytest.raises(DatabaseError, match="progress_one_at_a_time"),
        merchant_scope(shop.merchant.id),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE insights_progress SET state = 'running' WHERE merchant_id = %s", [shop.merchant.id])


def test_a_cancelled_simulation_is_not_begun_and_not_finished() -> None:
    shop = open_selling_shop()
    made = asked(shop)
    with merchant_scope(shop.merchant.id):
        fence = begin_simulation(merchant=shop.merchant, scenario_id=made, at=NOW)
        assert fence == 1
        cancel_simulation(merchant=shop.merchant, scenario_id=made, at=NOW, actor=SYSTEM)
        assert not keep_alive(merchant=shop.merchant, scenario_id=made, fence=1, done=1, total=1, at=NOW)
        figures = {"base": {"cost_amount": 0}, "draft": {"cost_amount": 0}}
        assert not finish_simulation(merchant=shop.merchant, scenario_id=made, fence=1, figures=figures, done=1, at=NOW)
    assert not run_simulation(merchant=shop.merchant, scenario_id=made, clock=lambda: NOW)


def test_a_worker_that_vanished_is_followed_by_another_and_its_fence_is_worth_nothing() -> None:
    shop = open_selling_shop()
    made = asked(shop)
    soon, later = NOW + timedelta(seconds=30), NOW + timedelta(seconds=61)
    with merchant_scope(shop.merchant.id):
        assert abandoned_scenario(merchant=shop.merchant, at=NOW) == made
        assert begin_simulation(merchant=shop.merchant, scenario_id=made, at=NOW) == 1
        assert begin_simulation(merchant=shop.merchant, scenario_id=made, at=soon) is None
        assert abandoned_scenario(merchant=shop.merchant, at=soon) is None
        assert abandoned_scenario(merchant=shop.merchant, at=later) == made
    assert run_simulation(merchant=shop.merchant, scenario_id=made, clock=lambda: later)
    with merchant_scope(shop.merchant.id):
        assert not keep_alive(merchant=shop.merchant, scenario_id=made, fence=1, done=1, total=1, at=later)
        assert scenario(merchant=shop.merchant, scenario_id=made).state is ScenarioState.DONE


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
