"""Jobs of rewards: codes ordered in advance are made by workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from merchants.tasks import JobRun, Progress
from rewards.coupons.facts import CodesJob
from rewards.coupons.operations import make_codes


def make_ordered_codes(run: JobRun) -> None:
    """Make the codes that the job's batch lacks; a chunk, its count and the job's progress commit together."""
    asked = CodesJob.from_json(run.job.parameters)

    def make_chunk(after: Any, now: datetime) -> Progress:
        left = make_codes(merchant=run.merchant, batch_id=asked.batch_id, at=now) or 0
        made = asked.ordered - left
        return Progress(made, asked.ordered, made if left else None)

    run.do_batches(make_chunk)
