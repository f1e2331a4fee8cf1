"""Taking a sales file in: chunks of whole receipts, each chunk one transaction, so that running it again resumes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

from common.spreadsheets import CsvDictWriter
from common.statistics import refresh_statistics
from enrolment.operations import enrol_members
from imports.files import (
    FileReceipt,
    Reject,
    SaleReader,
    SaleRow,
    SalesMapping,
    check_columns,
    group_receipts,
    last_lines,
    open_rows,
    read_reference,
)
from members.facts import EnrolDraft, MemberSource
from merchants.facts import MerchantFacts, TillFacts
from merchants.tenancy import allow_long_statements, merchant_scope
from sales.facts import LineDraft
from sales.operations import (
    ImportedReturn,
    ImportedReturnLine,
    ImportedSale,
    record_imported_return,
    record_imported_sales,
)

CHUNK_RECEIPTS: Final = 400
"""Receipts per transaction: about 10,000 lines and two seconds; a kill loses no more than that work."""
STATEMENT_SECONDS: Final = 120
STATISTICS_AFTER: Final = frozenset({2, 6, 20, 60})
"""Chunks before which the planner's statistics are renewed; with those of an empty shop it scans all rows."""
MANY_SALES: Final = 1_000


@dataclass
class ImportResult:
    """What became of a file. Lines = sold + returned + rejected + ignored + those of receipts already known."""

    lines: int = 0
    new_sales: int = 0
    known_receipts: int = 0
    returned_units: int = 0
    unmatched_lines: int = 0
    ignored_lines: int = 0
    rounded_prices: int = 0
    new_members: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


