"""Two kills of a worker that has only just started: the other one answers all the time."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from loyalty.embedded import free_port
from loyalty.supervisor import kill_group
from tests.product_server import ROOT, environment_for, wait_until_it_answers, web_command

pytestmark = pytest.mark.usefixtures("real_commits")

ASKED: int = 10
WAIT_SECONDS = 120.0
"""For a worker to come; nothing is measured by it."""


class Web:
    """The web server as it is shipped, with two workers on one port."""

    def __init__(self, log: Path) -> None:
        self.url, port, self.log = "", free_port(), log
        self.url = f"http://127.0.0.1:{port}"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                web_command(port=port, workers=2),
                cwd=ROOT,
                env={**environment_for(str(settings.DATABASES["default"]["NAME"])), "PUBLIC_URL": self.url},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until_it_answers(self.url, self.process, log)

    def workers(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def new_worker(self, known: set[int]) -> int:
        """The worker that was started in the place of one that is gone."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not (fresh := self.workers() - known):
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            time.sleep(0.05)
        (worker,) = fresh
        return worker

    def answers(self) -> list[int]:
        """Return the status of each of that many requests, on connections of their own; raise without an answer."""
        statuses = []
        for _ in range(ASKED):
            with urllib.request.urlopen(f"{self.url}/api/pos/v1/health", timeout=WAIT_SECONDS) as answer:
                statuses.append(answer.status)
        return statuses


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    server = Web(tmp_path / "web.log")
    yield server
    server.process.terminate()
    server.process.wait(30)
    kill_group(server.process.pid)


def test_the_web_is_never_away_as_a_whole(web: Web) -> None:
    """After each kill no request waits for the new worker: the requests come before it can have begun."""
    first = web.workers()
    assert len(first) == 2
    known, victim = set(first), min(first)
    (stays,) = first - {victim}
    for _ in range(2):
        psutil.Process(victim).kill()
        assert web.answers() == [200] * ASKED
        assert web.process.poll() is None, "the whole server went with its worker"
        victim = web.new_worker(known)
        known.add(victim)
        assert web.answers() == [200] * ASKED
    assert stays in web.workers(), "the other worker was taken along"
    assert psutil.Process(stays).is_running()
