"""A simulation as a job: batches read in transactions that cannot write, worked on outside of any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from insights.facts import SimulationJob
from insights.operations import keep_result
from insights.queries import next_receipts, open_period, scenario
from insights.rules.results import result_of
from merchants.facts import MerchantFacts
from merchants.tasks import JobRun
from merchants.tenancy import allow_long_statements, forbid_writes, merchant_scope
from sales.facts import PastReceipt
from sales.queries import receipt_count

STATEMENT_SECONDS: Final = 120


@contextmanager
def reading(merchant: MerchantFacts) -> Iterator[None]:
    """Open a scope in which PostgreSQL itself refuses every write."""
    with merchant_scope(merchant.id):
        forbid_writes()
        allow_long_statements(STATEMENT_SECONDS)
        yield


def replay_scenario(run: JobRun) -> None:
    """Replay the scenario that the job names and keep its result. What was replayed stays in memory only.

    So a worker that takes the job over begins from the first receipt again.
    """
    merchant, scenario_id = run.merchant, SimulationJob.from_json(run.job.parameters).scenario_id
    with reading(merchant):
        inputs = scenario(merchant=merchant, scenario_id=scenario_id).inputs
        total = receipt_count(merchant=merchant, first=inputs.first_on, last=inputs.last_on)
        period = open_period(merchant=merchant, inputs=inputs, now=run.clock())
    done = 0
    last: PastReceipt | None = None
    while True:
        run.report(done, total)
        with reading(merchant):
            receipts = next_receipts(merchant=merchant, inputs=inputs, period=period, after=last)
        if not receipts:
            break
        period.replay.feed(receipts)
        last = receipts[-1]
        done += len(receipts)
    period.replay.finish()
    result = result_of(period.replay, period.assumed, last_on=inputs.last_on)
    run.finish(
        done,
        lambda: keep_result(merchant=merchant, scenario_id=scenario_id, result=result, at=run.clock()),
    )
