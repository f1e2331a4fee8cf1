"""The style guide in a real browser: nothing sideways, nothing blocked, nothing axe complains about."""

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.screens import SCREENS

pytestmark = pytest.mark.browser

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: requests are not part of the test's output."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The style guide and the sign-in page, served without a database."""
    application = StaticFilesHandler(get_wsgi_application())
    with (
        override_settings(ROOT_URLCONF="tests.browser.style_guide_urls", ALLOWED_HOSTS=["127.0.0.1"]),
        make_server("127.0.0.1", 0, application, handler_class=Silent) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def window(
    browser: Browser, site: str, *, width: int, theme: Any, language: str, bypass: bool = False
) -> BrowserContext:
    viewport: Any = {"width": width, "height": 900}
    context = browser.new_context(viewport=viewport, color_scheme=theme, bypass_csp=bypass)
    context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    return context


def open_page(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """The page and what its console complains about."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    return page, complaints


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("width", [320, 360, 700, 1366])
def test_nothing_runs_out_of_the_window(browser: Browser, site: str, width: int, language: str) -> None:
    for path in ("/style-guide/", "/accounts/login/"):
        context = window(browser, site, width=width, theme="light", language=language)
        page, complaints = open_page(context, site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert complaints == []
        context.close()


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_no_one_is_locked_out(browser: Browser, site: str, width: int, theme: str) -> None:
    for path in ("/style-guide/", "/accounts/login/"):
        context = window(browser, site, width=width, theme=theme, language="id", bypass=True)
        page, _ = open_page(context, site + path)
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": STANDARDS}}).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], path
        context.close()


@pytest.fixture
def guide(browser: Browser, site: str) -> Iterator[Page]:
    context = window(browser, site, width=1366, theme="light", language="en")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, complaints = open_page(context, f"{site}/style-guide/")
    yield page
    assert complaints == []
    context.close()


def test_rows_are_reached_by_keys(guide: Page) -> None:
    guide.locator("main").focus()
    guide.keyboard.press("j")
    guide.keyboard.press("j")
    guide.keyboard.press("k")
    assert guide.locator("tr.row.at .row-link").inner_text().startswith("Raden Mas")
    guide.keyboard.press("Enter")
    guide.wait_for_url("**/style-guide/?member=0")


def test_single_keys_can_be_switched_off(guide: Page) -> None:
    guide.locator("main").focus()
    guide.keyboard.press("?")
    guide.get_by_label("Use single-key shortcuts").uncheck()
    guide.keyboard.press("Escape")
    guide.keyboard.press("j")
    assert guide.locator("tr.row.at").count() == 0


def test_escape_clears_the_filters(guide: Page) -> None:
    guide.goto(guide.url + "?segment=lapsed")
    guide.locator("main").focus()
    guide.keyboard.press("Escape")
    guide.wait_for_url("**/style-guide/?")


def test_a_high_impact_button_waits_for_the_name(guide: Page) -> None:
    guide.get_by_role("button", name="Blokir member").click()
    act = guide.get_by_role("button", name="Blokir 1 member")
    assert act.is_disabled()
    guide.locator("#sample-block-typed").fill("1000 2481 7")
    assert act.is_enabled()
    guide.keyboard.press("Escape")
    assert not act.is_visible()


def test_unsaved_changes_are_not_lost_unasked(guide: Page) -> None:
    guide.get_by_role("textbox", name="Isi").fill("Halo semua")
    guide.get_by_role("link", name="Periksa domain").click()
    question = guide.get_by_role("dialog", name="Discard all unsaved changes?")
    assert question.is_visible()
    question.get_by_role("button", name="Keep editing").click()
    assert guide.get_by_role("textbox", name="Isi").input_value() == "Halo semua"
    guide.get_by_role("link", name="Periksa domain").click()
    question.get_by_role("link", name="Discard changes").click()
    guide.wait_for_url("**/style-guide/?check")


def test_a_secret_is_copied_whole(guide: Page) -> None:
    guide.get_by_role("button", name="Copy").click()
    guide.get_by_text("Copied").wait_for()
    assert guide.evaluate("navigator.clipboard.readText()") == guide.locator(".secret code").inner_text()


def test_the_chosen_theme_is_there_from_the_first_paint(guide: Page) -> None:
    guide.locator(".topbar summary").click()
    guide.get_by_role("button", name="Dark").click()
    assert guide.locator("html").get_attribute("data-theme") == "dark"
    body = guide.request.get(guide.url).text()
    assert 'data-theme="dark"' in body


def test_a_chart_turns_into_its_table(guide: Page) -> None:
    drawing = guide.get_by_role("img", name="Siapa yang membawa penjualan?")
    assert drawing.is_visible()
    guide.get_by_label("Siapa yang membawa penjualan? Show as a table").focus()
    guide.keyboard.press("Space")
    assert not drawing.is_visible()
    assert guide.locator("#sales-toggle ~ .chart-table td").first.inner_text() == "Rp\u00a012.000.000"


def test_phones_show_three_facts_and_the_table_of_a_chart(browser: Browser, site: str) -> None:
    context = window(browser, site, width=360, theme="light", language="id")
    page, _ = open_page(context, f"{site}/style-guide/")
    first = page.locator("tr.row").first
    assert first.locator("td:visible").count() == 4  # the name and three facts
    assert page.locator("nav.bottom-nav").is_visible()
    assert not page.locator("aside.sidebar").is_visible()
    assert not page.locator(".chart-drawing").first.is_visible()
    assert page.locator(".chart-table").first.is_visible()
    context.close()


def test_the_table_of_a_chart_opens_by_mouse(browser: Browser, site: str) -> None:
    """Pressed, held and released on several spots of the label: it stays under the pointer."""
    with window(browser, site, width=1366, theme="light", language="en") as context:
        page, _ = open_page(context, f"{site}/style-guide/")
        charts = page.locator("figure.chart:has(.chart-actions label)")
        shown = [charts.nth(n) for n in range(charts.count()) if charts.nth(n).locator("label").is_visible()]
        assert len(shown) >= 3
        for chart in shown:
            label, table = chart.locator(".chart-actions label"), chart.locator(".chart-table")
            for spot in (0.15, 0.5, 0.85):
                label.scroll_into_view_if_needed()
                box, was_open = label.bounding_box(), table.is_visible()
                assert box
                page.mouse.move(box["x"] + box["width"] * spot, box["y"] + box["height"] / 2)
                page.mouse.down()
                page.wait_for_timeout(60)
                page.mouse.up()
                assert table.is_visible() != was_open, spot
