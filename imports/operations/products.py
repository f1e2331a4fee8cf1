"""A products file: columns known by their usual names, every row a draft or a reject that says what to fix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.utils.translation import gettext

from common.quantities import MAX_AMOUNT
from common.spreadsheets import CsvDictWriter, read_code
from imports.files import Reject, UnreadableFile, open_rows
from merchants.facts import MerchantFacts
from products.facts import ProductDraft
from products.rules import read_amount

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "sku": ("sku", "kode", "kode produk", "kode barang", "product code", "stockcode", "barcode", "plu"),
    "name": ("name", "nama", "nama produk", "nama barang", "product", "product name", "description"),
    "category": ("category", "kategori"),
    "price": ("price", "harga", "harga jual", "unit price", "unitprice", "price_amount"),
    "cost": ("cost", "modal", "harga modal", "harga pokok", "hpp", "harga beli", "cost_amount"),
    "starts_on": ("starts_on", "cost_starts_on", "berlaku mulai", "mulai", "valid from", "cost from"),
}
"""Our fields and the headings they are found under, whatever the case."""
DATE_FORMATS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
TEMPLATE: Final = (
    ("sku", "name", "category", "price", "cost", "starts_on"),
    ("KOPI-250", "Kopi arabika 250 g", "kopi", "68000", "41500", "2026-01-01"),
)


@dataclass
class ProductsFile:
    """What a file says: drafts in its order, and the rows that cannot be read."""

    rows: int = 0
    drafts: list[ProductDraft] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


class _BadCost(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason
        super().__init__(reason)


def read_products(path: Path, *, merchant: MerchantFacts, most_rows: int | None = None) -> ProductsFile:
    """Read the whole file. Raises UnreadableFile if it is no table of products or has more than `most_rows`."""
    found = ProductsFile()
    said: dict[tuple[str, date | None], tuple[int, int]] = {}
    for line_no, row, columns in _read_rows(path):
        found.rows += 1
        if most_rows is not None and found.rows > most_rows:
            raise UnreadableFile(
                gettext("The file has more than %(most)s rows. Split it, or use the command import_products.")
                % {"most": most_rows}
            )
        try:
            draft = _read_draft(row, columns, merchant)
            _refuse_contradiction(draft, line_no, said)
        except _BadCost as bad:
            found.rejects.append(Reject(line_no, bad.column, bad.reason, row))
        else:
            found.drafts.append(draft)
    return found


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str], Mapping[str, str]]]:
    with open_rows(path, "", has_columns=_has_columns) as (header, rows):
        columns = _find_columns(header)
        for line_no, row in rows:
            if any(cell.strip() for cell in row.values()):
                yield line_no, row, columns


def _has_columns(cells: Sequence[str]) -> bool:
    try:
        return bool(_find_columns(cells))
    except UnreadableFile:
        return False


def _find_columns(header: Sequence[str]) -> Mapping[str, str]:
    """Return our field -> the file's heading. Raises UnreadableFile without a column of product codes."""
    known = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
    columns: dict[str, str] = {}
    for heading in header:
        name = known.get(heading.strip().lower().replace("_", " "), known.get(heading.strip().lower()))
        if name is not None:
            columns.setdefault(name, heading)
    if "sku" not in columns or len(columns) == 1:
        raise UnreadableFile(
            gettext(
                "The file needs a heading line with sku and at least one of name, category, price and cost. "
                "It has: %(found)s."
            )
            % {"found": ", ".join(h for h in header if h)[:300] or gettext("no heading line")}
        )
    return columns


def _read_draft(row: Mapping[str, str], columns: Mapping[str, str], merchant: MerchantFacts) -> ProductDraft:
    cells = {name: row.get(heading, "").strip() for name, heading in columns.items()}
    sku = read_code(cells["sku"])
    if not sku or len(sku) > 64:
        raise _BadCost("sku", gettext("The product code is missing or longer than 64 characters."))
    for name, most in (("name", 200), ("category", 64)):
        if len(cells.get(name, "")) > most:
            raise _BadCost(name, gettext("This text is longer than %(most)s characters. Shorten it.") % {"most": most})
    cost = _read_cost_amount("cost", cells.get("cost", ""), merchant)
    starts_on = _read_day(cells.get("starts_on", ""))
    if starts_on is not None and cost is None:
        raise _BadCost("cost", gettext("There is a start day but no cost. Write the cost, or leave the day empty."))
    return ProductDraft(
        sku=sku,
        name=cells.get("name") or None,
        category=cells.get("category") or None,
        price_amount=_read_cost_amount("price", cells.get("price", ""), merchant),
        cost_amount=cost,
        cost_starts_on=starts_on,
    )


def _refuse_contradiction(
    draft: ProductDraft, line_no: int, said: dict[tuple[str, date | None], tuple[int, int]]
) -> None:
    if draft.cost_amount is None:
        return
    key = (draft.sku, draft.cost_starts_on)
    first_line, cost = said.setdefault(key, (line_no, draft.cost_amount))
    if cost != draft.cost_amount:
        raise _BadCost(
            "cost",
            gettext("Line %(line)s gives this product another cost from the same day. Keep one of them.")
            % {"line": first_line},
        )


def _read_cost_amount(column: str, text: str, merchant: MerchantFacts) -> int | None:
    if not text:
        return None
    try:
        amount = read_amount(text, merchant.currency)
    except ValueError as error:
        raise _BadCost(
            column, gettext("'%(text)s' is not an amount. Write 25000 or 25.000.") % {"text": text[:40]}
        ) from error
    if amount > MAX_AMOUNT:
        raise _BadCost(column, gettext("The amount %(text)s is too large. Correct it.") % {"text": text[:40]})
    return amount


def _read_day(text: str) -> date | None:
    if not text:
        return None
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is kept
        except ValueError:
            continue
    raise _BadCost("starts_on", gettext("'%(text)s' is not a date. Write it as 2026-03-05.") % {"text": text[:40]})


@dataclass(frozen=True)
class RejectGroup:
    """Rejected rows that are fixed alike: the column, how many, the first lines and what is said of the first."""

    column: str
    count: int
    lines: tuple[int, ...]
    example: str


def reject_groups(rejects: Sequence[Reject]) -> list[RejectGroup]:
    """Return the rejects by column, the most frequent first."""
    by_column: dict[str, list[Reject]] = {}
    for reject in rejects:
        by_column.setdefault(reject.field, []).append(reject)
    groups = [
        RejectGroup(column, len(found), tuple(r.line_no for r in found[:5]), found[0].reason)
        for column, found in by_column.items()
    ]
    return sorted(groups, key=lambda group: (-group.count, group.column))


def write_rejects(rejects: Sequence[Reject], file: CsvDictWriter) -> None:
    """Write line, field and reason before the cells as they were; the file can be fixed and imported."""
    file.writeheader()
    for reject in rejects:
        file.writerow({"line": reject.line_no, "field": reject.field, "reason": reject.reason, **reject.row})
