"""One night of one business day, taken with a lease and a fencing number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from common.errors import DomainError
from merchants.facts import MerchantFacts
from merchants.models import NightRun

NIGHT_LEASE = timedelta(minutes=15)


@dataclass(frozen=True)
class NightLease:
    """The right to work on one night until another worker takes it over (then `fence` no longer matches)."""

    run_id: UUID
    fence: int
    steps: Mapping[str, Any]


class LeaseLost(DomainError):
    """Another worker took the night over; the last batch of this one is rolled back."""

    code = "lease_lost"


def take_night(*, merchant: MerchantFacts, business_date: date, now: datetime) -> NightLease | None:
    """Take the lease of a night, new or abandoned; return None when it is finished or another worker has it."""
    NightRun.objects.bulk_create(
        [NightRun(merchant_id=merchant.id, business_date=business_date, started_at=now)], ignore_conflicts=True
    )
    mine = NightRun.objects.filter(merchant_id=merchant.id, business_date=business_date, finished_at__isnull=True)
    taken = mine.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now)).update(
        fence=F("fence") + 1, leased_until=now + NIGHT_LEASE
    )
    if not taken:
        return None
    row = mine.get()
    return NightLease(run_id=row.id, fence=row.fence, steps=row.steps)


def save_night_step(
    *, merchant: MerchantFacts, lease: NightLease, steps: Mapping[str, Any], now: datetime
) -> NightLease:
    """Write the cursor in the transaction of the batch that it counts. Raises LeaseLost."""
    hit = NightRun.objects.filter(
        merchant_id=merchant.id, id=lease.run_id, fence=lease.fence, finished_at__isnull=True
    ).update(steps=dict(steps), leased_until=now + NIGHT_LEASE)
    if not hit:
        raise LeaseLost
    return NightLease(run_id=lease.run_id, fence=lease.fence, steps=dict(steps))


def finish_night(*, merchant: MerchantFacts, lease: NightLease, now: datetime) -> None:
    """Mark the night finished. Raises LeaseLost when another worker took over."""
    hit = NightRun.objects.filter(
        merchant_id=merchant.id, id=lease.run_id, fence=lease.fence, finished_at__isnull=True
    ).update(finished_at=now, leased_until=None)
    if not hit:
        raise LeaseLost


def release_night(*, merchant: MerchantFacts, lease: NightLease) -> None:
    """Give an unfinished night back at once (a step failed), so that the next tick takes it up again."""
    NightRun.objects.filter(merchant_id=merchant.id, id=lease.run_id, fence=lease.fence).update(leased_until=None)
