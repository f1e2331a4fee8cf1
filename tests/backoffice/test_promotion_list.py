"""The list of promotions: states, hours, pages, budgets, the check of all."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import BUNDLE, PAGE, publish, till_of

pytestmark = pytest.mark.django_db


def test_the_list_tells_states_apart(store: Store, owner: StaffPerson) -> None:
    yesterday = (store.today - timedelta(days=1)).isoformat()
    publish(store, {**BUNDLE, "title": "Berjalan kini"})
    publish(store, {**BUNDLE, "title": "Minggu depan"}, in_days=7)
    publish(store, {**BUNDLE, "title": "Sudah lewat", "when": {"valid_to": yesterday}})
    publish(store, {"title": "Hemat 10", "kind": "percent_off", "value": 10})
    for state, title in (("live", "Berjalan kini"), ("scheduled", "Minggu depan"), ("ended", "Sudah lewat")):
        page = owner.text(PAGE, state=state, kind="bundle_price")
        assert title in page
        assert sum(other in page for other in ("Berjalan kini", "Minggu depan", "Sudah lewat")) == 1
    found = owner.text(PAGE, q="hemat")
    assert "Hemat 10" in found
    assert "Berjalan kini" not in found
    assert "No promotion fits" in owner.text(PAGE, q="%%%")


def test_the_list_says_on_which_weekdays_and_hours(store: Store, owner: StaffPerson) -> None:
    mondays = {"weekdays": [1], "hours": [{"from": "08:00", "to": "11:00"}]}
    publish(store, {**BUNDLE, "title": "Senin pagi", "when": mondays})
    [row] = re.findall(r"<tr class=\"row\">.*?</tr>", owner.text(PAGE, q="Senin pagi"), re.DOTALL)
    assert "Monday, 08.00–11.00" in row
    assert "Always" not in row


def test_paging_walks_through_all(store: Store, owner: StaffPerson) -> None:
    for n in range(52):
        publish(store, {**BUNDLE, "title": f"Promosi {n:02}"})
    page = owner.text(PAGE, kind="bundle_price")
    assert "Promosi 51" in page
    assert "Promosi 01" not in page
    older = next(part.split('"')[0] for part in page.split('href="') if part.startswith("?") and "after=" in part)
    page = owner.client.get(PAGE + unescape(older)).content.decode()
    assert "Promosi 01" in page
    assert "Promosi 51" not in page


def test_budget_and_limit_are_shown_as_bars(store: Store, owner: StaffPerson) -> None:
    definition = {**BUNDLE, "budget": {"type": "spend", "limit": 20_000, "on_exceed": "reject"}, "usage": {"limit": 10}}
    address = f"{PAGE}{publish(store, definition)}/"
    till_of(store).post("/sales", {"reference": "R-1", "lines": [line(unit_amount=25_000, quantity=3)]}, status=201)
    page = unescape(owner.text(address))
    assert "Rp\u00a05.000 of Rp\u00a020.000" in page
    assert 'value="5000" max="20000"' in page
    assert "1 of 10 uses" in page
