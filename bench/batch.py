"""One batch of 500 sales beside 500 sales sent one by one, by one till over HTTP through the production server.

Prints the seconds of both and their ratio, from rounds that take turns on one machine. The bar: 0.7 or less.
"""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection
from django.utils import timezone

from bench.database import bench_database
from bench.sale import body_of, prepare
from tests.product_server import product_server

ITEMS: Final = 500
ROUNDS: Final = 3
BAR_RATIO: Final = 0.7


class OneTill:
    """A till on one kept-open connection."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self.link = http.client.HTTPConnection(str(parts.hostname), int(parts.port or 80), timeout=60)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: bytes, *, key: str = "") -> Any:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        self.link.request("POST", f"/api/pos/v1/{path}", body, headers)
        answer = self.link.getresponse()
        text = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"bench batch: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def send_alone(self, buyers: list[UUID], name: str) -> None:
        for number, buyer in enumerate(buyers):
            self.post("sales", body_of(buyer, f"{name}-{number}"), key=f"{name}-{number:0>16}")

    def send_together(self, buyers: list[UUID], name: str, *, first: int) -> None:
        at = timezone.now().isoformat()
        items = [
            {
                "idempotency_key": f"{name}-{number:0>16}",
                "terminal_seq": first + number,
                "operation": "sale",
                "occurred_at": at,
                "body": json.loads(body_of(buyer, f"{name}-{number}")),
            }
            for number, buyer in enumerate(buyers)
        ]
        answer = self.post("batches", json.dumps({"items": items}).encode())
        wrong = [one for one in answer["results"] if one["status"] != 201]
        if wrong:
            raise SystemExit(f"bench batch: {len(wrong)} items failed, the first with {wrong[0]}")


def measure(url: str, key: str, buyers: list[UUID]) -> tuple[float, float]:
    """Return the median seconds of sending alone and of sending together; the first round only warms up."""
    till = OneTill(url, key)
    alone, together = [], []
    for number in range(ROUNDS + 1):
        started = time.perf_counter()
        till.send_alone(buyers, f"A{number}")
        middle = time.perf_counter()
        till.send_together(buyers, f"B{number}", first=number * ITEMS)
        alone.append(middle - started)
        together.append(time.perf_counter() - middle)
    return statistics.median(alone[1:]), statistics.median(together[1:])


def run(database: str) -> int:
    _, key, buyers = prepare(database)
    connection.close()
    with (
        tempfile.TemporaryDirectory() as folder,
        product_server(database=database, log=Path(folder) / "web.log", workers=2) as url,
    ):
        alone, together = measure(url, key, [buyer.member_id for buyer in buyers[:ITEMS]])
    ratio = together / alone
    good = ratio <= BAR_RATIO
    print(
        f"batch: {ITEMS} sales alone {alone:.2f} s, together {together:.2f} s, ratio {ratio:.2f} (bar {BAR_RATIO}) "
        f"{'ok' if good else 'TOO SLOW'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
