"""Many workers at one batch, many tills at one shared code; and the same with what keeps them apart taken away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from merchants.facts import JobFacts, JobState
from merchants.queries import jobs_by_id
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon, CouponBatch, CouponRedemption
from rewards.coupons.operations import coupon_codes, create_shared_code, make_codes, order_codes
from rewards.coupons.queries import coupon_batch
from rewards.invariants import verify
from sales.operations import record_sale
from tests.product_server import environment_for
from tests.races.together import Meeting, outcomes
from tests.sales_shop import NOW, SellingShop, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")
TEN_PERCENT = {"kind": "percent_off", "value": 10}


def order(shop: SellingShop, count: int) -> Any:
    with merchant_scope(shop.merchant.id):
        return order_codes(merchant=shop.merchant, title="S", definition=TEN_PERCENT, count=count, at=NOW)


def state_of(shop: SellingShop, batch_id: Any) -> tuple[int, int]:
    """Return (codes that exist, codes that are counted)."""
    with merchant_scope(shop.merchant.id):
        batch = CouponBatch.objects.get(merchant_id=shop.merchant.id, id=batch_id)
        return Coupon.objects.filter(merchant_id=shop.merchant.id, batch_id=batch_id).count(), batch.made


def job_of(shop: SellingShop, batch_id: Any) -> JobFacts:
    with merchant_scope(shop.merchant.id):
        job_id = coupon_batch(merchant=shop.merchant, batch_id=batch_id).job_id
        assert job_id is not None
        return jobs_by_id(merchant=shop.merchant, job_ids=[job_id])[job_id]


def work_on(shop: SellingShop, batch_id: Any) -> Any:
    def work(number: int) -> None:
        left: int | None = 1
        while left:
            with merchant_scope(shop.merchant.id):
                left = make_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, limit=50)

    return work


def test_many_workers_make_exactly_what_was_ordered() -> None:
    shop = open_selling_shop()
    batch_id = order(shop, 1_000)
    assert outcomes(work_on(shop, batch_id), 6) == Counter(ok=6)
    assert state_of(shop, batch_id) == (1_000, 1_000)


def test_without_the_lock_on_the_batch_codes_are_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    shop = open_selling_shop()
    batch_id = order(shop, 300)
    monkeypatch.setattr(CouponBatch.objects, "select_for_update", lambda **_: CouponBatch.objects.all())
    stored, all_have_read = coupon_codes._store_codes, Meeting(4)

    def store_together(*given: Any, **named: Any) -> int:
        all_have_read.wait()
        return stored(*given, **named)

    monkeypatch.setattr(coupon_codes, "_store_codes", store_together)

    def once(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            make_codes(merchant=shop.merchant, batch_id=batch_id, at=NOW, limit=200)

    assert outcomes(once, 4) == Counter(ok=1, IntegrityError=3), "the constraint on the count is what refuses then"


def test_a_shared_code_for_twenty_wanted_by_sixty_is_used_twenty_times() -> None:
    """T04 in small; the limit is the code's own."""
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text="DUAPULUH",
            title="20",
            definition=TEN_PERCENT,
            at=NOW,
            today=NOW.date(),
            max_uses=20,
        )

    def buy(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            record_sale(merchant=shop.merchant, till=shop.till, draft=sale(coupon_codes=("duapuluh",)), received_at=NOW)

    assert outcomes(buy, 60) == Counter(ok=20, coupon_not_usable=40)
    with merchant_scope(shop.merchant.id):
        numbers = CouponRedemption.objects.filter(merchant_id=shop.merchant.id).values_list("use_no", flat=True)
        assert sorted(number for number in numbers if number) == list(range(1, 21))
        assert verify(merchant=shop.merchant) == []


WORKER = """
import django; django.setup()
from datetime import timedelta
from uuid import UUID
from django.utils import timezone
from merchants.queries import merchant_by_id
from merchants.tasks import run_jobs
later = timedelta(minutes={minutes})
run_jobs(merchant=merchant_by_id(UUID({merchant!r})), clock=lambda: timezone.now() + later)
"""
"""A worker whose clock is so late that the lease of the one before has ended."""


@pytest.mark.proof
@pytest.mark.short_proof
def test_workers_killed_at_work_neither_lose_nor_double_a_code() -> None:
    """kill -9 again and again until the batch is whole: what exists is what is counted, and what the job says.

    The job is taken over each time, and is over once with all codes.
    """
    shop = open_selling_shop()
    batch_id = order(shop, 150_000)
    connection.close()
    environment = environment_for(str(settings.DATABASES["default"]["NAME"]))
    kills = 0
    for round_ in range(60):
        script = WORKER.format(merchant=str(shop.merchant.id), minutes=5 * round_)
        worker = subprocess.Popen([sys.executable, "-c", script], cwd=settings.BASE_DIR, env=environment)
        kills += _is_killed_at_work(worker, shop, batch_id, pause=round_ % 5 * 0.07)
        existing, counted = state_of(shop, batch_id)
        assert existing == counted == job_of(shop, batch_id).done
        if not job_of(shop, batch_id).is_open:
            break
    assert state_of(shop, batch_id) == (150_000, 150_000)
    assert job_of(shop, batch_id).state is JobState.DONE
    assert kills > 1, "nobody was killed at work"


def _is_killed_at_work(worker: subprocess.Popen[bytes], shop: SellingShop, batch_id: Any, *, pause: float) -> bool:
    """Kill the worker a moment after it has made its first codes, however quick the machine; False when it was done."""
    before = state_of(shop, batch_id)
    while worker.poll() is None and state_of(shop, batch_id) == before:
        time.sleep(0.02)
    time.sleep(pause)
    is_at_work = worker.poll() is None
    worker.kill()
    worker.wait()
    time.sleep(0.3)
    return is_at_work
