"""Figures of days and periods against a slow definition that looks for each first purchase among all sales."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
from django.db import connection

from common.ids import new_id
from common.statistics import refresh_statistics
from members.models import Member
from members.operations import recount_purchases
from merchants.facts import SYSTEM
from merchants.operations import change_merchant_settings
from merchants.queries import merchant_by_id
from merchants.tenancy import merchant_scope
from sales.invariants import verify
from sales.models import Refund, Sale, UnmatchedReturn
from sales.queries import DayFigures, buyer_count, daily_figures, unmatched_returns, unmatched_totals
from tests.buyers import BuyersShop, add_members, open_shop, sale_row

TODAY = date(2026, 3, 31)
DAYS = 120


@dataclass
class _Sold:
    row: Sale
    back: list[tuple[date, int]] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        return self.row.total_amount > sum(amount for _, amount in self.back)


@dataclass
class _RandomHistory:
    """A shop's past as plain lists, which the oracle reads, and the same in the tables."""

    shop: BuyersShop
    sales: list[_Sold] = field(default_factory=list)
    unmatched: list[tuple[date, int, UUID | None]] = field(default_factory=list)

    def sell(self, on: date, amount: int, member_id: UUID | None = None) -> _Sold:
        sold = _Sold(sale_row(self.shop, member_id=member_id, on=on, amount=amount))
        sold.row.save(force_insert=True)
        self.sales.append(sold)
        return sold

    def give_back(self, sold: _Sold, on: date, amount: int) -> None:
        at = datetime.combine(on, time(6), tzinfo=UTC)
        sold.back.append((on, amount))
        Refund.objects.create(
            merchant_id=self.shop.merchant.id,
            sale_id=sold.row.id,
            till_id=sold.row.till_id,
            kind="refund",
            refund_reference=new_id().hex,
            request_fingerprint=b"\0" * 32,
            occurred_at=at,
            received_at=at,
            business_date=on,
            amount=amount,
            goods_amount=amount,
            points_reversed=0,
            points_returned=0,
            points_balance=0,
        )
        refunded = sum(amount for _, amount in sold.back)
        Sale.objects.filter(merchant_id=self.shop.merchant.id, id=sold.row.id).update(refunded_amount=refunded)

    def give_back_without_sale(self, on: date, quantity: int, unit: int, member_id: UUID | None = None) -> None:
        self.unmatched.append((on, quantity * unit, member_id))
        UnmatchedReturn.objects.create(
            merchant_id=self.shop.merchant.id,
            till_id=self.shop.till_id,
            reference=new_id().hex,
            line_no=1,
            member_id=member_id,
            sku="KOPI",
            quantity=quantity,
            unit_amount=unit,
            occurred_at=datetime.combine(on, time(7), tzinfo=UTC),
        )

    def settle(self) -> None:
        """Settle the members' running figures, as every operation does after sales and returns."""
        ids = sorted({sold.row.member_id for sold in self.sales if sold.row.member_id})
        recount_purchases(merchant=self.shop.merchant, member_ids=ids, source_view="sales_purchase")

    # The definition, in words of one sale after the other.

    def expected(self, first: date, last: date) -> dict[date, DayFigures]:
        found: dict[date, DayFigures] = {}

        def add(day: date, figures: DayFigures) -> None:
            if first <= day <= last:
                found[day] = found.get(day, DayFigures()) + figures

        for sold in self.sales:
            amount, member_id = sold.row.total_amount, sold.row.member_id
            split = self._split(sold, amount) if member_id else {}
            add(
                sold.row.business_date,
                DayFigures(
                    receipts=int(amount > 0),
                    sold_amount=amount,
                    member_receipts=int(amount > 0 and member_id is not None),
                    **split,
                ),
            )
            for day, back in sold.back:
                add(day, DayFigures(returned_amount=back, **(self._split(sold, -back) if member_id else {})))
        for day, back, member_id in self.unmatched:
            taken = -back if member_id else 0
            add(day, DayFigures(unmatched_amount=back, unmatched_lines=1, returning_amount=taken))
        return found

    def _split(self, sold: _Sold, amount: int) -> dict[str, int]:
        kept = [
            other.row.business_date
            for other in self.sales
            if other.row.member_id == sold.row.member_id and other.is_kept and other.row.total_amount > 0
        ]
        is_first = not kept or sold.row.business_date <= min(kept)
        return {"first_amount" if is_first else "returning_amount": amount}

    def expected_buyers(self, first: date, last: date) -> int:
        return len(
            {
                s.row.member_id
                for s in self.sales
                if s.is_kept and s.row.member_id and first <= s.row.business_date <= last
            }
        )


