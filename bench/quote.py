"""A quote over HTTP with 200 promotions beside the same quote with 5: ten lines, one till, one kept-open connection.

Two merchants on one production server, asked in turns so that the machine's moods meet both alike. Of the 200 a fifth
applies, two fifths are for someone else and two fifths for other goods, every tenth has limits; the 5 apply. The bar:
the median with 200 is at most twice the one with 5.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import connection
from django.utils import timezone

from bench.database import bench_database
from common.ids import new_id
from enrolment.operations import enrol_member
from members.facts import EnrolDraft
from merchants.facts import SYSTEM
from merchants.operations import issue_till_key
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from rewards.promotions.operations import create_promotion
from tests.product_server import product_server

ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "200"))
WARM_UP: Final = 20
STARTER: Final = 2
"""Promotions that every merchant opens with."""
BAR: Final = 2.0
LINES: Final = [
    {
        "line_id": str(n),
        "sku": f"SKU-{n}",
        "name": f"Barang {n}",
        "category": f"kategori-{n % 5}",
        "quantity": 1 + n % 3,
        "unit_amount": 9_000 + 1_500 * n,
    }
    for n in range(10)
]


@dataclass(frozen=True)
class BenchShop:
    """One till's connection to its merchant; `ask` sends the quote once and returns its seconds and its answer."""

    link: socket.socket
    request: bytes

    def ask(self) -> tuple[float, dict[str, Any]]:
        started = time.perf_counter()
        self.link.sendall(self.request)
        head, _, body = read_answer(self.link).partition(b"\r\n\r\n")
        took = time.perf_counter() - started
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise SystemExit(f"bench quote: {head!r} {body[:500]!r}")
        return took, json.loads(body)


def read_answer(link: socket.socket) -> bytes:
    text = b""
    while b"\r\n\r\n" not in text:
        text += link.recv(65536)
    head, _, body = text.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    )
    while len(body) < length:
        body += link.recv(65536)
    return head + b"\r\n\r\n" + body


def definitions(count: int) -> list[dict[str, Any]]:
    """`count` promotions in the mix of the head of this file; what a shop of five has applies."""
    made = [_applying_definition(n) for n in range(count if count <= 5 else count // 5)]
    rest = count - len(made)
    made += [_percent_off(f"Untuk lain {n}", when={"segments_any": ["lapsed"]}) for n in range(rest // 2)]
    made += [_percent_off(f"Barang lain {n}", filter={"categories": [f"lain-{n}"]}) for n in range(rest - rest // 2)]
    return [
        {**each, "usage": {"limit": 10**6, "per_member_day_limit": 50}} if n % 10 == 9 else each
        for n, each in enumerate(made)
    ]


def _percent_off(title: str, **fields: Any) -> dict[str, Any]:
    return {"title": title, "kind": "percent_off", "value": "1.5", **fields}


def _applying_definition(n: int) -> dict[str, Any]:
    if n % 5 == 0:
        return {"title": f"Poin {n}", "kind": "earn", "per_amount": {"spend": 10_000, "points": 1}}
    if n % 5 == 1:
        return {"title": f"Potongan {n}", "kind": "amount_off", "value": 1_000, "when": {"min_subtotal": 50_000}}
    return _percent_off(f"Diskon {n}", filter={"categories": [f"kategori-{n % 5}"]})


def open_shop(count: int, at: datetime) -> bytes:
    """A merchant with so many promotions; the request of its till for the one cart."""
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        opened = open_merchant(
            merchant_id=merchant_id,
            name="Bench",
            owner_name="Bench",
            email=f"{merchant_id.hex}@example.com",
            password=None,
            at=at,
        )
        for definition in definitions(count - STARTER):
            create_promotion(merchant=opened.merchant, definition=definition, starts_at=at, at=at)
        member = enrol_member(merchant=opened.merchant, draft=EnrolDraft(name="Budi", phone="081234567890"), at=at)
        key = issue_till_key(merchant=opened.merchant, till_id=opened.till_id, at=at, actor=SYSTEM)
    body = json.dumps({"member_id": str(member.id), "lines": LINES}).encode()
    head = (
        "POST /api/pos/v1/quotes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nIdempotency-Key: {merchant_id.hex}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def measure(url: str, few: bytes, many: bytes) -> tuple[list[float], list[float]]:
    """Seconds of every quote with few and with many promotions."""
    parts = urlsplit(url)
    address = (str(parts.hostname), int(parts.port or 80))
    with socket.create_connection(address) as one, socket.create_connection(address) as other:
        shops = [BenchShop(one, few), BenchShop(other, many)]
        for link in (one, other):
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(WARM_UP):
            decided = [len(shop.ask()[1]["decisions"]) for shop in shops]
        if decided != [5, 200]:
            raise SystemExit(f"bench quote: {decided} promotions were decided on, not 5 and 200")
        took = [[shop.ask()[0] for shop in shops] for _ in range(ROUNDS)]
    return [few for few, _ in took], [many for _, many in took]


def run(database: str) -> int:
    now = timezone.now()
    few, many = open_shop(5, now), open_shop(200, now)
    connection.close()
    with (
        tempfile.TemporaryDirectory() as folder,
        product_server(database=database, log=Path(folder) / "web.log") as url,
    ):
        with_few, with_many = measure(url, few, many)
    five, two_hundred = statistics.median(with_few), statistics.median(with_many)
    ratio = two_hundred / five
    print(
        f"quote: {len(LINES)} lines over HTTP: 5 promotions {five * 1000:.1f} ms, 200 promotions "
        f"{two_hundred * 1000:.1f} ms; ratio {ratio:.2f} (bar {BAR:.0f}) {'ok' if ratio <= BAR else 'TOO SLOW'}"
    )
    return 0 if ratio <= BAR else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
