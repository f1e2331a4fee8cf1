"""An imported history replayed: the program gives back the points that the ledger has booked for it."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from insights.facts import Base, Change, ChangeKind, ScenarioInputs
from insights.operations import create_scenario
from insights.queries import scenario
from merchants.facts import SYSTEM, MerchantFacts
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.engine import validate_definition
from tests.sales_shop import open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")

SUBSET = Path(__file__).parents[1] / "data" / "online_retail_subset.csv.gz"
FIRST, LAST = date(2010, 12, 1), date(2011, 12, 31)


def earned_and_kept(merchant: MerchantFacts) -> tuple[int, int]:
    """Return (points that the ledger earned less those of goods that came back, receipts with returns)."""
    with merchant_scope(merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(change), 0) FROM ledger_movement WHERE merchant_id = %s AND kind = 'earn' "
            "AND unit = 'points'",
            [merchant.id],
        )
        (earned,) = cursor.fetchone()
        cursor.execute(
            "SELECT coalesce(sum(points_reversed), 0), count(*) FILTER (WHERE refunded_amount > 0) FROM sales_sale "
            "WHERE merchant_id = %s",
            [merchant.id],
        )
        reversed_points, returned = cursor.fetchone()
        return int(earned - reversed_points), returned


def imported(path: Path, *, receipts: int) -> MerchantFacts:
    """The first receipts of a real file in a shop whose rules are older than they are."""
    shop = open_selling_shop(
        "Gift Shop",
        currency="GBP",
        timezone="Europe/London",
        language="en",
        program_from=timezone.now().replace(year=2010),
    )
    seen: set[str] = set()
    with gzip.open(SUBSET, "rt", encoding="utf-8-sig", newline="") as source, path.open("w", newline="") as target:
        reader, writer = csv.reader(source), csv.writer(target)
        header = next(reader)
        writer.writerow(header)
        number = header.index("InvoiceNo")
        for row in reader:
            seen.add(row[number])
            if len(seen) > receipts:
                break
            writer.writerow(row)
    call_command(
        "import_sales", path, merchant=shop.merchant.slug, mapping="online-retail", quiet=True, stdout=StringIO()
    )
    return shop.merchant


@pytest.mark.gate
def test_the_imported_year_gives_the_points_of_the_ledger(tmp_path: Path) -> None:
    merchant = imported(tmp_path / "sales.csv", receipts=300)
    nothing = validate_definition(
        {"id": "n", "title": "N", "kind": "percent_off", "value": 1, "filter": {"skus": ["NOBODY"]}}
    )
    inputs = ScenarioInputs("Import", Base.HISTORY, (Change(ChangeKind.ADD, definition=nothing),), FIRST, LAST)
    with merchant_scope(merchant.id):
        made = create_scenario(merchant=merchant, inputs=inputs, at=timezone.now(), actor=SYSTEM)
    assert run_jobs(merchant=merchant, clock=timezone.now) == 1
    with merchant_scope(merchant.id):
        result = scenario(merchant=merchant, scenario_id=made).result
    assert result is not None
    kept, returned = earned_and_kept(merchant)
    assert kept > 0
    # Points by whole steps: taken back in proportion, a receipt may differ by one.
    assert abs(result.base.points - kept) <= returned
    assert result.base.receipts > 200
