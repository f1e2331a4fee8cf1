"""Many ticks at once: work is handed to one worker, nothing that is asked for is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.ids import new_id
from merchants.facts import ClaimedWork, MerchantFacts, WorkKind
from merchants.models import DueWork
from merchants.operations import add_work, claim_work, due_work, enqueue_work, finish_work
from merchants.tenancy import merchant_scope
from tests.races.together import outcomes, overlap
from tests.sales_shop import open_selling_shop

NOW = datetime(2026, 7, 2, 17, 5, tzinfo=UTC)
KIND = WorkKind("test", batch=3)
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
    """Whoever asks holds the row; the worker that finishes waits for it, and then sees what was asked."""
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
