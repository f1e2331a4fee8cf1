"""Real Chromium. In CI the tests must run; elsewhere they are skipped where there is no Chromium."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

# Playwright keeps an event loop running in this thread, where Django then refuses every query, also those of tests
# that follow in the same process. Nothing here is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not CHROMIUM or not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: install Debian's chromium or name one in CHROMIUM")
        pytest.skip("no Chromium on this machine (install chromium, or name one in CHROMIUM)")
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet}
