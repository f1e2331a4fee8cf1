"""Two workers look for a job at the same instant: of a kind one job runs, and no job is run by both."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import SYSTEM, MerchantFacts, Permission
from merchants.models import Job
from merchants.operations import claim_job, jobs, start_job
from merchants.tenancy import merchant_scope
from tests.races.together import Meeting, outcomes
from tests.sales_shop import open_selling_shop

WORKERS = 2


def shop_of_waiting_jobs() -> MerchantFacts:
    merchant = open_selling_shop().merchant
    for _ in range(WORKERS):
        with merchant_scope(merchant.id):
            start_job(
                merchant=merchant,
                kind="rows",
                parameters={},
                needs=[Permission.EXPORT],
                language="id",
                action="members.exported",
                audit_details={},
                at=timezone.now(),
                actor=SYSTEM,
            )
    return merchant


def claimed_together(merchant: MerchantFacts, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return how it ended when both workers had chosen a job, each another one, before either took it."""
    both_have_chosen, lease = Meeting(WORKERS), jobs._lease_job

    def meet_then_lease(*given: Any) -> Any:
        both_have_chosen.wait()
        return lease(*given)

    monkeypatch.setattr(jobs, "_lease_job", meet_then_lease)

    def claim(number: int) -> None:
        with merchant_scope(merchant.id):
            claim_job(merchant=merchant, at=timezone.now())

    return dict(outcomes(claim, WORKERS))


def running(merchant: MerchantFacts) -> int:
    with merchant_scope(merchant.id):
        return Job.objects.filter(merchant_id=merchant.id, state="running").count()


def test_one_job_of_a_kind_runs(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant = shop_of_waiting_jobs()
    assert claimed_together(merchant, monkeypatch) == {"ok": WORKERS}
    assert running(merchant) == 1


def test_without_the_index_s_answer_one_worker_would_break(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both had chosen a job, and only the unique index stopped the second one."""
    merchant = shop_of_waiting_jobs()
    monkeypatch.setattr(jobs, "IntegrityError", ZeroDivisionError)
    assert claimed_together(merchant, monkeypatch) == {"ok": 1, "IntegrityError": 1}
    assert running(merchant) == 1
