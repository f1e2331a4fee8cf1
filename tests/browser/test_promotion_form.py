"""The form of a promotion in a real browser: a bundle for Lebaran with few clicks, its sentence always in view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.promotions.queries import live_promotions
from tests.browser.clicks import Clicks
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser
MOST_CLICKS: Final = 10
"""What the journey of a Lebaran offer may need."""


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        drafts = [
            ProductDraft(sku="85123A", name="Kaos Hitam", category="Kaos", price_amount=30_000, cost_amount=18_000),
            ProductDraft(sku="85123B", name="Kaos Putih", category="Kaos", price_amount=30_000, cost_amount=18_000),
        ]
        with merchant_scope(store.merchant.id):
            save_products(merchant=store.merchant, today=now.date(), at=now, actor=SYSTEM, drafts=drafts)
        yield store


def in_view(page: Page) -> bool:
    """Return whether the whole sentence is on the screen, below the top bar and above the save bar."""
    said, bar = page.locator(".says").bounding_box(), page.locator(".save-bar").bounding_box()
    assert said
    assert bar
    return said["y"] >= 50 and said["y"] + said["height"] <= bar["y"]


def heading_is_below_the_sentence(page: Page) -> bool:
    """Return whether the heading of the open step is on the screen and not covered by the sentence."""
    said = page.locator(".says").bounding_box()
    heading = page.locator("details.step[open] h2").bounding_box()
    assert said
    assert heading
    return said["y"] + said["height"] <= heading["y"] < 740


def test_on_a_phone_each_step_stops_below_the_sentence(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store, width=360, theme="light") as page:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto("/offers/promotions/new/stamps/")
        page.evaluate("document.querySelector('.says').style.minHeight = '140px'")  # a sentence of six lines
        for number in (2, 3):
            page.locator(f"a[href='#step-{number}']").click()
            expect(page.locator("details.step[open] .step-number")).to_have_text(str(number))
            page.wait_for_timeout(200)
            assert heading_is_below_the_sentence(page)


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_an_offer_for_lebaran_is_made_with_few_clicks(
    browser: Browser, server_url: str, store: BrowsedStore, width: int, theme: str
) -> None:
    clicks = Clicks()
    title = f"Lebaran {width} {theme}"
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.set_viewport_size({"width": width, "height": 740})
        if width < 490:
            page.goto("/offers/promotions/")  # the menu of a phone is tested elsewhere
            clicks.count += 1
        else:
            clicks.press(page.get_by_role("link", name="Offers").first)
        clicks.press(page.get_by_role("link", name="New promotion"))
        clicks.press(page.get_by_role("link", name="Bundle price 3 for Rp 70.000"))
        said = page.locator("#says-text")
        expect(said).to_have_text(re.compile(r"3 of all goods for Rp\s70\.000\."))
        assert in_view(page)
        page.get_by_label("Name").fill(title)
        page.get_by_role("combobox", name=re.compile("Products")).first.fill("kaos h")
        option = page.get_by_role("option", name=re.compile("Kaos Hitam"))
        expect(option).to_contain_text(re.compile(r"Price Rp\s30\.000 · cost Rp\s18\.000"))
        clicks.press(option)
        expect(said).to_have_text(re.compile(r"3 of Kaos Hitam for Rp\s70\.000\."))
        clicks.press(page.get_by_role("link", name="Next: For whom and when"))
        expect(page.locator("details.step[open] h2")).to_contain_text("For whom and when")
        assert page.locator("details.step[open]").count() == 1, "one step is open at a time"
        clicks.choose(page.get_by_label("Moment"), "lebaran")
        expect(said).to_have_text(re.compile("At Lebaran"))
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        assert in_view(page), "also at the end of the page"
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        clicks.press(page.get_by_role("button", name="Check", exact=True))
        page.locator("#found-title").wait_for()
        page.wait_for_timeout(1_050)  # the button waits until the warnings can have been read
        clicks.press(page.get_by_role("button", name=re.compile("^Publish")).first)
        page.get_by_role("heading", name=title).wait_for()
    assert clicks.count <= MOST_CLICKS, clicks.count
    ahead = timezone.now() + timedelta(minutes=1)
    with merchant_scope(store.merchant.id):
        made = [one for one in live_promotions(merchant=store.merchant, at=ahead) if one.title == title]
    assert [(one.when.moment, one.terms.filter.skus) for one in made] == [("lebaran", frozenset({"85123a"}))]


def test_a_link_to_a_box_opens_its_step_and_its_fold(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store, width=360) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto("/offers/promotions/new/member/")
        page.get_by_label("Name").fill("Member")
        assert not page.get_by_label("Uses per day").is_visible()
        page.evaluate("location.hash = '#id_per_day_limit'")  # as from the list of errors
        box = page.get_by_label("Uses per day")
        expect(box).to_be_visible()
        assert page.locator("details.step[open]").count() == 1
        said, found = page.locator(".says").bounding_box(), box.bounding_box()
        assert said
        assert found
        assert found["y"] > said["y"] + said["height"], "the sentence does not lie on it"


def test_choosing_the_gift_fills_in_its_name_and_price(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store) as page:
        page.goto("/offers/promotions/new/gift/")
        for text, name in (("kaos p", "Kaos Putih"), ("kaos h", "Kaos Hitam")):
            page.get_by_role("combobox", name=re.compile("Product code of the gift")).fill(text)
            page.get_by_role("option", name=re.compile(name)).click()
            expect(page.get_by_label("Free gift")).to_have_value(name)
        expect(page.get_by_label("List price of the gift")).to_have_value("30.000")
        assert page.locator('input[name="gift_sku"]').input_value() == "85123A"
        expect(page.locator("#says-text")).to_have_text(re.compile("1 × Kaos Hitam free"))
        assert complaints(page) == []
