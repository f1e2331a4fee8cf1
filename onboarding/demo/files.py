"""The demo shop's past as files that the product's own import reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from common.spreadsheets import CsvWriter
from onboarding.demo.customers import Customer
from onboarding.demo.goods import BY_SKU
from onboarding.demo.visits import Visit

SALES_COLUMNS: Final = ("reference", "occurred_at", "sku", "name", "category", "quantity", "unit_amount", "customer")
MEMBERS_COLUMNS: Final = ("customer", "name", "phone", "email", "birth_date", "consent", "joined_at")


def write_members(path: Path, customers: Iterable[Customer]) -> None:
    """Write the members file, headings as in the import's own template."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.writerow(MEMBERS_COLUMNS)
        for one in customers:
            writer.writerow(
                [
                    one.code,
                    one.name,
                    one.phone,
                    one.email,
                    one.birth_date.isoformat() if one.birth_date else "",
                    "ya" if one.consent else "",
                    one.joined.isoformat(),
                ]
            )


def write_sales(path: Path, visits: Iterable[Visit], *, timezone: str) -> None:
    """Write the sales file, mapping preset "loyalty"; times on the clock of `timezone`, as an import reads them."""
    zone = ZoneInfo(timezone)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.writerow(SALES_COLUMNS)
        for visit in visits:
            at = visit.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
            customer = visit.customer.code if visit.customer else ""
            for sku, quantity in visit.lines:
                good = BY_SKU[sku]
                writer.writerow([visit.reference, at, sku, good.name, good.category, quantity, good.price, customer])
