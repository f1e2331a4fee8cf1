"""A job's life: asked for, run by one worker at a time in batches, ended; taken over when its worker is gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Func, IntegerField, Q, Sum

from common.errors import DomainError, Missing, Refusal
from common.ids import new_id
from common.secrets import SEAL_BYTES, encrypt_bytes
from merchants.facts import JOB_WORK, Actor, JobError, JobFacts, JobState, MerchantFacts, Permission
from merchants.models import DueWork, Job, JobPart
from merchants.operations.audit import record_audit
from merchants.operations.due_work import enqueue_work
from merchants.queries.jobs import job_facts, open_jobs

LEASE: Final = timedelta(seconds=60)
"""A worker that has reported nothing for this long is gone."""
LINK_LASTS: Final = timedelta(days=3)
MOST_OPEN: Final = 20
MOST_ATTEMPTS: Final = 3
"""How many workers may disappear on one job before it is given up."""


class TooManyJobs(Refusal):
    """The merchant has as many waiting or running jobs as it may have."""

    code = "too_many_jobs"


class JobStopped(DomainError):
    """The job was cancelled, or another worker has it; this one must end and write nothing more."""

    code = "job_stopped"


def start_job(
    *,
    merchant: MerchantFacts,
    kind: str,
    parameters: Mapping[str, Any],
    needs: Collection[Permission],
    language: str,
    action: str,
    audit_details: Mapping[str, Any],
    at: datetime,
    actor: Actor,
    approver_id: UUID | None = None,
    job_id: UUID | None = None,
) -> UUID:
    """Save what is asked, with its audit entry; call `queue_jobs` for a worker. Raises TooManyJobs.

    `approver_id`: who approved it, where `actor` may not ask for it alone; then the request named the job's id.
    """
    if len(open_jobs(merchant=merchant)) >= MOST_OPEN:
        raise TooManyJobs(most=MOST_OPEN)
    job_id = job_id or new_id()
    Job.objects.create(
        merchant_id=merchant.id,
        id=job_id,
        kind=kind,
        parameters=dict(parameters),
        needs=sorted(needs),
        language=language,
        asked_by_id=actor.user_id,
        asked_by=actor.label,
        asked_at=at,
    )
    # `verify` compares what the job needs with this entry: lowered rights would open its file to more people.
    record_audit(
        merchant=merchant,
        actor=actor,
        action=action,
        at=at,
        subject=("job", job_id),
        after={**audit_details, "needs": sorted(needs)},
        approver_id=approver_id,
    )
    enqueue_work(merchant=merchant, kind=JOB_WORK, due_at=at, is_by_person=True)
    return job_id


def claim_job(*, merchant: MerchantFacts, at: datetime) -> JobFacts | None:
    """Take the oldest job that no worker has, of a kind of which none runs; return None when there is none.

    A job whose worker is gone comes first. After MOST_ATTEMPTS such ends it is given up; if it was cancelled it ends.
    """
    while (row := _next_job(merchant, at)) is not None:
        if row.cancel_asked_at is not None:
            _end_job(merchant, row.id, row.fence, JobState.CANCELLED, at)
        elif row.attempts >= MOST_ATTEMPTS:
            _end_job(merchant, row.id, row.fence, JobState.FAILED, at, error=JobError.WORKER_LOST)
        else:
            return _lease_job(merchant, row, at)
    return None


def _next_job(merchant: MerchantFacts, at: datetime) -> Job | None:
    mine = Job.objects.filter(merchant_id=merchant.id)
    running = list(mine.filter(state=JobState.RUNNING.value).values_list("kind", flat=True))
    is_free = Q(state=JobState.RUNNING.value, leased_until__lt=at) | (
        Q(state=JobState.WAITING.value) & ~Q(kind__in=running)
    )
    # "running" comes before "waiting": a job that lost its worker keeps its kind's place.
    return mine.filter(is_free).order_by("state", "id").select_for_update(skip_locked=True).first()


def _lease_job(merchant: MerchantFacts, row: Job, at: datetime) -> JobFacts | None:
    try:
        # Two workers may each lock another waiting job of one kind: the unique index lets only the first one have it.
        with transaction.atomic():
            Job.objects.filter(merchant_id=merchant.id, id=row.id).update(
                state=JobState.RUNNING.value, fence=F("fence") + 1, attempts=F("attempts") + 1, leased_until=at + LEASE
            )
    except IntegrityError:
        return None
    return job_facts(Job.objects.get(merchant_id=merchant.id, id=row.id))


def report_progress(*, merchant: MerchantFacts, job: JobFacts, done: int, total: int, at: datetime) -> None:
    """Write how far the job is and renew the lease. Raises JobStopped."""
    _move_job(merchant, job, at, done=done, total=max(done, total))


def advance_job(*, merchant: MerchantFacts, job: JobFacts, cursor: Any, done: int, total: int, at: datetime) -> None:
    """Write how far the job is and the cursor behind a batch, in the transaction of the batch. Raises JobStopped.

    A worker that takes the job over continues there; a batch that commits also counts as a sign of life, so a job is
    only given up when several workers are lost at the same batch.
    """
    _move_job(merchant, job, at, done=done, total=max(done, total), cursor=cursor, attempts=1)


def add_job_part(
    *, merchant: MerchantFacts, job: JobFacts, content: bytes, cursor: Any, done: int, total: int, at: datetime
) -> None:
    """Append a piece to the job's file, encrypted, together with the cursor behind it. Raises JobStopped."""
    # First of all: it locks the job's row, so that a worker that was overtaken numbers no piece.
    advance_job(merchant=merchant, job=job, cursor=cursor, done=done, total=total, at=at)
    written = JobPart.objects.filter(merchant_id=merchant.id, job_id=job.id).count()
    JobPart.objects.create(merchant_id=merchant.id, job_id=job.id, number=written + 1, content=encrypt_bytes(content))


