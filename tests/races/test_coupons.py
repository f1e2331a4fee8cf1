"""T03: one single-use code at 64 tills at once. T04 in small: a limit that many want at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon, CouponRedemption
from rewards.coupons.operations import checkout as coupon_operations
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from rewards.invariants import verify
from rewards.promotions.operations import create_promotion
from sales.operations import record_sale
from tests.races.together import Meeting, outcomes
from tests.sales_shop import NOW, SellingShop, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")


def code_of(shop: SellingShop) -> str:
    today = shop.merchant.day_of(NOW)
    with merchant_scope(shop.merchant.id):
        batch = create_coupon_batch(
            merchant=shop.merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=NOW
        )
        coupon = issue_coupon(
            merchant=shop.merchant, batch_id=batch, member_id=None, source_id=None, at=NOW, today=today
        )
        return coupon_by_id(merchant=shop.merchant, coupon_id=coupon, at=NOW, today=today).code


def sell_with(shop: SellingShop, code: str) -> Any:
    def once(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            record_sale(merchant=shop.merchant, till=shop.till, draft=sale(coupon_codes=(code,)), received_at=NOW)

    return once


def standing_uses(shop: SellingShop) -> int:
    with merchant_scope(shop.merchant.id):
        return CouponRedemption.objects.filter(merchant_id=shop.merchant.id).count()


def test_a_single_use_code_taken_by_64_at_once_is_used_once() -> None:
    shop = open_selling_shop()
    assert outcomes(sell_with(shop, code_of(shop)), 64) == Counter(ok=1, coupon_not_usable=63)
    assert standing_uses(shop) == 1
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []


def test_without_lock_guard_and_constraints_the_same_code_is_used_more_than_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: without the lock, the guard and the constraints the test above fails."""
    shop = open_selling_shop()
    code = code_of(shop)
    unlocked = coupon_operations.lock_coupons
    monkeypatch.setattr(
        "sales.operations.gathered_contexts.lock_coupons", lambda **given: unlocked(**{**given, "lock": False})
    )
    monkeypatch.setattr(coupon_operations, "_count_up", read_then_write(Meeting(16)))
    with constraints_off():
        assert outcomes(sell_with(shop, code), 16) == Counter(ok=16)
        with merchant_scope(shop.merchant.id):
            CouponRedemption.objects.filter(merchant_id=shop.merchant.id).delete()


def read_then_write(all_have_looked: Meeting) -> Callable[..., dict[Any, int]]:
    """Do what the guarded UPDATE replaces: look, and write once everybody has looked."""

    def count_up(merchant: Any, used: Any) -> dict[Any, int]:
        ids = [coupon.coupon_id for coupon in used]
        rows = list(Coupon.objects.filter(merchant_id=merchant.id, id__in=ids))
        all_have_looked.wait()
        for row in rows:
            if row.committed >= row.max_uses:
                raise coupon_operations.CouponNotUsable
            Coupon.objects.filter(merchant_id=merchant.id, id=row.id).update(committed=row.committed + 1)
        return dict.fromkeys(ids, 1)

    return count_up


@contextmanager
def constraints_off() -> Iterator[None]:
    """The unique key of uses is gone meanwhile; as the owner, in this process's own test database."""
    owner = psycopg2.connect(settings.DATABASE_OWNER_URL, dbname=settings.DATABASES["default"]["NAME"])
    owner.autocommit = True
    with owner.cursor() as cursor:
        cursor.execute("DROP INDEX coupon_use_once")
        try:
            yield
        finally:
            cursor.execute(
                "CREATE UNIQUE INDEX coupon_use_once ON rewards_couponredemption (merchant_id, coupon_id, use_no) "
                "WHERE NOT over AND reinstated_at IS NULL"
            )
    owner.close()


def test_a_limit_of_ten_wanted_by_forty_gives_exactly_ten() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        create_promotion(
            merchant=shop.merchant,
            definition={"title": "Sepuluh pertama", "kind": "amount_off", "value": 5_000, "usage": {"limit": 10}},
            starts_at=NOW,
            at=NOW,
        )
    discounts: list[int] = []

    def buy(number: int) -> None:
        with merchant_scope(shop.merchant.id):
            sold = record_sale(merchant=shop.merchant, till=shop.till, draft=sale(), received_at=NOW)
        discounts.append(sold.sale.outcome.discount_amount)

    assert outcomes(buy, 40) == Counter(ok=40)
    assert Counter(discounts) == Counter({5_000: 10, 0: 30})
