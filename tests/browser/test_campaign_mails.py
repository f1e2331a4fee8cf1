"""The mail beside its text in a real browser: shown as it is written without being saved, and Back leaves the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from campaigns.facts import CampaignDraft, MailContent
from campaigns.operations import save_draft
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def written(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[BrowsedStore, str]]:
    """A store and the address of a draft with a text."""
    with django_db_blocker.unblock():
        store = open_lapsed_store()
        draft = CampaignDraft(name="Ajak kembali", content=MailContent(subject="Halo", body="Teks lama"))
        with merchant_scope(store.merchant.id):
            facts = save_draft(merchant=store.merchant, draft=draft, at=timezone.now(), actor=SYSTEM)
        yield store, f"/campaigns/{facts.id}/content/"


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_the_mail_is_shown_as_it_is_written(
    browser: Browser, server_url: str, written: tuple[BrowsedStore, str], width: int, theme: str
) -> None:
    store, address = written
    with signed_in(browser, server_url, store, width=width, theme=theme) as page:
        page.goto("/campaigns/")
        page.goto(address)
        frame = page.frame_locator("iframe[name=mail-frame]")
        frame.get_by_text("Teks lama").wait_for()
        for text in ("Teks baru", "Teks kedua"):
            page.get_by_label("Text", exact=True).fill(text)
            page.get_by_role("button", name="Show it as written now").click()
            frame.get_by_text(text).wait_for()
        assert complaints(page) == []
        page.get_by_label("Text", exact=True).fill("Teks lama")
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/review/")
        page.frame_locator("iframe").get_by_text("Teks lama").wait_for()
        page.go_back()
        page.wait_for_url("**/content/")
        page.go_back()
        page.wait_for_url("**/campaigns/")
