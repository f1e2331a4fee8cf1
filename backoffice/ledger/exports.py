"""The points ledger as a file: its head, its movements, and the job that writes a long one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext

from backoffice.ledger.address import UNIT_WORDS, AskedMovements, read_ledger_address
from backoffice.ledger.rows import MovementRow, movement_rows
from common.ids import uuid_or_none
from common.quantities import format_day, format_instant
from ledger.facts import Unit
from ledger.queries import movement_totals, movements
from merchants.facts import MerchantFacts
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope

LEDGER_EXPORT: Final = "ledger_export"
BATCH_ROWS: Final = 2_000


@dataclass(frozen=True)
class LedgerExport:
    """What a job of this kind is asked for: the filters as they stand in the address, with both days."""

    query: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LedgerExport:
        return cls(query=str(data["query"]))


def write_ledger(run: JobRun) -> None:
    """Write the file that a job asks for, in the language of who asked."""
    export = LedgerExport.from_json(run.job.parameters)
    with merchant_scope(run.merchant.id), translation.override(run.job.language):
        asked = read_ledger_address(run.merchant, QueryDict(export.query))
        count = movement_totals(merchant=run.merchant, filters=asked.filters).count
    run.write_file(
        name=file_name(run.job.asked_at),
        head=lambda at: head_rows(run.merchant, asked, count, at, run.job.language),
        batch=movement_batches(run.merchant, asked, run.job.language),
        total=count,
    )


def file_name(at: datetime) -> str:
    return f"ledger-{at:%Y-%m-%d}.csv"


def head_rows(
    merchant: MerchantFacts, asked: AskedMovements, count: int, at: datetime, language: str
) -> list[list[Any]]:
    """Return what is above the movements: whose, made when, which days, which filters, how many; then the columns."""
    filters = asked.filters
    unit = merchant.points_name if filters.unit is Unit.POINTS else merchant.currency
    return [
        [merchant.name, gettext("Points ledger"), str(UNIT_WORDS[filters.unit])],
        [gettext("Made"), format_instant(at, merchant.timezone, language)],
        [gettext("Days"), format_day(filters.first, language), format_day(filters.last, language)],
        [gettext("Filters"), *(asked.words.values() or [gettext("none")])],
        [gettext("Movements"), count],
        [
            gettext("Time (%(zone)s)") % {"zone": merchant.timezone},
            gettext("Booked for"),
            gettext("Member number"),
            gettext("What"),
            gettext("Change (%(unit)s)") % {"unit": unit},
            gettext("Balance after (%(unit)s)") % {"unit": unit},
            gettext("Source"),
            gettext("Note"),
            gettext("Reason"),
            gettext("Who"),
            gettext("Approved by"),
            gettext("Movement"),
            gettext("Takes back"),
        ],
    ]


def movement_batches(
    merchant: MerchantFacts, asked: AskedMovements, language: str
) -> Callable[[str | None], tuple[list[list[Any]], str | None]]:
    """Return the function that gives the next movements, the latest booked first, and the cursor behind them."""

    def batch(after: str | None) -> tuple[list[list[Any]], str | None]:
        found = movements(merchant=merchant, filters=asked.filters, after=uuid_or_none(after), limit=BATCH_ROWS)
        rows = [_movement_cells(merchant, row, language) for row in movement_rows(merchant, found)]
        return rows, str(found[-1].id) if len(found) == BATCH_ROWS else None

    return batch


def _movement_cells(merchant: MerchantFacts, row: MovementRow, language: str) -> list[Any]:
    """Return one movement; days as ISO dates, amounts as whole numbers of the smallest unit, for machines."""
    one = row.movement
    return [
        format_instant(one.at, merchant.timezone, language, with_zone=False),
        one.business_date,
        row.owner.number if row.owner else gettext("Gift card"),
        row.what,
        one.change,
        one.balance_after,
        row.source,
        one.note,
        row.reason,
        row.who,
        row.approver,
        one.id,
        one.reverses_id or "",
    ]
