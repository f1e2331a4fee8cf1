"""Receipts > Numbers that never came: T39, named to staff from a day on, at the till and on the overview."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from backoffice.receipts import missing_numbers
from merchants.facts import NumberedItem, Role
from merchants.operations import claim_terminal_number
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

PATH = "/receipts/missing-numbers/"


def came(store: Store, *numbers: int, days_ago: float, device_id: str = "") -> None:
    at = timezone.now() - timedelta(days=days_ago)
    with merchant_scope(store.merchant.id):
        for number in numbers:
            item = NumberedItem(device_id, number, sha256(str(number).encode()).digest(), "enrol")
            claim_terminal_number(merchant=store.merchant, till_id=store.till_id, item=item, status=201, at=at)


def test_no_number_is_missing(store: Store, owner: StaffPerson) -> None:
    came(store, 1, 2, 3, days_ago=2)
    assert "No number has been missing for a day" in owner.text(PATH)
    assert PATH not in owner.text("/")
    assert PATH not in owner.text("/settings/tills/")


def test_a_gap_is_shown_after_a_day_and_until_it_is_filled(store: Store, owner: StaffPerson) -> None:
    came(store, 1, 4, days_ago=1.1)
    came(store, 9, days_ago=0.9)
    page = owner.text(PATH)
    for word in ("2 – 3", "2 numbers · 1 gap"):
        assert word in " ".join(page.split()), word
    assert "5 – 8" not in " ".join(page.split()), "its till may still be on its way"
    for url in ("/", "/settings/tills/"):
        assert "2 numbers of what" in owner.text(url)
        assert f'href="{PATH}"' in owner.text(url)
    came(store, 2, 3, days_ago=0)
    assert "No number has been missing for a day" in owner.text(PATH)
    assert PATH not in owner.text("/")


def test_a_gap_is_there_since_the_first_later_number_came(store: Store, owner: StaffPerson) -> None:
    """What comes in between later makes no gap younger."""
    came(store, 1, 9, days_ago=3)
    came(store, 5, days_ago=0)
    page = " ".join(owner.text(PATH).split())
    assert ("2 – 4" in page, "6 – 8" in page) == (True, True)


def test_each_device_counts_by_itself_and_an_old_gap_is_left(store: Store, owner: StaffPerson) -> None:
    came(store, 1, 3, days_ago=31)
    came(store, 100, 102, days_ago=2, device_id="tablet-2")
    page = owner.text(PATH)
    assert "tablet-2" in page
    assert "1 number of what tills recorded offline never came" in owner.text("/")


def test_only_who_sees_figures_and_only_their_store(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    came(store, 1, 3, days_ago=2)
    assert "No access" in store.colleague(Role.INTEGRATOR).text(PATH, status=403)
    assert "No number has been missing for a day" in stranger.text(PATH)


def test_of_very_many_gaps_the_page_says_that_it_shows_the_latest(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing_numbers, "MOST_SHOWN", 2)
    came(store, 1, 3, 5, days_ago=2)
    assert "2 numbers · 2 gaps" in " ".join(owner.text(PATH).split())
    came(store, 7, days_ago=2)
    page = " ".join(owner.text(PATH).split())
    assert "Only the latest 2 gaps are shown." in page
    assert "2 gaps ·" not in page
    assert "· 2 gaps" not in page
