"""Many ticks at once: work goes to one worker, nothing that is asked for is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from common.ids import new_id
from merchants.facts import ClaimedWork, MerchantFacts, WorkKind
from merchants.models import DueWork
from merchants.operations import WORKER_LOST, add_work, claim_work, due_work, enqueue_work, finish_work
from merchants.queries import stopped_work
from merchants.tenancy import merchant_scope
from tests.product_server import ROOT, environment_for
from tests.races.together import outcomes, overlap
from tests.sales_shop import open_selling_shop

NOW = datetime(2026, 7, 2, 17, 5, tzinfo=UTC)
KIND = WorkKind("test", batch=3)
DEADLY = WorkKind("deadly", tries=2)
WORKERS, PIECES = 8, 60
pytestmark = pytest.mark.usefixtures("real_commits")


def merchant_with_work() -> MerchantFacts:
    merchant = open_selling_shop().merchant
    with merchant_scope(merchant.id):
        add_work(merchant=merchant, kind=KIND, due_at=NOW, subject_ids=[new_id() for _ in range(PIECES)])
    return merchant


def claims_of_overlapping_ticks(merchant: MerchantFacts) -> list[UUID]:
    """Return what all workers together were handed, each until nothing was free."""
    handed: list[UUID] = []

    def work_off(_: int) -> None:
        while True:
            with merchant_scope(merchant.id):
                claimed = claim_work(merchant=merchant, kind=KIND, now=NOW)
            if not claimed:
                return
            handed.extend(one.id for one in claimed)

    assert outcomes(work_off, WORKERS) == {"ok": WORKERS}
    return handed


def test_overlapping_ticks_are_never_handed_the_same_work() -> None:
    merchant = merchant_with_work()
    handed = claims_of_overlapping_ticks(merchant)
    assert (len(handed), len(set(handed))) == (PIECES, PIECES)
    with merchant_scope(merchant.id):
        attempts = DueWork.objects.filter(merchant_id=merchant.id, kind="test").values_list("attempts", flat=True)
        assert set(attempts) == {1}


def test_without_the_lock_they_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: what was read as free is taken without asking whether it still is."""
    unlocked = due_work._CLAIM.replace("FOR UPDATE SKIP LOCKED", "")
    assert unlocked != due_work._CLAIM
    monkeypatch.setattr(due_work, "_CLAIM", unlocked)
    handed = claims_of_overlapping_ticks(merchant_with_work())
    assert len(handed) > len(set(handed)) == PIECES


def test_what_is_asked_for_while_its_worker_finishes_stays() -> None:
    """The transaction that asks holds the row; the worker that finishes waits for it, and then sees what was asked."""
    merchant = open_selling_shop().merchant
    with merchant_scope(merchant.id):
        enqueue_work(merchant=merchant, kind=KIND, due_at=NOW)
    with merchant_scope(merchant.id):
        work = claim_work(merchant=merchant, kind=KIND, now=NOW)

    def ask() -> None:
        enqueue_work(merchant=merchant, kind=KIND, due_at=NOW)

    overlap(merchant.id, first=ask, second=lambda: finish_work(merchant=merchant, work=work))
    assert claimable(merchant) == 1


def test_what_is_asked_for_while_its_row_goes_makes_another_one() -> None:
    merchant = open_selling_shop().merchant
    with merchant_scope(merchant.id):
        enqueue_work(merchant=merchant, kind=KIND, due_at=NOW)
    with merchant_scope(merchant.id):
        work: list[ClaimedWork] = claim_work(merchant=merchant, kind=KIND, now=NOW)

    def ask() -> Any:
        enqueue_work(merchant=merchant, kind=KIND, due_at=NOW)

    overlap(merchant.id, first=lambda: finish_work(merchant=merchant, work=work), second=ask)
    assert claimable(merchant) == 1


def claimable(merchant: MerchantFacts) -> int:
    with merchant_scope(merchant.id):
        return len(claim_work(merchant=merchant, kind=KIND, now=NOW + timedelta(seconds=1)))


KILLER = """
import django; django.setup()
import os, signal
from datetime import datetime
from uuid import UUID
from merchants.facts import WorkKind
from merchants.queries import merchant_by_id
from merchants.tasks import register_work, run_free_work
kind = WorkKind("deadly", tries=2)
register_work(kind, lambda **_: os.kill(os.getpid(), signal.SIGKILL))
merchant, now = merchant_by_id(UUID({merchant!r})), datetime.fromisoformat({now!r})
run_free_work(merchant=merchant, kind=kind, clock=lambda: now)
"""


@pytest.mark.gate
def test_work_that_kills_its_worker_is_not_handed_out_for_ever() -> None:
    """A real process dies at it as often as it has tries (two); then no worker gets it any more."""
    merchant, now = open_selling_shop().merchant, NOW
    with merchant_scope(merchant.id):
        enqueue_work(merchant=merchant, kind=DEADLY, due_at=NOW)
    for _ in range(DEADLY.tries):
        script = KILLER.format(merchant=str(merchant.id), now=now.isoformat())
        environment = environment_for(str(settings.DATABASES["default"]["NAME"]))
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=False)
        assert done.returncode == -signal.SIGKILL
        now += DEADLY.lease
    with merchant_scope(merchant.id):
        assert claim_work(merchant=merchant, kind=DEADLY, now=now) == []
        [stopped] = stopped_work(merchant=merchant)
    assert (stopped.attempts, stopped.last_error) == (2, WORKER_LOST)
