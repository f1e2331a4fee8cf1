"""Products from files: usual headings found, amounts as people write them, bad rows kept, run again without harm."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from merchants.tenancy import merchant_scope
from products.queries import costs_on, products_page
from tests.sales_shop import SellingShop, open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")

FILE = (
    "Kode;Nama Barang;Kategori;Harga Jual;Modal;Berlaku mulai\n"
    "KOPI;Kopi arabika;kopi;68.000;41500;01/01/2026\n"
    "KOPI;;;;43.000;2026-02-01\n"
    "TEH;Teh melati;teh;Rp 12.500;;\n"
    ";Tanpa kode;;1000;;\n"
    "GULA;Gula;;12,5;;\n"
    "ROTI;Roti;;8000;-5;\n"
    "SUSU;Susu;;9000;;2026-01-01\n"
    "KOPI;;;;44.000;01/02/2026\n"
)


def run(shop: SellingShop, path: Path) -> str:
    out = StringIO()
    call_command("import_products", path, merchant=shop.merchant.slug, stdout=out)
    return out.getvalue()


def test_a_file_with_indonesian_headings_and_bad_rows(tmp_path: Path) -> None:
    shop = open_selling_shop()
    path = tmp_path / "produk.csv"
    path.write_text(FILE, encoding="utf-8-sig")
    assert "rows 8, new products 2, changed 0, unchanged 0, costs added 2, rejected 5" in run(shop, path)
    assert "rows 8, new products 0, changed 0, unchanged 2, costs added 0, rejected 5" in run(shop, path)
    with merchant_scope(shop.merchant.id):
        found = products_page(merchant=shop.merchant, day=date(2026, 3, 1)).products
        assert [(p.sku, p.name, p.price_amount, p.cost_amount) for p in found] == [
            ("KOPI", "Kopi arabika", 68_000, 43_000),
            ("TEH", "Teh melati", 12_500, None),
        ]
        assert costs_on(merchant=shop.merchant, skus=["KOPI"], day=date(2026, 1, 31)) == {"KOPI": 41_500}
    with (tmp_path / "produk.csv.rejects.csv").open(encoding="utf-8") as file:
        rejects = [(row["line"], row["field"]) for row in csv.DictReader(file)]
    assert rejects == [("5", "sku"), ("6", "price"), ("7", "cost"), ("8", "cost"), ("9", "cost")]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "sku\nA\n"])
def test_what_is_no_table_of_products_is_said_so(tmp_path: Path, text: str) -> None:
    shop = open_selling_shop()
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=r"heading|judul"):
        run(shop, path)
