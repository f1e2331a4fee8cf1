"""Cells that pass through a spreadsheet unharmed: written so that it leaves them alone, read back as they were."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from defusedcsv import csv

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel reads names with accents as something else."""
LONG: Final = 12
"""Digits from which a spreadsheet shows a code as 1.72E+11 and saves it so; from 16 on it drops digits."""
LONG_WITH_ZERO: Final = 5
"""Digits from which a code with a leading zero is kept apart; a spreadsheet drops the zeros of shorter ones too, but
those cannot be grouped."""
_DIGITS: Final = re.compile(r"[0-9]+")
_POWER: Final = re.compile(r"[0-9]{1,20}[eE][0-9]{1,20}")
_WIDE: Final = "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
"""Full-width and small = + - @, which spreadsheets set to East Asian languages begin a formula with too."""
_ESCAPED: Final = re.compile(rf"'[@+\-=|%{_WIDE}]")
_BLANK_BEFORE: Final = "\t\r\n\v\f\x00 \u3000"


class TextSink(Protocol):
    def write(self, text: str, /) -> Any: ...


class CsvWriter:
    """Writes rows as CSV; a formula stays text, and a code of many digits stays a code."""

    def __init__(self, sink: TextSink) -> None:
        self._writer: Any = csv.writer(sink)

    def writerow(self, row: Iterable[Any]) -> Any:
        """Write one row; returns what the sink returned."""
        return self._writer.writerow([safe_cell(cell) for cell in row])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        for row in rows:
            self.writerow(row)


class CsvDictWriter:
    """The same for rows by column name; a column that a row does not have stays empty."""

    def __init__(self, sink: TextSink, columns: Sequence[str]) -> None:
        self._writer, self._columns = CsvWriter(sink), list(columns)

    def writeheader(self) -> None:
        self._writer.writerow(self._columns)

    def writerow(self, row: Mapping[str, Any]) -> None:
        self._writer.writerow([row.get(column, "") for column in self._columns])


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Return the rows as lines of a CSV file."""
    out = io.StringIO()
    CsvWriter(out).writerows(rows)
    return out.getvalue()


def safe_cell(value: Any) -> Any:
    """Return a text so that a spreadsheet takes it for text; numbers and None as they are.

    '171526592083' -> '1715 2659 2083': nothing a spreadsheet calculates with. White space before a formula is removed,
    because the writer looks at the first character only; a formula in wide signs gets its apostrophe here, since the
    writer knows the plain ones only.
    """
    if not isinstance(value, str):
        return value
    text = value.lstrip(_BLANK_BEFORE)
    if text[:1] and text[0] in _WIDE:
        return f"'{text}"
    if _POWER.fullmatch(text) and len(text) > 4:
        return _in_fours(text)
    if _DIGITS.fullmatch(text) and len(text) >= (LONG_WITH_ZERO if text.startswith("0") else LONG):
        return _in_fours(text)
    return text


def read_cell(text: str) -> str:
    """Return a cell of a file without what `CsvWriter` put before a formula."""
    return text[1:].replace("\\|", "|") if _ESCAPED.match(text) else text


def read_code(text: str) -> str:
    """Return a code (product, member, receipt) as it is stored: '1715 2659 2083' -> '171526592083'."""
    code = read_cell(text.strip())
    joined = code.replace(" ", "")
    return joined if safe_cell(joined) == code else code


def _in_fours(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
