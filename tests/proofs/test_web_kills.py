"""kill -9 of the web server at random instants while tills sell: nothing is lost, nothing is doubled.

Each till keeps its request and its key until it has an answer, as a real one does, and sends it again after a cut.
A quick version with two kills runs always; the proof kills twenty times and prints its seed.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import psutil
import pytest
from django.conf import settings
from django.utils import timezone

from ledger.invariants import verify as verify_ledger
from ledger.queries import balance
from loyalty.embedded import free_port
from merchants.facts import SYSTEM
from merchants.operations import issue_till_key
from merchants.tenancy import merchant_scope
from sales.invariants import verify as verify_sales
from sales.models import Sale
from tests.product_server import ROOT, environment_for, wait_until_it_answers, web_command
from tests.sales_shop import SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")

TILLS = 4
POINTS_PER = 10_000


@dataclass
class Mortal:
    """A production web server that is killed with all its workers and started again on the same port."""

    database: str
    log: Path
    port: int = field(default_factory=free_port)
    process: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                web_command(port=self.port, workers=2),
                cwd=ROOT,
                env=environment_for(self.database),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until_it_answers(self.url, self.process, self.log)

    def kill(self) -> None:
        with suppress(psutil.NoSuchProcess):
            everyone = [*psutil.Process(self.process.pid).children(recursive=True), psutil.Process(self.process.pid)]
            self.process.send_signal(signal.SIGSTOP)  # or it would start what is killed again
            for one in everyone:
                with suppress(psutil.NoSuchProcess):
                    one.kill()
            psutil.wait_procs(everyone, timeout=10)
        self.process.wait()


class StubbornTill(Thread):
    """Sells to its own member until the test stops it; sends what got no answer again, with the same key."""

    def __init__(self, url: str, key: str, name: str, member_id: UUID, seed: int, stop: Event) -> None:
        super().__init__(name=name)
        self.url, self.key, self.member_id, self.stop = url, key, member_id, stop
        self.random = random.Random(seed)
        self.sold: dict[str, int] = {}
        self.ended: Counter[str] = Counter()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            amount = self.random.randrange(1, 40) * 5_000
            reference = f"{self.name}-{number}"
            self._sell_until_answered(reference, amount)
            self.sold[reference] = amount

    def _sell_until_answered(self, reference: str, amount: int) -> None:
        for _ in range(400):
            outcome = self._send(reference, amount)
            self.ended[outcome] += 1
            if outcome == "ok":
                return
            time.sleep(0.1)
        raise AssertionError(f"{reference} never got an answer")

    def _send(self, reference: str, amount: int) -> str:
        line = {"line_id": "1", "sku": "A", "name": "Barang", "quantity": 1, "unit_amount": amount}
        request = urllib.request.Request(
            f"{self.url}/api/pos/v1/sales",
            data=json.dumps({"member_id": str(self.member_id), "reference": reference, "lines": [line]}).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Idempotency-Key": f"key-of-{reference:0>20}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                answer.read()
                return "ok"
        except urllib.error.HTTPError as error:
            if error.code in {409, 503}:
                return str(error.code)
            raise AssertionError(f"{error.code} {error.read()[:300]!r}") from error
        except (OSError, HTTPException):  # no answer, or the server died in the middle of it
            return "unknown"


def sell_under_fire(shop: SellingShop, server: Mortal, *, kills: int, seed: int) -> list[StubbornTill]:
    chance = random.Random(seed)
    with merchant_scope(shop.merchant.id):
        key = issue_till_key(merchant=shop.merchant, till_id=shop.till.id, at=timezone.now(), actor=SYSTEM)
        members = [shop.join().id for _ in range(TILLS)]
    stop = Event()
    server.start()
    tills = [StubbornTill(server.url, key, f"T{n}", members[n], seed + n, stop) for n in range(TILLS)]
    for till in tills:
        till.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.3, 2.0))
        server.kill()
        server.start()
    time.sleep(1)
    stop.set()
    for till in tills:
        till.join(60)
    server.kill()
    return tills


def check(shop: SellingShop, tills: list[StubbornTill]) -> None:
    today = shop.merchant.day_of(timezone.now())
    with merchant_scope(shop.merchant.id):
        stored = dict(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("reference", "total_amount"))
        expected = {reference: amount for till in tills for reference, amount in till.sold.items()}
        assert stored == expected
        for till in tills:
            points = sum(amount // POINTS_PER for amount in till.sold.values())
            found = balance(merchant=shop.merchant, owner_id=till.member_id, business_date=today)
            assert found.points_balance == points
        assert verify_sales(merchant=shop.merchant) == []
        assert verify_ledger(merchant=shop.merchant) == []


@pytest.mark.parametrize(
    "kills",
    [pytest.param(2, marks=pytest.mark.gate), pytest.param(20, marks=[pytest.mark.proof, pytest.mark.timeout(1800)])],
)
def test_killing_the_web_server_loses_and_doubles_nothing(tmp_path: Path, kills: int) -> None:
    seed = random.SystemRandom().randrange(10**6)
    shop = open_selling_shop()
    server = Mortal(str(settings.DATABASES["default"]["NAME"]), tmp_path / "web.log")
    try:
        tills = sell_under_fire(shop, server, kills=kills, seed=seed)
    finally:
        server.kill()
    ended = sum((till.ended for till in tills), Counter())
    print(f"seed {seed}, {kills} kills, {sum(len(t.sold) for t in tills)} sales, requests {dict(ended)}")
    check(shop, tills)
