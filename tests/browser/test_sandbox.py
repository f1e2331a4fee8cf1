"""Connecting a till without touching the store: test mode, a test key, and a request sent again, in a real browser."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from merchants.queries import outlets, till_list
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser
LINES = [{"line_id": "1", "sku": "KOPI-250", "name": "Kopi", "quantity": 2, "unit_amount": 68_000}]


@pytest.fixture
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        yield open_lapsed_store()


def issued_key(page: Page, button: str) -> str:
    page.get_by_role("link", name=button).first.click()
    page.get_by_role("button", name="Issue key").click()
    key = page.locator(".secret code").inner_text()
    page.get_by_role("link", name="Done").click()
    return key


def sell(url: str, key: str, reference: str, identifier: str) -> None:
    body = {"reference": reference, "identifier": identifier, "lines": LINES, "cashier": "Dewi"}
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": "kunci-0000000000-1",
    }
    with urlopen(Request(f"{url}/api/pos/v1/sales", json.dumps(body).encode(), headers)) as answer:
        assert answer.status == 201
    time.sleep(1.5)  # the log is written a moment later


def work(shop: BrowsedStore) -> None:
    run_jobs(merchant=shop.merchant, clock=timezone.now)


@pytest.mark.parametrize(("width", "theme", "language"), [(1366, "light", "en"), (360, "dark", "id")])
def test_a_till_is_tried_and_its_sale_sent_again(
    browser: Browser, server_url: str, shop: BrowsedStore, width: int, theme: str, language: str
) -> None:
    with signed_in(browser, server_url, shop) as page:
        page.goto("/settings/tills/")
        live = issued_key(page, "Issue key")
        page.get_by_role("link", name="Test mode").last.click()
        page.get_by_role("button", name="Set up test mode").click()
        page.get_by_text("Test mode is being prepared").wait_for()
        work(shop)
        page.get_by_role("link", name="Test keys and test data").click()
        assert till_key_opens(server_url, issued_key(page, "Issue test key")) == "test"
        sell(server_url, live, "INV/1", shop.member.number)
        page.goto("/settings/tills/")
        page.get_by_role("link", name="Requests", exact=True).first.click()
        page.get_by_role("link", name="POST /sales").click()
        page.get_by_role("button", name="Send again in test mode").click()
        page.get_by_text("The request is being sent in test mode").wait_for()
        work(shop)
        page.get_by_text("What was answered").wait_for()
        answer = page.url
        page.goto("/settings/tills/test-mode/data/")
        page.get_by_text("INV/1").wait_for()
        with merchant_scope(shop.merchant.id):
            till = next(row.id for row, _ in till_list(merchant=shop.merchant) if outlets(merchant=shop.merchant))
    with signed_in(browser, server_url, shop, width=width, theme=theme) as page:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": server_url}])
        for path in (
            "/settings/tills/",
            f"/settings/tills/{till}/requests/",
            "/settings/tills/test-mode/",
            "/settings/tills/test-mode/data/",
            f"/settings/tills/test-mode/tills/{till}/requests/",
            answer.removeprefix(server_url).partition("?")[0],
        ):
            page.goto(path)
            assert complaints(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def till_key_opens(url: str, key: str) -> str:
    with urlopen(Request(f"{url}/api/pos/v1/program", headers={"Authorization": f"Bearer {key}"})) as answer:
        return str(answer.headers["Loyalty-Mode"])
