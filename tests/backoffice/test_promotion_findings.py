"""What the check says of a promotion: only what it causes, the worst first, three at most; losses of its own days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store, open_store
from tests.backoffice.test_promotions import PAGE, posted, publish, till_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
"""A Thursday, noon in Jakarta."""
NEW = f"{PAGE}new/kind/percent_off/"


@pytest.fixture
def shop(db: None) -> Iterator[Store]:
    """Two weeks of one coffee a day at Rp 20.000, which costs Rp 18.000."""
    first = NOW - timedelta(days=13)
    with time_machine.travel(first, tick=False):
        store = open_store("Toko Harian")
        till = till_of(store)
        with merchant_scope(store.merchant.id):
            kopi = [ProductDraft(sku="KOPI", name="Kopi", price_amount=20_000, cost_amount=18_000)]
            save_products(merchant=store.merchant, drafts=kopi, today=first.date(), at=timezone.now(), actor=SYSTEM)
    for day in range(14):
        with time_machine.travel(first + timedelta(days=day), tick=False):
            till.sell(f"R-{day}", line(sku="KOPI", unit_amount=20_000))
    with time_machine.travel(NOW, tick=False):
        yield store


def panel(page: str) -> str:
    """Return the card of findings."""
    return page.replace("\xa0", " ").split("Before you publish</h2>")[1].split("</section>")[0]


def texts(part: str) -> list[str]:
    found = re.findall(r"<li.*?<span>(.*?)</span>", part, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def check(person: StaffPerson, path: str = NEW, **changed: str | list[str]) -> str:
    return panel(posted(person, path, status=200, press="check", **changed))


def test_losses_are_those_of_the_days_on_which_it_runs(shop: Store) -> None:
    """Half price on Mondays: two of the fourteen receipts, not all of the two weeks."""
    found = check(shop.owner, title="Senin", percent="50", weekdays=["1"])
    assert texts(found)[0] == ("Kopi would have sold below cost on 2 receipts (quantity 2), Rp 16.000 lost, by Senin.")
    told = " ".join(found.split())
    assert "Tried on 2 receipts of the days on which it runs, 16 Nov 2026 – 23 Nov 2026." in told
    assert "It would have given Rp 20.000, on 2 of these." in told


def test_losses_are_what_it_adds_not_what_all_promotions_cost(shop: Store) -> None:
    publish(shop, {"title": "Selalu", "kind": "percent_off", "value": 20, "priority": 1})
    found = check(shop.owner, title="Senin", percent="50", weekdays=["1"])
    assert "Kopi would have sold below cost on 2 receipts (quantity 2), Rp 16.000 lost, by Senin." in texts(found)
    assert "It would have given Rp 16.000, on 2 of these." in " ".join(found.split())


def test_days_ahead_are_tried_on_as_many_past_days(shop: Store) -> None:
    found = check(shop.owner, title="Akhir pekan", percent="50", valid_from="5/12/2026", valid_to="6/12/2026")
    told = " ".join(found.split())
    assert "Tried on 2 receipts of the days on which it runs, 21 Nov 2026 – 22 Nov 2026." in told
    assert "It would have given Rp 20.000, on 2 of these." in told
    sundays = check(shop.owner, title="Jam", percent="50", hours_from="20.00", hours_to="21.00")
    assert "Jam would not have acted on any of 14 receipts." in sundays


def test_three_are_shown_the_worst_first_and_the_others_are_folded(shop: Store) -> None:
    for n in range(2):
        publish(shop, {"title": f"Diskon {n}", "kind": "percent_off", "value": 5})
    publish(shop, {"title": "Baru", "kind": "percent_off", "value": 5, "when": {"tiers_any": ["gold"]}})
    found = check(shop.owner, title="Baru", percent="60")
    shown, folded, _language = found.split('<details class="more">')
    assert len(texts(shown)) == 3
    assert texts(shown)[0].startswith("Kopi would have sold below cost on 14 receipts")
    assert texts(shown)[1].startswith("Discounts would have been")
    assert len(texts(folded)) >= 2
    assert f"Show {len(texts(folded))} more" in folded
    assert any("has the same name" in text for text in texts(folded))


def test_refusals_come_before_warnings(shop: Store) -> None:
    publish(shop, {"title": "Berhenti", "kind": "percent_off", "value": 1, "exclusive": True, "priority": 1})
    page = posted(shop.owner, NEW, status=200, press="check", title="Sia-sia", percent="60")
    assert "It would never apply" in texts(panel(page))[0]


def test_a_next_version_is_not_told_what_was_so_before(shop: Store) -> None:
    publish(shop, {"title": "Lain", "kind": "percent_off", "value": 10})
    half = publish(shop, {"title": "Setengah", "kind": "percent_off", "value": 50})
    edit = f"{PAGE}{half}/edit/"
    same = check(shop.owner, edit, limit="100")
    assert texts(same) == ["No problems found on past receipts."]
    assert "It would have given" not in same
    more = check(shop.owner, edit, percent="60")
    assert texts(more)[0].startswith("Kopi would have sold below cost on 14 receipts (quantity 14), Rp 25.200 lost")
    assert "It would have given Rp 25.200 more than the version in force, on 14 of these." in " ".join(more.split())
    less = check(shop.owner, edit, percent="40")
    assert not [text for text in texts(less) if "below cost" in text]
    assert "It would have given Rp 25.200 less than the version in force" in " ".join(less.split())
