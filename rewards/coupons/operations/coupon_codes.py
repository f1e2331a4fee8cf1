"""Codes made in advance: ordered once, made by a job chunk by chunk, each chunk and its count in one transaction.

A worker that is killed loses the chunk it was at and nothing else; anyone who goes on makes exactly what is missing. A
job that was cancelled or failed leaves the codes that it made: they count, and another job may make the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from io import StringIO
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from common.secrets import encrypt_all, keyed_hashes, new_typed_codes
from merchants.facts import SYSTEM, Actor, ApprovalDetails, MerchantFacts, Permission
from merchants.operations import cancel_job, record_audit, start_job
from merchants.queries import jobs_by_id
from rewards.coupons.facts import CODES_JOB, CodesJob
from rewards.coupons.models import CouponBatch
from rewards.coupons.operations.coupons import create_coupon_batch

MOST_CODES: Final = 1_000_000
CHUNK: Final = 20_000
"""Codes per transaction: about a second, and what a killed worker loses at most."""
SLICE: Final = 1_000
"""Codes that are made between two statements."""


class BatchNotOpen(Refusal):
    """The batch was cancelled before."""

    code = "coupon_batch_cancelled"


class CodesNotMissing(Refusal):
    """Every code of the batch exists, or a job is making the rest."""

    code = "coupon_codes_not_missing"


def order_codes(
    *,
    merchant: MerchantFacts,
    title: str,
    definition: Mapping[str, Any],
    count: int,
    at: datetime,
    valid_until: date | None = None,
    max_uses: int = 1,
    actor: Actor = SYSTEM,
    batch_id: UUID | None = None,
    approval: ApprovalDetails | None = None,
) -> UUID:
    """Order `count` codes that have no owner yet, with the job that makes them; call `queue_jobs` for a worker.

    Raises BadInput, TooManyJobs and CouponsNeedApproval.
    """
    if not 1 <= count <= MOST_CODES:
        raise BadInput([FieldError("/count", "not_a_quantity", f"Give 1 to {MOST_CODES} codes.")])
    batch_id = batch_id or new_id()
    approver_id = approval.decided_by_id if approval else None
    job_id = _start_making(
        merchant, batch_id, title, count, "coupons.ordered", at=at, actor=actor, approver_id=approver_id
    )
    return create_coupon_batch(
        merchant=merchant,
        batch_id=batch_id,
        title=title,
        definition=definition,
        at=at,
        valid_until=valid_until,
        max_uses=max_uses,
        actor=actor,
        kind="codes",
        ordered=count,
        job_id=job_id,
        approval_id=approval.id if approval else None,
    )


def resume_codes(*, merchant: MerchantFacts, batch_id: UUID, at: datetime, actor: Actor) -> UUID:
    """Start another job for the codes that a stopped one left out; return it. Call `queue_jobs` for a worker.

    Raises Missing('coupon_batch_not_found'), BatchNotOpen, CodesNotMissing and TooManyJobs.
    """
    batch = _lock_batch(merchant, batch_id)
    before = jobs_by_id(merchant=merchant, job_ids=[batch.job_id] if batch.job_id else [])
    if batch.state != "partial" or any(job.is_open for job in before.values()):
        raise CodesNotMissing
    job_id = _start_making(merchant, batch_id, batch.title, batch.ordered, "coupons.resumed", at=at, actor=actor)
    CouponBatch.objects.filter(merchant_id=merchant.id, id=batch_id).update(job_id=job_id)
    return job_id


def _start_making(
    merchant: MerchantFacts,
    batch_id: UUID,
    title: str,
    count: int,
    action: str,
    *,
    at: datetime,
    actor: Actor,
    approver_id: UUID | None = None,
) -> UUID:
    return start_job(
        merchant=merchant,
        kind=CODES_JOB,
        parameters=CodesJob(batch_id, count).to_json(),
        needs=[Permission.SEE_OFFERS],
        language=merchant.language,
        action=action,
        audit_details={"title": title, "codes": count},
        at=at,
        actor=actor,
        approver_id=approver_id,
    )


def _lock_batch(merchant: MerchantFacts, batch_id: UUID) -> CouponBatch:
    """Lock a batch that may still change; its job's row is locked after it, never before."""
    batch = CouponBatch.objects.select_for_update().filter(merchant_id=merchant.id, id=batch_id).first()
    if batch is None:
        raise Missing("coupon_batch_not_found")
    if batch.state == "cancelled":
        raise BatchNotOpen
    return batch


def make_codes(*, merchant: MerchantFacts, batch_id: UUID, at: datetime, limit: int = CHUNK) -> int | None:
    """Make the next codes of the batch, at most `limit`; return how many are still missing.

    None: the batch is whole or cancelled. Another worker's chunk is waited for, under the lock of the batch.
    """
    partial = CouponBatch.objects.select_for_update().filter(merchant_id=merchant.id, id=batch_id, state="partial")
    batch = partial.first()
    if batch is None:
        return None
    made = _store_codes(merchant, batch, min(limit, batch.ordered - batch.made), at=at)
    left = batch.ordered - batch.made - made
    CouponBatch.objects.filter(merchant_id=merchant.id, id=batch.id).update(
        made=F("made") + made, state="partial" if left else "ready"
    )
    return left


# COPY cannot write under row security: the rows come into a table of this transaction and are inserted from there.
_STAGE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS coupon_codes (id uuid, code_hmac bytea, code_encrypted bytea) ON COMMIT DROP;
TRUNCATE coupon_codes
"""
_INSERT: Final = """
INSERT INTO rewards_coupon
    (merchant_id, id, batch_id, code_hmac, code_encrypted, state, max_uses, committed, reserved, valid_until, issued_at)
SELECT %s, id, %s, code_hmac, code_encrypted, 'issued', %s, 0, 0, %s, %s FROM coupon_codes
ON CONFLICT (merchant_id, code_hmac) DO NOTHING
"""


def _store_codes(merchant: MerchantFacts, batch: CouponBatch, count: int, *, at: datetime) -> int:
    """Store `count` fresh codes and return how many were new; those that exist already are made up for later."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        # Slice by slice: on a machine that is short of processors a transaction that waits for all codes would be
        # ended as idle.
        for start in range(0, count, SLICE):
            codes = new_typed_codes(min(SLICE, count - start))
            rows = zip(keyed_hashes(merchant.id, codes), encrypt_all(codes), strict=True)
            lines = "".join(f"{new_id()}\t\\\\x{code_hash.hex()}\t\\\\x{copy.hex()}\n" for code_hash, copy in rows)
            cursor.copy_expert("COPY coupon_codes FROM STDIN", StringIO(lines))
        cursor.execute(_INSERT, [merchant.id, batch.id, batch.max_uses, batch.valid_until, at])
        return int(cursor.rowcount)


def cancel_batch(*, merchant: MerchantFacts, batch_id: UUID, at: datetime, actor: Actor) -> None:
    """Cancel the batch: no coupon can be used or made any more, and its job ends; past uses stay.

    Raises Missing('coupon_batch_not_found') and BatchNotOpen.
    """
    batch = _lock_batch(merchant, batch_id)
    if batch.job_id is not None:
        cancel_job(merchant=merchant, job_id=batch.job_id, at=at, actor=actor)
    CouponBatch.objects.filter(merchant_id=merchant.id, id=batch_id).update(state="cancelled")
    record_audit(
        merchant=merchant,
        actor=actor,
        action="coupons.batch_cancelled",
        at=at,
        subject=("coupon_batch", batch_id),
        before={"state": batch.state, "made": batch.made},
    )
