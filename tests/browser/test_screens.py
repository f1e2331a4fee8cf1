"""The result of a simulation on a laptop and a phone: no figure of a shop with milliards is cut or covered."""

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
from merchants.facts import SYSTEM, OutletFacts, TillFacts
from merchants.models import Till
from merchants.tasks import jobs
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.engine import validate_definition
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in
from tests.sales_shop import sale

pytestmark = pytest.mark.browser


LONGEST = "INV-2026-11-PUSAT-" + "0" * 46
"""As long as a receipt's reference, or a product's code, may be."""


@pytest.fixture(scope="module")
def result(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[BrowsedStore, UUID]]:
    """Milliards in every column, the longest names, and goods below cost: the widest tables a shop has."""
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            known = ProductDraft(LONGEST, cost_amount=9_000_000_000)
            save_products(
                merchant=store.merchant, drafts=[known], today=now.date() - timedelta(days=60), at=now, actor=SYSTEM
            )
            line = LineDraft("1", LONGEST, "Mesin", 1, 9_876_543_210, "alat")
            draft = sale(line, member=store.member, reference=LONGEST)
            record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now - timedelta(days=5))
            half = validate_definition({"id": "draft", "title": "Separuh", "kind": "percent_off", "value": 50})
            inputs = ScenarioInputs(
                title="Separuh harga",
                base=Base.TODAY,
                changes=(Change(ChangeKind.ADD, definition=half),),
                first_on=now.date() - timedelta(days=30),
                last_on=now.date() - timedelta(days=1),
            )
            scenario_id = create_scenario(merchant=store.merchant, inputs=inputs, at=now, actor=SYSTEM)
        jobs(merchant_id=str(store.merchant.id))
        yield store, scenario_id


_CUT = """() => [...document.querySelectorAll("main :is(td, th, .kpi .value, .kpi .value > span)")].filter((cell) => {
    const box = cell.getBoundingClientRect(), card = cell.closest(".card").getBoundingClientRect();
    const is_hidden = box.width <= 1 || cell.closest("thead")?.getBoundingClientRect().width <= 1;
    return !is_hidden && (box.left < card.left - 1 || box.right > card.right + 1
        || (getComputedStyle(cell).display !== "inline" && cell.scrollWidth > cell.clientWidth + 1));
}).map((cell) => cell.textContent.trim())"""
"""What sticks out of its card or of its own box. A head shown beside each figure instead takes no room."""


@pytest.mark.parametrize(
    ("width", "theme"), [(1366, "light"), pytest.param(1440, "dark", marks=pytest.mark.gate), (360, "light")]
)
def test_no_figure_of_a_simulation_is_cut(
    browser: Browser, server_url: str, result: tuple[BrowsedStore, UUID], width: int, theme: str
) -> None:
    """UX23."""
    store, scenario_id = result
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto(f"/simulator/{scenario_id}/")
        page.get_by_text("nobody got this, so no figure opens a list").wait_for()
        for shown in ("+Rp\u00a04.938.271.605", "-Rp\u00a04.111.", LONGEST):
            assert page.get_by_text(shown).first.is_visible(), shown
        assert page.evaluate(_CUT) == []
        lines = page.evaluate(
            "() => [...document.querySelectorAll('.kpi .value > span')].map((one) => one.getClientRects().length)"
        )
        assert lines == [1] * len(lines), "a sign or a unit stands on a line of its own"
        assert len(lines) == 4
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert complaints(page) == []
