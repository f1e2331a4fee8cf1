"""Lists on a phone: each row is two lines, nothing is cut, and the page does not move sideways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from merchants.facts import SYSTEM, OutletFacts, TillFacts
from merchants.models import Till
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.browser.test_journeys import BrowsedStore, open_lapsed_store, signed_in
from tests.sales_shop import sale

pytestmark = pytest.mark.browser

LISTS: Final = (
    "/members/",
    "/segments/lapsed/",
    "/receipts/?first={today}&last={today}",
    "/products/",
    "/loyalty/ledger/",
)
_LINES: Final = """() => [...document.querySelectorAll("tr.row")].map((row) => {
    const tops = [...row.querySelectorAll("td")].filter((cell) => cell.offsetParent && !cell.matches(".tick, .action"))
        .flatMap((cell) => { const range = document.createRange(); range.selectNodeContents(cell);
            return [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1); })
        .map((box) => (box.top + box.bottom) / 2).sort((one, other) => one - other);
    return tops.filter((top, place) => place === 0 || top - tops[place - 1] > 9).length; })"""
"""How many lines of text each row has: middles of boxes that lie more than nine pixels apart."""
_CUT: Final = """() => [...document.querySelectorAll("tr.row > td")].filter((cell) => {
    const box = cell.getBoundingClientRect(), card = cell.closest(".card").getBoundingClientRect();
    return cell.offsetParent && (box.right > card.right + 1 || cell.scrollWidth > cell.clientWidth + 1);
}).map((cell) => cell.textContent.trim())"""


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        drafts = [ProductDraft("21212", "Mug Kampung Enamel", "Dapur", 75_000, 41_500), ProductDraft("TEH", "Teh")]
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            save_products(merchant=store.merchant, drafts=drafts, today=now.date(), at=now, actor=SYSTEM)
            for number in (1, 2):
                line = LineDraft("1", "21212", "Mug Kampung Enamel", 10, 75_000)
                draft = sale(line, member=store.member, reference=f"INV-2026-000{number}")
                record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now)
        yield store


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_row_of_a_list_is_two_lines_on_a_phone(
    browser: Browser, server_url: str, store: BrowsedStore, language: str
) -> None:
    with signed_in(browser, server_url, store, width=360) as page:
        page.context.add_cookies([{"name": "django_language", "value": language, "url": server_url}])
        today = store.merchant.day_of(timezone.now()).isoformat()
        for path in LISTS:
            page.goto(path.format(today=today))
            lines = page.evaluate(_LINES)
            assert lines, path
            assert set(lines) <= {1, 2}, (path, lines)
            assert page.evaluate(_CUT) == [], path
