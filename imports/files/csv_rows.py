"""Rows of a CSV file as values, or as rejects that say line, field and reason. Pure: no database, no Django."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from common.spreadsheets import read_cell, read_code
from common.text import clean_address, clean_line, clean_reference, is_visible
from imports.files.mapping import SalesMapping

MAX_CELL: Final = 2_000
"""Longest cell read; a file with an open quote would otherwise be read as one endless cell."""
MAX_QUANTITY: Final = 10**6
MAX_UNIT_AMOUNT: Final = 10**12


HEADING_LINES: Final = 20
"""Lines among which the heading is looked for."""
HasColumns = Callable[[Sequence[str]], bool]
_NOT_TEXT: Final = "The file is not text in UTF-8. Save it as 'CSV UTF-8' and try again."


class UnreadableFile(ValueError):
    """The file is no CSV that the mapping fits; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken in. `field` is our field's name; `row` the cells as they were."""

    line_no: int
    field: str
    reason: str
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SaleRow:
    """One line of one receipt. A quantity below 0 takes goods back. `rounded`: the price had too many digits.

    `sku` is empty for goods without a code.
    """

    line_no: int
    reference: str
    occurred_at: datetime
    sku: str
    name: str
    category: str
    quantity: int
    unit_amount: int
    customer: str
    rounded: bool
    cells: Mapping[str, str]


class _Bad(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(reason)


@contextmanager
def open_rows(
    path: Path, delimiter: str, *, has_columns: HasColumns
) -> Iterator[tuple[list[str], Iterator[tuple[int, dict[str, str]]]]]:
    """Yield (header, rows with line numbers) of a UTF-8 CSV or CSV.GZ file, with or without a byte-order mark.

    The header is the first of the first `HEADING_LINES` lines that has the columns: exports say above it what they
    hold. Where none has them it is the first line. A spreadsheet may have saved another delimiter than `delimiter`.
    """
    csv.field_size_limit(MAX_CELL)
    before, delimiter = _find_heading(path, delimiter, has_columns)
    with _open_text(path) as text:
        skipped = csv.reader(text, delimiter=delimiter)
        for _ in range(before):
            next(skipped)
        reader = csv.DictReader(text, delimiter=delimiter, restkey="", restval=None)
        try:
            header = list(reader.fieldnames or [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnreadableFile(_NOT_TEXT) from error
        yield header, _read_rows(reader, skipped.line_num)


@contextmanager
def _open_text(path: Path) -> Iterator[io.TextIOWrapper]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        yield text


def _find_heading(path: Path, delimiter: str, has_columns: HasColumns) -> tuple[int, str]:
    """Return how many rows stand before the heading, and the delimiter it is written with."""
    first = delimiter or ","
    for mark in dict.fromkeys((first, ",", ";", "\t")):
        with _open_text(path) as text:
            try:
                for before, cells in enumerate(islice(csv.reader(text, delimiter=mark), HEADING_LINES)):
                    if has_columns(cells):
                        return before, mark
            except (UnicodeDecodeError, csv.Error, EOFError):
                continue  # said when the rows are read
    return 0, first


def _read_rows(reader: csv.DictReader[str], skipped: int) -> Iterator[tuple[int, dict[str, str]]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except (UnicodeDecodeError, csv.Error) as error:
            raise UnreadableFile(
                f"Line {skipped + reader.line_num + 1} cannot be read: {error}. Check for a missing closing quote."
            ) from error
        yield skipped + reader.line_num, {k: read_cell(v or "") for k, v in row.items() if isinstance(v, str | None)}


def check_columns(header: list[str], columns: list[str]) -> None:
    """Raise UnreadableFile when the mapping names columns that the file does not have."""
    missing = [column for column in columns if column not in header]
    if missing:
        raise UnreadableFile(
            f"The file has no column {', '.join(missing)}. It has: {', '.join(header) or 'no header line'}."
        )


def read_reference(text: str) -> str:
    """Return the receipt number of a cell, in the form in which the till's API compares it."""
    return clean_reference(read_code(text))


class SaleReader:
    """Turns rows into `SaleRow`s with one mapping, zone and currency."""

    def __init__(self, mapping: SalesMapping, *, timezone: str, currency_digits: int) -> None:
        self.mapping = mapping
        self.zone = ZoneInfo(timezone)
        self.scale = Decimal(10) ** currency_digits
        self.format = mapping.date_formats[0]

    def read(self, line_no: int, row: Mapping[str, str]) -> SaleRow | Reject:
        try:
            return self._read_row(line_no, row)
        except _Bad as bad:
            return Reject(line_no, bad.field, bad.reason, row)

    def _read_row(self, line_no: int, row: Mapping[str, str]) -> SaleRow:
        m = self.mapping
        reference, sku = read_reference(row[m.reference]), read_code(row[m.sku])
        if not reference or len(reference) > 64:
            raise _Bad("reference", "The receipt number is missing or longer than 64 characters.")
        if not is_visible(reference):
            raise _Bad("reference", "The receipt number holds a sign that is not seen. Remove it.")
        name = (clean_line(row[m.name]) if m.name else "")[:200]
        if len(sku) > 64 or not (sku or name):
            raise _Bad("sku", "The product code is longer than 64 characters, or missing without a name in its place.")
        quantity = _read_quantity(row[m.quantity])
        unit_amount, rounded = self._read_amount(row[m.unit_amount])
        return SaleRow(
            line_no=line_no,
            reference=reference,
            occurred_at=self._read_instant(row[m.occurred_at]),
            sku=sys.intern(sku),
            name=sys.intern(name or sku),
            category=sys.intern(clean_line(row[m.category])[:64] if m.category else ""),
            quantity=quantity,
            unit_amount=unit_amount,
            customer=read_code(clean_address(row[m.customer]))[:64] if m.customer else "",
            rounded=rounded,
            cells=row,
        )

    def _read_amount(self, text: str) -> tuple[int, bool]:
        """Return money in the smallest unit, half up, and whether that lost digits."""
        mark = self.mapping.decimal_mark
        plain = text.strip().replace("." if mark == "," else ",", "").replace(mark, ".")
        try:
            exact = Decimal(plain) * self.scale
            amount = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        except (InvalidOperation, ValueError, OverflowError) as error:
            raise _Bad("unit_amount", f"'{text[:40]}' is not a price. Write digits only, such as 25000.") from error
        if not 0 <= amount <= MAX_UNIT_AMOUNT:
            raise _Bad("unit_amount", f"The price {text[:40]} is below 0 or too large. Correct it.")
        return amount, amount != exact

    def _read_instant(self, text: str) -> datetime:
        """Return the instant in the merchant's zone; the format that fitted last is tried first."""
        for form in (self.format, *self.mapping.date_formats):
            try:
                found = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the zone is added below
            except ValueError:
                continue
            self.format = form
            return found.replace(tzinfo=self.zone)
        raise _Bad("occurred_at", f"'{text[:40]}' is not a date in one of: {', '.join(self.mapping.date_formats)}.")


def _read_quantity(text: str) -> int:
    plain = text.strip().removesuffix(".0")
    if not plain.removeprefix("-").isascii() or not plain.removeprefix("-").isdigit():
        raise _Bad("quantity", f"'{text[:40]}' is not a whole number.")
    quantity = int(plain)
    if quantity == 0 or abs(quantity) > MAX_QUANTITY:
        raise _Bad("quantity", f"The quantity {quantity} is 0 or beyond {MAX_QUANTITY}.")
    return quantity
