"""`manage.py verify` of a large merchant whose book is real: 1,000,000 receipts of 200,000 members, a part returned.

A file of so many receipts goes through the product's own import, so that each has its transfers, entries, lots and
figures; a night follows, which sorts the members and seals the book. Then the whole of verify runs twice. The bars: no
violation, under 600 MB. Seconds are printed, also for each million rows gone over.

BENCH_SALES and BENCH_MEMBERS make it smaller.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from bench.database import bench_database
from common.ids import new_id
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from tests.product_server import environment_for

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "200000"))
SALES = int(os.environ.get("BENCH_SALES", "1000000"))
BAR_MEGABYTES = 600
DAYS = 730
RETURNED_EVERY = 20
SEED = 7
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


def write_file(path: Path, *, first_day: date) -> None:
    """Receipts of one line each in the order of time, and every so often one that cancels the line before it."""
    chance = random.Random(SEED)
    begin = datetime.combine(first_day, datetime.min.time())
    with gzip.open(path, "wt", newline="", compresslevel=1) as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number in range(SALES):
            at = (begin + timedelta(days=DAYS) * (number / SALES)).strftime("%Y-%m-%d %H:%M:%S")
            buyer = 10_000 + int(MEMBERS * chance.random() * chance.random())
            line = (f"SKU{number % 500}", "Barang", 2, at, f"{chance.randrange(100, 9_999) / 100:.2f}", buyer, "")
            rows.writerow((100_000 + number, *line))
            if number % RETURNED_EVERY == 0:
                rows.writerow((f"C{100_000 + number}", *line[:2], -1, *line[3:]))


def manage(database: str, *arguments: str) -> tuple[str, float, int]:
    """What the command printed, its seconds and its peak megabytes; raises SystemExit when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment_for(database),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"bench verify: {arguments[0]} failed\n{output[-4000:]}")
    return output, time.perf_counter() - started, usage.ru_maxrss // 1024


def build(database: str) -> MerchantFacts:
    last = datetime.now(UTC).date() - timedelta(days=2)
    first = last - timedelta(days=DAYS)
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        merchant = open_merchant(
            merchant_id=merchant_id,
            name="Bench",
            owner_name="Bench",
            email="bench@example.com",
            password=None,
            at=datetime.combine(first, datetime.min.time(), tzinfo=UTC),
            currency="GBP",
            timezone="UTC",
            language="en",
        ).merchant
    connection.close()
    path = settings.VAR_DIR / "bench-verify.csv.gz"
    write_file(path, first_day=first)
    rejects = str(settings.VAR_DIR / "bench.rejects")
    options = ("--merchant", merchant.slug, "--mapping", "online-retail", "--quiet", "--rejects", rejects)
    output, seconds, _ = manage(database, "import_sales", str(path), *options)
    print(f"verify: imported in {seconds:.0f} s: {' '.join(output.split())[:200]}")
    path.unlink()
    at = datetime.combine(last + timedelta(days=2), datetime.min.time(), tzinfo=UTC)
    _, seconds, _ = manage(
        database, "night", "--merchant", merchant.slug, "--date", last.isoformat(), "--at", at.isoformat()
    )
    print(f"verify: the night took {seconds:.0f} s")
    return merchant


def run(database: str) -> int:
    merchant = build(database)
    took, peak, output = [], 0, ""
    for _ in range(2):
        output, seconds, megabytes = manage(database, "verify", "--no-color", "--merchant", merchant.slug)
        took.append(seconds)
        peak = max(peak, megabytes)
    rows = sum(int(count) for count in re.findall(r"(\d+) [a-z]+_[a-z]+", output))
    clean = "no violations" in output
    print(output.strip())
    print(
        f"verify: {rows:,} rows in {took[0]:.0f} s and {took[1]:.0f} s = {took[1] / rows * 1e6:.1f} s a million; "
        f"peak {peak} MB (bar {BAR_MEGABYTES} MB) {'ok' if clean and peak < BAR_MEGABYTES else 'MISSED'}"
    )
    return 0 if clean and peak < BAR_MEGABYTES else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
