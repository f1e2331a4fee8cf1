"""Several workers at one night, and a changed rule counted meanwhile: one run per night, one snapshot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loyalty import nightly
from loyalty.nightly import run_night
from merchants.facts import MerchantFacts
from merchants.models import NightRun
from merchants.operations import NightLease
from merchants.tenancy import merchant_scope
from segments.facts import Occasion
from segments.invariants import verify
from segments.models import SegmentRun
from segments.tasks import count_now
from tests.buyers import BuyersShop, add_members, add_purchases, days_before, open_shop
from tests.races.together import Meeting, outcomes

DAY = date(2026, 7, 2)
MORNING = datetime(2026, 7, 2, 17, 5, tzinfo=UTC)
WORKERS = 6
pytestmark = pytest.mark.usefixtures("real_commits")


def shop_with_buyers() -> BuyersShop:
    shop = open_shop()
    with merchant_scope(shop.merchant.id):
        members = add_members(shop, 60)
        add_purchases(shop, {member: days_before(DAY, 200 - n, 3 * n) for n, member in enumerate(members)})
    return shop


def night_runs(merchant: MerchantFacts) -> int:
    with merchant_scope(merchant.id):
        return SegmentRun.objects.filter(merchant_id=merchant.id, occasion=Occasion.NIGHT.value).count()


def night_of(merchant: MerchantFacts) -> Callable[[int], bool]:
    return lambda _: run_night(merchant=merchant, business_date=DAY, now=MORNING)


def test_a_night_has_one_worker() -> None:
    merchant = shop_with_buyers().merchant
    assert outcomes(night_of(merchant), WORKERS) == {"ok": WORKERS}
    assert night_runs(merchant) == 1
    with merchant_scope(merchant.id):
        assert NightRun.objects.get(merchant_id=merchant.id).fence == 1
        assert verify(merchant=merchant) == []


def test_without_the_lease_several_would_work_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: all get the night and begin it together; all but one find it finished under their hands.

    Even then the pointer's lock and the run's unique key leave one snapshot.
    """
    walk, all_have_it = nightly._walk_steps, Meeting(WORKERS)

    def walk_together(night: nightly.Night) -> None:
        all_have_it.wait()
        walk(night)

    def take_without_asking(*, merchant: MerchantFacts, business_date: date, now: datetime) -> NightLease:
        NightRun.objects.bulk_create(
            [NightRun(merchant_id=merchant.id, business_date=business_date, started_at=now)], ignore_conflicts=True
        )
        row = NightRun.objects.get(merchant_id=merchant.id, business_date=business_date)
        return NightLease(run_id=row.id, fence=row.fence, steps={})

    monkeypatch.setattr(nightly, "take_night", take_without_asking)
    monkeypatch.setattr(nightly, "_walk_steps", walk_together)
    merchant = shop_with_buyers().merchant
    assert outcomes(night_of(merchant), WORKERS)["ok"] == 1
    assert night_runs(merchant) == 1


def test_a_rule_counted_during_nights_loses_nothing() -> None:
    merchant = shop_with_buyers().merchant

    def work(number: int) -> Any:
        if number % 2:
            return count_now(merchant=merchant, occasion=Occasion.RULE, now=MORNING)
        day = DAY + timedelta(days=number // 2)
        return run_night(merchant=merchant, business_date=day, now=MORNING + timedelta(days=number // 2))

    ended = outcomes(work, 8, workers=2)
    assert ended == {"ok": 8}
    with merchant_scope(merchant.id):
        numbers = SegmentRun.objects.filter(merchant_id=merchant.id).order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(1, len(numbers) + 1))
        assert verify(merchant=merchant) == []
