"""Tax, service, tip in a browser: the bills follow the boxes at once, and page and receipt fit on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from merchants.facts import OutletFacts, TillFacts
from merchants.models import Till
from merchants.tenancy import merchant_scope
from rewards.engine.facts import Bill
from sales.facts import LineDraft
from sales.operations import record_sale, refund_sale
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in
from tests.sales_shop import refund_of, sale

pytestmark = pytest.mark.browser

BILL = Bill(1_234_567, 400_000, 5_000, -34, prices_include_tax=False, prices_include_service=True)


@pytest.fixture(scope="module")
def billed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[BrowsedStore, UUID]]:
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            line = LineDraft("1", "NASI", "Nasi campur", 2, 6_172_840)
            draft = sale(line, member=store.member, reference="BILL-1", bill=BILL, occurred_at=now)
            sold = record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now).sale
            refund_sale(
                merchant=store.merchant,
                till=till,
                reference="BILL-1",
                draft=refund_of(("1", 1)),
                received_at=now + timedelta(minutes=1),
            )
        yield store, sold.id


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture where `PICTURES` names a directory, for a person who wants to look."""
    if directory := os.environ.get("PICTURES"):
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_bills_follow_the_boxes(
    browser: Browser, server_url: str, billed: tuple[BrowsedStore, UUID], width: int, theme: str
) -> None:
    with signed_in(browser, server_url, billed[0], width=width, theme=theme) as page:
        page.goto("/settings/bill/")
        worked = page.locator("#worked")
        expect(worked.get_by_role("row", name="Members earn on").first).to_contain_text("80.000")
        page.get_by_label("Tip", exact=True).last.check()
        expect(worked.get_by_role("row", name="Members earn on").first).to_contain_text("85.000")
        page.get_by_label("Tax that is in the price").check()
        expect(worked.get_by_role("row", name="After discounts").last).to_contain_text("93.400")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        keep_picture(page, f"bill-{width}-{theme}")
        assert complaints(page) == []


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_the_receipt_with_a_bill_fits(
    browser: Browser, server_url: str, billed: tuple[BrowsedStore, UUID], width: int, theme: str
) -> None:
    store, sale_id = billed
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto(f"/receipts/{sale_id}/")
        assert page.get_by_text("Service charge, in the prices").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        keep_picture(page, f"receipt-{width}-{theme}")
        assert complaints(page) == []
