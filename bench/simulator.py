"""A year replayed under a draft: 200,000 receipts, and twice as many.

Prints receipts a second, seconds and peak megabytes of `manage.py simulate` in a process of its own, and the ratio of
the two runs. The bars: 200,000 receipts in under 60 s and 500 MB; twice the receipts at most 2.2 x the time.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from bench.database import bench_database
from bench.merchant_of_size import SizedMerchant, add_lines, build_merchant
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from rewards.promotions.operations import create_promotion, open_starter_program
from rewards.promotions.queries import live_promotions
from tests.product_server import environment_for

RECEIPTS = int(os.environ.get("BENCH_RECEIPTS", "200000"))
BAR_SECONDS = 60.0
BAR_MEGABYTES = 500
BAR_RATIO = 2.2
FIRST_DAY = date(2025, 11, 24)
LAST_DAY = date(2026, 11, 23)
OPENED = datetime(2025, 11, 24, tzinfo=UTC)

# What a shop runs beside its points: a category, a minimum, a tier's and a segment's advantage, a happy hour.
PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"title": "Rak 3", "kind": "percent_off", "value": 10, "filter": {"categories": ["rak-3"]}},
    {"title": "Minimum", "kind": "amount_off", "value": 10_000, "when": {"min_subtotal": 250_000}},
    {"title": "Gold", "kind": "earn_multiplier", "factor": 2, "when": {"tiers_any": ["gold", "platinum"]}},
    {"title": "Hilang", "kind": "percent_off", "value": 15, "when": {"segments_any": ["lapsed"]}},
    {"title": "Pagi", "kind": "percent_off", "value": 5, "when": {"hours": [{"from": "06:00", "to": "09:00"}]}},
)


def open_program(merchant: MerchantFacts) -> list[dict[str, Any]]:
    """The program, and the draft: twice the points on whole steps of Rp 10.000."""
    with merchant_scope(merchant.id):
        titles = {"earn": "Poin belanja", "redeem": "Bayar dengan poin"}
        open_starter_program(merchant=merchant, titles=titles, starts_at=OPENED, at=OPENED)
        for definition in PROMOTIONS:
            create_promotion(merchant=merchant, definition=definition, starts_at=OPENED, at=OPENED)
        earn = next(r for r in live_promotions(merchant=merchant, at=OPENED) if r.kind == "earn")
    doubled = {**earn.to_json(), "per_amount": {"spend": 10_000, "points": 2}}
    return [{"kind": "replace", "promotion_id": earn.id, "definition": doubled}]


def build(receipts: int, database: str) -> tuple[SizedMerchant, list[dict[str, Any]]]:
    built = build_merchant(
        members=receipts // 10, sales=receipts, first_day=FIRST_DAY, last_day=LAST_DAY, database=database
    )
    add_lines(built, first_day=FIRST_DAY, last_day=LAST_DAY + timedelta(days=1))
    return built, open_program(built.merchant)


def measure(built: SizedMerchant, changes: list[dict[str, Any]], database: str) -> tuple[float, int]:
    """(seconds, peak megabytes) of one simulation; also tells the processor time it took itself."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(changes, file)
        file.flush()
        process = subprocess.Popen(
            [
                sys.executable,
                "manage.py",
                "simulate",
                file.name,
                "--merchant",
                built.merchant.slug,
                "--first",
                FIRST_DAY.isoformat(),
                "--last",
                LAST_DAY.isoformat(),
            ],
            cwd=settings.BASE_DIR,
            env=environment_for(database),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    found = re.search(r"(\d+) receipts in ([\d.]+) s", output)
    if status or found is None or int(found[1]) < built.sales * 0.99:
        raise SystemExit(f"bench simulator: the simulation failed\n{output}")
    print("  " + output.strip().replace("\n", "\n  ") + f", {usage.ru_utime:.1f} s of processor")
    return float(found[2]), usage.ru_maxrss // 1024


def run(database: str) -> int:
    small, changes = build(RECEIPTS, database)
    seconds, memory = measure(small, changes, database)
    large, changes = build(RECEIPTS * 2, database)
    seconds_twice, memory_twice = measure(large, changes, database)
    ratio = seconds_twice / seconds
    bar = BAR_SECONDS * RECEIPTS / 200_000
    good = seconds < bar and memory < BAR_MEGABYTES and ratio <= BAR_RATIO
    print(
        f"simulator: {RECEIPTS:,} receipts in {seconds:.1f} s (bar {bar:.0f}), {RECEIPTS / seconds:,.0f} a second, "
        f"peak {memory} MB (bar {BAR_MEGABYTES}); twice as many in {seconds_twice:.1f} s = {ratio:.2f} x "
        f"(bar {BAR_RATIO}), peak {memory_twice} MB {'ok' if good else 'TOO SLOW OR TOO LARGE'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
