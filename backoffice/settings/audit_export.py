"""The audit trail as a file: its head, its entries, and the job that writes a long one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext

from backoffice.audit_words import action_word, changes_in_words, reason_word, subject_word
from backoffice.sent_texts import read_instant_and_id
from backoffice.settings.audit_address import (
    AskedAudit,
    actor_address,
    actor_name,
    load_names,
    read_audit_address,
    write_cursor,
)
from common.quantities import format_instant
from merchants.facts import AuditFacts, MerchantFacts
from merchants.queries import audit_count, audit_trail
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope

AUDIT_EXPORT: Final = "audit_export"
BATCH_ROWS: Final = 500
MOST_ENTRIES: Final = 10_000_000
"""Up to where entries are counted for the bar of progress."""


@dataclass(frozen=True)
class AuditExport:
    """What a job of this kind is asked for: the filters as they stand in the address."""

    query: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AuditExport:
        return cls(query=str(data["query"]))


def write_audit(run: JobRun) -> None:
    """Write the file that a job asks for, in the language of who asked."""
    export = AuditExport.from_json(run.job.parameters)
    with merchant_scope(run.merchant.id), translation.override(run.job.language):
        asked = read_audit_address(run.merchant, QueryDict(export.query))
        count = audit_count(merchant=run.merchant, filters=asked.filters, most=MOST_ENTRIES)
    run.write_file(
        name=file_name(run.job.asked_at),
        head=lambda at: head_rows(run.merchant, asked, at, run.job.language),
        batch=entry_batches(run.merchant, asked, run.job.language),
        total=count,
    )


def file_name(at: datetime) -> str:
    return f"audit-{at:%Y-%m-%d}.csv"


def head_rows(merchant: MerchantFacts, asked: AskedAudit, now: datetime, language: str) -> list[list[str]]:
    """Return what is above the entries: whose, made when, under which filters; then the columns."""
    return [
        [merchant.name, gettext("Audit trail")],
        [gettext("Made"), format_instant(now, merchant.timezone, language)],
        [gettext("Filters"), *(asked.words.values() or [gettext("none")])],
        [
            gettext("Time (%(zone)s)") % {"zone": merchant.timezone},
            gettext("Who"),
            gettext("Signed in as"),
            gettext("User id"),
            gettext("What"),
            gettext("Of"),
            gettext("Id"),
            gettext("Before"),
            gettext("After"),
            gettext("Reason"),
        ],
    ]


def entry_batches(
    merchant: MerchantFacts, asked: AskedAudit, language: str
) -> Callable[[str | None], tuple[list[list[str]], str | None]]:
    """Return the function that gives the next entries, newest first, and the cursor behind them."""

    def batch(after: str | None) -> tuple[list[list[str]], str | None]:
        place = read_instant_and_id(after) if after is not None else None
        found = audit_trail(merchant=merchant, filters=asked.filters, after=place, limit=BATCH_ROWS)
        names = load_names(merchant, found, asked.people)
        rows = [_entry_cells(merchant, entry, language, names) for entry in found]
        return rows, write_cursor(found[-1]) if len(found) == BATCH_ROWS else None

    return batch


def _entry_cells(merchant: MerchantFacts, entry: AuditFacts, language: str, names: Mapping[UUID, str]) -> list[str]:
    changes = changes_in_words(entry, merchant, names)
    return [
        format_instant(entry.at, merchant.timezone, language, with_zone=False),
        actor_name(entry, names),
        actor_address(entry),
        str(entry.actor_id or ""),
        action_word(entry.action),
        subject_word(entry.subject_kind),
        str(entry.subject_id or ""),
        "; ".join(f"{name}: {before}" for name, before, _ in changes if before),
        "; ".join(f"{name}: {after}" for name, _, after in changes if after),
        reason_word(entry.reason),
    ]
