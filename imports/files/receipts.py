"""Rows of a file as whole receipts, in the order in which the receipts begin, holding few of them in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from imports.files.csv_rows import Reject, SaleRow


@dataclass(frozen=True, slots=True)
class FileReceipt:
    """All rows of one receipt number. `cancels`: it takes goods back, quantities are below 0."""

    reference: str
    rows: tuple[SaleRow, ...]
    cancels: bool

    @property
    def customer(self) -> str:
        return next((row.customer for row in self.rows if row.customer), "")


def last_lines(references: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Return the last line number of each receipt: there it is complete. One pass over the file."""
    last: dict[str, int] = {}
    for line_no, reference in references:
        last[reference] = line_no
    return last


def group_receipts(
    rows: Iterable[SaleRow | Reject], last: dict[str, int], *, cancels_prefix: str
) -> Iterator[FileReceipt | Reject]:
    """Rejects as they come, receipts when their last line has been read; a receipt keeps its good rows.

    A row that does not fit its receipt (goods back on a sale, goods sold on a cancellation, another customer) is
    rejected, never guessed.
    """
    open_ones: dict[str, list[SaleRow]] = {}
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        cancels = bool(cancels_prefix) and row.reference.startswith(cancels_prefix)
        rows_of = open_ones.setdefault(row.reference, [])
        problem = _find_misfit(row, rows_of, cancels=cancels)
        if problem is None:
            rows_of.append(row)
        else:
            yield problem
        if row.line_no >= last[row.reference]:
            del open_ones[row.reference]
            if rows_of:
                yield FileReceipt(row.reference, tuple(rows_of), cancels)
    for reference, rows_of in open_ones.items():
        if rows_of:
            yield FileReceipt(reference, tuple(rows_of), rows_of[0].reference.startswith(cancels_prefix or "\0"))


def _find_misfit(row: SaleRow, rows_of: list[SaleRow], *, cancels: bool) -> Reject | None:
    if row.quantity < 0 and not cancels:
        return _make_reject(row, "quantity", "A sale cannot have a quantity below 0. Use a cancellation receipt.")
    if row.quantity > 0 and cancels:
        return _make_reject(row, "quantity", "A cancellation has quantities below 0.")
    if rows_of and rows_of[0].customer != row.customer:
        return _make_reject(row, "customer", "The receipt names another customer on an earlier line.")
    return None


def _make_reject(row: SaleRow, field: str, reason: str) -> Reject:
    return Reject(row.line_no, field, reason, row.cells)
