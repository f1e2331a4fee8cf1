"""Segments: four stages with definitions, who moved, the grid, the people behind it, definitions by preview."""

import re
from typing import Any

from merchants.facts import Role
from tests.backoffice.conftest import Person, Store

CHANGED: dict[str, Any] = {
    "lapsed_after_days": "120",
    "new_within_days": "30",
    "loyal_purchases": "6",
    "loyal_window_days": "180",
}


def test_before_the_first_night_the_page_says_when_it_will_be(owner: Person) -> None:
    page = owner.text("/segments/")
    assert "sorted for the first time" in page
    assert "you have 0" in page
    assert "Nobody is in this segment" in owner.text("/segments/loyal/")


def test_each_stage_says_its_definition_count_and_base(store: Store, owner: Person) -> None:
    store.buyers(3, days_ago=200)
    store.buyers(1, days_ago=5)
    page = owner.text("/segments/")
    assert "No purchase for more than 90 days." in page
    assert "75% of 4 buyers" in page
    assert "25% of 4 buyers" in page


def test_the_people_behind_a_figure(store: Store, owner: Person, other_store: Store) -> None:
    store.buyers(2, days_ago=200)
    other_store.buyers(1, days_ago=200)
    page = owner.text("/segments/lapsed/")
    assert re.findall(r">(Pembeli \d)</a>", page) == ["Pembeli 1", "Pembeli 0"]
    assert "2 of 2" in page
    assert "/campaigns/new/?segment=lapsed" in page


def test_a_cell_of_the_grid_leads_to_its_members(store: Store, owner: Person) -> None:
    store.buyers(2, days_ago=200)
    page = owner.text("/segments/all/", r="1", f="1")
    assert "Recency score 1, frequency score 1" in page
    assert "Pembeli 0" in page
    assert "Pembeli 0" not in owner.text("/segments/all/", r="5", f="5")


def test_unknown_segments_and_mangled_cursors_are_not_found(owner: Person) -> None:
    owner.get("/segments/best/", status=404)
    owner.get("/segments/lapsed/", after="x", status=404)


def test_the_number_of_statements_does_not_grow_with_the_rows(store: Store, owner: Person) -> None:
    store.buyers(2)
    store.sort()
    few = owner.statements("/segments/lapsed/"), owner.statements("/segments/")
    store.buyers(7)
    assert (owner.statements("/segments/lapsed/"), owner.statements("/segments/")) == few


def test_who_would_move_is_shown_before_the_definition_changes(store: Store, owner: Person) -> None:
    store.buyers(3, days_ago=100)
    preview = owner.post("/segments/definition/", status=200, **CHANGED).content.decode()
    assert "3 members change segment" in preview
    assert "more than 90 days" in owner.text("/segments/")
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', preview)
    assert confirmed
    other = {**CHANGED, "lapsed_after_days": "60"}
    owner.post("/segments/definition/", status=200, confirmed=confirmed[1], **other)
    owner.post("/segments/definition/", confirmed=confirmed[1], **CHANGED)
    store.sort()
    page = owner.text("/segments/")
    assert "more than 120 days" in page


def test_numbers_that_cannot_be_are_refused_beside_the_field(owner: Person) -> None:
    for wrong in ("0", "-3", "NaN", "999999", ""):
        page = owner.post("/segments/definition/", status=400, **{**CHANGED, "lapsed_after_days": wrong})
        assert "error-summary" in page.content.decode()


def test_an_analyst_sees_the_segments_and_changes_nothing(store: Store) -> None:
    analyst = store.colleague(Role.ANALYST)
    assert "Change definition" not in analyst.text("/segments/")
    analyst.post("/segments/definition/", status=403, **CHANGED)
    analyst.get("/segments/lapsed/", status=403)
