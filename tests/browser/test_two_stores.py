"""A person of two shops: invited by a second one, staying where they are, choosing, and coming back to the last one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from common.ids import new_id
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, create_user, invite_staff
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from tests.browser.test_journeys import PASSWORD, complaints, open_lapsed_store

pytestmark = pytest.mark.browser


@pytest.fixture
def email(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Someone who answers customers at Toko Melati, and whom Warung Sebelah asks to write its campaigns."""
    with django_db_blocker.unblock():
        shop, now, email = open_lapsed_store(), timezone.now(), f"siti-{new_id().hex[-8:]}@example.com"
        with merchant_scope(shop.merchant.id):
            user = create_user(email=email, name="Siti Rahmawati", password=PASSWORD, language="en")
            add_staff(merchant=shop.merchant, user_id=user.id, role=Role.CARE, at=now, actor=SYSTEM)
        second = new_id()
        with merchant_scope(second):
            owner = f"owner-{new_id().hex[-8:]}@example.com"
            opened = open_merchant(
                merchant_id=second, name="Warung Sebelah", owner_name="Budi", email=owner, password=None, at=now
            )
        with merchant_scope(second):
            invite_staff(
                merchant=opened.merchant,
                email=email,
                name="Siti",
                role=Role.MARKETER,
                by="Budi",
                at=now,
                actor=SYSTEM,
            )
        yield email


@contextmanager
def device(browser: Browser, url: str, email: str) -> Iterator[Page]:
    """Yield a browser that knows nothing of this person yet, after they signed in."""
    with browser.new_context(locale="en-GB", base_url=url) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator("main h1").wait_for()
        yield page


def test_the_last_shop_is_remembered_and_an_invitation_moves_no_one(
    browser: Browser, server_url: str, email: str
) -> None:
    with device(browser, server_url, email) as page:
        page.get_by_role("heading", name="Members", level=1).wait_for()
        page.goto("/stores/")
        page.get_by_text("Budi asks you to work for Warung Sebelah as Marketer.").wait_for()
        assert complaints(page) == []
        page.get_by_role("button", name="Accept").click()
        page.get_by_text("You may work for Warung Sebelah, too.").wait_for()
        page.goto("/")
        page.get_by_role("heading", name="Members", level=1).wait_for()
        page.goto("/stores/")
        page.get_by_role("button", name="Switch").click()
        page.get_by_role("heading", name="Overview", level=1).wait_for()
        page.goto("/settings/audit/")
        page.get_by_text("You also work for:").wait_for()
        assert page.get_by_role("main").get_by_role("button", name="Toko Melati").count() == 1
    with device(browser, server_url, email) as page:
        page.get_by_role("heading", name="Overview", level=1).wait_for()
        page.goto("/settings/audit/")
        page.get_by_role("main").get_by_role("button", name="Toko Melati").click()
        page.get_by_role("heading", name="Members", level=1).wait_for()