def _move_job(merchant: MerchantFacts, job: JobFacts, at: datetime, **fields: Any) -> None:
    moved = _owned_job(merchant, job.id, job.fence).filter(cancel_asked_at__isnull=True)
    if not moved.update(leased_until=at + LEASE, **fields):
        raise JobStopped


def _owned_job(merchant: MerchantFacts, job_id: UUID, fence: int) -> Any:
    return Job.objects.filter(merchant_id=merchant.id, id=job_id, fence=fence, state=JobState.RUNNING.value)


def finish_job(*, merchant: MerchantFacts, job: JobFacts, done: int, at: datetime, file_name: str = "") -> None:
    """Close the job with its result, in the transaction that writes it; a file's link is valid for LINK_LASTS.

    Raises JobStopped when it was cancelled or taken over, so that the result is rolled back.
    """
    pieces = JobPart.objects.filter(merchant_id=merchant.id, job_id=job.id)
    size = (
        pieces.aggregate(
            size=Sum(Func(F("content"), function="octet_length", output_field=IntegerField()) - SEAL_BYTES)
        )["size"]
        or 0
    )
    link_until = at + LINK_LASTS if file_name else None
    ended = _owned_job(merchant, job.id, job.fence).filter(cancel_asked_at__isnull=True)
    if not ended.update(
        state=JobState.DONE.value,
        leased_until=None,
        finished_at=at,
        done=done,
        total=done,
        file_name=file_name,
        file_bytes=size,
        link_until=link_until,
    ):
        raise JobStopped


def fail_job(*, merchant: MerchantFacts, job: JobFacts, error: JobError, at: datetime) -> bool:
    """Close the job as failed, with the error; return False when this worker no longer has it."""
    return _end_job(merchant, job.id, job.fence, JobState.FAILED, at, error=error)


def settle_cancel(*, merchant: MerchantFacts, job: JobFacts, at: datetime) -> bool:
    """Close a cancelled job whose worker has stopped; return False when another worker has it."""
    if not _owned_job(merchant, job.id, job.fence).filter(cancel_asked_at__isnull=False).exists():
        return False
    return _end_job(merchant, job.id, job.fence, JobState.CANCELLED, at)


def release_job(*, merchant: MerchantFacts, job: JobFacts, is_failure: bool) -> None:
    """Give an unfinished job back at once, so that the next worker continues.

    A failure (the database was away) counts as an attempt; a worker that was asked to end does not.
    """
    taken_back = 0 if is_failure else 1
    _owned_job(merchant, job.id, job.fence).update(
        state=JobState.WAITING.value, leased_until=None, attempts=F("attempts") - taken_back
    )


def cancel_job(*, merchant: MerchantFacts, job_id: UUID, at: datetime, actor: Actor) -> bool:
    """Stop the job, at once while it waits, else before its next batch; return False when it was over already.

    Raises Missing('job_not_found').
    """
    row = Job.objects.select_for_update().filter(merchant_id=merchant.id, id=job_id).first()
    if row is None:
        raise Missing("job_not_found")
    if row.state not in (JobState.WAITING.value, JobState.RUNNING.value) or row.cancel_asked_at is not None:
        return False
    Job.objects.filter(merchant_id=merchant.id, id=job_id).update(cancel_asked_at=at)
    if row.state == JobState.WAITING.value or (row.leased_until is not None and row.leased_until < at):
        _end_job(merchant, job_id, row.fence, JobState.CANCELLED, at)
    record_audit(merchant=merchant, actor=actor, action="job.cancelled", at=at, subject=("job", job_id))
    return True


def _end_job(
    merchant: MerchantFacts, job_id: UUID, fence: int, state: JobState, at: datetime, *, error: str = ""
) -> bool:
    """End the job without a result and delete the pieces of its file; return False when this worker lost it."""
    mine = Job.objects.filter(merchant_id=merchant.id, id=job_id, fence=fence, finished_at__isnull=True)
    if not mine.update(state=state.value, leased_until=None, finished_at=at, error=error):
        return False
    JobPart.objects.filter(merchant_id=merchant.id, job_id=job_id).delete()
    return True


def forget_job_files(*, merchant: MerchantFacts, now: datetime) -> int:
    """Delete the files whose link has ended; the jobs themselves stay in the list."""
    ended = Job.objects.filter(merchant_id=merchant.id, link_until__lt=now).values("id")
    dropped, _ = JobPart.objects.filter(merchant_id=merchant.id, job_id__in=ended).delete()
    return dropped


def forget_old_jobs(*, merchant: MerchantFacts, kinds: Collection[str], before: datetime) -> int:
    """Delete jobs of these kinds that ended before that instant, with their files."""
    old = Job.objects.filter(merchant_id=merchant.id, kind__in=list(kinds), finished_at__lt=before)
    JobPart.objects.filter(merchant_id=merchant.id, job_id__in=old.values("id")).delete()
    dropped, _ = old.delete()
    return dropped


def restore_job_work(*, merchant: MerchantFacts, at: datetime) -> int:
    """Ask again for open jobs that no work asks for; return 1 if there were any, else 0."""
    asked = DueWork.objects.filter(merchant_id=merchant.id, kind=JOB_WORK.name)
    if asked.exists() or not open_jobs(merchant=merchant):
        return 0
    enqueue_work(merchant=merchant, kind=JOB_WORK, due_at=at)
    return 1
