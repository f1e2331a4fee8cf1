"""One simulation: batches read in transactions that cannot write, worked on outside of any, progress told between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from insights.facts import ScenarioInputs
from insights.operations import begin_simulation, fail_simulation, finish_simulation, keep_alive
from insights.queries import next_receipts, open_period, scenario
from insights.rules.results import result_of
from merchants.facts import MerchantFacts
from merchants.tenancy import allow_long_statements, forbid_writes, merchant_scope
from sales.facts import PastReceipt
from sales.queries import receipt_count

log = structlog.get_logger("insights")

STATEMENT_SECONDS: Final = 120
PROGRESS_EVERY: Final = 0.5


@contextmanager
def reading(merchant: MerchantFacts) -> Iterator[None]:
    """A scope in which PostgreSQL itself refuses every write."""
    with merchant_scope(merchant.id):
        forbid_writes()
        allow_long_statements(STATEMENT_SECONDS)
        yield


def run_simulation(*, merchant: MerchantFacts, scenario_id: UUID, clock: Callable[[], datetime]) -> bool:
    """Runs the scenario unless somebody else is at it; True when it finished. Killed anywhere, it is begun anew."""
    with merchant_scope(merchant.id):
        fence = begin_simulation(merchant=merchant, scenario_id=scenario_id, at=clock())
    if fence is None:
        return False
    try:
        return _Run(merchant, scenario_id, fence, clock).run()
    except Exception:
        log.exception("simulation failed", merchant=str(merchant.id), scenario=str(scenario_id))
        with merchant_scope(merchant.id):
            fail_simulation(merchant=merchant, scenario_id=scenario_id, fence=fence, at=clock())
        raise


class _Run:
    def __init__(self, merchant: MerchantFacts, scenario_id: UUID, fence: int, clock: Callable[[], datetime]) -> None:
        self.merchant, self.scenario_id, self.fence, self.clock = merchant, scenario_id, fence, clock
        self.done = self.total = 0
        self.told = 0.0

    def run(self) -> bool:
        with reading(self.merchant):
            inputs = scenario(merchant=self.merchant, scenario_id=self.scenario_id).inputs
            self.total = receipt_count(merchant=self.merchant, first=inputs.first_on, last=inputs.last_on)
            period = open_period(merchant=self.merchant, inputs=inputs, now=self.clock())
        last: PastReceipt | None = None
        while True:
            if not self._still_ours():
                return False
            with reading(self.merchant):
                receipts = next_receipts(merchant=self.merchant, inputs=inputs, period=period, after=last)
            if not receipts:
                break
            period.replay.feed(receipts)
            last = receipts[-1]
            self.done += len(receipts)
        period.replay.finish()
        return self._store_results(inputs, result_of(period.replay, period.assumed, last_on=inputs.last_on))

    def _still_ours(self) -> bool:
        """Tells how far it is, at most twice a second."""
        if time.monotonic() - self.told < PROGRESS_EVERY:
            return True
        self.told = time.monotonic()
        with merchant_scope(self.merchant.id):
            return keep_alive(
                merchant=self.merchant,
                scenario_id=self.scenario_id,
                fence=self.fence,
                done=self.done,
                total=self.total,
                at=self.clock(),
            )

    def _store_results(self, inputs: ScenarioInputs, figures: dict[str, object]) -> bool:
        with merchant_scope(self.merchant.id):
            return finish_simulation(
                merchant=self.merchant,
                scenario_id=self.scenario_id,
                fence=self.fence,
                figures=figures,
                done=self.done,
                at=self.clock(),
            )
