"""The owner's day in a real browser: signing in, moving points, a key for the till, a campaign; nothing in the console.

One server and one store for all; each journey starts signed in, as people do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from common.ids import new_id
from enrolment.operations import enrol_member
from ledger.queries import balance
from members.facts import EnrolDraft, MemberFacts
from merchants.facts import MerchantFacts
from merchants.queries import till_for_key
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from segments.facts import Occasion
from segments.operations import label_members, recount
from tests.browser.test_style_guide import STANDARDS
from tests.buyers import BuyersShop, add_purchases

pytestmark = pytest.mark.browser
PASSWORD = "melati-di-tepi-jalan"


@dataclass(frozen=True)
class BrowsedStore:
    merchant: MerchantFacts
    email: str
    member: MemberFacts


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    """A store whose twelve members have stopped coming; committed, because another process serves it."""
    with django_db_blocker.unblock():
        yield open_lapsed_store()


def open_lapsed_store() -> BrowsedStore:
    merchant_id, email, now = new_id(), f"ratna-{secrets.token_hex(6)}@example.com", timezone.now()
    with merchant_scope(merchant_id):
        opened = open_merchant(
            merchant_id=merchant_id,
            name="Toko Melati",
            owner_name="Ratna Wulandari",
            email=email,
            password=PASSWORD,
            at=now - timedelta(days=400),
        )
    merchant = opened.merchant
    last = merchant.last_ended_day(now)
    with merchant_scope(merchant.id):
        members = [
            enrol_member(
                merchant=merchant,
                draft=EnrolDraft(
                    name=f"Sari Dewi {n}", email=f"{secrets.token_hex(6)}@example.com", promo_consent=True
                ),
                at=now - timedelta(days=300),
            )
            for n in range(12)
        ]
        bought = [(last - timedelta(days=200), 80_000)]
        add_purchases(BuyersShop(merchant, opened.outlet.id, opened.till_id), {member.id: bought for member in members})
    with merchant_scope(merchant.id):
        run = recount(merchant=merchant, business_date=last, at=now, occasion=Occasion.REQUEST)
        assert run
        assert label_members(merchant=merchant, until=run.number, after=None) is None
    return BrowsedStore(merchant, email, members[0])


@contextmanager
def signed_in(
    browser: Browser, url: str, store: BrowsedStore, *, width: int = 1366, theme: str = "light"
) -> Iterator[Page]:
    """The owner's screen in English; the console stays silent and no page scrolls sideways."""
    with browser.new_context(viewport={"width": width, "height": 800}, locale="en-GB", base_url=url) as context:
        context.add_cookies([{"name": "theme", "value": theme, "url": url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        heard: list[str] = []
        page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto("/")
        page.get_by_label("Email").fill(store.email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Overview").wait_for()
        yield page
        assert [line for line in heard if "favicon" not in line] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def complaints(page: Page) -> list[str]:
    """Return what axe finds serious or worse."""
    found = Axe().run(page, options={"runOnly": STANDARDS}).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


def test_points_are_moved_by_hand(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store) as page:
        page.get_by_role("link", name="Members", exact=True).first.click()
        page.get_by_label("Search", exact=True).fill("sari dewi 0")
        page.get_by_role("button", name="Apply").click()
        page.get_by_role("link", name="Sari Dewi 0", exact=True).click()
        page.get_by_role("link", name="Adjust points").click()
        page.get_by_label("Points (poin)").fill("1.500")
        page.get_by_label("Reason").select_option("goodwill")
        page.get_by_role("button", name="Review").click()
        page.get_by_text("from 0 poin to 1.500 poin").wait_for()
        page.wait_for_timeout(1_050)  # the button waits until the preview can have been read
        page.get_by_role("button", name="Add 1.500 poin → 1.500 poin").click()
        page.get_by_text("The points are booked.").wait_for()
        assert page.get_by_text("Reason: Goodwill").is_visible()
    with merchant_scope(store.merchant.id):
        today = store.merchant.last_ended_day(timezone.now())
        owned = balance(merchant=store.merchant, owner_id=store.member.id, business_date=today + timedelta(days=1))
    assert owned.points_balance == 1500


def test_a_key_for_the_till_is_issued_and_revoked(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store) as page:
        page.get_by_role("link", name="Settings").first.click()
        page.get_by_role("link", name="Tills & keys").click()
        page.get_by_role("link", name="Issue key").click()
        page.get_by_role("button", name="Issue key").click()
        key = page.locator(".secret code").inner_text()
        assert till_for_key(key) is not None
        page.get_by_role("link", name="Done").click()
        page.get_by_role("button", name="Revoke", exact=True).click()
        dialog = page.get_by_role("dialog")
        assert key.partition(".")[0] in dialog.inner_text()
        dialog.get_by_role("button", name="Revoke 1 key").click()
        page.get_by_text("The key is revoked.").wait_for()
    assert till_for_key(key) is None


def test_a_campaign_is_written_and_scheduled(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store) as page:
        page.goto("/segments/lapsed/")
        page.get_by_role("link", name="New campaign").click()
        page.get_by_label("Internal name").fill("Ajak kembali")
        page.get_by_label("Control group").fill("0")
        page.get_by_label("Count purchases for").focus()
        page.get_by_text("Without a control group nobody can tell").wait_for()
        page.get_by_label("Control group").fill("25")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Subject").fill("{{ first_name | Kak }}, kami rindu Anda")
        page.get_by_role("textbox", name="Text", exact=True).fill("Pakai {{ coupon_code }} di {{ merchant }}.")
        page.get_by_role("button", name="New coupon").click()
        page.get_by_label("Title", exact=True).fill("Kangen")
        assert not page.locator("[name=amount]").is_visible()
        page.get_by_label("Percent off").check()
        page.locator("[name=percent]").fill("12,5")
        page.locator("[name=cap_amount]").fill("50.000")
        page.get_by_role("button", name="Create coupons").click()
        page.wait_for_url("**/content/?coupon=*")
        page.get_by_role("button", name="Continue").click()
        assert page.get_by_text("Ratna, kami rindu Anda").is_visible()
        assert complaints(page) == []
        page.get_by_label("Day").fill("5 Mar 2099")
        page.get_by_label("Time (WIB)").fill("10.30")
        page.get_by_role("button", name="Schedule").click()
        page.get_by_text("The campaign is scheduled.").wait_for()
        assert page.get_by_text("5 Mar 2099, 10.30 WIB").is_visible()


def test_every_page_on_a_phone_in_the_dark(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store, width=360, theme="dark") as page:
        for path in ("/", "/members/", f"/members/{store.member.id}/", "/segments/", "/campaigns/", "/settings/tills/"):
            page.goto(path)
            assert complaints(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_a_promotion_is_written_tried_and_published(browser: Browser, server_url: str, store: BrowsedStore) -> None:
    with signed_in(browser, server_url, store) as page:
        page.get_by_role("link", name="Offers").first.click()
        page.get_by_role("link", name="New promotion").click()
        page.get_by_role("link", name="Bundle price 3 for Rp 70.000").click()
        page.get_by_label("Name").fill("3 kopi")
        page.get_by_label("Price of the set (Rp)").fill("60.000")
        page.get_by_label("How many", exact=True).focus()
        page.get_by_text("3 of all goods for Rp\u00a060.000.").wait_for()
        page.get_by_text("It applies").wait_for()
        assert complaints(page) == []
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_text("Tried on 12 receipts").wait_for()
        assert page.locator("#found-title").is_visible()
        assert page.locator(".save-bar button:visible").count() == 1  # a second press checks again
        page.wait_for_timeout(1_050)
        page.get_by_role("button", name="Publish anyway").click()
        page.get_by_text("The promotion is live at the tills.").wait_for()
        page.get_by_role("button", name="Pause").click()
        page.locator("#pause-reason").fill("Stok habis")
        page.get_by_role("button", name="Pause promotion").click()
        page.get_by_text("“Stok habis”").wait_for()
        assert complaints(page) == []
