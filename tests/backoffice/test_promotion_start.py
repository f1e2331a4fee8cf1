"""Where a promotion begins: six cards that say what they give; all else is folded, JSON is for integrators (UX25)."""

from __future__ import annotations

import re

import pytest

from backoffice.promotions.forms import KINDS
from tests.backoffice.conftest import StaffPerson
from tests.backoffice.test_promotions import PAGE

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
