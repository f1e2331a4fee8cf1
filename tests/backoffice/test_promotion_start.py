"""Where a promotion begins: six cards that say what they give; all else is folded, JSON is for integrators."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from backoffice.promotions.forms import KINDS, PATTERNS, Pattern
from merchants.facts import Role
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import filled
from tests.backoffice.test_promotions import PAGE, publish

pytestmark = pytest.mark.django_db


SIX = ["bundle", "buy-get", "gift", "cashback", "friend", "member"]


def test_six_cards_come_first_and_the_rest_is_behind_more(owner: StaffPerson) -> None:
    first, more = re.split(r'<details class="card fold">', owner.text(f"{PAGE}new/"))
    assert re.findall(r'class="pattern"\s+href="/offers/promotions/new/([a-z-]+)/"', first) == SIX
    assert more.count('class="pattern"') == len(PATTERNS) - 6
    assert more.count('<li><a href="/offers/promotions/new/kind/') == len(KINDS)
    assert "/new/kind/" not in first
    assert re.search(r"<h2>\s*More\s*</h2>", more)


def open_steps(page: str) -> list[int]:
    heads = re.findall(r'<details\s+class="card fold step"([^>]*)>', page)
    return [number for number, head in enumerate(heads, start=1) if head.split()[-1] == "open"]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.code)
def test_each_pattern_leads_to_three_short_steps(owner: StaffPerson, pattern: Pattern) -> None:
    """What it gives, for whom and when, limits; of each step only what most fill in is shown at once."""
    page = owner.text(f"{PAGE}new/{pattern.code}/")
    _start, *steps = re.split(r'<details\s+class="card fold step"', page.split('<div class="stack beside">')[0])
    heads = [re.findall(r"<h2>(.*?)</h2>", step, re.DOTALL)[0] for step in steps]
    titles = [" ".join(re.sub(r"<[^>]+>", " ", head).split()) for head in heads]
    assert titles == ["1 What it gives", "2 For whom and when", "3 Limits, budget and start"]
    assert open_steps(page) == [1]
    assert steps[0].count('href="#step-2"') == 1
    assert steps[1].count('href="#step-3"') == 1
    if pattern.code in SIX:
        shown = re.sub(r'<details class="more"\s*>.*?</details>', "", steps[0], flags=re.DOTALL)
        shown = shown.replace('class="of-variant variant-parts"', "<parts>").split("<parts>")[0]
        boxes = set(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', shown))
        assert len(boxes) <= 8, sorted(boxes)


def sentence(page: str) -> str:
    """Return what stays in view while the boxes are filled."""
    part = unescape(page).replace("\xa0", " ").split('id="says-text"')[1].split("</div>")[0].split(">", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", part).split())


def test_the_sentence_is_there_at_once_and_follows_the_boxes(owner: StaffPerson) -> None:
    path = f"{PAGE}new/bundle/"
    page = owner.text(path)
    assert sentence(page) == "3 of all goods for Rp 70.000."
    assert page.index('id="says-text"') < page.index('class="card fold step"'), "above the steps"
    changed = filled(page, qty="4", members_only="on", per_member_limit="2")  # without a name yet
    answer: Any = owner.client.post(path, changed, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert 'hx-swap-oob="innerHTML"' in text
    assert sentence(text) == "4 of all goods for Rp 70.000. Only for members. At most 2 uses per member."
    assert "Name: This field is required." in " ".join(re.sub(r"<[^>]+>", " ", text).split())
    half: Any = owner.client.post(path, {**changed, "valid_to": ["32/13/2027"]}, headers={"HX-Request": "true"})
    assert sentence(half.content.decode()).startswith("4 of all goods for Rp 70.000.")
    empty = owner.text(f"{PAGE}new/kind/percent_off/")
    assert sentence(empty) == "Fill in the boxes: here you read what customers get."
    owner.client.cookies["django_language"] = "id"
    assert sentence(owner.text(path)) == "3 dari semua barang seharga Rp 70.000."


def test_the_step_with_the_first_error_is_open(owner: StaffPerson) -> None:
    path = f"{PAGE}new/bundle/"
    wrong = {"valid_to": "32/13/2027", "limit": "x"}
    for changed, number in (({"title": ""}, 1), ({"title": "A", **wrong}, 2), ({"title": "A", "limit": "x"}, 3)):
        page = owner.client.post(path, filled(owner.text(path), publish="1", **changed)).content.decode()
        assert open_steps(page) == [number], changed


def test_json_is_in_the_menu_of_integrators_only(owner: StaffPerson) -> None:
    page = owner.text(f"{PAGE}new/")
    menus = re.findall(r'<details class="menu" data-popover>.*?</details>', page, re.DOTALL)
    (menu,) = [menu for menu in menus if "JSON" in menu]
    assert "<summary>For integrators" in menu
    assert "JSON" not in page.replace(menu, "")
    assert "JSON" not in owner.text(PAGE)
    assert "JSON" not in owner.text(f"{PAGE}new/bundle/")


def test_who_connects_no_systems_never_meets_json(store: Store, owner: StaffPerson) -> None:
    parts = [{"qty": 1, "filter": {"categories": ["kopi"]}}, {"qty": 1, "filter": {"categories": ["roti"]}}]
    known = publish(store, {"title": "Paket", "kind": "new_order_price", "value": 30_000, "per_bundle": parts})
    marketer, analyst = store.colleague(Role.MARKETER), store.colleague(Role.ANALYST)
    for path in (f"{PAGE}new/", f"{PAGE}{known}/", f"{PAGE}{known}/edit/"):
        assert "JSON" not in marketer.text(path), path
        assert "For integrators" in owner.text(path), path
    assert "An owner or manager can change it." in marketer.text(f"{PAGE}{known}/edit/")
    for path in (f"{PAGE}new/json/", f"{PAGE}{known}/json/", f"{PAGE}{known}/export/"):
        marketer.get(path, status=403)
    assert "JSON" not in analyst.text(f"{PAGE}{known}/")
    analyst.get(f"{PAGE}{known}/export/", status=403)
