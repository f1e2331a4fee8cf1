"""Segments: four stages with definitions, who moved, the grid, the people behind it, definitions by preview."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.quantities import format_day
from members.facts import ConsentSource, MemberFacts
from members.operations import withdraw_consent
from members.queries import MemberFilter, members_page, tags
from merchants.facts import SYSTEM, Role
from merchants.tenancy import merchant_scope
from segments.facts import Thresholds, Zone
from segments.operations import change_rule, label_members, recalculate
from segments.queries import grid
from tests.backoffice.conftest import StaffPerson, Store, mark_in
from tests.buyers import BuyersShop, add_purchases

CHANGED: dict[str, Any] = {
    "lapsed_after_days": "120",
    "new_within_days": "30",
    "loyal_purchases": "6",
    "loyal_window_days": "180",
}


def test_before_the_first_night_the_page_says_when_it_will_be(owner: StaffPerson) -> None:
    page = owner.text("/segments/")
    assert "sorted for the first time" in page
    assert "you have 0" in page
    assert "Nobody is in this segment" in owner.text("/segments/loyal/")


def test_each_stage_says_its_definition_count_and_base(store: Store, owner: StaffPerson) -> None:
    store.buyers(3, days_ago=200)
    store.buyers(1, days_ago=5)
    page = owner.text("/segments/")
    assert "No purchase for more than 90 days." in page
    assert "75% of 4 buyers" in page
    assert "25% of 4 buyers" in page


def test_the_people_behind_a_figure(store: Store, owner: StaffPerson, other_store: Store) -> None:
    store.buyers(2, days_ago=200)
    other_store.buyers(1, days_ago=200)
    page = owner.text("/segments/lapsed/")
    assert re.findall(r">(Pembeli \d)</a>", page) == ["Pembeli 1", "Pembeli 0"]
    assert "2 of 2" in page
    assert "/campaigns/new/?segment=lapsed" in page


def test_a_cell_of_the_grid_leads_to_its_members(store: Store, owner: StaffPerson) -> None:
    store.buyers(2, days_ago=200)
    page = owner.text("/segments/all/", r="1", f="1")
    assert "Recency score: 1" in page
    assert "Frequency score: 1" in page
    assert "Pembeli 0" in page
    assert "Pembeli 0" not in owner.text("/segments/all/", r="5", f="5")


def linked(page: str) -> list[tuple[str, int]]:
    """Return (address, figure) of each figure that opens members."""
    found = re.findall(r'<a href="(/segments/[a-z]+/[^"]*)"(?: class="cell")?>\s*(?:<span>)?(\d+)', page)
    return [(html.unescape(address), int(figure)) for address, figure in found]


@pytest.fixture
def moved(store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[MemberFacts]]:
    """Make two nights 39 days apart: two stayed lapsed, three went from new to lapsed, one bought first."""
    monkeypatch.setattr(grid, "BUYERS_FOR_GRID", 3)
    days = {"stayed": (200, 2), "left": (100, 3), "came": (10, 1)}
    people = {name: [store.member(f"{name} {n}") for n in range(count)] for name, (_, count) in days.items()}
    with merchant_scope(store.merchant.id):
        for name, members in people.items():
            bought = [(store.today - timedelta(days=days[name][0]), 50_000)]
            shop = BuyersShop(store.merchant, store.outlet_id, store.till_id)
            add_purchases(shop, {member.id: bought for member in members})
    for days_ago in (40, 1):
        with merchant_scope(store.merchant.id):
            run = recalculate(
                merchant=store.merchant, business_date=store.today - timedelta(days=days_ago), at=timezone.now()
            )
            assert run
            assert label_members(merchant=store.merchant, until=run.number, after=None) is None
    return people


def test_every_figure_opens_exactly_the_members_it_counts(
    store: Store, owner: StaffPerson, moved: dict[str, list[MemberFacts]], figures_alone: StaffPerson
) -> None:
    """Stages, who can be reached, cells of the flow and of the grid, zones: each list is as long as its figure."""
    silent = moved["left"][0]
    with merchant_scope(store.merchant.id):
        withdraw_consent(
            merchant=store.merchant, member_id=silent.id, source=ConsentSource.ONE_CLICK, at=timezone.now()
        )
    page = owner.text("/segments/")
    figures = linked(page)
    kinds = {kind: {address: n for address, n in figures if kind in address} for kind in ("from=", "zone=", "r=")}
    assert kinds["from="] == {
        "/segments/new/?from=none": 1,
        "/segments/lapsed/?from=new": 3,
        "/segments/lapsed/?from=lapsed": 2,
        "/segments/all/?from=none": 1,
        "/segments/all/?from=new": 3,
        "/segments/all/?from=lapsed": 2,
    }
    assert len(kinds["r="]) == 25
    assert sum(kinds["zone="].values()) == 6
    assert ("/segments/lapsed/?reachable=yes", 4) in figures
    for address, figure in figures:
        listed = owner.text(address)
        assert len(set(re.findall(r"/members/([0-9a-f-]{36})/", listed))) == figure, address
    left = owner.text("/segments/lapsed/?from=new")
    assert {str(one.id) for one in moved["left"]} == set(re.findall(r"/members/([0-9a-f-]{36})/", left))
    (chip,) = re.findall(r'<span class="chip">([^<]+)<', left)
    assert chip == f"On {format_day(store.today - timedelta(days=40), 'en')}: New"
    assert str(silent.id) not in owner.text("/segments/lapsed/?reachable=yes")
    for mangled in ("from=x", "zone=x", "reachable=x", "r=9", "from=%00"):
        assert "5 of 5" in owner.text(f"/segments/lapsed/?{mangled}")
    assert linked(figures_alone.text("/segments/")) == []


def test_a_segment_s_list_has_the_tools_of_the_member_list(
    store: Store, owner: StaffPerson, moved: dict[str, list[MemberFacts]]
) -> None:
    """Filters, a file and a tag are for exactly the members behind the figure, and another filter keeps the figure."""
    left: dict[str, Any] = {"from": "new"}
    page = owner.text("/segments/lapsed/", **left)
    assert 'name="from" value="new"' in page, "a filter that is added keeps where they came from"
    assert "left 1" in owner.text("/segments/lapsed/", **left, q="left 1")
    assert "left 2" not in owner.text("/segments/lapsed/", **left, q="left 1")
    (action,) = re.findall(r'action="(/members/bulk/[^"]+)"', page)
    (file,) = re.findall(r'href="(/members/export/[^"]+)"', page)
    rows = b"".join(owner.get(html.unescape(file)).streaming_content).decode()  # type: ignore[attr-defined]
    assert sorted(re.findall(r"left \d|stayed \d|came \d", rows)) == ["left 0", "left 1", "left 2"]
    sent: dict[str, Any] = {"_store": mark_in(page), "all": "yes", "do": "tag", "tag": "ajak-kembali"}
    asked = owner.post(html.unescape(action), status=200, **sent).content.decode()
    assert 'name="confirmed" value="3"' in asked, "it says how many before"
    owner.post(html.unescape(action), **sent, confirmed="3")
    with merchant_scope(store.merchant.id):
        [tag] = tags(merchant=store.merchant)
        filters = MemberFilter(tag_id=tag.id)
        tagged = members_page(merchant=store.merchant, filters=filters).members
    assert {one.id for one in tagged} == {one.id for one in moved["left"]}
    care = store.colleague(Role.CARE)
    assert "/members/export/" not in care.text("/segments/lapsed/")


@pytest.mark.usefixtures("moved")
def test_what_helps_is_begun_behind_its_words(store: Store, owner: StaffPerson) -> None:
    """Each suggestion opens the page to write it, already filled in; without the right to write it is only words."""
    plays = re.findall(r'data-label="What helps">\s*<a href="([^"]+)">([^<]+)</a>', owner.text("/segments/"))
    assert len(plays) == len(Zone)
    for address, words in plays:
        page = owner.text(html.unescape(address))
        if segment := re.search(r"segment=(\w+)", address):
            assert re.search(rf'value="{segment[1]}"[^>]*checked', page), (address, words)
        else:
            assert "/offers/promotions/new/" in address
    analyst = store.colleague(Role.ANALYST)
    assert 'data-label="What helps">' in analyst.text("/segments/")
    assert not re.findall(r'data-label="What helps">\s*<a', analyst.text("/segments/"))


def test_an_unknown_segment_is_not_found_and_a_mangled_place_is_the_front(store: Store, owner: StaffPerson) -> None:
    store.buyers(2, days_ago=200)
    owner.get("/segments/best/", status=404)
    assert "2 of 2" in owner.text("/segments/lapsed/", after="x")


def test_the_number_of_statements_does_not_grow_with_the_rows(store: Store, owner: StaffPerson) -> None:
    store.buyers(2)
    store.sort()
    few = owner.statements("/segments/lapsed/"), owner.statements("/segments/")
    store.buyers(7)
    assert (owner.statements("/segments/lapsed/"), owner.statements("/segments/")) == few


def test_who_would_move_is_shown_before_the_definition_changes(store: Store, owner: StaffPerson) -> None:
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


def test_numbers_that_cannot_be_are_refused_beside_the_field(owner: StaffPerson) -> None:
    for wrong in ("0", "-3", "NaN", "999999", ""):
        page = owner.post("/segments/definition/", status=400, **{**CHANGED, "lapsed_after_days": wrong})
        assert "error-summary" in page.content.decode()


def test_an_analyst_sees_the_segments_and_changes_nothing(store: Store) -> None:
    analyst = store.colleague(Role.ANALYST)
    assert "Change definition" not in analyst.text("/segments/")
    analyst.post("/segments/definition/", status=403, **CHANGED)
    analyst.get("/segments/lapsed/")


def test_what_would_be_refused_is_not_shown_as_a_preview(store: Store, owner: StaffPerson) -> None:
    """Lapsed after 10 days, new for 30: refused at once, not on the click after the preview."""
    store.buyers(2, days_ago=20)
    wrong = {**CHANGED, "lapsed_after_days": "10", "new_within_days": "30"}
    page = owner.post("/segments/definition/", status=400, **wrong).content.decode()
    assert "Who would move" not in page
    assert "error-summary" in page


def test_figures_of_two_definitions_are_not_compared(store: Store, owner: StaffPerson) -> None:
    def count(days_ago: int) -> None:
        with merchant_scope(store.merchant.id):
            recalculate(
                merchant=store.merchant, business_date=store.today - timedelta(days=days_ago), at=timezone.now()
            )

    members = [store.member(f"Pembeli {n}") for n in range(3)]
    with merchant_scope(store.merchant.id):
        shop = BuyersShop(store.merchant, store.outlet_id, store.till_id)
        add_purchases(shop, {member.id: [(store.today - timedelta(days=100), 9_000)] for member in members})
    count(40)
    count(3)
    compared = owner.text("/segments/")
    assert re.search(r"\+3 since", compared)  # 3 lapsed that were not 40 days ago
    assert "Definition changed" not in compared
    changed = Thresholds(new_within_days=30, lapsed_after_days=95, loyal_purchases=4, loyal_window_days=180)
    with merchant_scope(store.merchant.id):
        change_rule(merchant=store.merchant, thresholds=changed, at=timezone.now(), actor=SYSTEM)
    waiting = owner.text("/segments/")
    assert "Members are being sorted by the changed definition" in waiting
    assert 'hx-trigger="every 3s"' in waiting
    count(2)
    page = owner.text("/segments/")
    assert "Members are being sorted by the changed definition" not in page
    assert 'hx-trigger="every 3s"' not in page
    assert not re.search(r"[+−-]?\d+ since", page)
    assert "not compared with days before" in page
    assert "who moved only because of that is counted too" in page
    count(1)
    assert re.search(r"0 since", owner.text("/segments/"))  # within the new definition it is compared again
