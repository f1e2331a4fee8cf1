"""Forms in a real browser: nothing is booked unseen on a phone, and what a press shows stays under the pointer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from ledger.queries import balance
from merchants.tenancy import merchant_scope
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser
CONFIRM: Final = ".preview button[name=confirmed]"


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        yield open_lapsed_store()


def points_of(store: BrowsedStore) -> int:
    today = store.merchant.last_ended_day(timezone.now()) + timedelta(days=1)
    with merchant_scope(store.merchant.id):
        return balance(merchant=store.merchant, owner_id=store.member.id, business_date=today).points_balance


def fill_points(page: Page, store: BrowsedStore) -> None:
    page.goto(f"/members/{store.member.id}/points/")
    page.get_by_label("Points (poin)").fill("50")
    page.get_by_label("Reason").select_option("goodwill")


def fill_gift_cards(page: Page, store: BrowsedStore) -> None:
    page.goto("/loyalty/gift-cards/new/")
    page.get_by_label("Name of the batch").fill("Kado")
    page.get_by_label("Amount on each card").fill("50.000")
    page.get_by_label("Number of cards").fill("3")
    page.get_by_label("Reason").fill("uji")


def fill_rules(page: Page, store: BrowsedStore) -> None:
    page.goto("/program/tasks/earn/")
    page.get_by_label("a member gets").fill("3")


def fill_definition(page: Page, store: BrowsedStore) -> None:
    page.goto("/segments/definition/")
    page.get_by_label("Lapsed").first.fill("250")


def fill_settings(page: Page, store: BrowsedStore) -> None:
    page.goto("/program/tasks/limits/")
    page.get_by_label("Days to claim a receipt").fill("9")


@pytest.mark.parametrize(
    ("fill", "named"),
    [
        (fill_points, "Add 50 poin → "),
        (fill_gift_cards, "Issue 3 cards: Rp 150.000"),
        (fill_rules, "3 poin for every Rp 10.000"),
        (fill_definition, "Change and move 12 members"),
        (fill_settings, "Save 1 change"),
    ],
)
def test_what_a_phone_confirms_is_seen_named_and_elsewhere(
    browser: Browser, server_url: str, store: BrowsedStore, fill: object, named: str
) -> None:
    with signed_in(browser, server_url, store, width=360) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        fill(page, store)  # type: ignore[operator]
        pressed = page.locator(".save-bar button:not([type=button])")
        before = pressed.bounding_box()
        assert before
        pressed.click()
        page.locator(".preview").wait_for()
        assert named in page.locator(CONFIRM).inner_text().replace("\u00a0", " ")
        heading = page.locator(".preview h2").bounding_box()
        assert heading
        assert 50 < heading["y"] < 600, "the preview is in view, below the top bar"
        assert page.evaluate("document.activeElement.classList.contains('preview')")
        confirm = page.locator(CONFIRM).bounding_box()
        assert confirm
        x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
        assert not (
            confirm["x"] <= x <= confirm["x"] + confirm["width"]
            and confirm["y"] <= y <= confirm["y"] + confirm["height"]
        ), "the button that confirms does not stand where the one that asked was pressed"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert complaints(page) == []


def test_a_double_tap_books_nothing_and_the_button_waits(
    browser: Browser, server_url: str, store: BrowsedStore
) -> None:
    before = points_of(store)
    with signed_in(browser, server_url, store, width=360) as page:
        page.set_viewport_size({"width": 360, "height": 740})
        fill_points(page, store)
        box = page.locator(".save-bar button:not([type=button])").bounding_box()
        assert box
        page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.locator(".preview").wait_for()
        page.evaluate(f"document.querySelector('{CONFIRM}').click()")  # within the first second
        page.wait_for_timeout(200)
        assert page.locator(".preview").is_visible()
        assert points_of(store) == before
        page.wait_for_timeout(1_000)
        page.locator(CONFIRM).click()
        page.get_by_text("The points are booked.").wait_for()
    assert points_of(store) == before + 50


def test_the_check_of_a_promotion_is_read_whole_and_counted(
    browser: Browser, server_url: str, store: BrowsedStore
) -> None:
    """No box within the page scrolls, nothing ends behind the bar, and on a phone the count leads to the check."""
    for width, height in ((1366, 768), (360, 740)):
        with signed_in(browser, server_url, store, width=width) as page:
            page.set_viewport_size({"width": width, "height": height})
            page.goto("/offers/promotions/new/bundle/")
            assert page.locator("details.fold[open]").count() == 1, "one step"
            page.get_by_label("Name").fill("3 kopi")
            page.get_by_role("button", name="Check", exact=True).click()
            page.locator("#found-title").wait_for()
            assert page.evaluate("document.activeElement.classList.contains('preview')")
            page.get_by_role("link", name="Go to the check").click()
            last = page.locator("#checked .findings li").last
            last.scroll_into_view_if_needed()
            bar, found = page.locator(".save-bar").bounding_box(), last.bounding_box()
            assert bar
            assert found
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            nested = (
                "[...document.querySelectorAll('.beside, #checked')].some(e => e.scrollHeight > e.clientHeight + 1)"
            )
            assert not page.evaluate(nested)
            assert bar["height"] < 80
