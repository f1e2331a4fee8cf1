"""The result of a simulation at a laptop's width: no column of the comparison is cut or covered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from insights.facts import Base, Change, ChangeKind, ScenarioInputs
from insights.operations import create_scenario
from insights.tasks import simulate
from merchants.facts import SYSTEM, OutletFacts, TillFacts
from merchants.models import Till
from merchants.tenancy import merchant_scope
from rewards.engine import validate_definition
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.browser.test_journeys import Store, complaints, open_lapsed_store, signed_in
from tests.sales_shop import sale

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def result(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Store, UUID]]:
    """Milliards in every column: the widest figures a shop has."""
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            draft = sale(LineDraft("1", "MESIN", "Mesin", 1, 9_876_543_210, "alat"), member=store.member)
            record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now - timedelta(days=5))
            half = validate_definition({"id": "draft", "title": "Separuh", "kind": "percent_off", "value": 50})
            inputs = ScenarioInputs(
                title="Separuh harga", base=Base.TODAY, changes=(Change(ChangeKind.ADD, definition=half),),
                first_on=now.date() - timedelta(days=30), last_on=now.date() - timedelta(days=1),
            )  # fmt: skip
            scenario_id = create_scenario(merchant=store.merchant, inputs=inputs, at=now, actor=SYSTEM)
        simulate(str(store.merchant.id), str(scenario_id))
        yield store, scenario_id


@pytest.mark.parametrize(("width", "theme"), [(1366, "light"), (1440, "dark"), (360, "light")])
def test_the_difference_of_a_simulation_is_never_cut(
    browser: Browser, server_url: str, result: tuple[Store, UUID], width: int, theme: str
) -> None:
    store, scenario_id = result
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto(f"/simulator/{scenario_id}/")
        page.get_by_text("nobody got this, so no figure opens a list").wait_for()
        assert page.get_by_text("Rp\u00a04.938.271.605").first.is_visible()
        cut = page.evaluate(
            """() => [...document.querySelectorAll("main table td, main table th")].filter((cell) => {
                const box = cell.getBoundingClientRect(), card = cell.closest(".card").getBoundingClientRect();
                return box.width && (box.right > card.right + 1 || cell.scrollWidth > cell.clientWidth + 1);
            }).map((cell) => cell.textContent.trim())"""
        )
        assert cut == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert complaints(page) == []
