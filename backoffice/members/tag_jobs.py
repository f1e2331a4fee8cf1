"""A tag given to, or taken from, very many members: a job that does it in one transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import translation

from backoffice.jobs.parameters import MembersTagJob
from backoffice.members.views.filters import asked_of
from common.errors import Missing
from members.operations import tag_members, untag_batch, untag_members
from members.queries import count_members, tagging
from merchants.tasks import JobRun
from merchants.tenancy import merchant_scope


def change_tags(run: JobRun) -> None:
    """Give or take the tag, all in one transaction; what was given can be taken back under the job's own id."""
    merchant, wanted = run.merchant, MembersTagJob.from_json(run.job.parameters)
    if wanted.batch_id is not None:
        _take_back(run, wanted.batch_id)
        return
    with merchant_scope(merchant.id), translation.override(run.job.language):
        filters = asked_of(merchant, QueryDict(wanted.query), merchant.day_of(run.job.asked_at)).filters
        count = count_members(merchant=merchant, filters=filters)
    run.report(0, count)

    def change() -> None:
        common: dict[str, Any] = {
            "merchant": merchant,
            "filters": filters,
            "at": run.clock(),
            "actor": run.job.asker,
        }
        if wanted.is_taken:
            untag_members(tag_id=UUID(wanted.tag), **common)
        else:
            tag_members(name=wanted.tag, batch_id=run.job.id, **common)

    run.finish(count, change)


def _take_back(run: JobRun, batch_id: UUID) -> None:
    """Take back what one action gave; nothing is left to do where someone took it back before."""
    with merchant_scope(run.merchant.id):
        try:
            count = tagging(merchant=run.merchant, batch_id=batch_id).count
        except Missing:
            count = 0
    run.report(0, count)

    def change() -> None:
        if count:
            untag_batch(merchant=run.merchant, batch_id=batch_id, at=run.clock(), actor=run.job.asker)

    run.finish(count, change)
