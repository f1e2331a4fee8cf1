"""A campaign to 20,000 members into a real SMTP server on this machine.

Prints how long freezing the audience takes and with how many statements (the same number for 200 members: it is
set-based), and how many messages a second one worker hands over. The server is the one of `make run`, in a process of
its own; it writes every message into a file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg2
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.database import bench_database
from campaigns.operations import begin_freezing, freeze_audience
from loyalty.embedded import free_port, port_is_free
from merchants.tenancy import merchant_scope
from messaging.mailer.link import MailServer
from messaging.tasks import Sender
from tests.campaign_shop import DRAFT, CampaignShop, lapsed_shop
from tests.databases import database_url

RECIPIENTS = int(os.environ.get("BENCH_RECIPIENTS", "20000"))
FEW = 200
MEMBERS_AT_ONCE = 500
COUPONS_AT_ONCE = 1_000


@contextmanager
def mail_sink() -> Iterator[tuple[MailServer, Path]]:
    """The sink of `make run` and the folder in which it keeps the mail."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "loyalty.mail_sink", "--port", str(port), "--folder", folder],
            cwd=settings.BASE_DIR,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + 30
            while port_is_free(port) and time.monotonic() < deadline:
                time.sleep(0.05)
            yield MailServer("127.0.0.1", port, timeout_seconds=10), Path(folder)
        finally:
            process.terminate()
            process.wait()


def build_shop(members: int, database: str) -> CampaignShop:
    """A merchant whose members all lapsed, with consent and an address each."""
    shop = lapsed_shop(0)
    for start in range(0, members, MEMBERS_AT_ONCE):
        shop.add_members(min(MEMBERS_AT_ONCE, members - start))
        analyze(database)
    shop.count_segments()
    return shop


def analyze(database: str) -> None:
    """What autovacuum does within a minute in a database that lives longer than a bench."""
    connected = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, database))
    connected.autocommit = True
    with connected.cursor() as cursor:
        cursor.execute("ANALYZE")
    connected.close()


def freeze(shop: CampaignShop) -> tuple[UUID, float, int]:
    """(campaign, seconds, statements) of preparing the audience, coupons included."""
    facts = shop.schedule(replace(DRAFT, control_percent=10))
    with merchant_scope(shop.merchant.id):
        begin_freezing(merchant=shop.merchant, campaign_id=facts.id, now=shop.clock.now)
    started = time.perf_counter()
    with merchant_scope(shop.merchant.id), CaptureQueriesContext(connection) as captured:
        freeze_audience(merchant=shop.merchant, campaign_id=facts.id, now=shop.clock.now)
    return facts.id, time.perf_counter() - started, len(captured)


def send(shop: CampaignShop, campaign_id: UUID, server: MailServer) -> tuple[int, float, float]:
    """(messages, seconds, seconds of processor) of one worker until nothing is due."""
    sent, more = 0, True
    started, worked = time.perf_counter(), time.process_time()
    while more:
        worker = Sender(merchant=shop.merchant, dispatch_id=campaign_id, server=server, clock=shop.clock)
        handed_over = worker.run()
        sent += handed_over
        more = handed_over > 0
    return sent, time.perf_counter() - started, time.process_time() - worked


def run(database: str) -> int:
    started = time.perf_counter()
    few, many = build_shop(FEW, database), build_shop(RECIPIENTS, database)
    print(f"campaign: {RECIPIENTS:,} lapsed members built in {time.perf_counter() - started:.0f} s")
    _, _, few_statements = freeze(few)
    campaign_id, seconds, statements = freeze(many)
    chunks = -(-RECIPIENTS // COUPONS_AT_ONCE)
    print(
        f"campaign: audience of {RECIPIENTS:,} frozen with its coupons in {seconds:.1f} s, {statements} statements "
        f"({few_statements} for {FEW}; coupons come in chunks of {COUPONS_AT_ONCE:,})"
    )
    states = many.states(campaign_id)
    analyze(database)
    with mail_sink() as (server, folder):
        sent, took, worked = send(many, campaign_id, server)
        kept = sum(1 for _ in folder.glob("*.eml"))
    many.check()
    good = sent == kept == states["queued"] and statements <= few_statements * (chunks + 1)
    print(
        f"campaign: {sent:,} messages in {took:.1f} s = {sent / took:,.0f} messages per second with one worker "
        f"({worked / sent * 1000:.1f} ms of its processor each); "
        f"{kept:,} kept by the server, {states['control']:,} held back {'ok' if good else 'NOT WHAT WAS SENT'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
