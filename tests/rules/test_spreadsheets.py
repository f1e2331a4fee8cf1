"""Codes on their way through a spreadsheet and back."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.spreadsheets import CsvWriter, read_cell, read_code, safe_cell

ROOT = Path(__file__).parents[2]


def excel_reads(cell: str) -> str:
    """Return what a spreadsheet saves of a cell that it takes for a number; any other cell as it is."""
    if not re.fullmatch(r"[0-9]+([eE][0-9]+)?", cell):
        return cell
    number = float(cell)
    return f"{number:.5E}" if number >= 10**11 else str(int(number))


CODES = [
    "171526592083",  # a member number
    "8991234567890",  # a barcode of 13 digits
    "4539148803436467",  # a gift card of 16 digits
    "081234567890",  # a phone without dashes
    "0001234",
    "202611280001",  # a receipt number
    "12345E6789012",  # a coupon code that is also a number
    "007E12345",
    "KOPI-250",
    "50075",
]


@pytest.mark.parametrize("code", CODES)
def test_a_code_comes_back_as_it_was(code: str) -> None:
    written = safe_cell(code)
    assert excel_reads(written) == written
    assert read_code(excel_reads(written)) == code


def test_the_numbers_of_this_test_are_lost_without_it() -> None:
    assert excel_reads("171526592083") == "1.71527E+11"
    assert excel_reads("0001234") == "1234"


@given(st.sampled_from(["", "0"]), st.integers(10**11, 10**20 - 1))
def test_every_long_code_comes_back(zero: str, number: int) -> None:
    code = f"{zero}{number}"
    written = safe_cell(code)
    assert excel_reads(written) == written
    assert read_code(written) == code


def test_formulas_stay_text_and_come_back() -> None:
    out = io.StringIO()
    CsvWriter(out).writerow(["=1+1", "+62 812-3456-7890", "\t@SUM(A1)", "-a|b", 171526592083, None, "", 0])
    cells = next(csv.reader(io.StringIO(out.getvalue())))
    assert cells == ["'=1+1", "'+62 812-3456-7890", "'@SUM(A1)", "'-a\\|b", "171526592083", "", "", "0"]
    assert [read_cell(cell) for cell in cells[:4]] == ["=1+1", "+62 812-3456-7890", "@SUM(A1)", "-a|b"]


def test_what_only_looks_like_groups_is_left_alone() -> None:
    for text in ("Kopi 1234 5678", "2026 11", "12 345", "1234-5678", "O'Hara", "'tis"):
        assert read_code(text) == text


def test_no_file_is_written_past_the_writer() -> None:
    """Every export of the product goes through `CsvWriter`; the sample data set is a file of our own."""
    writers = []
    for path in ROOT.glob("*/**/*.py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in {"tests", "bench", "var", ".venv"} or parts[:2] == ("onboarding", "demo"):
            continue
        if re.search(r"csv\.(writer|DictWriter)\(", path.read_text(encoding="utf-8")):
            writers.append("/".join(parts))
    assert writers == ["common/spreadsheets.py"]


@pytest.mark.parametrize("blank", ["", "\t", "\r", "\r\n", " ", "\v", "\u3000", "\t \r"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66"])
def test_no_cell_begins_a_formula(sign: str, blank: str) -> None:
    sink = io.StringIO()
    CsvWriter(sink).writerow([f"{blank}{sign}HYPERLINK(1)"])
    cell = next(csv.reader(io.StringIO(sink.getvalue())))[0]
    assert cell == f"'{sign}HYPERLINK(1)"
    assert read_cell(cell) == f"{sign}HYPERLINK(1)"


def test_every_file_is_written_by_the_one_writer() -> None:
    """A writer of its own would leave formulas in."""
    root = Path(__file__).parents[2]
    apps = {path.parent.name for path in root.glob("*/apps.py")}
    writing = {
        str(path.relative_to(root))
        for app in apps
        for path in (root / app).rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\(", path.read_text())
    }
    assert writing == {"common/spreadsheets.py"}
