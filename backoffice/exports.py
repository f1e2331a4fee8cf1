"""Lists as CSV files: written batch by batch while they are sent, and harmless in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils import translation

from common.spreadsheets import BYTE_ORDER_MARK, csv_text
from merchants.tenancy import merchant_scope

Batch = Callable[[Any], tuple[Sequence[Sequence[Any]], Any]]
"""From a cursor (None: the start) to the next rows and the cursor behind them (None: the end)."""


def csv_response(
    *, filename: str, head: Iterable[Sequence[Any]], merchant_id: UUID, batch: Batch, language: str
) -> StreamingHttpResponse:
    """Send a file of the `head` rows and then of `batch(cursor) -> (rows, next cursor)` until the cursor is None.

    Each batch reads in a scope of its own, after the view has ended, so no transaction lasts as long as the list.
    """
    stream = _write_lines(head, merchant_id, batch, language)
    response = StreamingHttpResponse(stream, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response


def _write_lines(head: Iterable[Sequence[Any]], merchant_id: UUID, batch: Batch, language: str) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_text(head)
    cursor, more = None, True
    while more:
        with merchant_scope(merchant_id), translation.override(language):
            rows, cursor = batch(cursor)
        yield csv_text(rows)
        more = cursor is not None
