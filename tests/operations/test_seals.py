"""I11: blocks over what came in, one after the other; whatever is changed afterwards no longer fits."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from pytest_django import Settings

from common.ids import new_id
from ledger.invariants import verify
from ledger.models import DebtMove, Entry, Lot, LotUse, SealedBlock, Transfer
from ledger.operations import Sealed, export_heads, seal_rows
from ledger.queries.sealed_text import PERSONAL
from merchants.facts import SYSTEM
from merchants.models import AuditEntry
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope
from tests.ledger_book import DAY, Book

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.SEAL_DIR = tmp_path / "seals"
    return tmp_path / "seals"


@pytest.fixture
def book() -> Book:
    book = Book()
    book.earn(100)
    book.earn(40)
    book.spend(30)
    with merchant_scope(book.merchant.id):
        book.adjust(5)
    return book


def seal(book: Book, *, at: datetime | None = None, limit: int = 1_000, **options: Any) -> Sealed | None:
    """Seal the first block of a night, unless `after` says where to go on."""
    given = {"after": None, "at": at or datetime.now(UTC), "business_date": DAY, "limit": limit, **options}
    with merchant_scope(book.merchant.id):
        return seal_rows(merchant=book.merchant, **given)


def export(book: Book) -> int:
    with merchant_scope(book.merchant.id):
        return export_heads(merchant=book.merchant)


def blocks(book: Book) -> list[SealedBlock]:
    with merchant_scope(book.merchant.id):
        return list(SealedBlock.objects.filter(merchant_id=book.merchant.id).order_by("number"))


def found(book: Book) -> list[str]:
    with merchant_scope(book.merchant.id):
        return [v.message for v in verify(merchant=book.merchant) if v.invariant == "I11"]


def test_a_block_has_what_came_in_since_the_one_before(book: Book) -> None:
    first = seal(book)
    assert first is not None
    assert (first.number, first.transfers, first.cursor) == (1, 4, None)
    assert first.audits >= 1
    late = book.earn(7, DAY - timedelta(days=20))
    second, third = seal(book), seal(book)
    assert second is not None
    assert third is not None
    assert (second.number, second.transfers) == (2, 1), "a late sale belongs to the night after it came in"
    assert (third.number, third.transfers, third.audits) == (3, 0, 0), "nothing came in, and that is sealed too"
    one, two, three = blocks(book)
    assert two.transfer_ids == [late]
    assert bytes(one.previous_hash) == bytes(32)
    assert (bytes(two.previous_hash), bytes(three.previous_hash)) == (bytes(one.hash), bytes(two.hash))
    assert found(book) == []


def test_nights_of_a_history_seal_each_row_once(book: Book) -> None:
    """Rows that came in today, sealed by nights of long ago, one after the other."""
    now = datetime.now(UTC)
    made = [seal(book, at=now - timedelta(days=days)) for days in (90, 60, 30, 1)]
    assert [one.transfers for one in made if one] == [4, 0, 0, 0]
    assert found(book) == []
    book.earn(7)
    after = seal(book)
    assert after is not None
    assert after.transfers == 1
    assert found(book) == []


def test_many_rows_are_sealed_in_several_blocks(book: Book) -> None:
    for _ in range(8):
        book.earn(1)
    cursor, sizes = None, []
    while True:
        made = seal(book, after=cursor, limit=5)
        if made is None:
            break
        sizes.append(made.transfers)
        cursor = made.cursor
        if cursor is None:
            break
    assert sizes == [5, 5, 2]
    assert found(book) == []


def test_a_transfer_between_two_blocks_of_a_night_is_in_the_next_one(book: Book) -> None:
    """Audit entries by a clock that is ahead say nothing about where the transfers go on."""
    seal(book)
    now = datetime.now(UTC)
    ahead = int(now.timestamp() + 3600) * 1_000 << 80
    with merchant_scope(book.merchant.id):
        for n in range(5):
            AuditEntry.objects.create(
                merchant_id=book.merchant.id,
                id=UUID(int=ahead + n),
                at=now,
                actor_label="Sari",
                action="till.added",
                subject_kind="till",
            )
    first = seal(book, limit=2)
    assert first is not None
    second = seal(book, after=first.cursor, limit=2)
    assert second is not None
    book.earn(1)
    third = seal(book, after=second.cursor, limit=2)
    assert third is not None
    assert [(one.transfers, one.audits) for one in (first, second, third)] == [(0, 2), (0, 2), (1, 1)]
    assert found(book) == []


def test_the_text_is_that_of_rfc_8785(book: Book) -> None:
    """Made again in Python, row by row and block by block, from the tables."""
    with merchant_scope(book.merchant.id):
        record_audit(
            merchant=book.merchant,
            actor=SYSTEM,
            action="till.added",
            at=datetime(2026, 3, 5, 1, 2, 3, 40, tzinfo=UTC),
            subject=("till", new_id()),
            before={"name": "Budi", "rate": 3, "state": 'a"\\\n€'},
            after={"rate": 4, "list": [1], "is_open": True, "nothing": None},
        )
    seal(book)
    [block] = blocks(book)
    with merchant_scope(book.merchant.id):
        _compare_rows(book, block)
    header: Any = {
        "merchant_id": str(book.merchant.id),
        "number": 1,
        "previous_hash": "00" * 32,
        "sealed_at": instant(block.sealed_at),
        "business_date": str(block.business_date),
        "transfer_count": len(block.transfer_ids),
        "audit_count": len(block.audit_ids),
        "transfer_digest": hashlib.sha256(b"".join(map(bytes, block.transfer_hashes))).hexdigest(),
        "audit_digest": hashlib.sha256(b"".join(map(bytes, block.audit_hashes))).hexdigest(),
    }
    assert hashlib.sha256(rfc8785.dumps(header)).digest() == bytes(block.hash)


def _compare_rows(book: Book, block: SealedBlock) -> None:
    of_merchant = {"merchant_id": book.merchant.id}
    for row_id, hash_ in zip(block.transfer_ids, block.transfer_hashes, strict=True):
        transfer = Transfer.objects.get(id=row_id, **of_merchant)
        text: Any = {
            "id": str(transfer.id),
            "account_id": str(transfer.account_id),
            "kind": transfer.kind,
            "unit": transfer.unit,
            "change": transfer.change,
            "at": instant(transfer.at),
            "business_date": str(transfer.business_date),
            "source_kind": transfer.source_kind,
            "source_id": str(transfer.source_id),
            "actor_id": text_of(transfer.actor_id),
            "approver_id": text_of(transfer.approver_id),
            "may_owe": transfer.may_owe,
            "reverses_id": text_of(transfer.reverses_id),
            "entries": [
                {
                    "id": str(e.id),
                    "account_id": str(e.account_id),
                    "amount": e.amount,
                    "account_seq": e.account_seq,
                    "balance_after": e.balance_after,
                }
                for e in Entry.objects.filter(transfer_id=row_id, **of_merchant).order_by("id")
            ],
            "lots": [
                {
                    "id": str(x.id),
                    "account_id": str(x.account_id),
                    "origin_lot_id": text_of(x.origin_lot_id),
                    "amount": x.amount,
                    "available_on": str(x.available_on),
                    "expires_on": text_of(x.expires_on),
                    "earned_at": instant(x.earned_at),
                    "follows_purchases": x.follows_purchases,
                }
                for x in Lot.objects.filter(transfer_id=row_id, **of_merchant).order_by("id")
            ],
            "uses": [
                {
                    "id": str(u.id),
                    "lot_id": str(u.lot_id),
                    "hold_id": text_of(u.hold_id),
                    "kind": u.kind,
                    "amount": u.amount,
                    "lot_seq": u.lot_seq,
                    "remaining_after": u.remaining_after,
                }
                for u in LotUse.objects.filter(transfer_id=row_id, **of_merchant).order_by("id")
            ],
            "debts": [
                {"id": str(d.id), "account_id": str(d.account_id), "change": d.change}
                for d in DebtMove.objects.filter(transfer_id=row_id, **of_merchant).order_by("id")
            ],
        }
        assert hashlib.sha256(rfc8785.dumps(text)).digest() == bytes(hash_)
    for row_id, hash_ in zip(block.audit_ids, block.audit_hashes, strict=True):
        entry = AuditEntry.objects.get(id=row_id, **of_merchant)
        sealed: Any = {
            "id": str(entry.id),
            "at": instant(entry.at),
            "actor_id": text_of(entry.actor_id),
            "approver_id": text_of(entry.approver_id),
            "action": entry.action,
            "subject_kind": entry.subject_kind,
            "subject_id": text_of(entry.subject_id),
            "before": jsonb_text(entry.before),
            "after": jsonb_text(entry.after),
        }
        assert hashlib.sha256(rfc8785.dumps(sealed)).digest() == bytes(hash_)


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_of(value: object) -> str | None:
    return None if value is None else str(value)


def jsonb_text(values: dict[str, Any] | None) -> str | None:
    """Return the text as PostgreSQL writes jsonb: shorter keys first, then by bytes."""
    kept = {k: v for k, v in (values or {}).items() if not isinstance(v, dict | list) and k not in PERSONAL}
    keys = sorted(kept, key=lambda k: (len(k.encode()), k.encode()))
    return json.dumps({k: kept[k] for k in keys}, ensure_ascii=False) if kept else None


def test_the_heads_leave_the_database_once(book: Book, own_folder: Path) -> None:
    seal(book)
    assert export(book) == 1
    book.earn(3)
    seal(book)
    seal(book)
    assert export(book) == 2
    assert export(book) == 0
    lines = [json.loads(line) for line in (own_folder / f"{book.merchant.id}.jsonl").read_text().splitlines()]
    assert [(line["number"], line["hash"]) for line in lines] == [(b.number, bytes(b.hash).hex()) for b in blocks(book)]
    assert found(book) == []


def test_a_chain_made_again_from_the_start_differs_from_what_was_exported(book: Book, own_folder: Path) -> None:
    seal(book)
    export(book)
    path = own_folder / f"{book.merchant.id}.jsonl"
    path.write_text(path.read_text().replace(bytes(blocks(book)[0].hash).hex(), "ab" * 32))
    assert found(book) == ["is not the block that was exported"]
    path.write_text('{"number": 9, "hash": "00"}\n{"number": 1, "ha')
    assert found(book) == ["was exported and is gone"]
    path.unlink()
    assert found(book) == []


def test_a_folder_that_cannot_be_written_holds_up_no_night(book: Book, settings: Settings, tmp_path: Path) -> None:
    seal(book)
    (tmp_path / "file").touch()
    settings.SEAL_DIR = tmp_path / "file"
    assert export(book) == 0
    settings.SEAL_DIR = tmp_path / "again"
    assert export(book) == 1


def test_what_was_never_sealed_is_named_and_the_command_seals_it(book: Book) -> None:
    """A host whose clock is a week behind: its rows are older than any night looks at."""
    seal(book, at=datetime.now(UTC) + timedelta(days=7))
    assert found(book) == []
    book.earn(9)
    made = seal(book, at=datetime.now(UTC) + timedelta(days=8))
    assert made is not None
    assert made.transfers == 0
    assert found(book) == ["older than the last block and in none: slipped in afterwards"]
    made = seal(book, at=datetime.now(UTC) + timedelta(days=8), everything=True)
    assert made is not None
    assert made.transfers == 1
    assert found(book) == []