class RejectsFile:
    """Rejected rows with line, field and reason, written only when there are some; it can be fixed and imported."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: CsvDictWriter | None = None
        self._file: TextIO | None = None
        self.path.unlink(missing_ok=True)

    def add(self, reject: Reject) -> None:
        if self._writer is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._writer = CsvDictWriter(self._file, ["line", "field", "reason", *reject.row])
            self._writer.writeheader()
        self._writer.writerow({"line": reject.line_no, "field": reject.field, "reason": reject.reason, **reject.row})

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class SalesImport:
    """One run over one file. The clock is the caller's; `progress` gets the number of lines as they are read."""

    def __init__(
        self,
        *,
        merchant: MerchantFacts,
        till: TillFacts,
        mapping: SalesMapping,
        now: datetime,
        progress: Callable[[int], None] = lambda lines: None,
    ) -> None:
        self.merchant, self.till, self.mapping, self.now = merchant, till, mapping, now
        self.progress = progress
        self.result = ImportResult()
        self._members: dict[str, UUID] = {}
        self._taken = 0

    def run(self, path: Path, rejects: RejectsFile) -> ImportResult:
        """Import the file. Raises UnreadableFile; what was imported before stays, and is skipped the next time."""
        for chunk in self._read_chunks(path, rejects):
            self.take(chunk)
        rejects.close()
        if self.result.new_sales >= MANY_SALES:
            refresh_statistics()  # for the night, whose batches read what the file has brought
        return self.result

    def receipts(self, path: Path, rejects: RejectsFile) -> Iterator[FileReceipt]:
        """Yield the file's receipts in the order in which they are complete; bad rows go to `rejects`."""
        with open_rows(path, self.mapping.delimiter, has_columns=self.mapping.is_in) as (header, rows):
            check_columns(header, self.mapping.columns)
            last = last_lines((line_no, read_reference(row[self.mapping.reference])) for line_no, row in rows)
        with open_rows(path, self.mapping.delimiter, has_columns=self.mapping.is_in) as (_, rows):
            for item in group_receipts(self._read_sale_rows(rows), last, cancels_prefix=self.mapping.cancels_prefix):
                if isinstance(item, Reject):
                    self._count_reject(item)
                    rejects.add(item)
                else:
                    yield item

    def _read_chunks(self, path: Path, rejects: RejectsFile) -> Iterator[list[FileReceipt]]:
        chunk: list[FileReceipt] = []
        for receipt in self.receipts(path, rejects):
            chunk.append(receipt)
            if len(chunk) == CHUNK_RECEIPTS:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def _read_sale_rows(self, rows: Iterable[tuple[int, dict[str, str]]]) -> Iterator[SaleRow | Reject]:
        reader = SaleReader(
            self.mapping, timezone=self.merchant.timezone, currency_digits=self.merchant.currency_digits
        )
        ignored = tuple(self.mapping.ignore_prefixes)
        for line_no, row in rows:
            self.result.lines += 1
            self.progress(1)
            if ignored and row[self.mapping.reference].strip().startswith(ignored):
                self.result.ignored_lines += 1
                continue
            read = reader.read(line_no, row)
            if isinstance(read, SaleRow) and read.rounded:
                self.result.rounded_prices += 1
            yield read

    def _count_reject(self, reject: Reject) -> None:
        self.result.rejected += 1
        self.result.reasons[reject.field] = self.result.reasons.get(reject.field, 0) + 1

    # --- taking in ---

    def take(self, chunk: Sequence[FileReceipt]) -> None:
        """Take one chunk in one transaction: members, then sales, then returns, which may return its own sales."""
        self._taken += 1
        if self._taken in STATISTICS_AFTER:
            refresh_statistics()
        with merchant_scope(self.merchant.id):
            allow_long_statements(STATEMENT_SECONDS)
            self._enrol_customers(chunk)
            sales = [self._make_sale(receipt) for receipt in chunk if not receipt.cancels]
            new = record_imported_sales(merchant=self.merchant, till=self.till, sales=sales, received_at=self.now)
            self.result.new_sales += new
            self.result.known_receipts += len(sales) - new
            for receipt in chunk:
                if receipt.cancels:
                    self._record_return(receipt)

    def _enrol_customers(self, chunk: Sequence[FileReceipt]) -> None:
        """Enrol customers as members known by the file's customer number, from their first receipt on."""
        first: dict[str, datetime] = {}
        for receipt in chunk:
            if receipt.customer and receipt.customer not in self._members:
                at = receipt.rows[0].occurred_at
                first[receipt.customer] = min(first.get(receipt.customer, at), at)
        customers = sorted(first)
        results = (
            enrol_members(
                merchant=self.merchant,
                drafts=[
                    EnrolDraft(
                        source=MemberSource.IMPORT,
                        external_ref=customer,
                        joined_at=first[customer],
                        outlet_id=self.till.outlet.id,
                    )
                    for customer in customers
                ],
                at=self.now,
                with_bonus=False,
            )
            if customers
            else []
        )
        for customer, result in zip(customers, results, strict=True):
            if result.member_id is None:
                raise RuntimeError(f"customer {customer}: {result.errors}")
            self._members[customer] = result.member_id
            self.result.new_members += result.created

    def _make_sale(self, receipt: FileReceipt) -> ImportedSale:
        return ImportedSale(
            reference=receipt.reference,
            member_id=self._members.get(receipt.customer),
            occurred_at=receipt.rows[0].occurred_at,
            lines=tuple(
                LineDraft(
                    line_id=str(row.line_no),
                    sku=row.sku,
                    name=row.name,
                    quantity=row.quantity,
                    unit_amount=row.unit_amount,
                    category=row.category or None,
                )
                for row in receipt.rows
            ),
            request_fingerprint=_receipt_hash(receipt),
        )

    def _record_return(self, receipt: FileReceipt) -> None:
        result = record_imported_return(
            merchant=self.merchant,
            till=self.till,
            returned=ImportedReturn(
                reference=receipt.reference,
                member_id=self._members.get(receipt.customer),
                occurred_at=receipt.rows[0].occurred_at,
                lines=tuple(
                    ImportedReturnLine(row.line_no, row.sku, row.name, -row.quantity, row.unit_amount)
                    for row in receipt.rows
                ),
            ),
            received_at=self.now,
        )
        self.result.known_receipts += result.known
        self.result.returned_units += result.matched_units
        self.result.unmatched_lines += result.unmatched_lines


def _receipt_hash(receipt: FileReceipt) -> bytes:
    text = "\n".join(
        f"{r.sku or [r.name]}\t{r.quantity}\t{r.unit_amount}\t{r.customer}\t{r.occurred_at.isoformat()}"
        for r in receipt.rows
    )
    return hashlib.sha256(text.encode()).digest()
