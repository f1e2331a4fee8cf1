"""The night of one merchant: what happens once a business day is over, in which order, and for which days.

A night is a row (merchant, business date) with a lease and a cursor. Every batch is one transaction that does its work
and moves the cursor, so a worker may be killed anywhere: anyone who takes the lease next goes on from the last batch.
Which nights are due is read from rows, never from a timetable: a tick that is late, doubled or lost changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import connection

from campaigns.operations import restore_campaign_work
from common.errors import Refusal
from common.pace import Pace
from enrolment.operations import settle_due_referrals
from ledger.operations import expire_due, export_heads, seal_rows
from loyalty.jobs import FORGOTTEN_KINDS, JOBS_KEPT
from members.operations import forget_old_awaited, recalculate_tiers
from merchants.facts import ClaimedWork, MerchantFacts
from merchants.operations import (
    NightLease,
    finish_night,
    forget_handled_events,
    forget_job_files,
    forget_old_forms,
    forget_old_jobs,
    forget_old_keys,
    forget_old_requests,
    release_night,
    restore_event_work,
    restore_job_work,
    save_night_step,
    take_night,
)
from merchants.queries import finished_night, latest_finished_night, signed_up_at
from merchants.tenancy import allow_long_statements, merchant_scope
from people.operations import erase_due_members
from rewards.coupons.operations import expire_coupons
from rewards.referrals.operations import expire_referrals
from sales.operations import give_up_parked_returns
from segments.operations import forget_replaced_standings, label_members, recalculate
from segments.queries import run_of_night

log = structlog.get_logger("loyalty.nightly")

CAUGHT_UP_DAYS: Final = 35
"""A merchant that never had a night begins at most so many days back, whenever it signed up."""
DONE: Final = "done"
LOOK_AGAIN_AFTER: Final = timedelta(minutes=5)
"""When another worker, or a person with the command, has the night that is due."""
EVENTS_KEPT: Final = timedelta(days=7)
BATCH_SECONDS: Final = 60
ERASING_SECONDS: Final = 600
# Members per transaction, whose rows stay locked while it runs: 2,000 take about 0.1 s, well below a till's patience.
MEMBERS_AT_ONCE: Final = 2_000
ROWS_AT_ONCE: Final = 5_000
REFERRALS_AT_ONCE: Final = 200
ROWS_SEALED_AT_ONCE: Final = 10_000


class NightOutOfOrder(Refusal):
    """A later night is finished already; nights only go forward."""

    code = "night_out_of_order"


class DayNotOver(Refusal):
    """The merchant's business day has not ended."""

    code = "day_not_over"


@dataclass(frozen=True)
class Night:
    """One night under way. `day_over_at` is the instant the business day ended, in whose name things happen."""

    merchant: MerchantFacts
    business_date: date
    lease: NightLease
    day_over_at: datetime
    is_stale: bool
    now: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)


Batch = Callable[[Night, str | None], str | None]
"""Does one batch after the cursor, inside the scope; returns the cursor for the next one, None when all is done."""


# --- the steps ---------------------------------------------------------------------------------------------------


def _expire_points(night: Night, after: str | None) -> str | None:
    cursor = expire_due(
        merchant=night.merchant,
        business_date=night.business_date,
        after=_read_cursor(after),
        limit=night.pace.rows(MEMBERS_AT_ONCE),
    )
    return _write_cursor(cursor)


def _recalculate_tiers(night: Night, after: str | None) -> str | None:
    cursor = recalculate_tiers(
        merchant=night.merchant,
        business_date=night.business_date,
        at=night.day_over_at,
        source_view="sales_spend",
        after=_read_cursor(after),
        limit=night.pace.rows(MEMBERS_AT_ONCE),
        sales_until=night.business_date if night.is_stale else None,
    )
    return _write_cursor(cursor)


def _recalculate_segments(night: Night, after: str | None) -> str | None:
    """Recalculate in one batch for the whole merchant: scores compare every buyer with all others."""
    recalculate(merchant=night.merchant, business_date=night.business_date, at=night.now(), fence=night.lease.fence)
    return None


def _label_members(night: Night, after: str | None) -> str | None:
    run = run_of_night(merchant=night.merchant, business_date=night.business_date)
    if run is None:  # a later day was counted by request before this night was made up for
        return None
    limit = night.pace.rows(MEMBERS_AT_ONCE)
    return label_members(merchant=night.merchant, until=run.number, after=after, limit=limit)


