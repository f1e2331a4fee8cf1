"""Turns the subset into files that the product's own import reads: dates moved by whole weeks, prices in rupiah."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from faker import Faker

SOURCE: Final = Path(__file__).parent / "online_retail_subset.csv.gz"
SOURCE_LAST_DAY: Final = date(2011, 12, 9)
RUPIAH_PER_POUND: Final = 10_000
COLUMNS: Final = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")


def weeks_to_move(today: date) -> int:
    """Whole weeks after which the last sale lies one to seven days before `today`: weekdays stay weekdays."""
    return (today - timedelta(days=1) - SOURCE_LAST_DAY).days // 7


def write_sales(path: Path, *, today: date) -> None:
    """The sales file for the import, mapping preset "online-retail"."""
    move = timedelta(weeks=weeks_to_move(today))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in _rows():
            at = datetime.strptime(row["InvoiceDate"], "%Y-%m-%d %H:%M:%S") + move  # noqa: DTZ007 - shop time
            rupiah = int(Decimal(row["UnitPrice"]) * RUPIAH_PER_POUND)
            name = row["Description"].strip().title()
            writer.writerow([row["InvoiceNo"], row["StockCode"], name, row["Quantity"], at, rupiah, row["CustomerID"]])


def goods() -> list[tuple[str, str, int]]:
    """(sku, name, price in rupiah) of everything sold in the sample file, each at its latest price."""
    latest: dict[str, tuple[str, int]] = {}
    for row in _rows():
        price = int(Decimal(row["UnitPrice"]) * RUPIAH_PER_POUND)
        if price > 0 and not row["InvoiceNo"].startswith("C"):
            latest[row["StockCode"]] = (row["Description"].strip().title(), price)
    return [(sku, name, price) for sku, (name, price) in sorted(latest.items())]


def write_members(path: Path, *, today: date) -> None:
    """The members file: every customer of the sales file under a made-up Indonesian name, four in five with consent.

    One in eight has no e-mail address and one in twenty no phone, as in any real list.
    """
    move = timedelta(weeks=weeks_to_move(today))
    first: dict[str, date] = {}
    for row in _rows():
        if row["CustomerID"] and not row["InvoiceNo"].startswith("C"):
            first.setdefault(row["CustomerID"], datetime.fromisoformat(row["InvoiceDate"]).date() + move)
    faker = Faker("id_ID")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "name", "phone", "email", "birth_date", "consent", "joined_at"])
        for customer, joined in sorted(first.items()):
            writer.writerow(_person(faker, customer, joined, today))


def _person(faker: Faker, customer: str, joined: date, today: date) -> list[str]:
    draw = int(hashlib.sha256(customer.encode()).hexdigest(), 16)
    faker.seed_instance(draw % 2**32)
    name = f"{faker.first_name()} {faker.last_name()}"
    local = "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())
    email = f"{local}.{customer}@pelanggan.example" if draw % 8 else ""
    phone = f"08{12 + draw // 8 % 7}{int(customer):08d}" if draw // 64 % 20 or not email else ""
    born = today - timedelta(days=6_600 + draw // 2048 % 16_000)
    consent = "ya" if email and draw // 1280 % 5 else ""
    return [customer, name, phone, email, born.isoformat() if draw // 3 % 4 else "", consent, joined.isoformat()]


def _rows() -> Iterator[dict[str, str]]:
    with gzip.open(SOURCE, "rb") as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8", newline=""))
