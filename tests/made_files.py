"""A file that a worker made and approvals that people asked for: rows for tests of what `verify` finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backoffice.members.exports import MembersExport
from common.ids import new_id
from merchants.facts import Actor, MerchantFacts, Permission
from merchants.operations import ask_approval, decide_approval, start_job
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code


def make_file(merchant: MerchantFacts) -> None:
    """Make a file of members by a worker, whose link is valid, and another job that waits."""
    now = datetime.now(UTC)
    _ask_for_members(merchant, now)
    assert run_jobs(merchant=merchant, clock=lambda: now) == 1
    _ask_for_members(merchant, now)


def _ask_for_members(merchant: MerchantFacts, now: datetime) -> None:
    with merchant_scope(merchant.id):
        start_job(
            merchant=merchant,
            kind="members_export",
            parameters=MembersExport("", in_full=True, count=1, limit=None).to_json(),
            needs=[Permission.EXPORT, Permission.SEE_CONTACTS],
            language="id",
            action="members.exported",
            audit_details={},
            at=now,
            actor=Actor(new_id(), "exports@toko.example"),
        )


def ask_approvals(merchant: MerchantFacts) -> None:
    """Make one approval that another person refused, one that waits, and a code that asked for none."""
    now = datetime.now(UTC)
    asking, deciding = Actor(new_id(), "asks@toko.example"), Actor(new_id(), "decides@toko.example")
    with merchant_scope(merchant.id):
        off = {"kind": "amount_off", "value": 1_000}
        today = merchant.day_of(now)
        create_shared_code(merchant=merchant, text="BEBAS27", title="Bebas", definition=off, at=now, today=today)
        for is_decided in (True, False):
            approval_id = ask_approval(
                merchant=merchant,
                kind="refund",
                subject=("sale", merchant.id),
                figures={"amount": 500_000},
                reason="Barang rusak",
                expires_at=now + timedelta(days=1),
                at=now,
                actor=asking,
            )
            if is_decided:
                decide_approval(
                    merchant=merchant, approval_id=approval_id, is_approved=False, reason="", at=now, actor=deciding
                )
