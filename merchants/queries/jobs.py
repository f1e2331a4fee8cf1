"""Jobs: what was asked, how far it is, and the file it made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from common.errors import Missing
from common.secrets import decrypt_bytes
from merchants.facts import OPEN_STATES, JobFacts, JobState, MerchantFacts
from merchants.models import Job, JobPart


def job_facts(row: Job) -> JobFacts:
    return JobFacts(
        id=row.id,
        kind=row.kind,
        parameters=row.parameters,
        needs=frozenset(row.needs),
        language=row.language,
        asked_by_id=row.asked_by_id,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        cursor=row.cursor,
        fence=row.fence,
        attempts=row.attempts,
        cancel_asked_at=row.cancel_asked_at,
        finished_at=row.finished_at,
        error=row.error,
        file_name=row.file_name,
        file_bytes=row.file_bytes,
        link_until=row.link_until,
    )


def job_by_id(*, merchant: MerchantFacts, job_id: UUID, rights: Collection[str]) -> JobFacts:
    """Return the job if `rights` hold all that it needs. Raises Missing('job_not_found')."""
    row = Job.objects.filter(merchant_id=merchant.id, id=job_id, needs__contained_by=sorted(rights)).first()
    if row is None:
        raise Missing("job_not_found")
    return job_facts(row)


def job_list(
    *, merchant: MerchantFacts, rights: Collection[str], after: UUID | None, limit: int
) -> tuple[Sequence[JobFacts], int]:
    """Return (at most `limit` jobs after that one, newest first; how many there are), of those that `rights` show."""
    rows = Job.objects.filter(merchant_id=merchant.id, needs__contained_by=sorted(rights))
    page = rows.filter(id__lt=after) if after else rows
    return [job_facts(row) for row in page.order_by("-id")[:limit]], rows.count()


def jobs_by_id(*, merchant: MerchantFacts, job_ids: Collection[UUID]) -> Mapping[UUID, JobFacts]:
    """Return these jobs whatever they need: for records that refer to their job and have rights of their own."""
    rows = Job.objects.filter(merchant_id=merchant.id, id__in=list(job_ids)).order_by("id")
    return {row.id: job_facts(row) for row in rows}


def latest_job(*, merchant: MerchantFacts, kind: str, parameters: Mapping[str, Any]) -> JobFacts | None:
    """Return the newest job that asks for just this, whatever it needs: for pages with rights of their own."""
    rows = Job.objects.filter(merchant_id=merchant.id, kind=kind, parameters=dict(parameters))
    row = rows.order_by("-id").first()
    return job_facts(row) if row else None


def open_jobs(*, merchant: MerchantFacts, kind: str | None = None) -> list[UUID]:
    """Return the jobs that wait or run, oldest first."""
    rows = Job.objects.filter(merchant_id=merchant.id, state__in=sorted(OPEN_STATES))
    rows = rows if kind is None else rows.filter(kind=kind)
    return list(rows.order_by("id").values_list("id", flat=True))


def job_part(*, merchant: MerchantFacts, job_id: UUID, number: int) -> bytes | None:
    """Return that piece of the job's file, counted from 1; None behind the last one."""
    content = (
        JobPart.objects.filter(merchant_id=merchant.id, job_id=job_id, number=number)
        .values_list("content", flat=True)
        .first()
    )
    return None if content is None else decrypt_bytes(content)
