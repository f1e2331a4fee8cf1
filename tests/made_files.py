"""A file that a worker made, for tests of what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime

from merchants.facts import SYSTEM, MerchantFacts, Permission
from merchants.operations import start_job
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope


def make_file(merchant: MerchantFacts) -> None:
    """A file of members that a worker made, whose link lasts; and another one that waits."""
    now = datetime.now(UTC)
    _ask_for_members(merchant, now)
    assert run_jobs(merchant=merchant, clock=lambda: now) == 1
    _ask_for_members(merchant, now)


def _ask_for_members(merchant: MerchantFacts, now: datetime) -> None:
    with merchant_scope(merchant.id):
        start_job(
            merchant=merchant,
            kind="members_export",
            parameters={"query": "", "in_full": True},
            needs=[Permission.EXPORT, Permission.SEE_CONTACTS],
            language="id",
            action="members.exported",
            audit_details={},
            at=now,
            actor=SYSTEM,
        )
