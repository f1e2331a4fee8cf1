"""A member edited, blocked and merged by the keyboard alone: no pointer is used after signing in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from members.queries import member, search_members
from merchants.tenancy import merchant_scope
from tests.browser.test_journeys import BrowsedStore, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].innerText : '';
  return (label || one.getAttribute('aria-label') || one.innerText || one.value || '').trim();
}"""


@pytest.fixture(scope="module")
def store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    with django_db_blocker.unblock():
        yield open_lapsed_store()


def tab_to(page: Page, words: str, *, presses: int = 120) -> None:
    """Press Tab until what has the focus begins with these words."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if str(page.evaluate(FOCUSED)).startswith(words):
            return
    raise AssertionError(f"the keyboard never reaches {words!r}")


def test_a_member_is_edited_blocked_and_merged_by_keyboard(
    browser: Browser, server_url: str, store: BrowsedStore
) -> None:
    with signed_in(browser, server_url, store) as page:
        page.goto(f"/members/{store.member.id}/")
        tab_to(page, "Edit")
        page.keyboard.press("Enter")
        page.wait_for_url("**/edit/")
        tab_to(page, "Name")
        page.keyboard.press("Control+A")
        page.keyboard.type("Sari Tulis Tangan")
        page.keyboard.press("Enter")
        page.get_by_text("Saved. Which fields changed").wait_for()

        tab_to(page, "Data and consent")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?tab=data")
        tab_to(page, "Block member")
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        tab_to(page, "Reason")
        page.keyboard.type("uji papan tik")
        page.keyboard.press("Enter")
        page.get_by_text("This member is blocked").first.wait_for()
        tab_to(page, "Unblock member")
        page.keyboard.press("Enter")
        tab_to(page, "Reason")
        page.keyboard.type("selesai")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Block member").wait_for()

        tab_to(page, "Merge with")
        page.keyboard.press("Enter")
        page.wait_for_url("**/merge/")
        page.get_by_role("heading", name="Merge with").wait_for()
        page.keyboard.press("f")  # the key of every list's filters
        page.keyboard.type("Sari Dewi 7")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Sari Dewi 7", exact=True).wait_for()
        tab_to(page, "Sari Dewi 7")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Merge").first.wait_for()
        tab_to(page, "Merge")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/members/{store.member.id}/")
    with merchant_scope(store.merchant.id):
        kept = member(merchant=store.merchant, member_id=store.member.id)
        assert not kept.is_blocked
        assert kept.name == "Sari Tulis Tangan"
        assert [one.id for one in search_members(merchant=store.merchant, text="Sari Dewi 7")] == []
