"""J4: a win-back e-mail with a coupon that does not exist yet, from the list of campaigns to the schedule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator
from pytest_django import DjangoDbBlocker

from campaigns.queries import campaign_list
from merchants.tenancy import merchant_scope
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser
MOST_CLICKS = 12


@pytest.fixture
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        yield open_lapsed_store()


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_a_win_back_with_a_new_coupon_takes_at_most_twelve_clicks(
    browser: Browser, server_url: str, store: BrowsedStore, width: int, theme: str
) -> None:
    clicks = 0

    def press(what: Locator) -> None:
        nonlocal clicks
        what.click()
        clicks += 1

    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto("/campaigns/")
        press(page.get_by_role("link", name="New campaign").first)
        page.get_by_label("Internal name").fill("Ajak kembali")
        press(page.get_by_role("button", name="Continue"))
        page.get_by_label("Subject", exact=True).fill("{{ first_name | Kak }}, kami rindu")
        page.get_by_label("Text", exact=True).fill("Pakai {{ coupon_code }} di kasir.")
        press(page.get_by_role("button", name="New coupon"))
        page.wait_for_url("**/offers/coupons/new/**")
        assert not page.get_by_label("Number of codes").is_visible(), "only what a personal coupon needs"
        page.get_by_label("Title", exact=True).fill("Kangen 15%")
        page.locator("[name=percent]").fill("15")
        page.locator("[name=cap_amount]").fill("30.000")
        page.get_by_text("Rp 30.000").wait_for()
        press(page.get_by_role("button", name="Create coupons"))
        page.wait_for_url("**/content/?coupon=*")
        assert "Kangen 15%" in page.locator("[name=batch_id] option:checked").inner_text()
        assert page.get_by_label("Text", exact=True).input_value() == "Pakai {{ coupon_code }} di kasir."
        press(page.get_by_role("button", name="Continue"))
        page.wait_for_url("**/review/")
        press(page.get_by_role("button", name="Schedule"))
        page.get_by_role("button", name="Unschedule").wait_for()
        assert complaints(page) == []
    assert clicks <= MOST_CLICKS
    with merchant_scope(store.merchant.id):
        [row] = campaign_list(merchant=store.merchant)
    assert row.campaign.coupon is not None
    assert row.campaign.coupon.title == "Kangen 15%"
