"""Numbers that never came, against a plain model; and how little is read, however many numbers a device has sent."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from django.db import connection

from common.ids import new_id
from merchants.facts import NumberGap
from merchants.models import TerminalNumber
from merchants.queries import missing_numbers_by_till, number_gaps, terminal_numbers
from merchants.tenancy import merchant_scope
from tests.operations.test_goods_sent import scans
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db
DEVICES: Final = ("", "tablet-1", "tablet-2")


def keep(shop: SellingShop, till_id: UUID, device_id: str, claims: Mapping[int, datetime]) -> None:
    TerminalNumber.objects.bulk_create(
        TerminalNumber(
            merchant_id=shop.merchant.id,
            id=new_id(),
            till_id=till_id,
            device_id=device_id,
            number=number,
            item_fingerprint=bytes(32),
            operation="enrol",
            status=201,
            claimed_at=at,
        )
        for number, at in claims.items()
    )


def gaps_of(till_id: UUID, device_id: str, claims: Mapping[int, datetime]) -> Iterable[NumberGap]:
    numbers = sorted(claims)
    for below, above in itertools.pairwise(numbers):
        since = min(at for number, at in claims.items() if number > below)
        if above > below + 1 and NOW - timedelta(days=30) < since <= NOW - timedelta(hours=24):
            yield NumberGap(till_id, device_id, below + 1, above - 1, since)


@pytest.mark.parametrize("seed", range(8))
def test_the_gaps_are_those_of_a_plain_count(seed: int) -> None:
    drawn, shop = random.Random(seed), open_selling_shop()
    with merchant_scope(shop.merchant.id):
        tills = [shop.till.id, shop.second_till().id]
        expected: list[NumberGap] = []
        for till_id in tills:
            for device_id in DEVICES:
                numbers = drawn.sample(range(60), drawn.choice([1, 5, 30, 59, 60]))
                claims = {number: NOW - timedelta(hours=drawn.randint(0, 24 * 34)) for number in numbers}
                keep(shop, till_id, device_id, claims)
                expected += gaps_of(till_id, device_id, claims)
        found = number_gaps(merchant=shop.merchant, now=NOW, limit=1_000)
        totals = missing_numbers_by_till(merchant=shop.merchant, now=NOW)
    assert found == sorted(expected, key=lambda gap: (-gap.since.timestamp(), gap.till_id, gap.device_id, gap.first))
    counted: dict[UUID, int] = {}
    for gap in expected:
        counted[gap.till_id] = counted.get(gap.till_id, 0) + gap.count
    assert totals == counted


def rows_read(shop: SellingShop) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_statistics('merchants_terminalnumber')")
        statement = f"EXPLAIN (ANALYZE, FORMAT JSON) {terminal_numbers._GAPS} SELECT * FROM gap"
        cursor.execute(statement, terminal_numbers._bounds_of(shop.merchant, NOW))
        [said] = cursor.fetchone()
    plan = json.loads(said) if isinstance(said, str) else said
    return sum(rows for table, rows in scans(plan[0]["Plan"]) if table == "merchants_terminalnumber")


@pytest.mark.parametrize(
    ("missing", "days", "most"),
    [
        pytest.param((), 2, 100, id="all came: the latest are counted once"),
        pytest.param((450,), 2, 200, id="one is missing: the latest are walked, too"),
        pytest.param((450,), 40, 0, id="not heard for a month"),
    ],
)
def test_of_a_device_only_the_latest_numbers_are_read(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[int, ...], days: int, most: int
) -> None:
    monkeypatch.setattr(terminal_numbers, "LOOKED_BACK_FOR_STAFF", 100)
    shop, at = open_selling_shop(), NOW - timedelta(days=days)
    with merchant_scope(shop.merchant.id):
        for device_id in DEVICES:
            keep(shop, shop.till.id, device_id, {number: at for number in range(500) if number not in missing})
        to_find_devices = 3 * len(DEVICES)
        assert rows_read(shop) <= most * len(DEVICES) + to_find_devices
