"""Jobs at work: one worker, one job, batch by batch in scopes of their own; and the Celery door to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from common.spreadsheets import BYTE_ORDER_MARK, csv_text
from common.stop_requests import is_stopping
from merchants.facts import ClaimedWork, JobError, JobFacts, MerchantFacts
from merchants.operations import (
    JobStopped,
    add_job_part,
    advance_job,
    claim_job,
    fail_job,
    finish_job,
    release_job,
    report_progress,
    settle_cancel,
)
from merchants.queries import merchant_by_id, open_jobs
from merchants.tenancy import allow_long_statements, merchant_scope

log = structlog.get_logger("merchants.jobs")

HINT_LIVES_SECONDS: Final = 60
TIME_LIMIT: Final = 3600
BATCH_SECONDS: Final = 60
PIECE_BYTES: Final = 1_000_000
PROGRESS_EVERY: Final = 0.5
LOOK_EVERY: Final = timedelta(minutes=1)

Row = Sequence[Any]
Batch = Callable[[Any], tuple[Sequence[Row], Any]]
"""Reads from a cursor (None: the start); returns the next rows and the cursor behind them (None: the end)."""


@dataclass(frozen=True)
class Progress:
    """How far a job is after a batch; `cursor` is where the next one begins, None at the end."""

    done: int
    total: int
    cursor: Any


_kinds: dict[str, str] = {}


def register_job_kinds(kinds: Mapping[str, str]) -> None:
    """Register the function of each kind of job by its dotted name: it is loaded when the first such job runs."""
    _kinds.update(kinds)


class WorkerStops(Exception):
    """The worker was asked to end; the job is given back between two batches."""


class JobRefused(Exception):
    """The job must not be done as it was asked; `error` says why on its page."""

    def __init__(self, error: JobError) -> None:
        super().__init__(error.value)
        self.error = error


class JobRun:
    """One worker at one job: what the function of its kind gets."""

    def __init__(self, merchant: MerchantFacts, job: JobFacts, clock: Callable[[], datetime]) -> None:
        self.merchant, self.job, self.clock = merchant, job, clock
        self._reported = 0.0

    def report(self, done: int, total: int) -> None:
        """Save how far the job is, at most twice a second. Raises JobStopped, and WorkerStops for the next worker."""
        if is_stopping():
            raise WorkerStops
        if time.monotonic() - self._reported < PROGRESS_EVERY:
            return
        self._reported = time.monotonic()
        with merchant_scope(self.merchant.id):
            report_progress(merchant=self.merchant, job=self.job, done=done, total=total, at=self.clock())

    def finish(self, done: int, keep_result: Callable[[], None]) -> None:
        """Close the job in the transaction in which `keep_result` writes its result. Raises JobStopped."""
        with merchant_scope(self.merchant.id):
            allow_long_statements(BATCH_SECONDS)
            # The job's row last: a person who cancels meanwhile does not wait, and undoes the result.
            keep_result()
            finish_job(merchant=self.merchant, job=self.job, done=done, at=self.clock())

    def do_batches(self, step: Callable[[Any, datetime], Progress]) -> None:
        """Call `step(cursor, now)` until the cursor it returns is None; it begins with the job's, None at the start.

        What a step writes commits with its progress or not at all: when the job was cancelled or taken over meanwhile,
        the step is undone. The job is over with its last step.
        """
        after, is_last = self.job.cursor, False
        while not is_last:
            with self._batch_scope() as now:
                progress = step(after, now)
                after, is_last = progress.cursor, progress.cursor is None
                if is_last:
                    finish_job(merchant=self.merchant, job=self.job, done=progress.done, at=now)
                else:
                    advance_job(
                        merchant=self.merchant,
                        job=self.job,
                        cursor=after,
                        done=progress.done,
                        total=progress.total,
                        at=now,
                    )

    @contextmanager
    def _batch_scope(self) -> Iterator[datetime]:
        """Open a scope for one batch, in the language of who asked. Raises WorkerStops instead when it is to end."""
        if is_stopping():
            raise WorkerStops
        now = self.clock()
        with merchant_scope(self.merchant.id), translation.override(self.job.language):
            allow_long_statements(BATCH_SECONDS)
            yield now

    def write_whole(self, *, name: str, make: Callable[[datetime], bytes]) -> None:
        """Write a file that `make(now)` gives in one; pieces and end of the job commit together."""
        with self._batch_scope() as now:
            content = make(now)
            for start in range(0, len(content), PIECE_BYTES):
                add_job_part(
                    merchant=self.merchant,
                    job=self.job,
                    content=content[start : start + PIECE_BYTES],
                    cursor=None,
                    done=0,
                    total=1,
                    at=now,
                )
            finish_job(merchant=self.merchant, job=self.job, done=1, at=now, file_name=name)

    def write_file(self, *, name: str, head: Callable[[datetime], Iterable[Row]], batch: Batch, total: int) -> None:
        """Write a CSV file of `head` and then of `batch(cursor) -> (rows, next cursor)` until that is None.

        Rows, cursor and progress of a batch commit together; a worker that takes over continues behind the last batch,
        so no row is written twice. The job is over with its last batch.
        """
        after, done, is_last = (self.job.cursor, self.job.done, False)
        while not is_last:
            with self._batch_scope() as now:
                text = "" if after is not None else BYTE_ORDER_MARK + csv_text(head(now))
                rows, after = batch(after)
                done, is_last = done + len(rows), after is None
                add_job_part(
                    merchant=self.merchant,
                    job=self.job,
                    content=(text + csv_text(rows)).encode(),
                    cursor=after,
                    done=done,
                    total=total,
                    at=now,
                )
                if is_last:
                    finish_job(merchant=self.merchant, job=self.job, done=done, at=now, file_name=name)


JobFunction = Callable[[JobRun], None]


def run_jobs(*, merchant: MerchantFacts, clock: Callable[[], datetime]) -> int:
    """Do the merchant's jobs that no worker has, one after the other, until the worker must end; return how many."""
    count = 0
    while not is_stopping():
        with merchant_scope(merchant.id):
            job = claim_job(merchant=merchant, at=clock())
        if job is None:
            break
        _run_job(JobRun(merchant, job, clock))
        count += 1
    return count


