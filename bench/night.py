"""The night of a large merchant: 200,000 members, 2,000,000 sales.

Prints, from one run on one machine: the bare SQL aggregate over the same sales, the first night (everybody is put into
a segment and a tier), an ordinary night after one more day of sales, their ratios, and the peak memory of the process
that makes the night. The bars: an ordinary night at most 4 x the bare aggregate, under 400 MB.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection

from bench.database import bench_database
from bench.merchant_of_size import SizedMerchant, build_merchant, sell_one_day
from merchants.tenancy import allow_long_statements, merchant_scope
from tests.product_server import environment_for

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "200000"))
SALES = int(os.environ.get("BENCH_SALES", "2000000"))
BAR_RATIO = 4.0
BAR_MEGABYTES = 400
FIRST_DAY = date(2024, 11, 23)
LAST_DAY = date(2026, 11, 22)
ROUNDS = 3

# The outer sums make the server compute every column without sending 200,000 rows to anybody.
BARE_AGGREGATE = """
    SELECT count(*), min(first_on), max(last_on), sum(purchases), sum(spend) FROM (
        SELECT member_id, min(business_date) AS first_on, max(business_date) AS last_on,
               count(*) AS purchases, sum(total_amount - refunded_amount) AS spend
        FROM sales_sale WHERE merchant_id = %s AND member_id IS NOT NULL GROUP BY member_id
    ) AS buyers
"""


def measure_bare(built: SizedMerchant) -> float:
    """Median seconds of the aggregate alone, as the application role in the merchant's scope."""
    took = []
    for _ in range(ROUNDS):
        with merchant_scope(built.merchant.id), connection.cursor() as cursor:
            allow_long_statements(300)
            started = time.perf_counter()
            cursor.execute(BARE_AGGREGATE, [built.merchant.id])
            cursor.fetchone()
            took.append(time.perf_counter() - started)
    return statistics.median(took)


def measure_night(built: SizedMerchant, day: date, database: str) -> tuple[float, int]:
    """(seconds, peak megabytes) of `manage.py night` for one day, in a process of its own."""
    at = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    command = [sys.executable, "manage.py", "night", "--merchant", built.merchant.slug, "--at", at.isoformat()]
    process = subprocess.Popen(
        [*command, "--date", day.isoformat()],
        cwd=settings.BASE_DIR,
        env=environment_for(database),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    found = re.search(r"night of \S+, ([\d.]+) s", output)
    if status or found is None:
        raise SystemExit(f"bench night: the night failed\n{output}")
    print("  " + output.strip().replace("\n", "\n  "))
    return float(found[1]), usage.ru_maxrss // 1024


def run(database: str) -> int:
    started = time.perf_counter()
    built = build_merchant(members=MEMBERS, sales=SALES, first_day=FIRST_DAY, last_day=LAST_DAY, database=database)
    print(f"night: {MEMBERS:,} members, {SALES:,} sales, built in {time.perf_counter() - started:.0f} s")
    bare = measure_bare(built)
    first, first_memory = measure_night(built, LAST_DAY, database)
    next_day = LAST_DAY + timedelta(days=1)
    sell_one_day(built, day=next_day, sales=SALES // (LAST_DAY - FIRST_DAY).days)
    bare_after = measure_bare(built)
    ordinary, memory = measure_night(built, next_day, database)
    ratio = ordinary / bare_after
    good = ratio <= BAR_RATIO and max(memory, first_memory) < BAR_MEGABYTES
    print(
        f"night: bare aggregate {bare_after:.2f} s; ordinary night {ordinary:.2f} s = {ratio:.1f} x "
        f"(bar {BAR_RATIO:.0f}); first night {first:.2f} s = {first / bare:.1f} x; peak {max(memory, first_memory)} MB "
        f"(bar {BAR_MEGABYTES} MB) {'ok' if good else 'TOO SLOW OR TOO LARGE'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
