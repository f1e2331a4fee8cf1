"""What a sale costs does not grow with the member's open lots: 7,000 of them against none, in time and statements."""

from __future__ import annotations

from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import PostingJob, lock_account, post_many
from members.facts import MemberFacts
from merchants.tenancy import allow_long_statements, merchant_scope
from sales.operations import record_sale
from tests.operations.test_ledger_cost import analyse
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = [pytest.mark.proof, pytest.mark.short_proof, pytest.mark.usefixtures("real_commits")]
LOTS, ROUNDS = 7_000, 25


def collect(shop: SellingShop, member: MemberFacts, count: int) -> None:
    """Lots of two years, a few each day."""
    today = shop.merchant.day_of(NOW)
    with merchant_scope(shop.merchant.id):
        allow_long_statements(120)
        account = lock_account(
            merchant=shop.merchant, owner_id=member.id, unit=Unit.POINTS, business_date=today, at=NOW
        )
        for start in range(0, count, 500):
            postings = []
            for number in range(start, min(count, start + 500)):
                day = today - timedelta(days=number % 700)
                lot = LotDraft(5, day, day + timedelta(days=1_000), NOW)
                earned = Posting(
                    kind=EntryKind.EARN, unit=Unit.POINTS, change=5, source_kind="sale", source_id=member.id, lot=lot
                )
                postings.append(earned)
            job = PostingJob(account=account, postings=postings, at=NOW, business_date=today)
            post_many(merchant=shop.merchant, jobs=[job])


def cost_of(shop: SellingShop, member: MemberFacts) -> tuple[float, int]:
    """Return (seconds, statements) of one sale, from the scope's opening to its commit."""
    draft = sale(line(1, 100_000), member=member)
    with CaptureQueriesContext(connection) as captured:
        started = perf_counter()
        with merchant_scope(shop.merchant.id):
            record_sale(merchant=shop.merchant, till=shop.till, draft=draft, received_at=NOW)
        return perf_counter() - started, len(captured)


def test_seven_thousand_lots_cost_at_most_twice_as_much_as_none(capsys: pytest.CaptureFixture[str]) -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        newcomer, regular = shop.join(), shop.join()
    collect(shop, regular, LOTS)
    analyse()
    costs: dict[str, list[tuple[float, int]]] = {"none": [], "many": []}
    for _ in range(ROUNDS):  # turn by turn, so that what else the machine does meets both
        costs["none"].append(cost_of(shop, newcomer))
        costs["many"].append(cost_of(shop, regular))
    none, many = (median(seconds for seconds, _ in costs[name]) for name in ("none", "many"))
    with capsys.disabled():
        print(f"\n{LOTS} lots: {many * 1000:.1f} ms a sale, none: {none * 1000:.1f} ms, ratio {many / none:.2f}")
    assert {count for _, count in costs["none"]} == {count for _, count in costs["many"]}
    assert many / none <= 2
