"""T04, T05, T06: limits, budgets and one-per-member offers that many tills want at once, with and without guards.

The suite runs a small one of each; `make prove` runs the full size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from common.errors import TemporarilyUnavailable
from ledger.facts import Balance
from merchants.tenancy import merchant_scope
from pos_integration.retries import run_retrying
from rewards.invariants import verify
from rewards.promotions.models import Promotion, PromotionUse
from rewards.promotions.operations import create_promotion, limit_counters, limits
from sales.facts import QuoteDraft, SaleDraft
from sales.operations import quote_cart, record_sale, release_quote
from sales.operations.sale_in_progress import SaleInProgress
from tests.races.together import Meeting, outcomes, patiently, wait_until_blocked
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")
EARLIER = NOW - timedelta(minutes=10)


def offer(shop: SellingShop, **fields: Any) -> UUID:
    written = {"title": "Promo", "kind": "amount_off", "value": 5_000, **fields}
    definition = {name: value for name, value in written.items() if value is not None}
    with merchant_scope(shop.merchant.id):
        return create_promotion(merchant=shop.merchant, definition=definition, starts_at=EARLIER, at=EARLIER)


class Buyers:
    """Everybody buys once; `discounts` counts what they were given."""

    def __init__(self, shop: SellingShop, **fields: Any) -> None:
        self.shop, self.fields = shop, fields
        self.given: list[int] = []

    def __call__(self, number: int) -> None:
        draft = sale(line(1, 25_000), **self.fields_of(number))
        while True:
            try:
                run_retrying(lambda: self.buy(draft))
                return
            except TemporarilyUnavailable:
                continue  # too long in the queue for one row: the till gets 503 and sends the receipt again

    def buy(self, draft: SaleDraft) -> None:
        with merchant_scope(self.shop.merchant.id):
            sold = record_sale(merchant=self.shop.merchant, till=self.shop.till, draft=draft, received_at=NOW)
        self.given.append(sold.sale.outcome.discount_amount)

    def fields_of(self, number: int) -> dict[str, Any]:
        return self.fields

    @property
    def discounts(self) -> Counter[int]:
        return Counter(self.given)


def counters(shop: SellingShop, promotion_id: UUID) -> tuple[int, int, int, int]:
    with merchant_scope(shop.merchant.id):
        row = Promotion.objects.get(merchant_id=shop.merchant.id, id=promotion_id)
    return row.used_count, row.spent_amount, row.reserved_count, row.reserved_amount


def check(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


@pytest.mark.parametrize(
    ("limit", "buyers"),
    [(10, 30), pytest.param(1_000, 3_000, marks=[pytest.mark.proof, pytest.mark.short_proof], id="T04 in full")],
)
def test_t04_a_limit_that_three_times_as_many_want_gives_exactly_the_limit(limit: int, buyers: int) -> None:
    shop = open_selling_shop()
    promotion_id = offer(shop, usage={"limit": limit})
    buy = Buyers(shop)
    assert outcomes(buy, buyers) == Counter(ok=buyers)
    assert buy.discounts == Counter({5_000: limit, 0: buyers - limit})
    assert counters(shop, promotion_id) == (limit, 0, 0, 0)
    check(shop)


def test_a_limit_per_day_gives_exactly_the_limit() -> None:
    shop = open_selling_shop()
    offer(shop, usage={"per_day_limit": 5})
    buy = Buyers(shop)
    assert outcomes(buy, 20) == Counter(ok=20)
    assert buy.discounts == Counter({5_000: 5, 0: 15})
    check(shop)


@pytest.mark.parametrize(
    ("budget", "uses", "given", "left"),
    [
        (100_000, 20, 12, 6_676),
        pytest.param(1_000_000, 500, 128, 4_544, marks=[pytest.mark.proof, pytest.mark.short_proof], id="T06 in full"),
    ],
)
def test_t06_a_budget_is_used_up_to_the_last_whole_discount(budget: int, uses: int, given: int, left: int) -> None:
    shop = open_selling_shop()
    promotion_id = offer(shop, value=7_777, budget={"type": "spend", "limit": budget})
    buy = Buyers(shop)
    assert outcomes(buy, uses) == Counter(ok=uses)
    assert buy.discounts == Counter({7_777: given, 0: uses - given})
    assert counters(shop, promotion_id) == (given, budget - left, 0, 0)
    check(shop)


def test_a_budget_that_is_trimmed_gives_the_last_sale_what_is_left() -> None:
    shop = open_selling_shop()
    promotion_id = offer(shop, value=7_777, budget={"type": "spend", "limit": 50_000, "on_exceed": "trim"})
    buy = Buyers(shop)
    assert outcomes(buy, 20) == Counter(ok=20)
    assert buy.discounts == Counter({7_777: 6, 50_000 - 6 * 7_777: 1, 0: 13})
    assert counters(shop, promotion_id) == (7, 50_000, 0, 0)
    check(shop)


class OnePerson(Buyers):
    """The same member, named by phone, number and e-mail in turn."""

    def __init__(self, shop: SellingShop) -> None:
        super().__init__(shop)
        with merchant_scope(shop.merchant.id):
            budi = shop.join(phone="081234500001", email="budi@example.com")
        self.names = ("0812-3450-0001", budi.number, "BUDI@example.com", "+62 812 3450 0001")

    def fields_of(self, number: int) -> dict[str, Any]:
        return {"identifier": self.names[number % len(self.names)]}


@pytest.mark.parametrize("limit", ["per_member_limit", "per_member_day_limit"])
def test_t05_one_per_member_is_one_whatever_name_they_go_by(limit: str) -> None:
    shop = open_selling_shop()
    offer(shop, usage={limit: 1})
    buy = OnePerson(shop)
    assert outcomes(buy, 12) == Counter(ok=12)
    assert buy.discounts == Counter({5_000: 1, 0: 11})
    check(shop)


def test_quotes_that_hold_and_sales_that_take_share_one_limit() -> None:
    """Uses are held, released and taken in turn; the sum of held and taken uses never passes the limit."""
    shop = open_selling_shop()
    promotion_id = offer(shop, usage={"limit": 6}, budget={"type": "spend", "limit": 30_000})

    def in_scope(action: Callable[..., Any], **fields: Any) -> Any:
        with merchant_scope(shop.merchant.id):
            return action(merchant=shop.merchant, till=shop.till, **fields)

    def pass_by(number: int) -> None:
        draft = QuoteDraft(lines=(line(1, 25_000),), reserve=True)
        held = patiently(lambda: in_scope(quote_cart, draft=draft, at=NOW))
        if number % 3 == 0:
            patiently(lambda: in_scope(release_quote, quote_id=held.quote_id, at=NOW))
            return
        paid = sale(line(1, 25_000), quote_id=held.quote_id)
        sold = patiently(lambda: in_scope(record_sale, draft=paid, received_at=NOW))
        assert sold.sale.outcome.discount_amount == held.outcome.discount_amount
        assert sold.sale.warnings == ()

    assert outcomes(pass_by, 30) == Counter(ok=30)
    used, spent, held_uses, held_amount = counters(shop, promotion_id)
    assert (held_uses, held_amount) == (0, 0)
    assert used <= 6
    assert spent == used * 5_000
    check(shop)


def test_what_lapsed_is_given_again_once_to_as_many_as_it_held() -> None:
    """I15: no clean-up has run; ten minutes later the first ones take it off, all at the same moment."""
    shop = open_selling_shop()
    promotion_id = offer(shop, usage={"limit": 4})
    draft = QuoteDraft(lines=(line(1, 25_000),), reserve=True)
    for _ in range(4):
        with merchant_scope(shop.merchant.id):
            quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=EARLIER)
    assert counters(shop, promotion_id) == (0, 0, 4, 0)
    buy = Buyers(shop)
    assert outcomes(buy, 16) == Counter(ok=16)
    assert buy.discounts == Counter({5_000: 4, 0: 12})
    assert counters(shop, promotion_id) == (4, 0, 0, 0)
    check(shop)


# --- the negative controls: what the tests above prove is the work of what is taken away here ----------------------


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({"usage": {"limit": 1}}, 1),
        ({"usage": {"per_day_limit": 1}}, 1),
        ({"value": 7_777, "budget": {"type": "spend", "limit": 8_000}}, 1),
    ],
    ids=["T04", "per day", "T06"],
)
def test_without_lock_guard_and_constraint_a_limit_is_overrun(
    fields: dict[str, Any], standing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_selling_shop()
    offer(shop, **fields)
    monkeypatch.setattr(limits, "lock_counters", looked_at)
    monkeypatch.setattr(limits, "count_up", Meeting(16).wait)  # nothing is counted before all have looked
    buy = Buyers(shop)
    outcomes(buy, 16)
    assert sum(count for amount, count in buy.discounts.items() if amount) == 16 > standing


def looked_at(merchant: Any, ids: Any) -> dict[UUID, Promotion]:
    """Do what the lock replaces: a look."""
    return {row.id: row for row in Promotion.objects.filter(merchant_id=merchant.id, id__in=list(ids))}


def test_without_the_guarded_update_the_row_check_still_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_selling_shop()
    promotion_id = offer(shop, usage={"limit": 1})
    unguarded = limit_counters._COUNT_UP.partition("  AND (want.usage")[0]
    assert unguarded != limit_counters._COUNT_UP
    all_have_looked, counted_up = Meeting(16), limit_counters.count_up

    def count_up_together(*given: Any) -> None:
        all_have_looked.wait()
        counted_up(*given)

    monkeypatch.setattr(limits, "lock_counters", looked_at)
    monkeypatch.setattr(limits, "count_up", count_up_together)
    monkeypatch.setattr(limit_counters, "_COUNT_UP", unguarded)
    buy = Buyers(shop)
    assert outcomes(buy, 16) == Counter(ok=1, IntegrityError=15)
    assert buy.discounts == Counter({5_000: 1})
    assert counters(shop, promotion_id)[0] == 1


def test_without_the_members_lock_and_the_unique_slot_one_per_member_is_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = open_selling_shop()
    offer(shop, usage={"per_member_limit": 1})
    unlocked, all_have_looked = limits._free_slots, Meeting(12)

    def look_then_wait(*given: Any) -> Any:
        found = unlocked(*given)
        all_have_looked.wait()
        return found

    monkeypatch.setattr(limits, "_free_slots", look_then_wait)
    monkeypatch.setattr("sales.operations.pricing_members.lock_member", without_lock)
    monkeypatch.setattr("sales.operations.recorded_sales.post_points", nothing_moved)
    monkeypatch.setattr("sales.operations.recorded_sales.apply_member_purchase", lambda sale: None)
    unlocked_points = SimpleNamespace(balance=Balance(), has_wallet=False)
    monkeypatch.setattr(
        "sales.operations.pricing_money.lock_accounts",
        lambda *, owner_ids, **_: dict.fromkeys(owner_ids, unlocked_points),
    )
    buy = OnePerson(shop)
    with slots_not_unique():
        outcomes(buy, 12)
        assert buy.discounts == Counter({5_000: 12})
        with merchant_scope(shop.merchant.id):
            assert "I13" in {found.invariant for found in verify(merchant=shop.merchant)}
            PromotionUse.objects.filter(merchant_id=shop.merchant.id).delete()


def without_lock(*, merchant: Any, member_id: UUID) -> Any:
    from members.queries import member  # noqa: PLC0415

    return member(merchant=merchant, member_id=member_id)


def nothing_moved(sale: SaleInProgress) -> None:
    """The ledger is not posted to: it would make the sales of one member take turns."""


@contextmanager
def slots_not_unique() -> Iterator[None]:
    """The unique key of a member's uses is gone meanwhile; as the owner, in this process's own test database."""
    table, name = "rewards_promotionuse", "promotion_use_slot"
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL, dbname=settings.DATABASES["default"]["NAME"])
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (merchant_id, promotion_id, member_id, slot)"
            )
    owner.close()


def uses_free_while_a_release_waits(shop: SellingShop, quote_id: UUID) -> bool:
    """Return whether a quote's uses are free while its release waits for their promotion, which we have locked."""
    pids: list[int] = []

    def release() -> None:
        with merchant_scope(shop.merchant.id):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            release_quote(merchant=shop.merchant, till=shop.till, quote_id=quote_id, at=NOW)
        connection.close()

    thread = Thread(target=release)
    with merchant_scope(shop.merchant.id):
        list(Promotion.objects.select_for_update().filter(merchant_id=shop.merchant.id))
        thread.start()
        wait_until_blocked(pids)
        uses = PromotionUse.objects.filter(merchant_id=shop.merchant.id, quote_id=quote_id)
        is_free = uses.count() == len(uses.select_for_update(skip_locked=True)) == 1
    thread.join()
    return is_free


@pytest.mark.parametrize("locks", [True, False])
def test_a_release_touches_no_use_before_it_has_its_promotion(monkeypatch: pytest.MonkeyPatch, locks: bool) -> None:
    """An action that has locked a promotion may take its lapsed uses away; the other order deadlocks (the control)."""
    if not locks:
        monkeypatch.setattr(limit_counters, "lock_counters", lambda merchant, ids: {})
    shop = open_selling_shop()
    promotion_id = offer(shop, usage={"limit": 1})
    with merchant_scope(shop.merchant.id):
        draft = QuoteDraft(lines=(line(1, 25_000),), reserve=True)
        quote_id = quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW).quote_id
    assert uses_free_while_a_release_waits(shop, quote_id) is locks
    assert counters(shop, promotion_id) == (0, 0, 0, 0)
    check(shop)
