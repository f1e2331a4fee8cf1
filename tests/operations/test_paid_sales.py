"""A sale that is paid is never refused for a limit: what the till believed counts, and a warning says what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from common.errors import Refusal
from ledger.facts import Unit
from ledger.queries import balance
from loyalty.management.commands.verify import verification_modules
from members.facts import MemberFacts
from members.operations import block
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope, refusable
from rewards.coupons.models import Coupon, CouponRedemption
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from rewards.promotions.models import Promotion, PromotionUse
from rewards.promotions.operations import create_promotion
from sales.facts import Charged, SaleFacts
from sales.operations import refund_sale, void_sale
from tests.sales_shop import NOW, SellingShop, line, open_selling_shop, refund_of

pytestmark = pytest.mark.django_db

KOPI = line(1, 25_000)


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    opened = open_selling_shop()
    with merchant_scope(opened.merchant.id):
        yield opened
        for _, module in verification_modules():
            assert module.verify(merchant=opened.merchant) == []


def pay(shop: SellingShop, *lines: Any, **fields: Any) -> SaleFacts:
    """Record a sale that was paid before we were asked."""
    return shop.sell(*(lines or (KOPI,)), is_paid=True, **fields)


def codes(sold: SaleFacts) -> list[str]:
    return [warning.code for warning in sold.warnings]


def points(shop: SellingShop, member: MemberFacts) -> tuple[int, int]:
    """Return the member's balance and debt."""
    today = shop.merchant.day_of(NOW)
    found = balance(merchant=shop.merchant, owner_id=member.id, unit=Unit.POINTS, business_date=today)
    return found.points_balance, found.debt


def rich(shop: SellingShop) -> MemberFacts:
    """Return a member with 100 points."""
    member = shop.join()
    shop.sell(line(1, 1_000_000), member=member)
    assert points(shop, member) == (100, 0)
    return member


def coupon_code(shop: SellingShop, *, member: MemberFacts | None = None) -> str:
    """Return a code for 10 % off that can be used once."""
    today, merchant = shop.merchant.day_of(NOW), shop.merchant
    batch_id = create_coupon_batch(
        merchant=merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=NOW
    )
    owner = member.id if member else None
    issued = issue_coupon(merchant=merchant, batch_id=batch_id, member_id=owner, source_id=None, at=NOW, today=today)
    return coupon_by_id(merchant=merchant, coupon_id=issued, at=NOW, today=today).code


# --- points and wallet money -------------------------------------------------------------------------------------


def test_points_that_are_missing_become_debt_and_the_rest_is_the_merchants_loss(shop: SellingShop) -> None:
    member = rich(shop)
    sold = pay(shop, member=member, redeem_points=150)
    assert (sold.points_redeemed, sold.payable_amount, codes(sold)) == (150, 10_000, ["points_missing"])
    assert sold.warnings[0].facts == {"debt": 50, "loss": 0}
    assert points(shop, member) == (-49, 49)


def test_debt_goes_no_further_than_the_merchants_limit(shop: SellingShop) -> None:
    shop = replace(shop, merchant=replace(shop.merchant, max_debt_points=30))
    member = shop.join()
    sold = pay(shop, member=member, redeem_points=50)
    assert (codes(sold), sold.warnings[0].facts) == (["points_missing"], {"debt": 30, "loss": 20})
    assert points(shop, member)[1] <= 30


def test_the_same_sale_is_refused_while_it_is_not_paid(shop: SellingShop) -> None:
    member = rich(shop)
    with pytest.raises(Refusal, match="insufficient_points"), refusable():
        shop.sell(KOPI, member=member, redeem_points=150)


def test_wallet_money_that_is_missing_becomes_debt(shop: SellingShop) -> None:
    member = shop.join()
    sold = pay(shop, member=member, redeem_wallet_amount=5_000)
    assert (sold.payable_amount, codes(sold)) == (20_000, ["wallet_missing"])
    assert sold.warnings[0].facts == {"debt": 5_000, "loss": 0}


def test_a_return_gives_back_what_was_taken_and_no_more(shop: SellingShop) -> None:
    member = rich(shop)
    sold = pay(shop, line(1, 1_000_000), member=member, redeem_points=10_000)
    assert sold.warnings[0].facts == {"debt": 5_000, "loss": 4_900}
    void_sale(merchant=shop.merchant, till=shop.till, reference=sold.reference, reason="", received_at=NOW)
    assert points(shop, member) == (100, 0)


# --- whom it names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [{"identifier": "0812 9999 8888"}, {"member_id": UUID(int=7)}])
def test_an_unknown_member_leaves_the_sale_without_one(shop: SellingShop, named: dict[str, Any]) -> None:
    sold = pay(shop, **named)
    assert (sold.member, sold.points_earned, codes(sold)) == (None, 0, ["member_unknown"])


