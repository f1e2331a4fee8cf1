"""Settings > Late receipts: sales of a past day and of a wrong clock, by till and one by one (A9)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import Role
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_search import sell

PATH = "/receipts/late/"


def late(store: Store, reference: str, *, days: float = 0, clock_days: float = 0, **fields: Any) -> None:
    """A sale dated so many days back, by a clock that is so far behind."""
    now = timezone.now()
    sell(store, reference, occurred_at=now - timedelta(days=days), device_at=now - timedelta(days=clock_days), **fields)


def test_nothing_late_says_so(store: Store, owner: StaffPerson) -> None:
    late(store, "R-1")
    page = owner.text(PATH)
    assert "Nothing came late in these days" in page
    assert "R-1" not in page


@pytest.mark.parametrize("path", [PATH, "/receipts/debts/"])
def test_where_nothing_fits_the_filters_can_be_cleared(owner: StaffPerson, path: str) -> None:
    assert "Clear filters" not in owner.text(path)
    page = owner.text(path, first="2026-01-01", last="2026-01-02")
    assert f'<a class="button" href="{path}">Clear filters</a>' in page


def test_a_till_that_is_asked_for_stays_chosen_where_it_has_nothing(store: Store, owner: StaffPerson) -> None:
    page = owner.text(PATH, till=str(store.till_id))
    assert f'<option value="{store.till_id}" selected>' in " ".join(page.split())


def test_late_sales_and_clocks_are_listed_for_their_till(store: Store, owner: StaffPerson) -> None:
    late(store, "R-1", days=2)
    late(store, "R-2", days=29)
    late(store, "R-3", days=0.5, clock_days=0.5)
    late(store, "R-4", days=3, clock_days=3)
    sell(store, "R-5")
    page = owner.text(PATH)
    assert "4 receipts" in page
    for label, figure in (("Late sales", 2), ("Too late for their offers", 1), ("Sales with a wrong clock", 2)):
        assert f'data-label="{label}">{figure}<' in page
    assert 'data-label="Amount of the late ones">Rp\xa0230.000<' in page
    assert "The sale came 2 days late; the offers of its own day count." in page
    assert "The sale came 29 days late, too late for the offers of its day: those of today count." in page
    assert "The till's clock was 720 minutes behind; the time was corrected." in page.replace("&#x27;", "'")
    assert "The till's clock is more than a day wrong; our own time was used." in page.replace("&#x27;", "'")
    assert page.index("R-4") < page.index("R-3") < page.index("R-2") < page.index("R-1")
    assert "R-5" not in page


def test_days_and_till_narrow_the_list_and_nothing_else_is_believed(store: Store, owner: StaffPerson) -> None:
    late(store, "R-1", days=2)
    yesterday = (store.today - timedelta(days=1)).isoformat()
    assert "R-1" not in owner.text(PATH, first=yesterday, last=yesterday)
    assert "R-1" in owner.text(PATH, till=str(store.till_id))
    assert "R-1" in owner.text(PATH, till="no till", after="nonsense")
    assert "The last day is before the first day." in owner.text(PATH, first="2026-02-02", last="2026-02-01")


def test_fifty_on_a_page(store: Store, owner: StaffPerson) -> None:
    for n in range(52):
        late(store, f"R-{n:02}", days=2)
    first = owner.text(PATH)
    assert ("R-51" in first, "R-02" in first, "R-01" in first) == (True, True, False)
    assert "R-01" in owner.text(PATH + older_page(first))


def older_page(page: str) -> str:
    """Where the list goes on."""
    links: list[str] = re.findall(r'href="([^"]*after=[^"]*)"', page)
    return links[-1].replace("&amp;", "&")


def test_only_who_sees_figures(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    late(store, "R-1", days=2)
    assert "No access" in store.colleague(Role.INTEGRATOR).text(PATH, status=403)
    assert "R-1" not in stranger.text(PATH)
    assert "R-1" in store.colleague(Role.MARKETER).text(PATH)
