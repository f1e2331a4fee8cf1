"""A working day of each role, from the page it lands on, by clicks: and what the journeys of the day may need."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from common.ids import new_id
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, create_user
from merchants.queries import till_list
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import issue_coupon, make_codes, order_codes
from rewards.coupons.queries import codes_of_batch
from tests.browser.clicks import Clicks
from tests.browser.test_journeys import PASSWORD, BrowsedStore, complaints, open_lapsed_store

pytestmark = pytest.mark.browser

MOST: Final = {"simulate": 6, "adjust": 7, "connect": 9}
"""Clicks that ux allows after landing; connecting is measured in minutes there, so its count only must not grow."""


@dataclass(frozen=True)
class Workplace:
    """A store with one person per role and a coupon that was cancelled."""

    shop: BrowsedStore
    people: dict[Role, str]
    code: str


@pytest.fixture(scope="module")
def work(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Workplace]:
    with django_db_blocker.unblock():
        shop, now = open_lapsed_store(), timezone.now()
        people = {Role.OWNER: shop.email}
        for role in set(Role) - {Role.OWNER}:
            email = f"{role.value}-{new_id().hex[-8:]}@example.com"
            with merchant_scope(shop.merchant.id):
                user = create_user(email=email, name=role.value.title(), password=PASSWORD, language="en")
                add_staff(merchant=shop.merchant, user_id=user.id, role=role, at=now, actor=SYSTEM)
            people[role] = email
        with merchant_scope(shop.merchant.id):
            batch_id = order_codes(
                merchant=shop.merchant,
                title="Selebaran",
                definition={"kind": "amount_off", "value": 20_000},
                count=1,
                at=now,
                valid_until=shop.merchant.day_of(now),
            )
            make_codes(merchant=shop.merchant, batch_id=batch_id, at=now)
            [(_, code, _)] = codes_of_batch(merchant=shop.merchant, batch_id=batch_id, after=None, limit=9)
            issue_coupon(
                merchant=shop.merchant,
                batch_id=batch_id,
                member_id=shop.member.id,
                source_id=None,
                at=now,
                today=shop.merchant.day_of(now),
            )
        yield Workplace(shop, people, code)


@contextmanager
def day_of(browser: Browser, url: str, work: Workplace, role: Role, *, width: int = 1366) -> Iterator[Page]:
    """The role's screen, where it lands after signing in; nothing is heard in the console, nothing is refused."""
    with browser.new_context(viewport={"width": width, "height": 800}, locale="en-GB", base_url=url) as context:
        page = context.new_page()
        page.set_default_timeout(15_000)
        heard: list[str] = []
        page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto("/")
        page.get_by_label("Email").fill(work.people[role])
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator("main h1").wait_for()
        keep_picture(page, f"landing-{role.value}-{width}")
        yield page
        assert [line for line in heard if "favicon" not in line] == []
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture where `PICTURES` names a directory, for a person who wants to look."""
    if directory := os.environ.get("PICTURES"):
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


def heading(page: Page, name: str) -> None:
    page.get_by_role("heading", name=name, level=1).wait_for()


# --- a day of each role ----------------------------------------------------------------------------------------------


def test_an_owner_looks_at_the_figures_and_lets_a_manager_in(
    browser: Browser, server_url: str, work: Workplace
) -> None:
    with day_of(browser, server_url, work, Role.OWNER) as page:
        heading(page, "Overview")
        page.get_by_role("link", name="Settings").first.click()
        page.get_by_role("link", name="Users & roles").click()
        page.get_by_role("link", name="Invite user").click()
        page.get_by_label("Name").fill("Dewi Lestari")
        page.get_by_label("E-mail").fill(f"dewi-{new_id().hex[-8:]}@example.com")
        page.get_by_label("Role").select_option("manager")
        page.get_by_role("button", name="Send invitation").click()
        page.get_by_text("Dewi Lestari is invited.").wait_for()


def test_a_manager_invites_care_and_looks_who_did_what(browser: Browser, server_url: str, work: Workplace) -> None:
    with day_of(browser, server_url, work, Role.MANAGER) as page:
        heading(page, "Overview")
        page.get_by_role("link", name="Settings").first.click()
        page.get_by_role("link", name="Users & roles").click()
        page.get_by_role("link", name="Invite user").click()
        offered = page.get_by_label("Role").locator("option").all_inner_texts()
        assert offered == ["Marketer", "Customer care", "Analyst"]
        page.get_by_label("Name").fill("Siti Rahmawati")
        page.get_by_label("E-mail").fill(f"siti-{new_id().hex[-8:]}@example.com")
        page.get_by_role("button", name="Send invitation").click()
        page.get_by_text("Siti Rahmawati is invited.").wait_for()
        page.get_by_role("link", name="Audit trail").click()
        page.get_by_role("cell", name="Person invited").first.wait_for()


def test_a_marketer_adds_a_reward_and_takes_a_segment_out(browser: Browser, server_url: str, work: Workplace) -> None:
    with day_of(browser, server_url, work, Role.MARKETER) as page:
        heading(page, "Overview")
        page.get_by_role("link", name="Loyalty").first.click()
        page.get_by_role("link", name="Rewards", exact=True).first.click()
        page.get_by_role("link", name="Add reward").first.click()
        heading(page, "Add reward")
        page.get_by_role("link", name="Members", exact=True).first.click()
        page.get_by_role("link", name="Segments").first.click()
        page.locator("main a[href='/segments/lapsed/']").first.click()
        with page.expect_download() as file:
            page.get_by_role("link", name="Export").first.click()
        assert file.value.suggested_filename.startswith("members-")
        page.get_by_role("link", name="Offers").first.click()
        page.get_by_role("link", name="Coupons", exact=True).click()
        page.get_by_role("link", name="Selebaran").first.click()
        with page.expect_download() as codes:
            page.get_by_role("button", name="Download codes").click()
        assert codes.value.suggested_filename.endswith(".csv")


def test_care_finds_who_calls_shows_the_phone_and_explains_a_code(
    browser: Browser, server_url: str, work: Workplace
) -> None:
    with day_of(browser, server_url, work, Role.CARE) as page:
        heading(page, "Members")
        page.get_by_role("link", name="Sari Dewi 1", exact=True).click()
        page.get_by_role("button", name="Show for a minute").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("Menelepon balik")
        dialog.get_by_role("button", name="Show for a minute").click()
        page.get_by_text("Shown for a minute.").first.wait_for()
        page.get_by_role("link", name="Edit", exact=True).click()
        page.get_by_label("Name").fill("Sari Dewi Satu")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved. Which fields changed").wait_for()
        page.get_by_role("link", name="Coupons and rewards").click()
        keep_picture(page, "member-coupons")
        page.get_by_role("link", name="Offers").first.click()
        heading(page, "Look up a code")
        page.get_by_label("Code of a coupon or gift card").fill(work.code)
        page.get_by_role("button", name="Look up").click()
        page.get_by_role("heading", name="What it gives, and when").wait_for()
        assert "Audit trail" not in page.content()


def test_an_analyst_opens_the_lists_behind_the_figures(browser: Browser, server_url: str, work: Workplace) -> None:
    with day_of(browser, server_url, work, Role.ANALYST) as page:
        heading(page, "Overview")
        page.get_by_role("link", name="Members", exact=True).first.click()
        assert page.get_by_role("link", name="Add member").count() == 0
        with page.expect_download() as file:
            page.get_by_role("link", name="Export").first.click()
        assert "***@" in Path(file.value.path()).read_text()
        page.get_by_role("link", name="Offers").first.click()
        page.get_by_role("link", name="Referrals").click()
        heading(page, "Referrals")


def test_a_cashier_is_told_whom_to_ask(browser: Browser, server_url: str, work: Workplace) -> None:
    with browser.new_context(locale="en-GB", base_url=server_url) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("Email").fill(work.people[Role.CASHIER])
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Your role has no pages").wait_for()
        expect(page.get_by_text(work.shop.email)).to_be_visible()
        keep_picture(page, "landing-cashier-1280")


def test_an_integrator_imports_products_and_reads_the_api(browser: Browser, server_url: str, work: Workplace) -> None:
    with day_of(browser, server_url, work, Role.INTEGRATOR) as page:
        heading(page, "Tills & keys")
        expect(page.get_by_role("link", name="API reference")).to_be_visible()
        page.get_by_role("link", name="Offers").first.click()
        page.get_by_role("link", name="Import products").first.click()
        heading(page, "Import products")


# --- how many clicks a journey needs ---------------------------------------------------------------------------------


def test_a_rule_is_simulated_in_six_clicks(browser: Browser, server_url: str, work: Workplace) -> None:
    with day_of(browser, server_url, work, Role.OWNER) as page:
        clicks = Clicks()
        clicks.press(page.get_by_role("link", name="Loyalty").first)
        clicks.press(page.get_by_role("link", name="Simulator", exact=True))
        clicks.press(page.get_by_role("link", name="New simulation").first)
        page.locator("#id_points").fill("2")
        began = time.monotonic()
        clicks.press(page.get_by_role("button", name="Run the simulation"))
        page.wait_for_url(re.compile(r"/simulator/[0-9a-f-]{36}/"))
        run_jobs(merchant=work.shop.merchant, clock=timezone.now)
        page.get_by_role("heading", name="Base and draft").wait_for()
        assert time.monotonic() - began < 10
    assert clicks.count <= MOST["simulate"], clicks.count


def test_points_are_booked_for_who_calls_in_seven_clicks(browser: Browser, server_url: str, work: Workplace) -> None:
    with day_of(browser, server_url, work, Role.CARE) as page:
        clicks = Clicks()
        clicks.press(page.get_by_role("searchbox").first)
        page.keyboard.type(work.shop.member.number)
        page.keyboard.press("Enter")
        clicks.press(page.get_by_role("link", name="Adjust points"))
        page.get_by_label("Points (poin)").fill("240")
        clicks.choose(page.get_by_label("Reason"), "goodwill")
        clicks.press(page.get_by_role("button", name="Review"))
        page.wait_for_timeout(1_050)  # the button waits until the preview can have been read
        clicks.press(page.get_by_role("button", name=re.compile("^Add 240 poin")))
        page.get_by_text("The points are booked.").wait_for()
    assert clicks.count <= MOST["adjust"], clicks.count


def test_a_till_is_connected_and_its_first_test_sale_is_in_the_log(
    browser: Browser, server_url: str, work: Workplace
) -> None:
    began, clicks = time.monotonic(), Clicks()
    with day_of(browser, server_url, work, Role.INTEGRATOR) as page:
        clicks.press(page.get_by_role("link", name="Test mode").last)
        clicks.press(page.get_by_role("button", name="Set up test mode"))
        page.get_by_text("Test mode is being prepared").wait_for()
        run_jobs(merchant=work.shop.merchant, clock=timezone.now)
        clicks.press(page.get_by_role("link", name="Test keys and test data"))
        clicks.press(page.get_by_role("link", name="Issue test key").first)
        clicks.press(page.get_by_role("button", name="Issue key"))
        clicks.press(page.get_by_role("button", name="Copy").last)
        sale = page.locator("[data-copy]").last.get_attribute("data-copy") or ""
        keep_picture(page, "test-key-1366")
        assert sell_by(sale)["status"] == "completed"
        clicks.press(page.get_by_role("link", name="Done"))
        clicks.press(page.get_by_role("link", name="Requests", exact=True).first)
        logged = page.get_by_role("link", name="POST /sales")
        until = time.monotonic() + 10
        while not logged.count() and time.monotonic() < until:  # the log is written a moment after the answer
            page.reload()
        expect(logged.first).to_be_visible()
    assert clicks.count <= MOST["connect"], clicks.count
    assert time.monotonic() - began < 600
    with merchant_scope(work.shop.merchant.id):
        assert all(not keys for _till, keys in till_list(merchant=work.shop.merchant)), "nothing was done in the store"


def sell_by(command: str) -> dict[str, str]:
    """Run the command as a person does who pastes it into a terminal, and return the answer."""
    words = shlex.split(command)
    assert words[0] == "curl"
    answer = subprocess.run([*words, "--silent", "--show-error"], capture_output=True, check=True, timeout=30)
    found: dict[str, str] = json.loads(answer.stdout)
    return found
