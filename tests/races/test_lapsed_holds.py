"""A lapsed quote or hold is given back while another till takes part of it: only what ended by itself is uncounted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F
from django.db.models.functions import Greatest

from common.errors import DomainError
from ledger.invariants import verify as verify_ledger
from ledger.models import Account
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from rewards.catalogue.operations import reverse_redemption
from rewards.coupons.models import Coupon, CouponReservation
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from rewards.invariants import verify
from rewards.promotions.models import Promotion
from rewards.promotions.operations import create_promotion
from sales.facts import QuoteDraft
from sales.operations import quote_cart, record_sale, release_quote
from tests.races.test_gift_cards import card_of
from tests.races.test_reward_stock import open_counter
from tests.races.together import overlap
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, sale

pytestmark = pytest.mark.usefixtures("real_commits")
LATER = NOW + timedelta(minutes=11)
"""A minute after the first quote has lapsed."""


def open_shop_with_two_coupons() -> tuple[SellingShop, list[str]]:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        return shop, [issued_code(shop, percent) for percent in (10, 5)]


def issued_code(shop: SellingShop, percent: int) -> str:
    today = shop.merchant.day_of(NOW)
    batch = create_coupon_batch(
        merchant=shop.merchant, title=f"{percent} %", definition={"kind": "percent_off", "value": percent}, at=NOW
    )
    coupon = issue_coupon(merchant=shop.merchant, batch_id=batch, member_id=None, source_id=None, at=NOW, today=today)
    return coupon_by_id(merchant=shop.merchant, coupon_id=coupon, at=NOW, today=today).code


def cart(*codes: str) -> QuoteDraft:
    return cart_of(50_000, coupon_codes=codes)


def cart_of(amount: int, **fields: Any) -> QuoteDraft:
    return QuoteDraft(lines=(line(1, amount),), reserve=True, **fields)


def release_while_another_till_takes(shop: SellingShop, first: QuoteDraft, second: QuoteDraft) -> None:
    """The first quote has lapsed. Till 2 takes part of what it held and has not committed yet when till 1 releases it:
    the release has to wait for a row, and goes on after till 2's commit.
    """
    with merchant_scope(shop.merchant.id):
        lapsed = quote_cart(merchant=shop.merchant, till=shop.till, draft=first, at=NOW).quote_id
        other = shop.second_till()
    overlap(
        shop.merchant.id,
        lambda: quote_cart(merchant=shop.merchant, till=other, draft=second, at=LATER),
        lambda: release_quote(merchant=shop.merchant, till=shop.till, quote_id=lapsed, at=LATER),
    )


def reserved_of(shop: SellingShop) -> list[int]:
    with merchant_scope(shop.merchant.id):
        return sorted(Coupon.objects.filter(merchant_id=shop.merchant.id).values_list("reserved", flat=True))


def test_a_release_uncounts_only_the_reservations_it_ended() -> None:
    shop, codes = open_shop_with_two_coupons()
    release_while_another_till_takes(shop, cart(*codes), cart(codes[0]))
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
    monkeypatch.setattr("sales.operations.quotes.release_coupons", release_all_of_them)
    shop, codes = open_shop_with_two_coupons()
    release_while_another_till_takes(shop, cart(*codes), cart(codes[0]))
    assert reserved_of(shop) == [0, 0]
    with merchant_scope(shop.merchant.id):
        broken: Any = verify(merchant=shop.merchant)
        assert broken
        third = sale(line(1, 25_000, 2), coupon_codes=(codes[0],))
        record_sale(merchant=shop.merchant, till=shop.till, draft=third, received_at=LATER)


# --- the same shape elsewhere: each kind of thing that a quote or a hold sets aside --------------------------------


def assert_sound(shop: SellingShop) -> None:
    with merchant_scope(shop.merchant.id):
        assert verify(merchant=shop.merchant) == []
        assert verify_ledger(merchant=shop.merchant) == []


def test_limits_of_promotions() -> None:
    shop = open_selling_shop()
    with merchant_scope(shop.merchant.id):
        for title, least in (("Semua", 0), ("Belanja besar", 100_000)):
            definition = {
                "title": title,
                "kind": "amount_off",
                "value": 5_000,
                "usage": {"limit": 1, "per_day_limit": 1},
                "when": {"min_subtotal": least} if least else {},
            }
            create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)
    release_while_another_till_takes(shop, cart_of(150_000), cart_of(50_000))
    with merchant_scope(shop.merchant.id):
        limited = Promotion.objects.filter(merchant_id=shop.merchant.id, usage_limit=1).order_by("reserved_count")
        assert list(limited.values_list("reserved_count", flat=True)) == [0, 1]
    assert_sound(shop)


def test_money_of_gift_cards() -> None:
    shop = open_selling_shop()
    codes = (card_of(shop), card_of(shop))
    release_while_another_till_takes(
        shop, cart_of(150_000, gift_card_codes=codes), cart_of(50_000, gift_card_codes=codes[:1])
    )
    with merchant_scope(shop.merchant.id):
        held = Account.objects.filter(merchant_id=shop.merchant.id, owner_id__isnull=False).values_list(
            "held", flat=True
        )
        assert sorted(held) == [0, 50_000]
    assert_sound(shop)


def test_points_of_a_member() -> None:
    counter = open_counter(pieces=1, members=1, points=100)
    asked = {"member_id": counter.members[0], "redeem_points": 100}
    release_while_another_till_takes(counter.shop, cart_of(150_000, **asked), cart_of(120_000, **asked))
    with merchant_scope(counter.shop.merchant.id):
        mine = Account.objects.get(merchant_id=counter.shop.merchant.id, owner_id=counter.members[0], unit="points")
        assert mine.held == 100
    assert_sound(counter.shop)


def test_pieces_of_a_reward() -> None:
    counter = open_counter(pieces=1, members=2)
    lapsed = counter.redeem(0)
    ending = overlap(
        counter.shop.merchant.id,
        lambda: counter.take(1, at=LATER),
        lambda: reverse_redemption(
            merchant=counter.shop.merchant, redemption_id=lapsed, at=LATER, business_date=counter.today
        ),
    )
    assert ending == "redemption_already_reversed"
    assert counter.state() == (0, {"lapsed": 1, "held": 1})
    counter.assert_sound()
