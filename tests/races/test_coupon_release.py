"""A lapsed quote is released while another till takes one of its coupons: only what the release itself ended counts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from common.errors import DomainError
from merchants.facts import MerchantFacts
from merchants.rules import business_date
from merchants.tenancy import merchant_scope
from rewards.models import Coupon, CouponReservation
from rewards.operations import create_coupon_batch, issue_coupon
from rewards.queries import coupon_by_id
from rewards.verification import verify
from sales.facts import QuoteDraft
from sales.operations import quote, record_sale, release_quote
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")
LATER = NOW + timedelta(minutes=11)
"""A minute after the first quote has lapsed."""


def open_shop_with_two_coupons() -> tuple[SellingShop, list[str]]:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        return shop, [issued_code(shop, percent) for percent in (10, 5)]


def issued_code(shop: SellingShop, percent: int) -> str:
    today = business_date(NOW, shop.merchant.timezone, shop.merchant.day_starts_at)
    batch = create_coupon_batch(
        merchant=shop.merchant, title=f"{percent} %", definition={"kind": "percent_off", "value": percent}, at=NOW
    )
    coupon = issue_coupon(merchant=shop.merchant, batch_id=batch, member_id=None, source_id=None, at=NOW, today=today)
    return coupon_by_id(merchant=shop.merchant, coupon_id=coupon, at=NOW, today=today).code


def cart(*codes: str) -> QuoteDraft:
    return QuoteDraft(lines=(line(1, 25_000, 2),), coupon_codes=codes, reserve=True)


def release_while_another_till_takes(shop: SellingShop, codes: Sequence[str]) -> None:
    """Quote 1 (both coupons) has lapsed. Till 2 takes the first coupon and has not committed yet when till 1 releases
    quote 1: it has to wait for that coupon's row, and goes on after till 2's commit.
    """
    with merchant_scope(shop.merchant.id):
        first = quote(merchant=shop.merchant, till=shop.till, draft=cart(*codes), at=NOW).quote_id
        other = shop.second_till()
    taken, pids = Event(), []

    def take() -> None:
        with merchant_scope(shop.merchant.id):
            quote(merchant=shop.merchant, till=other, draft=cart(codes[0]), at=LATER)
            taken.set()
            wait_until_blocked(pids)
        connection.close()

    def release() -> None:
        taken.wait(timeout=30)
        with merchant_scope(shop.merchant.id):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pids.append(cursor.fetchone()[0])
            release_quote(merchant=shop.merchant, till=shop.till, quote_id=first, at=LATER)
        connection.close()

    threads = [Thread(target=take), Thread(target=release)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)


def wait_until_blocked(pids: Sequence[int]) -> None:
    """Returns once the other thread's session waits for a lock of this one."""
    for _ in range(1_000):
        if pids:
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [pids[0]])
                if cursor.fetchone()[0]:
                    return
        time.sleep(0.01)
    raise AssertionError("the release never waited")


def reserved_of(shop: SellingShop) -> list[int]:
    with merchant_scope(shop.merchant.id):
        return sorted(Coupon.objects.filter(merchant_id=shop.merchant.id).values_list("reserved", flat=True))


def test_a_release_uncounts_only_the_reservations_it_ended() -> None:
    shop, codes = open_shop_with_two_coupons()
    release_while_another_till_takes(shop, codes)
    assert reserved_of(shop) == [0, 1]
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        third = sale(line(1, 25_000, 2), coupon_codes=(codes[0],))
        with pytest.raises(DomainError, match="coupon_not_usable"):
            record_sale(merchant=shop.merchant, till=shop.till, draft=third, received_at=LATER)


def release_all_of_them(*, merchant: MerchantFacts, quote_id: UUID, used: Sequence[UUID] = ()) -> None:
    """What the exact count replaces: one less for every coupon of the quote as soon as any reservation was open."""
    open_ones = CouponReservation.objects.filter(merchant_id=merchant.id, quote_id=quote_id, state="open")
    coupon_ids = sorted(open_ones.values_list("coupon_id", flat=True))
    list(Coupon.objects.select_for_update().filter(merchant_id=merchant.id, id__in=coupon_ids).order_by("id"))
    if open_ones.update(state="released"):
        mine = Coupon.objects.filter(merchant_id=merchant.id, id__in=coupon_ids)
        mine.update(reserved=Greatest(F("reserved") - 1, 0))


def test_counted_down_for_all_its_coupons_a_quote_frees_what_another_till_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr("sales.operations.quoting.release_coupons", release_all_of_them)
    shop, codes = open_shop_with_two_coupons()
    release_while_another_till_takes(shop, codes)
    assert reserved_of(shop) == [0, 0]
    with merchant_scope(shop.merchant.id):
        broken: Any = verify(merchant=shop.merchant)
        assert broken
        third = sale(line(1, 25_000, 2), coupon_codes=(codes[0],))
        record_sale(merchant=shop.merchant, till=shop.till, draft=third, received_at=LATER)