@pytest.fixture
def history(db: None) -> Iterator[_RandomHistory]:
    shop = open_shop()
    with merchant_scope(shop.merchant.id):
        yield _RandomHistory(shop)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_those_of_the_slow_definition(history: _RandomHistory, seed: int) -> None:
    chance = random.Random(seed)
    members = add_members(history.shop, 30)
    for _ in range(260):
        member_id = chance.choice([*members, None])
        on = TODAY - timedelta(days=int(DAYS * chance.random() ** 1.5))
        sold = history.sell(on, chance.choice([0, 10_000, 25_000, 70_000]), member_id)
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            left = sold.row.total_amount - sum(amount for _, amount in sold.back)
            back = chance.choice([left, left // 2])
            day = on + timedelta(days=chance.randrange(0, 20))
            if back and day <= TODAY:
                history.give_back(sold, day, back)
    for _ in range(12):
        on = TODAY - timedelta(days=chance.randrange(DAYS))
        history.give_back_without_sale(on, chance.randrange(1, 4), 7_000, chance.choice([*members, None]))
    history.settle()

    for first, last in ((TODAY - timedelta(days=29), TODAY), (TODAY - timedelta(days=83), TODAY - timedelta(days=20))):
        assert daily_figures(merchant=history.shop.merchant, first=first, last=last) == history.expected(first, last)
        found = buyer_count(merchant=history.shop.merchant, first=first, last=last)
        assert found == history.expected_buyers(first, last)


def test_a_day_that_is_over_keeps_its_figure_when_goods_come_back(history: _RandomHistory) -> None:
    (member_id,) = add_members(history.shop, 1)
    sold = history.sell(date(2026, 1, 10), 50_000, member_id)
    history.settle()
    before = daily_figures(merchant=history.shop.merchant, first=date(2026, 1, 1), last=date(2026, 1, 31))
    history.give_back(sold, date(2026, 2, 3), 50_000)
    history.settle()
    after = daily_figures(merchant=history.shop.merchant, first=date(2026, 1, 1), last=date(2026, 1, 31))
    assert [day.net_amount for day in before.values()] == [day.net_amount for day in after.values()] == [50_000]
    (february,) = daily_figures(merchant=history.shop.merchant, first=date(2026, 2, 1), last=date(2026, 2, 28)).values()
    assert february.net_amount == -50_000
    assert february.first_amount == -50_000


def test_returns_without_their_sale_count_on_their_own_business_day(db: None) -> None:
    shop = open_shop(day_starts_at=time(4, 0))
    with merchant_scope(shop.merchant.id):
        UnmatchedReturn.objects.create(
            merchant_id=shop.merchant.id,
            till_id=shop.till_id,
            reference="C-1",
            line_no=1,
            sku="KOPI",
            quantity=3,
            unit_amount=20_000,
            occurred_at=datetime(2026, 3, 5, 20, 30, tzinfo=UTC),
        )  # 03:30 on the 6th in Jakarta: still the business day of the 5th
        found = daily_figures(merchant=shop.merchant, first=date(2026, 3, 1), last=date(2026, 3, 31))
        assert {day: figures.net_amount for day, figures in found.items()} == {date(2026, 3, 5): -60_000}
        (line,) = unmatched_returns(merchant=shop.merchant, first=date(2026, 3, 5), last=date(2026, 3, 5))
        assert (line.business_date, line.amount, line.reference) == (date(2026, 3, 5), 60_000, "C-1")
        assert unmatched_totals(merchant=shop.merchant, first=date(2026, 3, 5), last=date(2026, 3, 5)) == (1, 60_000)
        assert unmatched_totals(merchant=shop.merchant, first=date(2026, 3, 6), last=date(2026, 3, 6)) == (0, 0)


def test_a_moved_start_of_day_moves_no_first_purchase(history: _RandomHistory) -> None:
    """Days were counted by the old start; `first_purchase_at` read by the new one would name another day."""
    first, second = add_members(history.shop, 2)
    history.sell(date(2026, 3, 1), 10_000, first)  # 05:00 UTC is noon in Jakarta
    history.sell(date(2026, 3, 2), 20_000, first)
    history.sell(date(2026, 2, 28), 5_000, second)
    history.sell(date(2026, 3, 1), 7_000, second)
    history.settle()
    change_merchant_settings(
        merchant=history.shop.merchant, changes={"day_starts_at": time(13, 0)}, at=datetime.now(UTC), actor=SYSTEM
    )
    merchant = merchant_by_id(history.shop.merchant.id)
    for start in (date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 20)):
        found = daily_figures(merchant=merchant, first=start, last=TODAY)
        assert found == history.expected(start, TODAY)


def test_first_purchases_are_not_looked_for_among_all_sales(history: _RandomHistory) -> None:
    """The plan touches sales of the asked days only, at most thrice, however long the shop has been selling."""
    members = add_members(history.shop, 40)
    for n, member_id in enumerate(members):
        for days_ago in (10, 60 + n, 100 + n, 150 + n, 200 + n, 250 + n, 300 + n, 400 + n):
            history.sell(TODAY - timedelta(days=days_ago), 10_000, member_id)
    history.settle()
    refresh_statistics("sales_sale", "members_member")
    read = _rows_read("sales_sale", history, TODAY - timedelta(days=29), TODAY)
    assert 40 <= read <= 3 * 40 + 10


def _rows_read(table: str, history: _RandomHistory, first: date, last: date) -> int:
    """Rows of the table that the statement touched, by PostgreSQL's own count of this transaction."""
    with connection.cursor() as cursor:
        counter = "SELECT seq_tup_read + idx_tup_fetch + idx_scan FROM pg_stat_xact_user_tables WHERE relname = %s"
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(counter, [table])
        before = cursor.fetchone()[0]
        daily_figures(merchant=history.shop.merchant, first=first, last=last)
        cursor.execute(counter, [table])
        return int(cursor.fetchone()[0]) - int(before)


@pytest.mark.parametrize("column", ["first_purchase_at", "last_purchase_at"])
def test_verify_finds_a_date_of_purchase_that_no_sale_bears_out(history: _RandomHistory, column: str) -> None:
    (member_id,) = add_members(history.shop, 1)
    history.sell(date(2026, 1, 10), 50_000, member_id)
    history.sell(date(2026, 2, 10), 50_000, member_id)
    history.settle()
    assert not [found for found in verify(merchant=history.shop.merchant) if found.invariant == "P5"]
    moved = {column: datetime(2026, 1, 20, tzinfo=UTC)}
    Member.objects.filter(merchant_id=history.shop.merchant.id, id=member_id).update(**moved)
    found = [found for found in verify(merchant=history.shop.merchant) if found.invariant == "P5"]
    assert [one.row_id for one in found] == [str(member_id)]
