"""Work that waits: asked for, claimed, finished, failed and given up, by the clock a test holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError

from common.errors import BadInput, Missing
from common.ids import new_id
from loyalty.due_work import register_workers
from merchants.facts import NIGHT_WORK, SYSTEM, ClaimedWork, MerchantFacts, WorkKind
from merchants.models import DueWork
from merchants.operations import (
    WORKER_LOST,
    add_work,
    claim_work,
    describe_error,
    enqueue_work,
    fail_work,
    finish_work,
    restore_night_work,
    retry_work,
)
from merchants.queries import merchants_with_free_work, stopped_work
from merchants.rules import wait_before_try
from merchants.tasks import hand_out_work, register_batch_work, register_work, run_free_work
from merchants.tenancy import merchant_scope
from tests.sales_shop import NOW, open_selling_shop

KIND = WorkKind("test", tries=3, time_limit=60, batch=10)
LATER = timedelta(days=1)


@pytest.fixture
def merchant(db: None) -> MerchantFacts:
    return open_selling_shop().merchant


def rows(merchant: MerchantFacts, kind: WorkKind = KIND) -> list[DueWork]:
    with merchant_scope(merchant.id):
        return list(DueWork.objects.filter(merchant_id=merchant.id, kind=kind.name).order_by("id"))


def enqueue(merchant: MerchantFacts, due_at: datetime = NOW, subject_id: UUID | None = None) -> None:
    with merchant_scope(merchant.id):
        enqueue_work(merchant=merchant, kind=KIND, due_at=due_at, subject_id=subject_id)


def claim(merchant: MerchantFacts, now: datetime = NOW) -> list[ClaimedWork]:
    with merchant_scope(merchant.id):
        return claim_work(merchant=merchant, kind=KIND, now=now)


def finish(merchant: MerchantFacts, work: list[ClaimedWork], next_due_at: datetime | None = None) -> None:
    with merchant_scope(merchant.id):
        finish_work(merchant=merchant, work=work, next_due_at=next_due_at)


def fail(merchant: MerchantFacts, work: ClaimedWork, now: datetime = NOW) -> bool:
    with merchant_scope(merchant.id):
        return fail_work(merchant=merchant, kind=KIND, work=work, error="broken", now=now)


# --- asked for, claimed, finished --------------------------------------------------------------------------------


def test_work_asked_for_twice_is_one_row_and_the_earlier_time_counts(merchant: MerchantFacts) -> None:
    for hours in (3, 1, 2):
        enqueue(merchant, NOW + timedelta(hours=hours))
    enqueue(merchant, NOW, subject_id=new_id())
    assert [(row.due_at, row.next_try_at) for row in rows(merchant) if row.subject_id is None] == [
        (NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    ]
    assert len(rows(merchant)) == 2
    assert len(claim(merchant)) == 1, "the other one is not due yet"


def test_claimed_work_belongs_to_one_worker_until_its_lease_ends(merchant: MerchantFacts) -> None:
    enqueue(merchant)
    [work] = claim(merchant)
    assert (work.attempt, work.fence) == (1, 1)
    assert claim(merchant, NOW + KIND.lease - timedelta(seconds=1)) == []
    [again] = claim(merchant, NOW + KIND.lease)
    assert (again.attempt, again.fence) == (2, 2)
    finish(merchant, [work])
    assert len(rows(merchant)) == 1, "the first worker came too late: it is the second one's"
    assert fail(merchant, work) is False
    assert rows(merchant)[0].claimed_at is not None
    finish(merchant, [again])
    assert rows(merchant) == []


def test_finished_work_goes_or_waits_for_its_next_time_with_all_its_tries(merchant: MerchantFacts) -> None:
    enqueue(merchant)
    [work] = claim(merchant)
    fail(merchant, work)
    [work] = claim(merchant, NOW + LATER)
    finish(merchant, [work], next_due_at=NOW + 2 * LATER)
    [row] = rows(merchant)
    assert (row.next_try_at, row.attempts, row.last_error, row.claimed_at) == (NOW + 2 * LATER, 0, "", None)


def test_what_is_asked_for_while_a_worker_is_at_it_is_not_lost(merchant: MerchantFacts) -> None:
    """The worker may have read the rows before the one that waits now was there."""
    enqueue(merchant)
    [work] = claim(merchant)
    enqueue(merchant, NOW + timedelta(minutes=5))
    enqueue(merchant, NOW + timedelta(minutes=3))
    finish(merchant, [work])
    [row] = rows(merchant)
    assert (row.next_try_at, row.attempts, row.is_asked_again) == (NOW + timedelta(minutes=3), 0, False)
    [work] = claim(merchant, NOW + timedelta(minutes=3))
    enqueue(merchant, NOW + timedelta(minutes=4))
    finish(merchant, [work], next_due_at=NOW + LATER)
    assert rows(merchant)[0].next_try_at == NOW + timedelta(minutes=4), "the earlier of both"


def test_new_subjects_come_as_one_batch_and_one_that_failed_comes_alone(merchant: MerchantFacts) -> None:
    subjects = [new_id() for _ in range(12)]
    with merchant_scope(merchant.id):
        add_work(merchant=merchant, kind=KIND, due_at=NOW, subject_ids=subjects)
    first, second = claim(merchant), claim(merchant)
    assert ([len(first), len(second)], {one.subject_id for one in (*first, *second)}) == ([10, 2], set(subjects))
    lost = NOW + KIND.lease
    alone = [claim(merchant, lost) for _ in range(12)]
    assert [len(one) for one in alone] == [1] * 12, "the worker was lost: which of them killed it?"


def test_work_with_a_subject_twice_in_one_transaction_is_refused(merchant: MerchantFacts) -> None:
    subject = new_id()
    enqueue(merchant, subject_id=subject)
    with pytest.raises(IntegrityError, match="due_work_once"), merchant_scope(merchant.id):
        add_work(merchant=merchant, kind=KIND, due_at=NOW, subject_ids=[subject])


# --- failed, given up, tried again -------------------------------------------------------------------------------


def test_a_failure_waits_longer_each_time_and_the_last_one_is_given_up(merchant: MerchantFacts) -> None:
    enqueue(merchant)
    now, waits = NOW, []
    for attempt in range(1, KIND.tries + 1):
        [work] = claim(merchant, now)
        assert work.attempt == attempt
        assert fail(merchant, work, now) is (attempt == KIND.tries)
        waits.append(rows(merchant)[0].next_try_at - now)
        now = rows(merchant)[0].next_try_at
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert claim(merchant, now + LATER) == []
    with merchant_scope(merchant.id):
        [stopped] = stopped_work(merchant=merchant)
        assert (stopped.kind, stopped.attempts, stopped.last_error) == ("test", 3, "broken")


def test_a_wait_never_exceeds_the_longest() -> None:
    assert wait_before_try(KIND, 9) == timedelta(minutes=256)
    assert wait_before_try(KIND, 10) == wait_before_try(KIND, 30_000) == timedelta(hours=6)


def test_work_that_kills_its_worker_is_given_up_after_its_tries(merchant: MerchantFacts) -> None:
    """Nothing reports the failure: the attempt was counted when the work was claimed."""
    enqueue(merchant)
    now = NOW
    for _ in range(KIND.tries):
        assert len(claim(merchant, now)) == 1
        now += KIND.lease
    assert claim(merchant, now) == []
    with merchant_scope(merchant.id):
        [stopped] = stopped_work(merchant=merchant)
    assert (stopped.attempts, stopped.last_error, stopped.given_up_at) == (KIND.tries, WORKER_LOST, now)


def test_new_work_does_not_start_what_was_given_up_and_a_person_does(merchant: MerchantFacts) -> None:
    enqueue(merchant)
    now = NOW
    for _ in range(KIND.tries):
        [work] = claim(merchant, now)
        fail(merchant, work, now)
        now += LATER
    enqueue(merchant, now)
    assert claim(merchant, now + LATER) == []
    with merchant_scope(merchant.id):
        [stopped] = stopped_work(merchant=merchant)
        retry_work(merchant=merchant, work_id=stopped.id, at=now, actor=SYSTEM)
        with pytest.raises(Missing, match="work_not_stopped"):
            retry_work(merchant=merchant, work_id=stopped.id, at=now, actor=SYSTEM)
    [work] = claim(merchant, now)
    assert work.attempt == 1, "with all its tries"


def test_another_merchants_work_is_not_claimed_nor_started_again(merchant: MerchantFacts) -> None:
    other = open_selling_shop("Other").merchant
    enqueue(other)
    assert claim(merchant) == []
    [work] = claim(other)
    with merchant_scope(merchant.id):
        finish_work(merchant=merchant, work=[work])
        with pytest.raises(Missing):
            retry_work(merchant=merchant, work_id=work.id, at=NOW, actor=SYSTEM)
    assert len(rows(other)) == 1


def test_an_error_is_kept_without_what_it_says_of_people() -> None:
    assert describe_error(BadInput([])) == "BadInput: validation_error"
    assert describe_error(Missing("member_not_found", phone="0812")) == "Missing: member_not_found"
    assert describe_error(ValueError("no such member: Siti")) == "ValueError"


# --- the one task ------------------------------------------------------------------------------------------------


@pytest.fixture
def no_hints(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, str]]:
    sent: list[tuple[UUID, str]] = []
    monkeypatch.setattr("merchants.tasks.due_work._registered", {})
    register_workers()
    monkeypatch.setattr(
        "merchants.tasks.due_work._send_hint", lambda merchant_id, kind: sent.append((merchant_id, kind))
    )
    return sent


def test_a_tick_sends_one_hint_for_each_merchant_and_kind_that_has_work(
    merchant: MerchantFacts, no_hints: list[tuple[UUID, str]]
) -> None:
    register_work(KIND, lambda **_: None)
    idle = open_selling_shop("Idle").merchant
    for subject in (new_id(), new_id(), None):
        enqueue(merchant, subject_id=subject)
    enqueue(idle, NOW + LATER)
    hand_out_work(now=NOW)
    assert [one for one in no_hints if one[0] in {merchant.id, idle.id}] == [(merchant.id, "test")]


def test_a_runner_that_raises_leaves_its_error_and_the_others_go_on(
    merchant: MerchantFacts, no_hints: list[tuple[UUID, str]]
) -> None:
    bad, good, done = new_id(), new_id(), []
    kind = WorkKind("test", tries=2)

    def run(*, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> None:
        if work.subject_id == bad:
            raise BadInput([])
        done.append(work.subject_id)

    register_work(kind, run)
    enqueue(merchant, NOW - LATER, subject_id=bad)
    enqueue(merchant, subject_id=good)
    assert run_free_work(merchant=merchant, kind=kind, clock=lambda: NOW) is False
    assert done == [good]
    [row] = rows(merchant)
    assert (row.subject_id, row.attempts, row.last_error) == (bad, 1, "BadInput: validation_error")


def test_a_batch_says_which_of_it_failed(merchant: MerchantFacts, no_hints: list[tuple[UUID, str]]) -> None:
    bad, subjects = new_id(), [new_id(), new_id()]
    register_batch_work(KIND, lambda *, merchant, work, now: {one.id: "no" for one in work if one.subject_id == bad})
    with merchant_scope(merchant.id):
        add_work(merchant=merchant, kind=KIND, due_at=NOW, subject_ids=[*subjects, bad])
    run_free_work(merchant=merchant, kind=KIND, clock=lambda: NOW)
    assert [(row.subject_id, row.last_error) for row in rows(merchant)] == [(bad, "no")]


# --- nights ------------------------------------------------------------------------------------------------------


def test_a_new_merchant_has_its_night_to_come(merchant: MerchantFacts) -> None:
    [night] = rows(merchant, NIGHT_WORK)
    assert night.subject_id is None


def test_a_night_that_lost_its_row_is_asked_for_again(merchant: MerchantFacts) -> None:
    other = open_selling_shop("Other").merchant
    with merchant_scope(merchant.id):
        DueWork.objects.filter(merchant_id=merchant.id).delete()
    assert restore_night_work(kind=NIGHT_WORK, now=NOW) >= 1
    assert restore_night_work(kind=NIGHT_WORK, now=NOW) == 0
    assert [row.next_try_at for row in rows(merchant, NIGHT_WORK)] == [NOW]
    assert rows(other, NIGHT_WORK)[0].next_try_at != NOW
    assert (merchant.id, "night") in merchants_with_free_work(now=NOW, limit=10_000)
