"""Work that waits: asked for, claimed by one worker at a time, finished or failed.

A row names a kind and a subject and refers to no table of the work itself, so that every app can use it. The meaning
is defined where the kind is: a `WorkKind` among the app's facts, and its runner (`merchants.tasks.register_work`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection

from common.errors import DomainError, Missing
from common.ids import new_id
from common.rows import insert_rows
from merchants.facts import Actor, ClaimedWork, MerchantFacts, WorkKind
from merchants.models import DueWork
from merchants.operations.audit import record_audit
from merchants.rules import wait_before_try

WORKER_LOST: Final = "worker_lost"
"""The error of an attempt without an end: its worker was killed, or lived longer than its lease."""

# An idle row moves to the earlier time, but never past the wait after a failure. A row that is being worked on keeps
# its lease and remembers what was asked: what its worker read may be older than the row that waits now. A row that was
# given up stays so, unless a person asks (docs/decisions/0024-due-work.md).
_ENQUEUE: Final = """
    INSERT INTO merchants_duework AS w
        (id, merchant_id, kind, subject_id, due_at, next_try_at, attempts, fence, is_asked_again, last_error)
    VALUES (%(id)s, %(merchant)s, %(kind)s, %(subject)s, %(due)s, %(due)s, 0, 0, false, '')
    ON CONFLICT (merchant_id, kind, subject_id) DO UPDATE SET
        due_at = CASE WHEN w.claimed_at IS NULL OR w.is_asked_again THEN least(w.due_at, excluded.due_at)
                      ELSE excluded.due_at END,
        is_asked_again = w.claimed_at IS NOT NULL,
        next_try_at = CASE WHEN w.claimed_at IS NOT NULL THEN w.next_try_at
                           WHEN w.attempts = 0 THEN least(w.next_try_at, excluded.next_try_at)
                           WHEN %(by_person)s THEN excluded.next_try_at ELSE w.next_try_at END,
        attempts = CASE WHEN w.claimed_at IS NULL AND %(by_person)s THEN 0 ELSE w.attempts END,
        given_up_at = CASE WHEN %(by_person)s THEN NULL ELSE w.given_up_at END"""


def enqueue_work(
    *,
    merchant: MerchantFacts,
    kind: WorkKind,
    due_at: datetime,
    subject_id: UUID | None = None,
    is_by_person: bool = False,
) -> None:
    """Ask for work from `due_at` on, in the transaction of the row that waits. Asked twice it is one row.

    `is_by_person`: a person decided it, so work that failed or was given up begins again with all its tries.
    Call it late in the transaction: another one that asks for the same work waits until this one ends.
    """
    values: dict[str, Any] = {
        "id": new_id(),
        "merchant": merchant.id,
        "kind": kind.name,
        "subject": subject_id,
        "due": due_at,
        "by_person": is_by_person,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE, values)


def add_work(*, merchant: MerchantFacts, kind: WorkKind, due_at: datetime, subject_ids: Sequence[UUID]) -> None:
    """Ask for work on subjects that are new in this transaction, so that no row of theirs can exist yet."""
    rows = [
        DueWork(merchant_id=merchant.id, kind=kind.name, subject_id=subject, due_at=due_at, next_try_at=due_at)
        for subject in subject_ids
    ]
    insert_rows(DueWork, rows)


# The attempt is counted here and not when it fails: work that kills its worker reports no failure. SKIP LOCKED: two
# workers that look at the same moment take different rows, and the conditions are read again under the lock.
_CLAIM: Final = """
    WITH free AS (
        SELECT id FROM merchants_duework
        WHERE merchant_id = %(merchant)s AND kind = %(kind)s AND given_up_at IS NULL AND next_try_at <= %(now)s
              AND CASE WHEN %(fresh)s THEN attempts = 0 ELSE attempts > 0 END
        ORDER BY next_try_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    UPDATE merchants_duework w
    SET attempts = w.attempts + 1, fence = w.fence + 1, claimed_at = %(now)s, is_asked_again = false,
        next_try_at = %(lease_ends)s, last_error = CASE WHEN w.claimed_at IS NULL THEN w.last_error ELSE %(lost)s END
    FROM free WHERE w.merchant_id = %(merchant)s AND w.id = free.id
    RETURNING w.id, w.kind, w.subject_id, w.fence, w.attempts, w.due_at"""

_GIVE_UP_LOST: Final = """
    UPDATE merchants_duework
    SET given_up_at = %(now)s, claimed_at = NULL, last_error = %(lost)s
    WHERE merchant_id = %(merchant)s AND kind = %(kind)s AND given_up_at IS NULL AND claimed_at IS NOT NULL
          AND next_try_at <= %(now)s AND attempts >= %(tries)s"""


def claim_work(*, merchant: MerchantFacts, kind: WorkKind, now: datetime) -> list[ClaimedWork]:
    """Take free work of one kind until its lease ends, counting the attempt; empty when there is none.

    Up to `kind.batch` rows that were never tried come together, longest waiting first. A row that failed before, or
    whose worker was lost, comes alone: otherwise it would use up the tries of the rows beside it. Commit before
    working: that is what keeps the count when the worker dies. What was lost at its last try is given up here.
    """
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "kind": kind.name,
        "now": now,
        "tries": kind.tries,
        "lost": WORKER_LOST,
        "lease_ends": now + kind.lease,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_UP_LOST, values)
        for is_fresh, limit in ((True, kind.batch), (False, 1)):
            cursor.execute(_CLAIM, {**values, "fresh": is_fresh, "limit": limit})
            if rows := cursor.fetchall():
                return sorted((ClaimedWork(*row) for row in rows), key=lambda work: (work.due_at, work.id))
    return []


# Asked again meanwhile: the row stays, free from the time that was asked for. The deletion comes first: it waits for
# a transaction that asks at this moment and then spares the row, which the second statement sees as it is now. One
# that asks after the deletion waits for it in turn and makes another row.
_RESCHEDULE: Final = """
    UPDATE merchants_duework
    SET due_at = CASE WHEN is_asked_again THEN least(due_at, %(next)s) ELSE %(next)s END,
        next_try_at = CASE WHEN is_asked_again THEN least(due_at, %(next)s) ELSE %(next)s END,
        attempts = 0, claimed_at = NULL, is_asked_again = false, last_error = ''
    WHERE merchant_id = %(merchant)s AND (is_asked_again OR %(next)s::timestamptz IS NOT NULL)
          AND (id, fence) IN (SELECT * FROM unnest(%(ids)s::uuid[], %(fences)s::int[]))"""
_DELETE: Final = """
    DELETE FROM merchants_duework
    WHERE merchant_id = %(merchant)s AND NOT is_asked_again AND claimed_at IS NOT NULL
          AND (id, fence) IN (SELECT * FROM unnest(%(ids)s::uuid[], %(fences)s::int[]))"""


def finish_work(*, merchant: MerchantFacts, work: Sequence[ClaimedWork], next_due_at: datetime | None = None) -> None:
    """Delete work that is done, or set it to `next_due_at`, with all its tries again.

    Work that another worker has taken over meanwhile is left to that one.
    """
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "ids": [one.id for one in work],
        "fences": [one.fence for one in work],
        "next": next_due_at,
    }
    with connection.cursor() as cursor:
        if next_due_at is None:
            cursor.execute(_DELETE, values)
        cursor.execute(_RESCHEDULE, values)


_FAIL: Final = """
    UPDATE merchants_duework
    SET last_error = %(error)s, claimed_at = NULL, is_asked_again = false, next_try_at = %(next)s,
        given_up_at = CASE WHEN attempts >= %(tries)s THEN %(now)s END
    WHERE merchant_id = %(merchant)s AND id = %(id)s AND fence = %(fence)s AND claimed_at IS NOT NULL
    RETURNING given_up_at IS NOT NULL"""


def fail_work(*, merchant: MerchantFacts, kind: WorkKind, work: ClaimedWork, error: str, now: datetime) -> bool:
    """Give work back after a failure, to be tried later; return True when this was its last try and it is given up.

    Work that another worker has taken over meanwhile is left to that one.
    """
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "id": work.id,
        "fence": work.fence,
        "error": error[:200] or "error",
        "now": now,
        "next": now + wait_before_try(kind, work.attempt),
        "tries": kind.tries,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FAIL, values)
        row = cursor.fetchone()
    return bool(row and row[0])


def describe_error(error: BaseException) -> str:
    """Return only the kind of error: its text may hold a member's name or number."""
    name = type(error).__name__
    if isinstance(error, DomainError):
        return f"{name}: {error.code}"
    if isinstance(error, DatabaseError):
        diagnosis = getattr(error.__cause__, "diag", None)
        detail = getattr(diagnosis, "constraint_name", None) or getattr(error.__cause__, "pgcode", None)
        return f"{name}: {detail}" if detail else name
    return name


def retry_work(*, merchant: MerchantFacts, work_id: UUID, at: datetime, actor: Actor) -> str:
    """Start work that was given up once more, with all its tries; return its kind. Raises Missing."""
    row = (
        DueWork.objects.select_for_update().filter(merchant_id=merchant.id, id=work_id, given_up_at__isnull=False)
    ).first()
    if row is None:
        raise Missing("work_not_stopped")
    before = {"attempts": row.attempts, "last_error": row.last_error}
    row.given_up_at, row.attempts, row.next_try_at = None, 0, at
    row.save(update_fields=["given_up_at", "attempts", "next_try_at"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="work.retried",
        at=at,
        subject=("work", row.id),
        before=before,
        after={"kind": row.kind},
    )
    return row.kind


_RESTORE: Final = """
    INSERT INTO merchants_duework
        (id, merchant_id, kind, subject_id, due_at, next_try_at, attempts, fence, is_asked_again, last_error)
    SELECT gen_random_uuid(), %(merchant)s, %(kind)s, subject, %(due)s, %(due)s, 0, 0, false, ''
    FROM unnest(%(subjects)s::uuid[]) subject
    ON CONFLICT (merchant_id, kind, subject_id) DO NOTHING"""


def restore_work(*, merchant: MerchantFacts, kind: WorkKind, due_at: datetime, subject_ids: Sequence[UUID]) -> int:
    """Ask for work on those of these subjects that have no row of it; return how many were missing."""
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "kind": kind.name,
        "due": due_at,
        "subjects": list(subject_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE, values)
        return int(cursor.rowcount)


# Over all merchants in one statement, through the timetable's policy: a merchant is a global row, so a missing night
# can be found without entering the scope of each.
_RESTORE_NIGHTS: Final = """
    SET LOCAL app.timetable = 'on';
    INSERT INTO merchants_duework
        (id, merchant_id, kind, due_at, next_try_at, attempts, fence, is_asked_again, last_error)
    SELECT gen_random_uuid(), m.id, %(kind)s, %(now)s, %(now)s, 0, 0, false, ''
    FROM merchants_merchant m
    WHERE m.is_in_use AND NOT EXISTS (SELECT FROM merchants_duework w
                      WHERE w.merchant_id = m.id AND w.kind = %(kind)s AND w.subject_id IS NULL)
    ON CONFLICT (merchant_id, kind, subject_id) DO NOTHING"""


def restore_night_work(*, kind: WorkKind, now: datetime) -> int:
    """Ask for the night of every merchant that has no row of it; return how many. Outside any scope."""
    with connection.cursor() as cursor:
        cursor.execute(_RESTORE_NIGHTS, {"kind": kind.name, "now": now})
        return int(cursor.rowcount)
