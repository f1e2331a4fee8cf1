"""Sales and members from files: whole receipts, returns matched or counted, bad rows kept, run again without harm."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from ledger.models import Lot
from members.queries import find_member
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import add_outlet, change_merchant_settings
from merchants.tenancy import allow_long_statements, merchant_scope
from rewards.invariants import verify as verify_rewards
from sales.invariants import verify
from sales.models import Sale, SaleLine, UnmatchedReturn
from tests.sales_shop import SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")

HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
WHOLE_FILE = Path(os.environ.get("ONLINE_RETAIL_FILE", "../shared/data/online_retail_2010_2011.csv.gz"))

SUBSET = Path(__file__).parents[1] / "data" / "online_retail_subset.csv.gz"


def write(path: Path, *rows: Sequence[object]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def run(shop: SellingShop, path: Path, mapping: str = "online-retail") -> str:
    out = StringIO()
    call_command("import_sales", path, merchant=shop.merchant.slug, mapping=mapping, quiet=True, stdout=out)
    return out.getvalue()


def gbp_shop() -> SellingShop:
    return open_selling_shop("Gift Shop", currency="GBP", timezone="Europe/London", language="en")


def row(invoice: str, sku: str, quantity: object, price: object, customer: str = "12346", day: int = 1) -> list[object]:
    return [invoice, sku, f"Thing {sku}", quantity, f"2011-03-{day:02d} 10:00:00", price, customer, "United Kingdom"]


def test_receipts_are_whole_and_equal_lines_are_separate_goods(tmp_path: Path) -> None:
    shop = gbp_shop()
    path = write(
        tmp_path / "sales.csv",
        row("536365", "A", 2, "2.55"),
        row("536366", "B", 1, "1.25", ""),
        row("536365", "A", 2, "2.55"),
        row("536367", "C", 5, "0"),
    )
    assert "new sales 3, already known 0, new members 1" in run(shop, path)
    with merchant_scope(shop.merchant.id):
        sold = Sale.objects.get(merchant_id=shop.merchant.id, reference="536365")
        lines = SaleLine.objects.filter(merchant_id=shop.merchant.id, sale_id=sold.id)
        assert [(line.quantity, line.total_amount) for line in lines] == [(2, 510), (2, 510)]
        assert (sold.total_amount, sold.source) == (1020, "import")
        buyer = find_member(merchant=shop.merchant, identifier=find_number(shop.merchant, "12346"))
        assert (buyer.purchase_count, buyer.spend_amount) == (1, 1020)
        assert verify(merchant=shop.merchant) == []
    assert "new sales 0, already known 3, new members 0" in run(shop, path)


@pytest.mark.parametrize("name", ["Aaron's corner", "Zoe's corner"])
def test_a_file_that_comes_again_finds_its_sales_whatever_outlet_was_opened(tmp_path: Path, name: str) -> None:
    shop = gbp_shop()
    path = write(tmp_path / "sales.csv", row("536365", "A", 2, "2.55"))
    assert "new sales 1, already known 0" in run(shop, path)
    with merchant_scope(shop.merchant.id):
        add_outlet(merchant=shop.merchant, name=name, timezone="Europe/London", at=timezone.now(), actor=SYSTEM)
    assert "new sales 0, already known 1" in run(shop, path)


def find_number(merchant: MerchantFacts, customer: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM members_member WHERE external_ref = %s", [customer])
        number: str = cursor.fetchone()[0]
        return number


def test_receipt_numbers_of_a_file_are_those_of_the_till(tmp_path: Path) -> None:
    shop = gbp_shop()
    path = write(
        tmp_path / "sales.csv",
        row(" INV/2026/11/0001 ", "A", 2, "2.55"),
        row("Struk e\u0301", "A", 1, "2.55"),
        row("Struk \u00e9", "B", 1, "2.55"),
        row("R\u200b1", "A", 1, "2.55"),
    )
    said = run(shop, path)
    assert "new sales 2, already known 0, new members 1" in said
    assert "rejected 1" in said
    with merchant_scope(shop.merchant.id):
        numbers = (
            Sale.objects.filter(merchant_id=shop.merchant.id).order_by("reference").values_list("reference", flat=True)
        )
        assert list(numbers) == ["INV/2026/11/0001", "Struk é"]


def test_a_cancellation_takes_the_latest_earlier_goods_and_what_finds_none_is_counted(tmp_path: Path) -> None:
    shop = gbp_shop()
    path = write(
        tmp_path / "sales.csv",
        row("1", "A", 3, "2.00", day=1),
        row("2", "A", 2, "2.00", day=2),
        row("C3", "A", -4, "2.00", day=3),
        row("C4", "A", -9, "2.00", day=4),
        row("C5", "B", -1, "2.00", day=4),
        row("C6", "A", -1, "2.00", "", day=4),
        row("7", "A", 1, "2.00", day=9),
    )
    told = run(shop, path)
    assert "units returned 5, returns without a sale 3" in told
    with merchant_scope(shop.merchant.id):
        sales = dict(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("reference", "refunded_amount"))
        assert sales == {"1": 600, "2": 400, "7": 0}
        kept = UnmatchedReturn.objects.filter(merchant_id=shop.merchant.id).order_by("reference")
        assert [(r.reference, r.quantity) for r in kept] == [("C4", 8), ("C5", 1), ("C6", 1)]
        assert verify(merchant=shop.merchant) == []
    assert "units returned 0, returns without a sale 0" in run(shop, path)


def test_goods_without_a_code_are_taken_in_and_cancelled_by_name(tmp_path: Path) -> None:
    shop = gbp_shop()
    path = write(
        tmp_path / "sales.csv",
        ["1", "", "Gift wrapping", 2, "2011-03-01 10:00:00", "1.50", "12346", "United Kingdom"],
        ["1", " ", "Engraving", 1, "2011-03-01 10:00:00", "1.50", "12346", "United Kingdom"],
        ["C2", "", "GIFT  WRAPPING", -1, "2011-03-02 10:00:00", "1.50", "12346", "United Kingdom"],
        ["C3", "", "Delivery", -1, "2011-03-02 10:00:00", "1.50", "12346", "United Kingdom"],
    )
    assert "new sales 1" in run(shop, path)
    with merchant_scope(shop.merchant.id):
        lines = SaleLine.objects.filter(merchant_id=shop.merchant.id).order_by("position")
        assert [(line.sku, line.name, line.returned_quantity) for line in lines] == [
            ("", "Gift wrapping", 1),
            ("", "Engraving", 0),
        ]
        assert [one.sku for one in UnmatchedReturn.objects.filter(merchant_id=shop.merchant.id)] == ["Delivery"]
        assert verify(merchant=shop.merchant) == []


def test_a_cancellation_takes_only_the_same_goods_at_the_same_price(tmp_path: Path) -> None:
    shop = gbp_shop()
    path = write(
        tmp_path / "sales.csv",
        row("1", "A", 1, "2.00", day=1),
        row("2", "A", 1, "3.00", day=2),
        row("3", "B", 1, "2.00", day=3),
        row("C4", "A", -1, "2.00", day=4),
        row("C4", "B", -1, "2.00", day=4),
    )
    assert "units returned 2, returns without a sale 0" in run(shop, path)
    with merchant_scope(shop.merchant.id):
        sales = dict(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("reference", "refunded_amount"))
        assert sales == {"1": 200, "2": 0, "3": 200}


def test_bad_rows_are_named_by_line_field_and_reason_and_kept_as_they_were(tmp_path: Path) -> None:
    shop = gbp_shop()
    path = write(
        tmp_path / "sales.csv",
        row("1", "A", "two", "2.00"),
        row("2", "A", 1, "1e400"),
        row("3", "A", 1, "-5"),
        ["4", "", "", 1, "2011-03-01 10:00:00", "1", "12346", "United Kingdom"],
        row("5", "A", -1, "1"),
        ["6", "A", "x", 1, "31/31/2011", "1", "", ""],
        row("7", "A", 1, "1.00"),
        row("", "A", 1, "1"),
        row("8", "A", 1, "NaN"),
    )
    assert "new sales 1" in run(shop, path)
    with (tmp_path / "sales.csv.rejects.csv").open(encoding="utf-8") as file:
        rejects = list(csv.DictReader(file))
    assert [(r["line"], r["field"]) for r in rejects] == [
        ("2", "quantity"),
        ("3", "unit_amount"),
        ("4", "unit_amount"),
        ("5", "sku"),
        ("6", "quantity"),
        ("7", "occurred_at"),
        ("9", "reference"),
        ("10", "unit_amount"),
    ]
    assert rejects[0]["Quantity"] == "two"
    assert all(r["reason"] for r in rejects)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfeI\x00n\x00", "UTF-8"),
        (b"InvoiceNo,Quantity\n1,2\n", "no column InvoiceDate"),
        (b"", "no header line"),
        (",".join(HEADER).encode() + b'\n1,"A' + b"x" * 5000 + b"\n", "closing quote"),
    ],
)
def test_a_file_that_is_no_csv_says_so(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        run(gbp_shop(), path)


def test_a_mapping_with_unknown_or_missing_fields_is_named(tmp_path: Path) -> None:
    path, mapping = write(tmp_path / "sales.csv"), tmp_path / "mapping.json"
    mapping.write_text('{"reference": "InvoiceNo", "colour": "x"}')
    with pytest.raises(CommandError, match=r"/colour.*/occurred_at"):
        run(gbp_shop(), path, str(mapping))


def test_imported_sales_earn_under_the_rules_of_their_day(tmp_path: Path) -> None:
    before = datetime(2011, 1, 1, tzinfo=UTC)
    shop = open_selling_shop("Toko", program_from=before)
    path = write(tmp_path / "sales.csv", row("1", "A", 3, "10000"), row("C2", "A", -1, "10000", day=2))
    run(shop, path)
    with merchant_scope(shop.merchant.id):
        sold = Sale.objects.get(merchant_id=shop.merchant.id, reference="1")
        assert (sold.points_earned, sold.points_reversed) == (3, 1)
        assert verify(merchant=shop.merchant) == []


@pytest.mark.parametrize(("waits", "valid_months", "last_day"), [(3, None, None), (60, 1, date(2011, 5, 7))])
def test_imported_points_wait_the_days_that_the_shop_lets_points_wait(
    tmp_path: Path, waits: int, valid_months: int | None, last_day: date | None
) -> None:
    """Also where they would expire before they can be used: then they keep a week."""
    shop = open_selling_shop("Toko", program_from=datetime(2011, 1, 1, tzinfo=UTC))
    changes = {"pending_days": waits, "points_valid_months": valid_months}
    with merchant_scope(shop.merchant.id):
        change_merchant_settings(merchant=shop.merchant, changes=changes, at=datetime.now(UTC), actor=SYSTEM)
    run(shop, write(tmp_path / "sales.csv", row("1", "A", 3, "10000")))
    with merchant_scope(shop.merchant.id):
        lot = Lot.objects.get(merchant_id=shop.merchant.id)
        assert (lot.available_on, lot.expires_on) == (date(2011, 3, 1) + timedelta(days=waits), last_day)


def test_imported_sales_are_capped_by_member_and_their_own_day(tmp_path: Path) -> None:
    """Over the file, over a second file, and for returns: 50 points a day and 80 a month."""
    shop = open_selling_shop("Toko", program_from=datetime(2011, 1, 1, tzinfo=UTC))
    caps = {"most_points_per_day": 50, "most_points_per_month": 80}
    with merchant_scope(shop.merchant.id):
        change_merchant_settings(merchant=shop.merchant, changes=caps, at=datetime.now(UTC), actor=SYSTEM)
    first = [
        row("1", "A", 40, "10000"),
        row("2", "A", 40, "10000"),
        row("3", "A", 40, "10000", day=2),
        row("4", "B", 40, "10000", customer="12347"),
    ]
    second = [
        row("5", "A", 40, "10000", day=2),
        row("6", "B", 40, "10000", customer="12347"),
        row("C7", "A", -40, "10000", day=3),
    ]
    for name, rows in (("a.csv", first), ("b.csv", second)):
        run(shop, write(tmp_path / name, *rows))
    with merchant_scope(shop.merchant.id):
        earned = dict(Sale.objects.filter(merchant_id=shop.merchant.id).values_list("reference", "points_earned"))
        assert earned == {"1": 40, "2": 10, "3": 30, "4": 40, "5": 0, "6": 10}
        assert verify_rewards(merchant=shop.merchant) == verify(merchant=shop.merchant) == []


def test_members_come_by_file_and_bad_ones_are_kept(tmp_path: Path) -> None:
    shop = open_selling_shop()
    path = tmp_path / "members.csv"
    path.write_text(
        "name,phone,email,birth_date,customer,joined_at,consent\n"
        "Budi,0812 3456 7890,budi@example.com,1990-02-29,,2025-01-05,ya\n"
        "Sari,081234567891,,1990-03-01,C-2,,\n"
        "Tono,12,,,,,\n"
        ",,,,,,\n"
    )
    out = StringIO()
    call_command("import_members", path, merchant=str(shop.merchant.id), stdout=out)
    assert "rows 4, new 1, known 0, rejected 3" in out.getvalue()
    with (tmp_path / "members.csv.rejects.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert (first["line"], first["field"]) == ("2", "birth_date")


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not WHOLE_FILE.exists(), reason=f"{WHOLE_FILE} is not here")
def test_the_whole_online_retail_file_gives_its_known_figures(tmp_path: Path) -> None:
    """UCI Online Retail: 4,338 buyers, 18,532 orders, gross 8,911,408 within 0.1 %, cancellations apart."""
    shop = gbp_shop()
    whole_file = tmp_path / WHOLE_FILE.name  # its rejected rows are written beside it
    whole_file.symlink_to(WHOLE_FILE.resolve())
    print(run(shop, whole_file))
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT member_id), count(*), sum(gross_amount) FROM sales_purchase WHERE merchant_id = %s",
            [shop.merchant.id],
        )
        buyers, orders, gross = cursor.fetchone()
        allow_long_statements(600)
        assert verify(merchant=shop.merchant) == []
    print(f"buyers {buyers}, orders {orders}, gross {gross / 100:,.2f}")
    assert (buyers, orders) == (4338, 18532)
    assert abs(gross / 100 - 8_911_408) < 8_911
    call_command("night", merchant=shop.merchant.slug, date=date(2011, 12, 9))
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(segment), min(r), max(m) FROM segments_current WHERE merchant_id = %s",
            [shop.merchant.id],
        )
        assert cursor.fetchone()[1:] == (pytest.approx(4338, abs=15), 1, 5)
    assert "new sales 0" in run(shop, whole_file)


def test_the_subset_for_tests_is_small_and_attributed() -> None:
    assert SUBSET.stat().st_size < 3_000_000
    with gzip.open(SUBSET, "rt", encoding="utf-8") as file:
        assert len(next(csv.reader(file))) == len(HEADER)
    assert "CC BY 4.0" in (SUBSET.parent / "README.md").read_text()
