"""Boxes for goods in a real browser: found by name, by keyboard and by mouse, shown as chips, sent as codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser
NEW = "/offers/promotions/new/bundle/"


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        names = {"85123A": "Kaos Hitam", "85123B": "Kaos Putih", "21212": "Mug Kampung"}
        with merchant_scope(store.merchant.id):
            save_products(
                merchant=store.merchant,
                today=now.date(),
                at=now,
                actor=SYSTEM,
                drafts=[
                    ProductDraft(sku=sku, name=name, category="Toko", price_amount=75_000, cost_amount=41_500)
                    for sku, name in names.items()
                ],
            )
        yield store


def sent(page: Page) -> str:
    return page.locator('input[name="skus"]').input_value()


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_goods_are_chosen_by_name_with_the_keyboard(
    browser: Browser, server_url: str, store: BrowsedStore, width: int, theme: str
) -> None:
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto(NEW)
        box = page.get_by_role("combobox", name=re.compile("Products")).first
        box.fill("kaos")
        options = page.locator(".goods-found [role=option]:visible")
        expect(options).to_have_count(2)
        expect(options.first).to_contain_text("85123A · Toko")
        expect(options.first).to_contain_text("Price Rp\u00a075.000 · cost Rp\u00a041.500")
        box.press("ArrowDown")
        box.press("ArrowDown")
        expect(box).to_have_attribute("aria-activedescendant", re.compile("-1$"))
        box.press("Enter")
        assert sent(page) == "85123B"
        expect(page.locator(".goods .chip").first).to_contain_text("Kaos Putih")
        box.fill("mug")
        page.get_by_role("option", name=re.compile("Mug")).click()
        box.fill("BARU-1")
        box.press("Enter")
        assert sent(page) == "85123B, 21212, BARU-1"
        expect(page.locator(".goods .chip.as-typed")).to_contain_text("BARU-1")
        box.fill("ka")
        expect(options).to_have_count(3)
        box.press("Escape")
        expect(options).to_have_count(0)
        box.fill("")
        box.press("Backspace")
        page.get_by_role("button", name="Take away: Mug Kampung").click()
        assert sent(page) == "85123B"
        assert complaints(page) == []


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_categories_are_chosen_from_those_in_use(
    browser: Browser, server_url: str, store: BrowsedStore, width: int, theme: str
) -> None:
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto(NEW)
        box = page.get_by_role("combobox", name=re.compile("Categories")).first
        box.click()
        options = page.locator(".goods-found [role=option]:visible")
        expect(options).to_have_count(1)
        expect(options.first).to_contain_text("3 products")
        assert complaints(page) == []
        options.first.click()
        assert page.locator('input[name="categories"]').input_value() == "Toko"
        expect(page.locator(".goods .chip.as-typed")).to_have_count(0)
        box.press("ArrowDown")
        expect(options).to_have_count(1)
        box.press("Escape")
        box.fill("lain")
        box.press("Enter")
        expect(page.locator(".goods .chip.as-typed")).to_contain_text("lain")
        assert page.locator('input[name="categories"]').input_value() == "Toko, lain"


def test_without_script_it_is_a_plain_box_of_codes(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store) as page:
        cookies = page.context.cookies()
    context = browser.new_context(java_script_enabled=False, base_url=server_url)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(NEW)
    assert page.locator("text=Yours: Toko.").first.is_visible()
    page.get_by_label("Name").fill("3 kaos")
    page.locator('input[name="skus"]').fill("85123a, baru")
    page.locator('input[name="categories"]').first.fill("toko")
    page.locator('button[name="check"]').click()
    assert page.locator(".goods .chip").first.inner_text().strip() == "Kaos Hitam"
    assert "“baru”" in page.locator("#id_skus_error").inner_text()
    assert page.locator("#id_categories_error").count() == 0
    context.close()