def _expire_coupons(night: Night, after: str | None) -> str | None:
    cursor = expire_coupons(
        merchant=night.merchant,
        business_date=night.business_date,
        after=_read_cursor(after),
        limit=night.pace.rows(ROWS_AT_ONCE),
    )
    return _write_cursor(cursor)


def _expire_referrals(night: Night, after: str | None) -> str | None:
    limit = night.pace.rows(ROWS_AT_ONCE)
    expired = expire_referrals(merchant=night.merchant, night_of=night.business_date, at=night.day_over_at, limit=limit)
    return "again" if expired == limit else None


def _settle_referrals(night: Night, after: str | None) -> str | None:
    cursor = settle_due_referrals(
        merchant=night.merchant,
        night_of=night.business_date,
        at=night.day_over_at,
        after=_read_cursor(after),
        limit=night.pace.rows(REFERRALS_AT_ONCE),
    )
    return _write_cursor(cursor)


def _erase_members(night: Night, after: str | None) -> str | None:
    """Erase the members who asked for it a week ago; what is said of them in old rows goes in the same night."""
    allow_long_statements(ERASING_SECONDS)
    erase_due_members(merchant=night.merchant, at=night.now())
    return None


def _drop_old_rows(night: Night, after: str | None) -> str | None:
    """Drop what is needed no more: old idempotency keys, handled events, old files, replaced snapshot rows."""
    now, limit = night.now(), night.pace.rows(ROWS_AT_ONCE)
    forget_old_keys(merchant=night.merchant, now=now)
    forget_old_forms(merchant=night.merchant, now=now)
    forget_handled_events(merchant=night.merchant, before=now - EVENTS_KEPT)
    forget_job_files(merchant=night.merchant, now=now)
    forget_old_jobs(merchant=night.merchant, kinds=FORGOTTEN_KINDS, before=now - JOBS_KEPT)
    give_up_parked_returns(merchant=night.merchant, now=now)
    forget_old_awaited(merchant=night.merchant, now=now)
    requests = forget_old_requests(merchant=night.merchant, now=now, limit=limit)
    dropped = forget_replaced_standings(merchant=night.merchant, limit=limit)
    return "again" if limit in (requests, dropped) else None


def _restore_work(night: Night, after: str | None) -> str | None:
    """Ask for whatever waits and lost its row of work."""
    restore_event_work(merchant=night.merchant, at=night.now())
    restore_job_work(merchant=night.merchant, at=night.now())
    restore_campaign_work(merchant=night.merchant, at=night.now())
    return None


def _seal_rows(night: Night, after: str | None) -> str | None:
    """Seal last of all that posts or writes history: what the steps before did is sealed in the same night."""
    sealed = seal_rows(
        merchant=night.merchant,
        business_date=night.business_date,
        at=night.now(),
        after=after,
        limit=ROWS_SEALED_AT_ONCE,
    )
    return sealed.cursor if sealed else None


def _export_seal(night: Night, after: str | None) -> str | None:
    """Export in a step of its own: only blocks that are committed leave the database."""
    export_heads(merchant=night.merchant)
    return None


STEPS: Final[tuple[tuple[str, Batch], ...]] = (
    ("expire_points", _expire_points),
    ("recalculate_tiers", _recalculate_tiers),
    ("recalculate_segments", _recalculate_segments),
    ("label_members", _label_members),
    ("expire_coupons", _expire_coupons),
    ("expire_referrals", _expire_referrals),
    ("settle_referrals", _settle_referrals),
    ("erase_members", _erase_members),
    ("seal", _seal_rows),
    ("export_seal", _export_seal),
    ("tidy", _drop_old_rows),
    ("restore_work", _restore_work),
)


# --- one night ---------------------------------------------------------------------------------------------------


