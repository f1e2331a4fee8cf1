"""Sales and returns: what they earn, what they give back, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from common.errors import BadInput, Refusal
from ledger.facts import Unit
from ledger.queries import balance
from members.queries import member
from merchants.tenancy import merchant_scope, refusable
from rewards.coupons.operations import CouponNotUsable, create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from sales.facts import Charged, ChargedLine, QuoteDraft
from sales.invariants import verify
from sales.operations import (
    ClaimNotPossible,
    RefundConflict,
    RefundExceedsSale,
    SaleAlreadyVoided,
    SaleConflict,
    claim_sale,
    quote_cart,
    record_sale,
    refund_sale,
    release_quote,
    void_sale,
)
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of, sale

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened
        assert verify(merchant=opened.merchant) == []


def points(shop: SellingShop, member_id: UUID) -> int:
    today = shop.merchant.day_of(NOW)
    return balance(
        merchant=shop.merchant,
        owner_id=member_id,
        unit=Unit.POINTS,
        business_date=today,
    ).points_balance


def test_a_sale_earns_moves_the_figures_and_equals_its_quote(shop: SellingShop) -> None:
    budi = shop.join()
    quoted = quote_cart(
        merchant=shop.merchant, till=shop.till, draft=QuoteDraft(lines=sale().lines, member_id=budi.id), at=NOW
    )
    sold = shop.sell(member=budi)
    assert quoted.outcome == sold.outcome
    assert (sold.outcome.total_amount, sold.points_earned, sold.points_balance) == (101_000, 10, 10)
    after = member(merchant=shop.merchant, member_id=budi.id)
    assert (after.purchase_count, after.spend_amount, after.last_purchase_at) == (1, 101_000, NOW)


def test_the_same_receipt_is_one_sale_and_other_content_a_conflict(shop: SellingShop) -> None:
    budi = shop.join()
    first = sale(member=budi, reference="S-1")
    recorded = record_sale(merchant=shop.merchant, till=shop.till, draft=first, received_at=NOW)
    again = record_sale(merchant=shop.merchant, till=shop.till, draft=first, received_at=NOW)
    assert (recorded.created, again.created, again.sale.id) == (True, False, recorded.sale.id)
    assert points(shop, budi.id) == 10
    other = sale(member=budi, reference="S-1", request_fingerprint=b"other".ljust(32))
    with pytest.raises(SaleConflict), refusable():
        record_sale(merchant=shop.merchant, till=shop.till, draft=other, received_at=NOW)


@pytest.mark.parametrize("order", list(permutations([("1", 1), ("1", 1), ("2", 1), ("3", 2), ("3", 1)]))[::17])
def test_returns_in_any_order_sum_to_the_whole(shop: SellingShop, order: tuple[tuple[str, int], ...]) -> None:
    """Thresholds, rounding and points as payment included: what is left at the end is what was there at the start."""
    budi = shop.join()
    shop.sell(line(1, 70_000), member=budi)
    sold = shop.sell(member=budi, redeem_points=7)
    assert (sold.points_redeemed, sold.payable_amount) == (7, 101_000 - 700)
    refunds = [
        refund_sale(
            merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(part), received_at=NOW
        ).refund
        for part in order
    ]
    assert sum(r.goods_amount for r in refunds) == 101_000
    assert sum(r.amount for r in refunds) == 100_300
    assert sum(r.points_returned for r in refunds) == 7
    assert sum(r.points_reversed for r in refunds) == sold.points_earned
    assert points(shop, budi.id) == 7
    assert member(merchant=shop.merchant, member_id=budi.id).purchase_count == 1


def test_a_return_beyond_what_was_sold_is_refused_whole(shop: SellingShop) -> None:
    sold = shop.sell(member=shop.join())
    with pytest.raises(RefundExceedsSale) as refused, refusable():
        refund_sale(
            merchant=shop.merchant,
            till=shop.till,
            reference=sold.reference,
            draft=refund_of(("2", 1), ("1", 3)),
            received_at=NOW,
        )
    assert refused.value.facts["lines"] == [{"line_id": "1", "asked": 3, "left": 2}]
    with pytest.raises(BadInput), refusable():
        refund_sale(
            merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("9", 1)), received_at=NOW
        )


def test_a_refund_reference_is_natural_once(shop: SellingShop) -> None:
    sold = shop.sell(member=shop.join())
    draft = refund_of(("1", 1), reference="F-1")
    first = refund_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=draft, received_at=NOW)
    again = refund_sale(merchant=shop.merchant, till=shop.till, reference=str(sold.id), draft=draft, received_at=NOW)
    assert (first.created, again.created, again.refund.id) == (True, False, first.refund.id)
    with pytest.raises(RefundConflict), refusable():
        refund_sale(
            merchant=shop.merchant,
            till=shop.till,
            reference=sold.reference,
            draft=refund_of(("2", 1), reference="F-1"),
            received_at=NOW,
        )


def test_a_void_after_a_part_refund_reverses_the_rest_once(shop: SellingShop) -> None:
    budi = shop.join()
    sold = shop.sell(member=budi)
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
    )
    voided = void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)
    assert (voided.sale.status, voided.refund.goods_amount) == ("voided", 76_000)
    assert points(shop, budi.id) == 0
    with pytest.raises(SaleAlreadyVoided), refusable():
        void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)


def test_buying_spending_and_returning_a_hundred_times_gains_nothing(shop: SellingShop) -> None:
    """T49, a tenth of it: earn, pay the next purchase with it, return everything."""
    budi = shop.join()
    shop.sell(line(1, 500_000), member=budi)
    start = points(shop, budi.id)
    for _ in range(10):
        first = shop.sell(member=budi, redeem_points=5)
        void_sale(merchant=shop.merchant, till=shop.till, reference=first.reference, reason="", received_at=NOW)
    assert points(shop, budi.id) == start


def test_spent_then_refunded_points_leave_a_debt_that_the_next_earnings_repay(shop: SellingShop) -> None:
    """T44: earn 100, spend 100, refund -> -100; earn 60 -> -40, nothing can be spent."""
    budi = shop.join()
    sold = shop.sell(line(1, 1_000_000), member=budi)
    shop.sell(line(1, 9_999), line(2, 9_999), member=budi, redeem_points=100)
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
    )
    assert points(shop, budi.id) == -100
    shop.sell(line(1, 600_000), member=budi)
    assert points(shop, budi.id) == -40
    with pytest.raises(Refusal) as refused, refusable():
        shop.sell(member=budi, redeem_points=1)
    assert refused.value.code == "insufficient_points"


def test_a_coupon_is_used_once_and_comes_back_with_the_void(shop: SellingShop) -> None:
    budi = shop.join()
    today = shop.merchant.day_of(NOW)
    batch = create_coupon_batch(
        merchant=shop.merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=NOW, valid_days=14
    )
    coupon_id = issue_coupon(
        merchant=shop.merchant, batch_id=batch, member_id=budi.id, source_id=None, at=NOW, today=today
    )
    code = coupon_by_id(merchant=shop.merchant, coupon_id=coupon_id, at=NOW, today=today).code
    sold = shop.sell(member=budi, coupon_codes=(code.lower(),))
    assert (sold.outcome.discount_amount, sold.outcome.total_amount) == (10_100, 90_900)
    for wrong in (code, "K7QH2M4TX9CDR"):
        with pytest.raises(CouponNotUsable), refusable():
            shop.sell(member=budi, coupon_codes=(wrong,))
    void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)
    assert shop.sell(member=budi, coupon_codes=(code,)).outcome.discount_amount == 10_100


def test_a_coupon_bound_to_another_member_is_refused(shop: SellingShop) -> None:
    budi, sari = shop.join(), shop.join(name="Sari")
    today = shop.merchant.day_of(NOW)
    batch = create_coupon_batch(
        merchant=shop.merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=NOW
    )
    coupon_id = issue_coupon(
        merchant=shop.merchant, batch_id=batch, member_id=sari.id, source_id=None, at=NOW, today=today
    )
    code = coupon_by_id(merchant=shop.merchant, coupon_id=coupon_id, at=NOW, today=today).code
    with pytest.raises(CouponNotUsable) as refused, refusable():
        shop.sell(member=budi, coupon_codes=(code,))
    assert refused.value.facts["coupons"] == [{"code": code, "reason": "wrong_member"}]


def test_a_reserved_quote_holds_points_until_it_is_sold_released_or_lapsed(shop: SellingShop) -> None:
    budi = shop.join()
    shop.sell(line(1, 100_000), member=budi)
    draft = QuoteDraft(lines=sale().lines, member_id=budi.id, redeem_points=10, reserve=True)
    held = quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW)
    with pytest.raises(Refusal), refusable():
        shop.sell(member=budi, redeem_points=1)
    release_quote(merchant=shop.merchant, till=shop.till, quote_id=held.quote_id, at=NOW)
    again = quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW)
    sold = shop.sell(member=budi, redeem_points=10, quote_id=again.quote_id)
    assert (sold.points_redeemed, sold.warnings, sold.points and sold.points.held) == (10, (), 0)


def test_a_sale_that_differs_from_its_reserved_quote_is_priced_again_with_what_was_held(shop: SellingShop) -> None:
    budi = shop.join()
    shop.sell(line(1, 100_000), member=budi)
    draft = QuoteDraft(lines=sale().lines, member_id=budi.id, redeem_points=10, reserve=True)
    held = quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW)
    sold = shop.sell(line(1, 30_000), member=budi, redeem_points=10, quote_id=held.quote_id)
    assert [w.code for w in sold.warnings] == ["quote_changed"]
    assert (sold.points_redeemed, sold.points and sold.points.held) == (10, 0)


def test_a_paid_sale_whose_points_are_gone_becomes_debt_and_says_so(shop: SellingShop) -> None:
    """The quote lapsed, the points were spent elsewhere, the customer has paid: the sale is recorded."""
    budi = shop.join()
    shop.sell(line(1, 100_000), member=budi)
    draft = QuoteDraft(lines=sale().lines, member_id=budi.id, redeem_points=10, reserve=True)
    held = quote_cart(merchant=shop.merchant, till=shop.till, draft=draft, at=NOW)
    later = NOW + timedelta(minutes=11)
    record_sale(
        merchant=shop.merchant,
        till=shop.till,
        draft=sale(line(1, 9_000), member=budi, redeem_points=10),
        received_at=later,
    )
    paid = record_sale(
        merchant=shop.merchant,
        till=shop.till,
        draft=sale(member=budi, redeem_points=10, quote_id=held.quote_id),
        received_at=later,
    ).sale
    assert [w.code for w in paid.warnings] == ["points_missing"]
    assert (paid.points_redeemed, paid.points_balance) == (10, 0)


def test_what_was_charged_is_the_fact(shop: SellingShop) -> None:
    budi = shop.join()
    charged = Charged(lines=(ChargedLine("1", 40_000),), payable_amount=91_000)
    sold = shop.sell(member=budi, charged=charged)
    assert [w.code for w in sold.warnings] == ["charged_differs"]
    assert (sold.outcome.total_amount, sold.outcome.discount_amount, sold.payable_amount) == (91_000, 0, 91_000)
    assert sold.points_earned == 9


def test_an_anonymous_sale_may_be_claimed_within_the_limit_of_days(shop: SellingShop) -> None:
    budi, sari = shop.join(), shop.join(name="Sari")
    sold = shop.sell()
    assert (sold.member, sold.points_earned) == (None, 0)
    claimed = claim_sale(
        merchant=shop.merchant, till=shop.till, reference=sold.reference, member_id=budi.id, at=NOW + timedelta(days=6)
    )
    assert (claimed.points_earned, points(shop, budi.id)) == (10, 10)
    with pytest.raises(ClaimNotPossible), refusable():
        claim_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, member_id=sari.id, at=NOW)
    old = shop.sell()
    with pytest.raises(ClaimNotPossible), refusable():
        claim_sale(
            merchant=shop.merchant,
            till=shop.till,
            reference=old.reference,
            member_id=budi.id,
            at=NOW + timedelta(days=8),
        )


def test_the_future_and_the_distant_past_are_the_tills_clock_being_wrong(shop: SellingShop) -> None:
    budi = shop.join()
    for claimed, warning in ((NOW + timedelta(days=3), "clock_future"), (NOW - timedelta(days=900), "clock_past")):
        sold = shop.sell(member=budi, occurred_at=claimed)
        assert ([w.code for w in sold.warnings], sold.occurred_at) == ([warning], NOW)
