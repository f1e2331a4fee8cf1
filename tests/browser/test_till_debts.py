"""Debt from tills, and goods beyond their receipt, on a laptop and a phone.

The longest references fold, nothing scrolls sideways, axe finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from merchants.facts import OutletFacts, TillFacts
from merchants.models import Till
from merchants.tenancy import merchant_scope
from sales.facts import ExchangeReturnDraft, LineDraft, RefundLineDraft
from sales.operations import record_sale, void_sale
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in
from tests.sales_shop import sale

pytestmark = pytest.mark.browser

LONGEST = "INV-2026-11-PUSAT-" + "0" * 46
VOIDED = "INV-2026-11-BATAL-" + "0" * 46


@pytest.fixture(scope="module")
def owing_store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    """Return a store whose till left debts, in points and in wallet money, up to its limit; one receipt was voided.

    An exchange handed back more than its receipt had left.
    """
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            goods = LineDraft("1", "KOPI", "Kopi", 1, 9_876_543)
            for reference, points, wallet in ((LONGEST, 9_000, 0), (VOIDED, 900, 0), ("R-2", 0, 450_000)):
                draft = sale(
                    goods,
                    member=store.member,
                    reference=reference,
                    redeem_points=points,
                    redeem_wallet_amount=wallet,
                    is_paid=True,
                )
                record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now)
            void_sale(merchant=store.merchant, till=till, reference=VOIDED, reason="", received_at=now)
            back = ExchangeReturnDraft(lines=(RefundLineDraft("1", 3),), reference=LONGEST)
            draft = sale(goods, reference=LONGEST.replace("PUSAT", "TUKAR"), returns=(back,), is_paid=True)
            record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now)
        yield store


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_debts_from_tills_fit(
    browser: Browser, server_url: str, owing_store: BrowsedStore, width: int, theme: str
) -> None:
    with signed_in(browser, server_url, owing_store, width=width, theme=theme) as page:
        page.goto("/receipts/debts/")
        for shown in (LONGEST, VOIDED, "Voided", "one till may leave", "Your loss"):
            assert page.get_by_text(shown).first.is_visible(), shown
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert complaints(page) == []


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_goods_beyond_their_receipt_fit(
    browser: Browser, server_url: str, owing_store: BrowsedStore, width: int, theme: str
) -> None:
    with signed_in(browser, server_url, owing_store, width=width, theme=theme) as page:
        page.goto("/receipts/returns-waiting/")
        for shown in (LONGEST, "Goods handed back beyond their receipt", "2 units of receipt"):
            assert page.get_by_text(shown).first.is_visible(), shown
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert complaints(page) == []
