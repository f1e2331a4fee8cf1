"""Taking a members file in: set-based, known contacts found again, bad rows kept as rejects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from common.errors import FieldError
from common.spreadsheets import read_code
from common.text import clean_line, comparison_key
from enrolment.operations import enrol_members
from imports.files import MembersMapping, Reject, UnreadableFile, check_columns, open_rows, usual_members_mapping
from imports.operations.sales import RejectsFile
from members.facts import EnrolDraft, MemberSource
from members.queries import members_with_numbers
from merchants.facts import MerchantFacts
from merchants.tenancy import allow_long_statements, merchant_scope

CHUNK_ROWS: Final = 1_000


@dataclass
class MembersResult:
    """Rows = new + known + rejected. `need_guardian` of the new ones are under 18: their consent was not taken."""

    rows: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0
    need_guardian: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


def import_members(
    path: Path,
    rejects: RejectsFile,
    *,
    merchant: MerchantFacts,
    mapping: MembersMapping | None,
    now: datetime,
    with_bonus: bool = False,
) -> MembersResult:
    """Take a file in; without a mapping its columns are found by their usual headings. Raises UnreadableFile.

    Each chunk is one transaction; run again it finds the members it made.
    """
    result = MembersResult()
    delimiter = mapping.delimiter if mapping else ","
    with open_rows(path, delimiter, has_columns=mapping.is_in if mapping else _is_heading) as (header, rows):
        mapping = mapping or usual_members_mapping(header)
        if mapping is None:
            raise UnreadableFile(
                "The file needs a heading line with a name and a phone, email or customer column. "
                f"It has: {', '.join(header) or 'no header line'}."
            )
        check_columns(header, mapping.columns)
        for chunk in _split_into_chunks(rows):
            result.rows += len(chunk)
            _import_chunk(chunk, rejects, result, merchant=merchant, mapping=mapping, now=now, with_bonus=with_bonus)
    rejects.close()
    return result


def _is_heading(cells: Sequence[str]) -> bool:
    return usual_members_mapping(cells) is not None


def _split_into_chunks(rows: Iterator[tuple[int, dict[str, str]]]) -> Iterator[list[tuple[int, dict[str, str]]]]:
    chunk: list[tuple[int, dict[str, str]]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _import_chunk(
    chunk: Sequence[tuple[int, dict[str, str]]],
    rejects: RejectsFile,
    result: MembersResult,
    *,
    merchant: MerchantFacts,
    mapping: MembersMapping,
    now: datetime,
    with_bonus: bool,
) -> None:
    drafts, good = [], []
    numbers = {read_code(row.get(mapping.number, "")) for _, row in chunk} if mapping.number else set()
    with merchant_scope(merchant.id):
        ours = members_with_numbers(merchant=merchant, numbers=numbers - {""})
    for line_no, row in chunk:
        if mapping.number and read_code(row.get(mapping.number, "")) in ours:
            result.known += 1
            continue
        draft = read_member(row, mapping, timezone=merchant.timezone)
        if isinstance(draft, FieldError):
            _add_reject(Reject(line_no, draft.pointer, draft.message, row), rejects, result)
        else:
            drafts.append(draft)
            good.append((line_no, row))
    if not drafts:
        return
    with merchant_scope(merchant.id):
        allow_long_statements(120)
        outcomes = enrol_members(merchant=merchant, drafts=drafts, at=now, with_bonus=with_bonus)
    for (line_no, row), outcome in zip(good, outcomes, strict=True):
        if outcome.errors:
            first = outcome.errors[0]
            _add_reject(Reject(line_no, first.pointer.strip("/"), first.message, row), rejects, result)
        elif outcome.created:
            result.new += 1
            result.need_guardian += outcome.needs_guardian
        else:
            result.known += 1


def _add_reject(reject: Reject, rejects: RejectsFile, result: MembersResult) -> None:
    result.rejected += 1
    result.reasons[reject.field] = result.reasons.get(reject.field, 0) + 1
    rejects.add(reject)


def read_member(row: Mapping[str, str], mapping: MembersMapping, *, timezone: str) -> EnrolDraft | FieldError:
    """Return a draft, or what is wrong with a date; phone and e-mail are checked where they are normalized."""
    birth = _read_day(row, mapping.birth_date, mapping)
    joined = _read_day(row, mapping.joined_at, mapping)
    for name, found in (("birth_date", birth), ("joined_at", joined)):
        if isinstance(found, str):
            return FieldError(name, "not_a_date", f"'{found[:40]}' is not a date. Write it as 2026-03-05.")
    consent = comparison_key(row.get(mapping.consent, "")) in mapping.consent_words if mapping.consent else False
    return EnrolDraft(
        name=_read_text(row, mapping.name),
        phone=_read_text(row, mapping.phone) or None,
        email=_read_text(row, mapping.email) or None,
        birth_date=birth if isinstance(birth, date) else None,
        promo_consent=consent,
        source=MemberSource.IMPORT,
        external_ref=_read_code_cell(row, mapping.customer) or _read_code_cell(row, mapping.number) or None,
        joined_at=datetime(joined.year, joined.month, joined.day, tzinfo=ZoneInfo(timezone))
        if isinstance(joined, date)
        else None,
    )


def _read_text(row: Mapping[str, str], column: str) -> str:
    return clean_line(row.get(column, "")) if column else ""


def _read_code_cell(row: Mapping[str, str], column: str) -> str:
    return read_code(_read_text(row, column))


def _read_day(row: Mapping[str, str], column: str, mapping: MembersMapping) -> date | str | None:
    """Return the day, None for an empty cell, or the text that is no day."""
    text = _read_text(row, column)
    if not text:
        return None
    for form in mapping.date_formats:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - only the day is kept
        except ValueError:
            continue
    return text
