"""Late receipts on a laptop and a phone: the longest references fold, nothing scrolls sideways, axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from merchants.facts import OutletFacts, TillFacts
from merchants.models import Till
from merchants.tenancy import merchant_scope
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in
from tests.sales_shop import sale

pytestmark = pytest.mark.browser

LONGEST = "INV-2026-11-PUSAT-" + "0" * 46


@pytest.fixture(scope="module")
def late_store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            line = LineDraft("1", "KOPI", "Kopi", 1, 9_876_543_210)
            for reference, days, clock in ((LONGEST, 2, 0.0), ("R-2", 29, 0.0), ("R-3", 3, 0.5), ("R-4", 0, 3.0)):
                at, device_at = now - timedelta(days=days), now - timedelta(days=clock)
                draft = sale(line, member=store.member, reference=reference, occurred_at=at, device_at=device_at)
                record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now)
        yield store


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_late_receipts_fit(browser: Browser, server_url: str, late_store: BrowsedStore, width: int, theme: str) -> None:
    with signed_in(browser, server_url, late_store, width=width, theme=theme) as page:
        page.goto("/receipts/late/")
        for shown in (LONGEST, "The sale came 29 days late", "The till's clock was 720 minutes behind"):
            assert page.get_by_text(shown).first.is_visible(), shown
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert complaints(page) == []
