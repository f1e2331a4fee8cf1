"""Where a promotion begins: six cards that say what they give; all else is folded, JSON is for integrators."""

from __future__ import annotations

import re

import pytest

from backoffice.promotions.forms import KINDS
from merchants.facts import Role
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import PAGE, publish

pytestmark = pytest.mark.django_db


def test_six_cards_come_first_and_the_rest_is_folded(owner: StaffPerson) -> None:
    first, more, blank = re.split(r'<details class="card fold">', owner.text(f"{PAGE}new/"))
    assert first.count('class="pattern"') == 6
    assert more.count('class="pattern"') > 6
    assert blank.count('<li><a href="/offers/promotions/new/kind/') == len(KINDS)
    assert "/new/kind/" not in first + more


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