def _run_job(run: JobRun) -> None:
    """Do one job until it ends; an error of its function ends the job, not the worker."""
    named = {"merchant_id": str(run.merchant.id), "job_id": str(run.job.id), "kind": run.job.kind}
    path = _kinds.get(run.job.kind)
    try:
        if path is None:
            _fail_run(run, JobError.UNKNOWN_KIND)
            return
        function: JobFunction = import_string(path)
        function(run)
    except JobStopped:
        with merchant_scope(run.merchant.id):
            settle_cancel(merchant=run.merchant, job=run.job, at=run.clock())
    except WorkerStops:
        with merchant_scope(run.merchant.id):
            release_job(merchant=run.merchant, job=run.job, is_failure=False)
    except (OperationalError, InterfaceError):
        log.exception("a job was cut off and will be tried again", **named)
        with merchant_scope(run.merchant.id):
            release_job(merchant=run.merchant, job=run.job, is_failure=True)
    except JobRefused as refused:
        _fail_run(run, refused.error)
    except Exception:
        log.exception("a job failed", **named)
        _fail_run(run, JobError.UNEXPECTED)


def _fail_run(run: JobRun, error: JobError) -> None:
    with merchant_scope(run.merchant.id):
        fail_job(merchant=run.merchant, job=run.job, error=error, at=run.clock())


@shared_task(name="merchants.jobs", time_limit=TIME_LIMIT, ignore_result=True)
def jobs(*, merchant_id: str, **_later: Any) -> None:
    """Do the merchant's jobs that no worker has; a second task finds nothing to do, or jobs of another kind."""
    run_jobs(merchant=merchant_by_id(UUID(merchant_id)), clock=timezone.now)


def ask_for_worker(*, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> datetime | None:
    """Send a hint for the merchant's open jobs; return when to look again, None when no job is open.

    Jobs have leases of their own, shorter than their time limit, so this work only sends for a worker.
    """
    with merchant_scope(merchant.id):
        waiting = open_jobs(merchant=merchant)
    if not waiting:
        return None
    jobs.apply_async(kwargs={"merchant_id": str(merchant.id)}, expires=HINT_LIVES_SECONDS)
    return now + LOOK_EVERY


def queue_jobs(*, merchant: MerchantFacts) -> None:
    """Send for a worker when `start_job` has committed; call it in the same scope."""
    hint = partial(jobs.apply_async, kwargs={"merchant_id": str(merchant.id)}, expires=HINT_LIVES_SECONDS)
    transaction.on_commit(hint)
