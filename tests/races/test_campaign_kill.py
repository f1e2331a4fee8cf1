"""kill -9 of a real Celery worker while it sends: nothing is lost, nothing is doubled, the rest is uncertain."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from messaging.models import Instance
from tests.campaign_shop import DRAFT, CampaignShop, lapsed_shop
from tests.product_server import ROOT, environment_for
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.usefixtures("real_commits")

LEASE_SECONDS = 2
SLOTS = 1
SECONDS_PER_KILL = 60


@contextmanager
def worker(sink: Sink, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker with one sending slot on the test database; killed with all its children at the end."""
    environment = {
        **environment_for(connection.settings_dict["NAME"]),
        "EMAIL_URL": f"smtp://{sink.server.host}:{sink.server.port}",
        "CAMPAIGN_LEASE_SECONDS": str(LEASE_SECONDS),
        "INSTANCE_DIR": str(log.parent),
    }
    command = [sys.executable, "-m", "celery", "-A", "loyalty", "worker", "--concurrency", str(SLOTS)]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def send_until(shop: CampaignShop, sink: Sink, messages: int, deadline: float) -> None:
    """Give the hint to the senders again and again until so many messages arrived in all."""
    while len(sink.messages) < messages and time.monotonic() < deadline:
        shop.wake_senders()
        time.sleep(0.3)
    assert len(sink.messages) >= messages, "the worker does not send"


def waiting(shop: CampaignShop, campaign_id: UUID) -> int:
    states = shop.states(campaign_id)
    return sum(states.get(state, 0) for state in ("queued", "deferred", "sending"))


def kill_rounds(*, members: int, kills: int, seed: int, log: Path) -> dict[str, int]:
    """Send a campaign while its worker is killed `kills` times; after some kills Redis loses everything, too."""
    chance = random.Random(seed)
    shop = lapsed_shop(members)
    facts = shop.start(replace(DRAFT, control_percent=10))
    treated = {shop.members[member] for member in shop.members_in(facts.id, "queued")}
    ours = set(shop.members.values())  # the worker sends for every shop that earlier tests have left behind
    deadline = time.monotonic() + 300 + kills * SECONDS_PER_KILL
    broker = redis.Redis.from_url(settings.REDIS_URL)
    with smtp_sink(delay_seconds=0.002) as sink:
        for _ in range(kills):
            with worker(sink, log):
                send_until(shop, sink, min(len(sink.messages) + 1, len(treated) - kills), deadline)
                time.sleep(chance.uniform(0, 1.5))
            if chance.random() < 0.3:
                broker.flushdb()
        with worker(sink, log):
            while waiting(shop, facts.id) and time.monotonic() < deadline:
                shop.wake_senders()
                time.sleep(0.5)
    shop.sweep(now=timezone.now())
    shop.check()
    states = shop.states(facts.id)
    mailed = [recipient for recipient in sink.recipients if recipient in ours]
    print(f"seed {seed}: {kills} kills, {states}, {len(mailed)} messages taken by the server")
    assert set(sink.ids.values()) == {1}, "a mail arrived twice"
    assert set(mailed) <= treated, "somebody was mailed who is held back"
    assert states.get("accepted", 0) + states.get("uncertain", 0) == len(treated), "a mail was lost"
    assert states.get("uncertain", 0) <= kills * SLOTS
    assert states.get("accepted", 0) <= len(mailed) <= len(treated)
    assert shop.campaign(facts.id).state == "finished"
    return states


@pytest.fixture(autouse=True)
def forget_the_installation() -> Iterator[None]:
    """The workers' mark is in this test's folder: without it later tests would take the database for a copy."""
    yield
    Instance.objects.all().delete()


@pytest.mark.gate
@pytest.mark.timeout(600)
def test_two_kills(tmp_path: Path) -> None:
    kill_rounds(members=150, kills=2, seed=secrets.randbelow(10**6), log=tmp_path / "worker.log")


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_twenty_kills_in_a_campaign_of_two_thousand(tmp_path: Path) -> None:
    kill_rounds(members=2_000, kills=20, seed=secrets.randbelow(10**6), log=tmp_path / "worker.log")
