"""Late sales to approve, and numbers that never came, on a laptop and a phone; two are approved with one reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from merchants.facts import NumberedItem, OutletFacts, TillFacts
from merchants.models import Till
from merchants.operations import claim_terminal_number
from merchants.tenancy import merchant_scope
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in
from tests.sales_shop import sale

pytestmark = pytest.mark.browser

LONGEST = "INV-2026-11-PUSAT-" + "0" * 46
DEVICE = "tablet-" + "9" * 90


@pytest.fixture(scope="module")
def late_store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        store, now = open_lapsed_store(), timezone.now()
        with merchant_scope(store.merchant.id):
            row = Till.objects.select_related("outlet").get(merchant_id=store.merchant.id)
            outlet = OutletFacts(row.outlet_id, "Pusat", store.merchant.timezone)
            till = TillFacts(row.id, "Kasir", outlet, store.merchant, frozenset())
            line = LineDraft("1", "KOPI", "Kopi", 1, 9_876_543_210)
            for reference, days in ((LONGEST, 9), ("R-2", 29), ("R-3", 12), ("R-4", 12), ("R-5", 10), ("R-6", 10)):
                draft = sale(line, member=store.member, reference=reference, occurred_at=now - timedelta(days=days))
                record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now)
            for number in (1, 10**11):
                item = NumberedItem(DEVICE, number, sha256(str(number).encode()).digest(), "enrol")
                at = now - timedelta(days=2)
                claim_terminal_number(merchant=store.merchant, till_id=row.id, item=item, status=201, at=at)
        yield store


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_they_fit(browser: Browser, server_url: str, late_store: BrowsedStore, width: int, theme: str) -> None:
    with signed_in(browser, server_url, late_store, width=width, theme=theme) as page:
        for path, shown in (
            ("/receipts/late/approvals/", (LONGEST, "29 days late")),
            ("/receipts/missing-numbers/", (DEVICE, "99999999999")),
        ):
            page.goto(path)
            for text in shown:
                assert page.get_by_text(text).first.is_visible(), text
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
            assert complaints(page) == [], path


def test_the_buttons_are_there_before_anything_is_ticked_and_one_row_is_decided_by_its_own(
    browser: Browser, server_url: str, late_store: BrowsedStore
) -> None:
    with signed_in(browser, server_url, late_store) as page:
        page.goto("/receipts/late/approvals/")
        hint = page.get_by_text("Tick sales to decide several at once")
        together = page.get_by_role("button", name="Refuse selected")
        assert (hint.is_visible(), together.is_visible(), together.is_disabled()) == (True, True, True)
        page.get_by_role("row", name="R-5").get_by_role("checkbox").check()
        assert (hint.is_visible(), together.is_disabled()) == (False, False)
        page.get_by_role("button", name="Refuse R-6").click()
        assert page.get_by_label("Reason").evaluate("box => box === document.activeElement && !box.validity.valid")
        page.get_by_label("Reason").fill("Not from our till")
        page.get_by_role("button", name="Refuse R-6").click()
        assert page.get_by_text("1 late sale refused.").is_visible()
        assert [page.get_by_role("row", name=name).count() for name in ("R-6", "R-5")] == [0, 1]


def test_two_are_approved_with_one_reason(browser: Browser, server_url: str, late_store: BrowsedStore) -> None:
    with signed_in(browser, server_url, late_store) as page:
        page.goto("/receipts/late/approvals/")
        page.get_by_label("Reason").fill("The line was down for a week")
        for reference in ("R-3", "R-4"):
            page.get_by_role("row", name=reference).get_by_role("checkbox").check()
        page.get_by_role("button", name="Approve selected").click()
        assert page.get_by_text("2 late sales approved.").is_visible()
        assert page.get_by_role("link", name=LONGEST).is_visible()
        assert page.get_by_text("R-3").count() == 0
