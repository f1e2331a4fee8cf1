"""Test mode is set up, or begun again, by a worker: a large catalogue takes a while."""

from __future__ import annotations

from common.ids import new_id
from merchants.facts import Actor
from merchants.operations import open_sandbox, put_in_use, retire_sandbox, take_over_keys
from merchants.queries import sandbox_of
from merchants.tasks import JobRun
from merchants.tenancy import allow_long_statements, merchant_scope
from onboarding.operations import read_program, write_program

STATEMENT_SECONDS = 120


def set_up_test_mode(run: JobRun) -> None:
    """Make a sandbox with the shop's program of today and put it in the place of the one before, keys included.

    A worker that takes the job over makes another one: a sandbox that was not put in use is never looked at.
    """
    shop, at, sandbox_id = run.merchant, run.clock(), new_id()
    before = sandbox_of(shop)
    with merchant_scope(shop.id):
        allow_long_statements(STATEMENT_SECONDS)
        program = read_program(merchant=shop)
    run.report(1, 3)
    with merchant_scope(sandbox_id):
        allow_long_statements(STATEMENT_SECONDS)
        sandbox = open_sandbox(merchant=shop, sandbox_id=sandbox_id, at=at)
        write_program(merchant=sandbox, program=program, at=at)
    run.report(2, 3)
    keys = []
    if before is not None:
        with merchant_scope(before.id):
            keys = retire_sandbox(merchant=before)
    with merchant_scope(sandbox.id):
        put_in_use(merchant=sandbox, at=at)
        take_over_keys(
            merchant=sandbox, keys=keys, at=at, actor=Actor(user_id=run.job.asked_by_id, label=run.job.asked_by)
        )
    run.finish(3, lambda: None)