def test_points_of_an_unknown_member_are_the_merchants_loss(shop: SellingShop) -> None:
    sold = pay(shop, identifier="0812 9999 8888", redeem_points=100)
    assert (sold.member, sold.payable_amount, sold.points_redeemed) == (None, 15_000, 0)
    assert codes(sold) == ["member_unknown", "points_missing"]
    assert sold.warnings[1].facts == {"debt": 0, "loss": 100}
    refund_sale(
        merchant=shop.merchant, till=shop.till, reference=sold.reference, draft=refund_of(("1", 1)), received_at=NOW
    )


def test_a_blocked_member_neither_earns_nor_spends(shop: SellingShop) -> None:
    member = rich(shop)
    block(merchant=shop.merchant, member_id=member.id, actor=SYSTEM, reason="lost card", at=NOW)
    sold = pay(shop, member=member, redeem_points=100)
    assert (sold.member, sold.payable_amount, codes(sold)) == (None, 15_000, ["member_blocked", "points_missing"])
    assert points(shop, member) == (100, 0)


def test_a_missing_code_is_a_warning(shop: SellingShop) -> None:
    member = rich(shop)
    careful = replace(shop, merchant=replace(shop.merchant, verify_above_points=50))
    sold = pay(careful, member=member, redeem_points=100)
    assert (sold.points_redeemed, codes(sold)) == (100, ["verification_missing"])
    assert points(shop, member) == (1, 0)


# --- coupons and limits ------------------------------------------------------------------------------------------


def test_a_coupon_that_another_sale_used_acts_and_is_booked_over(shop: SellingShop) -> None:
    code = coupon_code(shop)
    shop.sell(KOPI, coupon_codes=(code,))
    sold = pay(shop, coupon_codes=(code,))
    assert (sold.outcome.discount_amount, codes(sold)) == (2_500, ["coupon_over_redeemed"])
    uses = CouponRedemption.objects.order_by("redeemed_at", "id").values_list("over", "discount_amount")
    assert sorted(uses) == [(False, 2_500), (True, 2_500)]
    assert Coupon.objects.get(merchant_id=shop.merchant.id).committed == 1


def test_a_used_coupon_of_another_member_is_no_offer(shop: SellingShop) -> None:
    owner = shop.join()
    code = coupon_code(shop, member=owner)
    shop.sell(KOPI, member=owner, coupon_codes=(code,))
    sold = pay(shop, member=shop.join(), coupon_codes=(code,))
    assert (sold.outcome.discount_amount, codes(sold)) == (0, ["coupon_not_applied"])


def test_a_code_that_was_never_an_offer_is_a_warning_and_what_was_charged_stays(shop: SellingShop) -> None:
    charged = Charged(lines=(), payable_amount=20_000)
    sold = pay(shop, coupon_codes=("TIDAKADA",), charged=charged)
    assert (sold.payable_amount, codes(sold)) == (20_000, ["coupon_not_applied", "charged_differs"])


def test_a_promotion_that_is_used_up_gives_its_discount_outside_the_counters(shop: SellingShop) -> None:
    definition = {"title": "Promo", "kind": "amount_off", "value": 5_000, "usage": {"limit": 1}}
    promotion_id = create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)
    shop.sell(KOPI)
    sold = pay(shop)
    assert (sold.outcome.discount_amount, codes(sold)) == (5_000, ["promotion_limit_exceeded"])
    assert Promotion.objects.get(id=promotion_id).used_count == 1
    assert PromotionUse.objects.filter(promotion_id=promotion_id, over=True).count() == 1


def test_what_the_till_charged_says_that_it_did_not_give_the_discount(shop: SellingShop) -> None:
    definition = {"title": "Promo", "kind": "amount_off", "value": 5_000, "usage": {"limit": 1}}
    create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)
    shop.sell(KOPI)
    sold = pay(shop, charged=Charged(lines=(), payable_amount=25_000))
    assert sold.payable_amount == 25_000
    assert "charged_differs" in codes(sold)


def test_points_have_their_limits_also_for_a_paid_sale(shop: SellingShop) -> None:
    definition = {"title": "Bonus", "kind": "earn_bonus", "points": 50, "budget": {"type": "uses", "limit": 1}}
    create_promotion(merchant=shop.merchant, definition=definition, starts_at=NOW, at=NOW)
    first, second = pay(shop, member=shop.join()), pay(shop, member=shop.join())
    assert first.points_earned - second.points_earned == 50
    assert codes(second) == []


def test_an_unknown_gift_card_is_skipped(shop: SellingShop) -> None:
    sold = pay(shop, gift_card_codes=("AAAA-BBBB-CCCC",), charged=Charged(lines=(), payable_amount=5_000))
    assert (sold.payable_amount, codes(sold)) == (5_000, ["gift_card_skipped", "charged_differs"])
