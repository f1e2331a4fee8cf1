"""Every kind of page that links reach from the menu, in a shop at work: no barrier axe knows, nothing wide or heavy.

The shop is the sample one, smaller: members and sales from files, some weeks rung up at the till, offers, campaigns.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve
from django.utils import timezone
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from common.ids import new_id
from loyalty.demo import demo_merchant, load_history
from merchants.operations import set_staff_password
from merchants.queries import user_by_email
from merchants.tenancy import merchant_scope
from onboarding.demo.customers import Size
from tests.browser.test_journeys import PASSWORD, complaints

pytestmark = [pytest.mark.browser, pytest.mark.gate, pytest.mark.timeout(900)]

SMALL: Final = Size(days=100, customers=40, strangers_a_day=1)
NO_PAGES: Final = re.compile(r"/(export|csv|accounts|stores|static|api|m|style-guide|file)(/|$)|\.(csv|png|svg|pdf)$")
"""Files, a person's own pages, and pages that are not for staff."""
NO_QUESTIONS: Final = re.compile(r"(^|&)(format|after|sort)=")
"""A file, and the same list at another place or in another order."""
UNSTICK: Final = """
    document.querySelectorAll(".topbar, .save-bar, .bottom-nav, .says").forEach((bar) => bar.style.position = "static")
"""
MOST_BYTES: Final = 200_000
FEWEST_KINDS: Final = 90


@pytest.fixture(scope="module")
def owner(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample shop's owner, who signs in with PASSWORD; committed, because another process serves it."""
    merchant_id, now = new_id(), timezone.now()
    email = f"{merchant_id.hex}@melati.example"
    with django_db_blocker.unblock():
        merchant = demo_merchant(now=now, size=SMALL, merchant_id=merchant_id, owner=email)
        load_history(merchant=merchant, folder=Path(tmp_path_factory.mktemp("shop")), now=now, size=SMALL)
        with merchant_scope(merchant.id):
            set_staff_password(user_id=user_by_email(email).id, password=PASSWORD)
    return email


def kind_of(address: str) -> str:
    """Return the page's kind: its route, with the names of what is asked."""
    parts = urlsplit(address)
    return resolve(parts.path).route + "?" + "&".join(sorted({one.split("=")[0] for one in parts.query.split("&")}))


def test_every_page_can_be_read_by_everybody_and_fits_its_screen(browser: Browser, server_url: str, owner: str) -> None:
    with browser.new_context(viewport={"width": 1366, "height": 800}, locale="en-GB", base_url=server_url) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/")
        page.get_by_label("Email").fill(owner)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Overview").wait_for()
        waiting, seen, faults = ["/"], set[str](), list[str]()
        while waiting:
            address = waiting.pop(0)
            kind = kind_of(address)
            if kind in seen:
                continue
            seen.add(kind)
            answer = page.goto(address)
            assert answer is not None
            if "html" not in answer.headers["content-type"]:
                continue
            faults += faults_of(page, address, answer.status, len(answer.body()))
            waiting += links_of(page, address)
    assert not faults, "\n".join(faults)
    assert len(seen) >= FEWEST_KINDS


def links_of(page: Page, address: str) -> list[str]:
    hrefs: list[str] = page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))")
    links = [urljoin(address, href) for href in hrefs if not href.startswith(("#", "mailto:", "tel:", "http"))]
    return [
        link
        for link in (link.partition("#")[0] for link in links)
        if not NO_PAGES.search(urlsplit(link).path) and not NO_QUESTIONS.search(urlsplit(link).query)
    ]


def faults_of(page: Page, address: str, status: int, size: int) -> list[str]:
    """Return in words what is wrong with the page that is open; the wide screen comes last."""
    faults = [] if status == 200 else [f"{address} answers {status}"]
    if size > MOST_BYTES:
        faults.append(f"{address} weighs {size} bytes")
    # What sticks to the screen covers what is behind it until one scrolls; axe would measure what is left.
    page.evaluate(UNSTICK)
    for width in (360, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        faults += [f"{address} at {width}: {one}" for one in complaints(page)]
        reaches: int = page.evaluate("document.documentElement.scrollWidth")
        if reaches > width:
            faults.append(f"{address} at {width} reaches to {reaches}")
    return faults
