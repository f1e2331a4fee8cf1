"""A member's pages on a real phone screen: joining, leaving the mails, nothing sideways, no complaint from axe."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from member_pages.throttle import join_throttle
from tests.browser.test_style_guide import STANDARDS
from tests.member_pages.conftest import CardHolder, earn, enrol, open_shop

pytestmark = pytest.mark.browser


@pytest.fixture
def budi(real_commits: None, server_url: str) -> Iterator[CardHolder]:
    join_throttle().forget()
    person = enrol(open_shop("Kopi Pagi"), email="budi.santoso@gmail.com", promo_consent=True)
    for number in range(3):
        earn(person, 410 + number, reference=f"INV-2026-{number:04d}")
    yield person
    join_throttle().forget()


def phone(browser: Browser, *, theme: Any = "light", width: int = 360, bypass: bool = False) -> BrowserContext:
    return browser.new_context(
        viewport={"width": width, "height": 740}, color_scheme=theme, locale="en-GB", bypass_csp=bypass
    )


def complaints_of(page: Page) -> list[str]:
    """Return what the console says; a page that does not exist is no complaint."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def test_joining_on_the_phone(browser: Browser, budi: CardHolder, server_url: str) -> None:
    """The forms are posted by a real browser, which sends an Origin that the CSRF check has to accept."""
    with phone(browser) as context:
        page = context.new_page()
        page.goto(f"{server_url}/m/{budi.merchant.slug}/join")
        page.get_by_label("Name").fill("Siti Rahayu")
        page.get_by_label("Mobile number").fill("0813 7777 0001")
        page.get_by_role("button", name="Join").click()
        page.get_by_text("Show this at the till to activate").wait_for()
        assert page.get_by_role("img", name="Code of your member card").is_visible()
        page.get_by_role("button", name="Bahasa Indonesia").click()
        page.get_by_text("Tunjukkan di kasir untuk mengaktifkan").wait_for()


def test_one_click_and_undo(browser: Browser, budi: CardHolder, server_url: str) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(server_url + budi.url("unsubscribe"))
        assert budi.now().promo_email
        page.get_by_role("button", name="Unsubscribe").click()
        page.get_by_role("heading", name="You are unsubscribed").wait_for()
        assert not budi.now().promo_email
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Saved: you get our offers again").wait_for()
        page.goto(server_url + budi.url("preferences"))
        page.get_by_role("button", name="Stop all messages").click()
        page.get_by_text("Stopped: you get no more offers from us").wait_for()
        assert not budi.now().promo_email


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_and_are_readable(browser: Browser, budi: CardHolder, server_url: str, theme: str) -> None:
    addresses = [budi.url(page) for page in ("card", "card_print", "preferences", "unsubscribe")]
    addresses.append(f"/m/{budi.merchant.slug}/join")
    for width in (320, 360, 1366):
        with phone(browser, theme=theme, width=width, bypass=True) as context:
            page = context.new_page()
            complaints = complaints_of(page)
            for address in addresses:
                page.goto(server_url + address)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
                if width == 360:
                    found = Axe().run(page, options={"runOnly": STANDARDS})
                    assert found.violations_count == 0, f"{address}: {found.generate_report()}"
            assert complaints == []


def test_the_whole_code_is_on_the_first_screen(browser: Browser, budi: CardHolder, server_url: str) -> None:
    with phone(browser) as context:
        page = context.new_page()
        page.goto(server_url + budi.url())
        for part in (page.get_by_role("img", name="Code of your member card"), page.locator(".card-number")):
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
            assert box["y"] + box["height"] <= 740
