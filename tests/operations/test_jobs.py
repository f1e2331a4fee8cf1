"""A job's life with a worker that is killed, asked to end, cancelled or overtaken; its file is whole in every case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import OperationalError

from common import stop_requests
from common.errors import Missing
from merchants.facts import JOB_WORK, SYSTEM, JobError, JobFacts, JobState, Permission
from merchants.models import DueWork, Job, JobPart
from merchants.operations import (
    JobStopped,
    TooManyJobs,
    cancel_job,
    claim_job,
    finish_job,
    forget_job_files,
    forget_old_jobs,
    report_progress,
    restore_job_work,
    start_job,
)
from merchants.queries import job_by_id, job_list, job_part, open_jobs
from merchants.tasks import JobRun, jobs, register_job_kinds, run_free_work, run_jobs
from merchants.tenancy import merchant_scope
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db
ROWS: Final = 7
RIGHTS: Final = frozenset({"export", "see_members"})


class WorkerKilled(BaseException):
    """As a worker that is killed: nothing of its own runs any more."""


class RowsKind:
    """A kind of job that writes ROWS rows, two a batch; `at_batch` is called before each batch."""

    def __init__(self) -> None:
        self.batches = 0

    def at_batch(self, number: int) -> None:
        """Do nothing; a test puts what it needs here."""

    def run(self, run: JobRun) -> None:
        def batch(after: int | None) -> tuple[list[list[Any]], int | None]:
            self.batches += 1
            self.at_batch(self.batches)
            first = after or 0
            rows = [[f"row {number}"] for number in range(first, min(first + 2, ROWS))]
            return rows, first + 2 if first + 2 < ROWS else None

        run.write_file(name="rows.csv", head=lambda at: [["head"]], batch=batch, total=ROWS)


KIND = RowsKind()


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> RowsKind:
    monkeypatch.setattr("tests.operations.test_jobs.KIND", made := RowsKind())
    monkeypatch.setattr("merchants.tasks.job_runs._kinds", {})
    register_job_kinds({"rows": "tests.operations.test_jobs.run_rows", "other": "tests.operations.test_jobs.run_rows"})
    return made


def run_rows(run: JobRun) -> None:
    KIND.run(run)


@pytest.fixture
def shop() -> SellingShop:
    return open_selling_shop()


def ask(shop: SellingShop, kind: str = "rows", needs: frozenset[Permission] | None = None) -> UUID:
    with merchant_scope(shop.merchant.id):
        return start_job(
            merchant=shop.merchant,
            kind=kind,
            parameters={},
            needs=needs or {Permission.EXPORT},
            language="en",
            action="members.exported",
            audit_details={},
            at=NOW,
            actor=SYSTEM,
        )


def seen(shop: SellingShop, job_id: UUID) -> JobFacts:
    with merchant_scope(shop.merchant.id):
        return job_by_id(merchant=shop.merchant, job_id=job_id, rights=RIGHTS)


def work(shop: SellingShop, at: datetime = NOW) -> int:
    return run_jobs(merchant=shop.merchant, clock=lambda: at)


def text(shop: SellingShop, job_id: UUID) -> list[str]:
    with merchant_scope(shop.merchant.id):
        pieces, number = b"", 1
        while (piece := job_part(merchant=shop.merchant, job_id=job_id, number=number)) is not None:
            pieces, number = pieces + piece, number + 1
    return pieces.decode("utf-8-sig").split()


WHOLE: Final = " ".join(["head", *(f"row {number}" for number in range(ROWS))]).split()


def test_a_job_waits_runs_and_leaves_a_file_whose_link_ends(shop: SellingShop, kind: RowsKind) -> None:
    job_id = ask(shop)
    assert seen(shop, job_id).state is JobState.WAITING
    assert work(shop) == 1
    job = seen(shop, job_id)
    assert (job.state, job.done, job.total, job.percent) == (JobState.DONE, ROWS, ROWS, 100)
    assert text(shop, job_id) == WHOLE
    with merchant_scope(shop.merchant.id):
        stored = JobPart.objects.filter(merchant_id=shop.merchant.id).values_list("content", flat=True)
        assert not any(b"row" in bytes(content) for content in stored), "encrypted where it is kept"
    assert job.file_bytes == len("\ufeff".encode()) + len("head\r\n") + ROWS * len("row 0\r\n")
    assert job.link_until == NOW + timedelta(days=3)
    assert work(shop) == 0
    with merchant_scope(shop.merchant.id):
        assert forget_job_files(merchant=shop.merchant, now=NOW + timedelta(days=3)) == 0
        assert forget_job_files(merchant=shop.merchant, now=NOW + timedelta(days=4)) == 4
        assert open_jobs(merchant=shop.merchant) == []
        old: Any = {"merchant": shop.merchant, "before": NOW + timedelta(days=90)}
        assert forget_old_jobs(**old, kinds=["other"]) == 0
        assert forget_old_jobs(**old, kinds=["rows"]) == 1


def test_a_killed_worker_s_job_goes_on_behind_its_last_batch(shop: SellingShop, kind: RowsKind) -> None:
    job_id = ask(shop)

    def kill(number: int) -> None:
        if number == 3:
            raise WorkerKilled

    kind.at_batch = kill  # type: ignore[method-assign]
    with pytest.raises(WorkerKilled):
        work(shop)
    cut = seen(shop, job_id)
    assert (cut.state, cut.done, cut.cursor) == (JobState.RUNNING, 4, 4)
    assert work(shop, NOW + timedelta(seconds=30)) == 0, "its lease still runs"
    assert work(shop, NOW + timedelta(seconds=90)) == 1
    assert seen(shop, job_id).state is JobState.DONE
    assert text(shop, job_id) == WHOLE, "nothing twice, nothing left out"


def test_a_job_that_ends_every_worker_at_one_place_fails_in_words(shop: SellingShop, kind: RowsKind) -> None:
    job_id = ask(shop)

    def kill(number: int) -> None:
        if number > 1:
            raise WorkerKilled

    kind.at_batch = kill  # type: ignore[method-assign]
    for attempt in range(3):
        with pytest.raises(WorkerKilled):
            work(shop, NOW + timedelta(minutes=2 * attempt))
    assert work(shop, NOW + timedelta(minutes=9)) == 0
    job = seen(shop, job_id)
    assert (job.state, job.error) == (JobState.FAILED, JobError.WORKER_LOST)
    assert text(shop, job_id) == [], "no half of a file stays"


def test_an_error_fails_the_job_and_the_worker_goes_on(shop: SellingShop, kind: RowsKind) -> None:
    first, second, third = ask(shop), ask(shop, "unheard"), ask(shop, "other")

    def stumble(number: int) -> None:
        if number == 2:
            raise ZeroDivisionError

    kind.at_batch = stumble  # type: ignore[method-assign]
    assert work(shop) == 3
    assert seen(shop, first).error == JobError.UNEXPECTED
    assert seen(shop, second).error == JobError.UNKNOWN_KIND
    assert seen(shop, third).state is JobState.DONE


def test_a_database_that_is_away_is_tried_again_but_not_for_ever(shop: SellingShop, kind: RowsKind) -> None:
    job_id = ask(shop)

    def cut(number: int) -> None:
        raise OperationalError

    kind.at_batch = cut  # type: ignore[method-assign]
    assert work(shop) == 3
    assert seen(shop, job_id).error == JobError.WORKER_LOST


def test_a_worker_asked_to_end_gives_the_job_back(
    shop: SellingShop, kind: RowsKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(shop)
    asked = bytearray(1)
    monkeypatch.setattr(stop_requests, "_asked", asked)

    def stop(number: int) -> None:
        asked[0] = number % 2

    kind.at_batch = stop  # type: ignore[method-assign]
    assert work(shop) == 1
    given_back = seen(shop, job_id)
    assert (given_back.state, given_back.done, given_back.attempts) == (JobState.WAITING, 2, 0)
    for _ in range(2):
        asked[0] = 0
        work(shop)
    assert text(shop, job_id) == WHOLE


def test_cancelling_stops_before_the_next_batch(shop: SellingShop, kind: RowsKind) -> None:
    waiting, running = ask(shop, "other"), ask(shop)
    with merchant_scope(shop.merchant.id):
        assert cancel_job(merchant=shop.merchant, job_id=waiting, at=NOW, actor=SYSTEM)
        assert not cancel_job(merchant=shop.merchant, job_id=waiting, at=NOW, actor=SYSTEM), "once"
        with pytest.raises(Missing):
            cancel_job(merchant=shop.merchant, job_id=shop.merchant.id, at=NOW, actor=SYSTEM)
    assert seen(shop, waiting).state is JobState.CANCELLED

    def cancel_after_first_batch() -> datetime:
        if kind.batches == 1 and seen(shop, running).cancel_asked_at is None:
            with merchant_scope(shop.merchant.id):
                assert cancel_job(merchant=shop.merchant, job_id=running, at=NOW, actor=SYSTEM)
            assert seen(shop, running).state is JobState.RUNNING, "until its worker has stopped"
        return NOW

    assert run_jobs(merchant=shop.merchant, clock=cancel_after_first_batch) == 1
    job = seen(shop, running)
    assert job.state is JobState.CANCELLED
    assert kind.batches == 2
    assert text(shop, running) == []


def test_a_worker_that_was_overtaken_writes_nothing_more(shop: SellingShop, kind: RowsKind) -> None:
    ask(shop)
    with merchant_scope(shop.merchant.id):
        slow = claim_job(merchant=shop.merchant, at=NOW)
        quick = claim_job(merchant=shop.merchant, at=NOW + timedelta(minutes=2))
    assert slow is not None
    assert quick is not None
    assert (slow.id, slow.fence, quick.fence) == (quick.id, 1, 2)
    with merchant_scope(shop.merchant.id):
        with pytest.raises(JobStopped):
            report_progress(merchant=shop.merchant, job=slow, at=NOW, done=1, total=2)
        with pytest.raises(JobStopped):
            finish_job(merchant=shop.merchant, job=slow, at=NOW, done=2)
        report_progress(merchant=shop.merchant, job=quick, done=1, total=2, at=NOW)


def test_one_job_of_a_kind_at_a_time_the_oldest_first(shop: SellingShop, kind: RowsKind) -> None:
    first, second, other = ask(shop), ask(shop), ask(shop, "other")
    with merchant_scope(shop.merchant.id):
        taken = [claim_job(merchant=shop.merchant, at=NOW) for _ in range(3)]
        assert [job and job.id for job in taken] == [first, other, None]
        assert taken[0] is not None
        finish_job(merchant=shop.merchant, job=taken[0], done=0, at=NOW)
        after = claim_job(merchant=shop.merchant, at=NOW)
    assert after is not None
    assert after.id == second


def test_jobs_are_shown_to_who_has_their_rights_and_to_this_merchant_only(shop: SellingShop, kind: RowsKind) -> None:
    plain = ask(shop)
    personal = ask(shop, needs=frozenset({Permission.EXPORT, Permission.SEE_CONTACTS}))
    with merchant_scope(shop.merchant.id):
        for rights, ids in ((RIGHTS, [plain]), (frozenset(Permission), [personal, plain]), (frozenset[str](), [])):
            found, total = job_list(merchant=shop.merchant, rights=rights, after=None, limit=9)
            assert ([job.id for job in found], total) == (ids, len(ids))
        with pytest.raises(Missing):
            job_by_id(merchant=shop.merchant, job_id=personal, rights=RIGHTS)
    other = open_selling_shop("Other")
    with merchant_scope(other.merchant.id), pytest.raises(Missing):
        job_by_id(merchant=other.merchant, job_id=plain, rights=frozenset(Permission))


def test_a_merchant_has_so_many_open_jobs_at_most(shop: SellingShop, kind: RowsKind) -> None:
    for _ in range(20):
        ask(shop)
    with pytest.raises(TooManyJobs):
        ask(shop)
    with merchant_scope(shop.merchant.id):
        assert Job.objects.filter(merchant_id=shop.merchant.id).count() == 20
        assert not JobPart.objects.filter(merchant_id=shop.merchant.id).exists()


def test_open_jobs_are_due_work_until_none_is_open(
    shop: SellingShop, kind: RowsKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(jobs, "apply_async", lambda **given: sent.append(given["kwargs"]))
    assert not run_free_work(merchant=shop.merchant, kind=JOB_WORK, clock=lambda: NOW)
    assert sent == [], "no job, no work"
    ask(shop)
    run_free_work(merchant=shop.merchant, kind=JOB_WORK, clock=lambda: NOW)
    run_free_work(merchant=shop.merchant, kind=JOB_WORK, clock=lambda: NOW + timedelta(minutes=1))
    assert sent == [{"merchant_id": str(shop.merchant.id)}] * 2, "each minute while it is open"
    work(shop)
    run_free_work(merchant=shop.merchant, kind=JOB_WORK, clock=lambda: NOW + timedelta(minutes=2))
    assert len(sent) == 2
    assert not DueWork.objects.filter(merchant_id=shop.merchant.id, kind=JOB_WORK.name).exists()


def test_lost_work_for_a_job_is_asked_for_again(shop: SellingShop, kind: RowsKind) -> None:
    ask(shop)
    with merchant_scope(shop.merchant.id):
        DueWork.objects.filter(merchant_id=shop.merchant.id, kind=JOB_WORK.name).delete()
        assert restore_job_work(merchant=shop.merchant, at=NOW) == 1
        assert restore_job_work(merchant=shop.merchant, at=NOW) == 0
