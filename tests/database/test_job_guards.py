"""Raw SQL, as the application role, against what jobs promise: forward only, unchanged once over, whole files."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection

from common.ids import new_id
from merchants.facts import SYSTEM, JobFacts, Permission
from merchants.operations import add_job_part, claim_job, finish_job, start_job
from merchants.tenancy import merchant_scope, refusable
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Any:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened


@pytest.fixture
def running(shop: SellingShop) -> JobFacts:
    for kind in ("rows", "later"):
        start_job(
            merchant=shop.merchant,
            kind=kind,
            parameters={"a": 1},
            needs=[Permission.EXPORT],
            language="en",
            action="members.exported",
            audit_details={},
            at=NOW,
            actor=SYSTEM,
        )
    job = claim_job(merchant=shop.merchant, at=NOW)
    assert job is not None
    add_job_part(merchant=shop.merchant, job=job, content=b"abc", cursor=1, done=1, total=2, at=NOW)
    return job


def refused(shop: SellingShop, change: str, job: JobFacts | None = None) -> str:
    where = f"WHERE merchant_id = '{shop.merchant.id}' AND " + (f"id = '{job.id}'" if job else "state = 'waiting'")
    with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE merchants_job SET {change} {where}")
    return str(error.value)


def test_a_job_keeps_what_was_asked_and_its_worker(shop: SellingShop, running: JobFacts) -> None:
    for change in ("parameters = '{}'", "needs = '{}'", "asked_by = 'x'", "kind = 'y'", "language = 'id'"):
        assert "keeps what was asked" in refused(shop, change, running)
    assert "another worker's" in refused(shop, "fence = 0", running)


def test_a_job_takes_no_step_that_is_not_one(shop: SellingShop, running: JobFacts) -> None:
    assert "was not run" in refused(shop, "state = 'done', finished_at = now()")
    assert "another worker's" in refused(shop, "state = 'running', leased_until = now()")
    assert "job_lease_while_running" in refused(shop, "state = 'running', fence = 1")
    assert "job_over_since" in refused(shop, "state = 'done', leased_until = NULL", running)
    assert "job_failed_for_a_reason" in refused(
        shop, "state = 'failed', leased_until = NULL, finished_at = now()", running
    )
    assert "job_done_of_total" in refused(shop, "done = 3", running)
    assert "job_file_with_link" in refused(shop, "file_name = 'x', file_bytes = 3", running)
    ended = (
        "state = 'done', leased_until = NULL, finished_at = now(), link_until = now(), file_name = 'x', file_bytes = "
    )
    assert "not as long as its pieces" in refused(shop, ended + "4", running)


def test_what_is_over_is_not_changed(shop: SellingShop, running: JobFacts) -> None:
    finish_job(merchant=shop.merchant, job=running, done=2, at=NOW, file_name="x.csv")
    for change in ("done = 1", "link_until = now() + interval '1 year'", "state = 'waiting', finished_at = NULL"):
        assert "is over" in refused(shop, change, running)


def test_a_file_grows_only_while_its_job_runs(shop: SellingShop, running: JobFacts) -> None:
    def statement_refused(statement: str, *values: Any) -> str:
        with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
            cursor.execute(statement, values)
        return str(error.value)

    mine = "WHERE merchant_id = %s"
    insert = "INSERT INTO merchants_jobpart (merchant_id, id, job_id, number, content) VALUES (%s, %s, %s, 2, 'x')"
    plain = insert.replace("'x'", "repeat('K7QH2M4TX9CDR,', 9)::bytea")
    for statement in (insert, plain):
        assert "is kept encrypted" in statement_refused(statement, shop.merchant.id, new_id(), running.id)
    assert "is not changed" in statement_refused(f"UPDATE merchants_jobpart SET content = 'y' {mine}", shop.merchant.id)
    assert "is not over" in statement_refused(f"DELETE FROM merchants_jobpart {mine}", shop.merchant.id)
    assert "is not over" in statement_refused(f"DELETE FROM merchants_job {mine}", shop.merchant.id)
    finish_job(merchant=shop.merchant, job=running, done=2, at=NOW, file_name="x.csv")
    assert "does not run" in statement_refused(insert, shop.merchant.id, new_id(), running.id)
    assert "begins waiting" in statement_refused(
        "INSERT INTO merchants_job (merchant_id, id, kind, parameters, needs, language, asked_by, asked_at, state, "
        "done, total, fence, attempts, error, file_name, file_bytes) "
        "VALUES (%s, %s, 'x', '{}', '{}', 'en', 'x', now(), "
        "'done', 0, 0, 1, 1, '', '', 0)",
        shop.merchant.id,
        new_id(),
    )
