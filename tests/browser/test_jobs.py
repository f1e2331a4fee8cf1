"""The page of jobs in a browser: the bar moves by itself, and the result appears once the job is over."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django import DjangoDbBlocker

from backoffice.members.exports import MembersExport
from common.ids import new_id
from merchants.facts import SYSTEM, Actor, Permission
from merchants.models import Job
from merchants.operations import cancel_job, start_job
from merchants.tasks import jobs
from merchants.tenancy import merchant_scope
from tests.browser.screens import SCREENS
from tests.browser.test_journeys import BrowsedStore, complaints, open_lapsed_store, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BrowsedStore]:
    """One job done with a file, one failed, one cancelled, one that waits."""
    with django_db_blocker.unblock():
        store = open_lapsed_store()
        start(store)
        start(store, kind="unheard")
        jobs(merchant_id=str(store.merchant.id))
        cancelled = start(store)
        with merchant_scope(store.merchant.id):
            cancel_job(merchant=store.merchant, job_id=cancelled, at=timezone.now(), actor=SYSTEM)
        start(store)
        yield store


def start(store: BrowsedStore, kind: str = "members_export") -> UUID:
    with merchant_scope(store.merchant.id):
        return start_job(
            merchant=store.merchant,
            kind=kind,
            parameters=MembersExport("", in_full=False, count=1, limit=None).to_json(),
            needs=[Permission.EXPORT],
            language="en",
            action="members.exported",
            audit_details={},
            at=timezone.now(),
            actor=Actor(new_id(), "exports@toko.example"),
        )


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_the_bar_moves_and_the_result_comes_by_itself(
    browser: Browser, server_url: str, shop: BrowsedStore, width: int, theme: str
) -> None:
    with merchant_scope(shop.merchant.id):
        waiting = Job.objects.filter(merchant_id=shop.merchant.id, state="waiting").get()
    with signed_in(browser, server_url, shop, width=width, theme=theme) as page:
        page.goto("/jobs/")
        page.get_by_role("progressbar").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.goto(f"/jobs/{waiting.id}/")
        with merchant_scope(shop.merchant.id):
            Job.objects.filter(merchant_id=shop.merchant.id, id=waiting.id).update(done=1_200, total=4_800)
        page.get_by_text("25%").wait_for()
        with merchant_scope(shop.merchant.id):
            Job.objects.filter(merchant_id=shop.merchant.id, id=waiting.id).update(done=0, total=0)
        jobs(merchant_id=str(shop.merchant.id))
        page.get_by_role("link", name="Download").or_(page.get_by_role("link", name="Unduh")).wait_for()
        assert complaints(page) == []
