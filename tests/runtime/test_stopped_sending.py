"""A worker that is asked to stop in the middle of a message ends it and gives back the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from merchants.tasks import do_work
from messaging.facts import MESSAGE_WORK
from messaging.models import Instance
from tests.campaign_shop import DRAFT, lapsed_shop
from tests.races.test_campaign_kill import worker
from tests.smtp_sink import smtp_sink

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.gate, pytest.mark.timeout(600)]

MEMBERS = 40
WAIT_SECONDS = 120.0


@pytest.fixture(autouse=True)
def forget_the_installation() -> Iterator[None]:
    """The worker's mark is in this test's folder: without it later tests would take the database for a copy."""
    yield
    Instance.objects.all().delete()


def states_after(stop: Callable[[subprocess.Popen[bytes], Path], None], folder: Path) -> tuple[dict[str, int], int]:
    """Return the deliveries' states once the worker ended, and how many messages arrived; `stop` at the third dot."""
    shop = lapsed_shop(MEMBERS)
    facts = shop.start(replace(DRAFT, control_percent=0))
    ours = set(shop.members.values())
    hint = {"merchant_id": str(shop.merchant.id), "kind": MESSAGE_WORK.name}
    taken: list[str] = []
    with smtp_sink() as sink, worker(sink, folder / "worker.log") as process:

        def stop_at_the_third(recipient: str, _times: int) -> None:
            if recipient in ours:
                taken.append(recipient)
                if len(taken) == 3:
                    stop(process, folder / "worker.log")

        sink.at_end = stop_at_the_third
        deadline = time.monotonic() + WAIT_SECONDS
        while process.poll() is None:
            assert time.monotonic() < deadline, (folder / "worker.log").read_text()[-2000:]
            if not taken:
                do_work.apply_async(kwargs=hint, expires=2)
            time.sleep(0.3)
    return dict(shop.states(facts.id)), len([one for one in sink.recipients if one in ours])


def ask_to_stop(process: subprocess.Popen[bytes], log: Path) -> None:
    """Stop as Ctrl-C and `docker stop` do; the message goes on only when the worker has confirmed the signal."""
    process.terminate()
    deadline = time.monotonic() + WAIT_SECONDS
    while b"shutdown" not in log.read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes], _log: Path) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def test_a_stop_leaves_no_delivery_in_sending(tmp_path: Path) -> None:
    states, arrived = states_after(ask_to_stop, tmp_path)
    assert states.get("sending", 0) == 0, states
    assert states.get("accepted", 0) == arrived >= 3, states
    assert states.get("queued", 0) == MEMBERS - arrived > 0, "what was not begun is free at once for the next worker"


def test_without_being_asked_it_would_stay_until_the_lease_ends(tmp_path: Path) -> None:
    """The control: killed at the same dot."""
    states, _ = states_after(kill, tmp_path)
    assert states.get("sending", 0) >= 1, states
