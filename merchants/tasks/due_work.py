"""The Celery door of all work that waits: one task per merchant and kind, claimed from the rows of `DueWork`.

A task is a hint. It claims what is free, so one that comes twice finds nothing, and one that never comes is sent again
by the next tick. The function for a kind is registered at start (`loyalty/due_work.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from common.stop_requests import is_stopping
from merchants.facts import ClaimedWork, MerchantFacts, WorkKind
from merchants.operations import claim_work, describe_error, fail_work, finish_work
from merchants.queries import merchant_by_id, merchants_with_free_work
from merchants.tenancy import merchant_scope

log = structlog.get_logger("merchants.work")

HINT_LIVES_SECONDS: Final = 60
"""A hint that no worker took before the next tick is dropped: the tick sends another."""
TURN_SECONDS: Final = 60
"""After this long a merchant's task takes nothing more, so that other merchants have their turn."""
HINTS_PER_TICK: Final = 1_000


class Runner(Protocol):
    """Do one piece of work in scopes of its own; return when there is more to do for it, None when it is done."""

    def __call__(self, *, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> datetime | None: ...


class BatchRunner(Protocol):
    """Do many pieces of work in scopes of its own; return the error of each that failed, by the id of the work."""

    def __call__(
        self, *, merchant: MerchantFacts, work: Sequence[ClaimedWork], now: datetime
    ) -> Mapping[UUID, str]: ...


@dataclass(frozen=True)
class _Registered:
    """A kind and its function, or the function's dotted name, which is loaded when the first such work is done."""

    kind: WorkKind
    run: Runner | BatchRunner | str
    is_batch: bool


_registered: Final[dict[str, _Registered]] = {}


def register_work(kind: WorkKind, run: Runner | str) -> None:
    """Register the function that does work of this kind, one row after the other."""
    _registered[kind.name] = _Registered(kind, run, is_batch=False)


def register_batch_work(kind: WorkKind, run: BatchRunner | str) -> None:
    """Register the function that does work of this kind, up to `kind.batch` rows at once."""
    _registered[kind.name] = _Registered(kind, run, is_batch=True)


def hand_out_work(*, now: datetime) -> int:
    """Send a hint for each merchant and kind with free work; return how many. One statement for all merchants."""
    found = merchants_with_free_work(now=now, limit=HINTS_PER_TICK)
    for merchant_id, kind in found:
        if kind in _registered:
            _send_hint(merchant_id, kind)
        else:
            log.error("nobody does work of this kind", kind=kind, merchant=str(merchant_id))
    return len(found)


def wake_worker(*, merchant: MerchantFacts, kind: str) -> None:
    """Send a hint when this transaction has committed; for work that should not wait for the next tick."""
    if kind in _registered:
        transaction.on_commit(partial(_send_hint, merchant.id, kind))


def _send_hint(merchant_id: UUID, kind: str) -> None:
    do_work.apply_async(
        kwargs={"merchant_id": str(merchant_id), "kind": kind},
        expires=HINT_LIVES_SECONDS,
        time_limit=_registered[kind].kind.time_limit,
    )


@shared_task(name="merchants.work", ignore_result=True)
def do_work(*, merchant_id: str, kind: str, **_later: Any) -> None:
    """Do the free work of one kind at one merchant for a turn; when something is left, ask for the next turn."""
    registered = _registered.get(kind)
    if registered is None:
        log.error("nobody does work of this kind", kind=kind, merchant=merchant_id)
        return
    merchant = merchant_by_id(UUID(merchant_id))
    if run_free_work(merchant=merchant, kind=registered.kind, clock=timezone.now):
        _send_hint(merchant.id, kind)


def run_free_work(*, merchant: MerchantFacts, kind: WorkKind, clock: Callable[[], datetime]) -> bool:
    """Claim and do work until none is free; return True when the turn ended first.

    Any error of a runner is kept with its work, which is tried later; other work goes on.
    """
    ends = time.monotonic() + TURN_SECONDS
    while True:
        with merchant_scope(merchant.id):
            work = claim_work(merchant=merchant, kind=kind, now=clock())
        if not work:
            return False
        _run_claimed(_registered[kind.name], merchant, work, clock)
        if time.monotonic() > ends or is_stopping():
            return True


def _run_claimed(
    registered: _Registered, merchant: MerchantFacts, work: list[ClaimedWork], clock: Callable[[], datetime]
) -> None:
    next_due_at: datetime | None = None
    errors: Mapping[UUID, str] = {}
    try:
        run: Any = import_string(registered.run) if isinstance(registered.run, str) else registered.run
        if registered.is_batch:
            errors = run(merchant=merchant, work=work, now=clock())
        else:
            next_due_at = run(merchant=merchant, work=work[0], now=clock())
    except Exception as error:
        log.exception("work failed", kind=registered.kind.name, merchant=str(merchant.id), attempt=work[0].attempt)
        errors = {one.id: describe_error(error) for one in work}
    done = [one for one in work if one.id not in errors]
    with merchant_scope(merchant.id):
        if done:
            finish_work(merchant=merchant, work=done, next_due_at=next_due_at)
        for one in work:
            if one.id in errors:
                _fail_claimed(registered.kind, merchant, one, errors[one.id], clock())


def _fail_claimed(kind: WorkKind, merchant: MerchantFacts, work: ClaimedWork, error: str, now: datetime) -> None:
    if fail_work(merchant=merchant, kind=kind, work=work, error=error, now=now):
        log.error(
            "work was given up", kind=kind.name, merchant=str(merchant.id), subject=str(work.subject_id), error=error
        )