def run_night(*, merchant: MerchantFacts, business_date: date, now: datetime) -> bool:
    """Make the night of `business_date`, or go on with it; return True when it is finished afterwards.

    Return False while another worker has it. Raises DayNotOver, NightOutOfOrder, LeaseLost, and whatever a step raises;
    what a failed batch did is rolled back and the night is given back at once.
    """
    clock = _clock_from(now)
    with merchant_scope(merchant.id):
        if finished_night(merchant=merchant, business_date=business_date):
            return True
        _require_order(merchant, business_date, now)
        lease = take_night(merchant=merchant, business_date=business_date, now=now)
    if lease is None:
        return False
    night = Night(
        merchant=merchant,
        business_date=business_date,
        lease=lease,
        day_over_at=merchant.bounds_of(business_date)[1],
        is_stale=business_date < merchant.last_ended_day(now),
        now=clock,
    )
    try:
        _walk_steps(night)
    except Exception:
        with merchant_scope(merchant.id):
            release_night(merchant=merchant, lease=lease)
        raise
    return True


def _require_order(merchant: MerchantFacts, business_date: date, now: datetime) -> None:
    if business_date > merchant.last_ended_day(now):
        raise DayNotOver(business_date=business_date)
    latest = latest_finished_night(merchant=merchant)
    if latest is not None and latest > business_date:
        raise NightOutOfOrder(business_date=business_date, latest=latest)


def _walk_steps(night: Night) -> None:
    steps: dict[str, Any] = dict(night.lease.steps)
    took: dict[str, float] = {}
    for name, batch in STEPS:
        started = time.monotonic()
        while steps.get(name) != DONE:
            steps = night.pace.run(partial(_one_batch, night, name, batch, steps))
        took[name] = round(time.monotonic() - started, 3)
    with merchant_scope(night.merchant.id):
        finish_night(merchant=night.merchant, lease=night.lease, now=night.now())
    log.info(
        "night finished", merchant_id=str(night.merchant.id), business_date=night.business_date.isoformat(), **took
    )


def _one_batch(night: Night, name: str, batch: Batch, steps: Mapping[str, Any]) -> dict[str, Any]:
    """Run one transaction; return the steps with the cursor moved."""
    with merchant_scope(night.merchant.id):
        allow_long_statements(BATCH_SECONDS)
        _prefer_indexes()
        moved = {**steps, name: batch(night, steps.get(name)) or DONE}
        # Last, so that the row is held for an instant only; a lost lease rolls the batch back.
        save_night_step(merchant=night.merchant, lease=night.lease, steps=moved, now=night.now())
    return moved


def _prefer_indexes() -> None:
    """Prefer indexes: a batch reads a small part of each table, in the order of an index, from memory or flash.

    At PostgreSQL's default price of a random page the planner would read whole tables for each batch.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")


def _clock_from(now: datetime) -> Callable[[], datetime]:
    """Return `now` as it goes on: a long night renews leases by the caller's clock, not by the machine's."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _read_cursor(cursor: str | None) -> UUID | None:
    return None if cursor is None else UUID(cursor)


def _write_cursor(cursor: UUID | None) -> str | None:
    return None if cursor is None else str(cursor)


# --- which nights are due ----------------------------------------------------------------------------------------


def due_nights(*, merchant: MerchantFacts, now: datetime) -> list[date]:
    """Return this merchant's business days that are over without a finished night, oldest first. Needs the scope.

    From the day after the latest finished night, however long ago: a history begun with `night --date` is continued
    day by day. A merchant without any begins at its sign-up, or CAUGHT_UP_DAYS back. The next night follows the last
    one by date, not by clock, so neither a change of zone nor of the clocks loses or doubles a day.
    """
    last = merchant.last_ended_day(now)
    latest = latest_finished_night(merchant=merchant)
    if latest is None:
        signed_up = signed_up_at(merchant=merchant)
        first = merchant.day_of(signed_up)
        first = max(first, last - timedelta(days=CAUGHT_UP_DAYS - 1))
    else:
        first = latest + timedelta(days=1)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def run_next_night(*, merchant: MerchantFacts, work: ClaimedWork, now: datetime) -> datetime:
    """Make the oldest night that is due; return when the next one is: at once, while a history is made up for.

    One night to a turn, so that no one waits for the end of another merchant's history. Raises what `run_night` raises.
    """
    with merchant_scope(merchant.id):
        due = due_nights(merchant=merchant, now=now)
    if not due:
        return merchant.bounds_of(merchant.day_of(now))[1]
    if not run_night(merchant=merchant, business_date=due[0], now=now):
        return now + LOOK_AGAIN_AFTER
    return merchant.bounds_of(due[0] + timedelta(days=1))[1]
