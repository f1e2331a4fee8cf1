"""Import of the whole UCI Online Retail file (541,909 lines): lines a second, and peak memory under 500 MB.

The file is looked for at ONLINE_RETAIL_FILE, then beside the project; without it the tests' subset is imported and
the line printed says so. Then it is imported again, which has to change nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.database import bench_database
from common.ids import new_id
from merchants.tenancy import merchant_scope
from onboarding.operations import open_merchant
from tests.product_server import environment_for

WHOLE_FILE: Final = Path(os.environ.get("ONLINE_RETAIL_FILE", "../shared/data/online_retail_2010_2011.csv.gz"))
SUBSET: Final = Path("tests/data/online_retail_subset.csv.gz")
BAR_MEGABYTES: Final = 500


def import_once(database: str, slug: str, path: Path) -> str:
    """What the command printed, run in a process of its own."""
    command = [sys.executable, "manage.py", "import_sales", str(path.resolve()), "--merchant", slug]
    done = subprocess.run(
        [*command, "--mapping", "online-retail", "--quiet", "--rejects", str(settings.VAR_DIR / "bench.rejects")],
        cwd=settings.BASE_DIR,
        env=environment_for(database),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"bench import: failed\n{done.stdout}\n{done.stderr[-2000:]}")
    return done.stdout


def run(database: str) -> int:
    path = WHOLE_FILE if WHOLE_FILE.exists() else SUBSET
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        merchant = open_merchant(
            merchant_id=merchant_id,
            name="Gift Shop",
            owner_name="Bench",
            email="bench@example.com",
            password=None,
            at=timezone.now(),
            currency="GBP",
            timezone="Europe/London",
            language="en",
        ).merchant
    connection.close()
    first = import_once(database, merchant.slug, path)
    again = import_once(database, merchant.slug, path)
    print(f"import: {path.name}: {' '.join(first.split())}")
    speed = re.search(r"(\d+) lines a second, peak memory (\d+) MB", first)
    assert speed is not None
    unchanged = "new sales 0," in again and "new members 0," in again and "units returned 0," in again
    good = unchanged and int(speed[2]) < BAR_MEGABYTES
    print(
        f"import: {int(speed[1]):,} lines/s, peak {speed[2]} MB (bar {BAR_MEGABYTES} MB), "
        f"again {'changes nothing' if unchanged else 'CHANGED SOMETHING'} {'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
