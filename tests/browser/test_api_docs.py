"""The API's page of documentation in a real browser: it draws every operation, and no part is blocked (UX38)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("real_commits")]


def test_every_operation_is_drawn_and_the_content_policy_holds(browser: Browser, server_url: str) -> None:
    with browser.new_context(viewport={"width": 1366, "height": 800}, base_url=server_url) as context:
        page = context.new_page()
        heard: list[str] = []
        page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.goto("/api/docs/")
        page.locator(".opblock").first.wait_for()
        document = context.request.get("/api/schema/?format=json").json()
        operations = [way for path in document["paths"].values() for way in path if way in {"get", "post", "patch"}]
        assert page.locator(".opblock").count() == len(operations) > 20
        assert [line for line in heard if "favicon" not in line] == []
