"""What tills sold offline comes in batches: no limit refuses any of it, and every loss is named (T41)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from limits import RateLimitItemPerHour

from merchants.facts import AuditFilter
from merchants.queries import audit_trail
from merchants.tenancy import merchant_scope
from pos_integration import throttles
from rewards.coupons.models import CouponRedemption
from rewards.coupons.operations import create_shared_code
from rewards.promotions.operations import create_promotion
from sales.queries import till_debts
from tests.api.batches import sale_item, send
from tests.api.conftest import ApiShop, open_shop
from tests.api.test_gift_cards import left, sell_card
from tests.api.test_money_together import block_member
from tests.api.test_waiting_cards import join_on_page
from tests.api.till import ApiTill, line
from tests.nights import tick

pytestmark = pytest.mark.usefixtures("midday")

PHONE = "0812 3456 7890"
GOODS = line(unit_amount=100_000)
_numbers = count(1)


@pytest.fixture
def shop(db: None) -> Iterator[ApiShop]:
    yield from opened_shop()


def opened_shop(**settings: Any) -> Iterator[ApiShop]:
    """Open a shop that ran a month ago; whatever a test does, `verify` finds nothing wrong in the end."""
    with time_machine.travel(timezone.now() - timedelta(days=30), tick=True):
        shop = open_shop("Toko Kopi Ratna", **settings)
    yield shop
    shop.assert_verified()


def pay(till: ApiTill, reference: str, **fields: Any) -> Any:
    """Send a sale of three hours ago in a batch of its own and return it as it was recorded."""
    [result] = send(till, [sale_item(next(_numbers), reference, **fields)])["results"]
    assert result["status"] == 201, result
    return result["body"]


def warned(sale: Any) -> list[str]:
    return [warning["code"] for warning in sale["warnings"]]


def rich_member(till: ApiTill, points: int = 1_000) -> str:
    """Return the id of a member with so many points."""
    member_id = str(till.enrol("0813 1111 1111")["id"])
    till.sell(f"RICH-{next(_numbers)}", line(unit_amount=points * 10_000), member_id=member_id)
    assert till.balance(member_id) == points
    return member_id


def coupon_of_last_week(shop: ApiShop) -> str:
    with time_machine.travel(timezone.now() - timedelta(days=7), tick=True):
        return shop.coupon()


def owed(shop: ApiShop) -> list[tuple[str, int, int, int]]:
    """Return what the list of debts from tills has: receipt, owed, worth in money, lost."""
    today = shop.merchant.day_of(timezone.now())
    with merchant_scope(shop.merchant.id):
        rows = till_debts(merchant=shop.merchant, first=today, last=today)
    return sorted((row.reference, row.owed, row.owed_amount, row.lost) for row in rows)


# --- points and wallet money -------------------------------------------------------------------------------------


def test_two_offline_tills_spend_the_same_points_and_both_sales_are_kept(
    shop: ApiShop, till: ApiTill, colleague: ApiTill
) -> None:
    """T41: the second 1,000 become debt, and nothing can be spent before it is repaid."""
    member_id = rich_member(till)
    first = pay(till, "A-1", lines=[GOODS], member_id=member_id, redeem_points=1_000)
    second = pay(colleague, "B-1", lines=[GOODS], member_id=member_id, redeem_points=1_000)
    assert (first["points_redeemed"], first["payable_amount"], first["warnings"]) == (1_000, 0, [])
    assert (second["points_redeemed"], second["payable_amount"], warned(second)) == (1_000, 0, ["points_missing"])
    assert (second["points_balance"], till.balance(member_id)) == (-1_000, -1_000)
    assert owed(shop) == [("B-1", 1_000, 100_000, 0)]
    more = {"reference": "R-1", "lines": [GOODS], "member_id": member_id, "redeem_points": 1}
    till.refused("POST", "/sales", more, status=409, code="insufficient_points")


def test_the_same_item_again_owes_nothing_more(shop: ApiShop, till: ApiTill) -> None:
    member_id = str(till.enrol(PHONE)["id"])
    sent = sale_item(1, "A-1", lines=[GOODS], member_id=member_id, redeem_points=50)
    answers = [send(till, [sent])["results"][0] for _ in range(2)]
    assert [answer["replayed"] for answer in answers] == [False, True]
    assert answers[0]["body"] == answers[1]["body"]
    assert owed(shop) == [("A-1", 50, 5_000, 0)]


def test_beyond_the_debt_that_a_till_may_leave_in_a_day_the_loss_is_the_merchants(db: None) -> None:
    for shop in opened_shop(settings={"till_debt_limit_amount": 60_000}):
        till, member_id = shop.till(), ""
        member_id = str(till.enrol(PHONE)["id"])
        sale = pay(till, "A-1", lines=[GOODS], member_id=member_id, redeem_points=1_000)
        assert warned(sale) == ["points_missing", "till_debt_limit_reached"]
        assert "Rp\xa060.000" in sale["warnings"][1]["message"]
        assert (till.balance(member_id), owed(shop)) == (-600, [("A-1", 600, 60_000, 400)])
        other = pay(till, "A-2", lines=[GOODS], identifier=PHONE, redeem_wallet_amount=5_000)
        assert warned(other) == ["wallet_missing", "till_debt_limit_reached"]
        assert owed(shop)[1] == ("A-2", 0, 0, 5_000)


@pytest.mark.parametrize("how", ["void", "returns", "a return, then a void"])
def test_what_came_back_whole_is_owed_no_more_and_gives_the_day_back(db: None, how: str) -> None:
    for shop in opened_shop(settings={"till_debt_limit_amount": 60_000}):
        till = shop.till()
        first, second, third = (str(till.enrol(f"0813 1111 111{n}")["id"]) for n in range(3))
        lines = [line(quantity=2, unit_amount=50_000)]
        pay(till, "A-1", lines=lines, member_id=first, redeem_points=500)
        pay(till, "A-2", lines=lines, member_id=second, redeem_points=100)
        one_back = {"lines": [{"line_id": "1", "quantity": 1}]}
        if how != "void":
            till.post("/sales/A-1/refunds", {"refund_reference": "F-1", **one_back}, status=201)
        assert is_day_full(till, second, "A-3"), "what came back in part gives nothing back"
        if how == "returns":
            till.post("/sales/A-1/refunds", {"refund_reference": "F-2", **one_back}, status=201)
        else:
            till.post("/sales/A-1/void", {})
        assert till.balance(first) == 0
        assert warned(pay(till, "A-4", lines=lines, member_id=third, redeem_points=500)) == ["points_missing"]
        if how == "returns":
            till.post("/sales/A-1/void", {})
        assert is_day_full(till, third, "A-5"), "the day is given back once"


def is_day_full(till: ApiTill, member_id: str, reference: str) -> bool:
    """Pay with points that are not there, and return whether the till may leave no more debt on this day."""
    sale = pay(till, reference, lines=[GOODS], member_id=member_id, redeem_points=900)
    return "till_debt_limit_reached" in warned(sale) and " 0 owed" in sale["warnings"][0]["message"]


def test_what_is_sent_alone_is_refused_as_ever(till: ApiTill) -> None:
    member_id = str(till.enrol(PHONE)["id"])
    cart = {"lines": [GOODS], "paid_at": timezone.now().isoformat(), "reference": "R-1"}
    spend = {**cart, "member_id": member_id, "redeem_points": 50}
    till.refused("POST", "/sales", spend, status=409, code="insufficient_points")
    unknown = {**cart, "identifier": "0819 9999 9999"}
    till.refused("POST", "/sales", unknown, status=404, code="member_not_found")


# --- members -----------------------------------------------------------------------------------------------------


def test_who_joins_after_the_sale_has_it(shop: ApiShop, till: ApiTill) -> None:
    sale = pay(till, "A-1", lines=[GOODS], identifier=PHONE)
    assert (sale["member"], sale["points_earned"], warned(sale)) == (None, 0, ["member_unknown"])
    member_id = str(till.enrol("+62 812-3456-7890")["id"])
    tick(timezone.now(), shop.merchant)
    found = till.get("/sales/A-1")
    assert (found["member"]["id"], found["points_earned"]) == (member_id, 10)
    assert (till.balance(member_id), till.get(f"/members/{member_id}")["member"]["purchase_count"]) == (10, 1)


def test_who_joins_in_a_later_batch_or_on_the_page_has_it_too(shop: ApiShop, till: ApiTill) -> None:
    pay(till, "A-1", lines=[GOODS], identifier=PHONE)
    pay(till, "A-2", lines=[GOODS], identifier="0812 6660 0011")
    join_on_page(shop)
    tick(timezone.now(), shop.merchant)
    assert till.get("/sales/A-1")["member"] is None
    assert till.get("/sales/A-2")["points_earned"] == 10


def test_a_number_that_is_given_to_a_member_brings_its_sales(shop: ApiShop, till: ApiTill) -> None:
    member_id = str(till.enrol("0813 2222 2222")["id"])
    pay(till, "A-1", lines=[GOODS], identifier=PHONE)
    till.patch(f"/members/{member_id}", {"phone": PHONE})
    tick(timezone.now(), shop.merchant)
    assert till.get("/sales/A-1")["member"]["id"] == member_id


def test_a_sale_that_came_back_before_its_member_joined_stays_without_one(shop: ApiShop, till: ApiTill) -> None:
    pay(till, "A-1", lines=[GOODS], identifier=PHONE)
    till.post("/sales/A-1/void", {})
    member_id = str(till.enrol(PHONE)["id"])
    tick(timezone.now(), shop.merchant)
    assert (till.get("/sales/A-1")["member"], till.balance(member_id)) == (None, 0)


def test_a_blocked_member_is_left_out(shop: ApiShop, till: ApiTill) -> None:
    member_id = rich_member(till)
    block_member(shop, member_id)
    sale = pay(till, "A-1", lines=[GOODS], member_id=member_id, redeem_points=100)
    assert (sale["member"], sale["payable_amount"]) == (None, 90_000)
    assert warned(sale) == ["member_blocked", "points_missing"]
    assert till.balance(member_id) == 1_000


def test_a_waiting_card_spends_nothing(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    member_id = rich_member(till)
    token = join_on_page(shop, phone="0813 1111 1111")
    sale = pay(till, "A-1", lines=[GOODS], identifier=token, redeem_points=100)
    assert (sale["points_redeemed"], sale["payable_amount"]) == (0, 90_000)
    assert warned(sale) == ["card_not_confirmed"]
    assert colleague.balance(member_id) == 1_000 + 9


def test_a_missing_code_is_a_warning(db: None) -> None:
    for shop in opened_shop(settings={"verify_above_points": 50}):
        till = shop.till()
        member_id = rich_member(till)
        sale = pay(till, "A-1", lines=[GOODS], member_id=member_id, redeem_points=100)
        assert (sale["points_redeemed"], warned(sale)) == (100, ["verification_missing"])
        wrong = pay(till, "A-2", lines=[GOODS], member_id=member_id, redeem_points=100, verification_code="123456")
        assert (wrong["points_redeemed"], warned(wrong)) == (100, ["verification_missing"])
        nobody = pay(till, "A-3", lines=[GOODS], identifier="0819 1234 5678", verification_code="123456")
        assert warned(nobody) == ["member_unknown"]


# --- coupons, limits, gift cards ---------------------------------------------------------------------------------


def test_a_coupon_that_two_offline_tills_took_is_used_once_and_booked_over_once(
    shop: ApiShop, till: ApiTill, colleague: ApiTill
) -> None:
    code = coupon_of_last_week(shop)
    sales = [pay(each, "A-1", coupon_codes=[code]) for each in (till, colleague)]
    assert [sale["discount_amount"] for sale in sales] == [2_500, 2_500]
    assert [warned(sale) for sale in sales] == [[], ["coupon_over_redeemed"]]
    assert [sale["coupons"][0]["status"] for sale in sales] == ["applied", "applied"]
    with merchant_scope(shop.merchant.id):
        uses = CouponRedemption.objects.filter(merchant_id=shop.merchant.id).order_by("over")
        assert list(uses.values_list("over", flat=True)) == [False, True]


def test_a_coupon_that_an_open_quote_holds_is_booked_over(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    code = coupon_of_last_week(shop)
    quote = till.post("/quotes", {"lines": [line()], "coupon_codes": [code], "reserve": True})
    assert warned(pay(colleague, "B-1", coupon_codes=[code])) == ["coupon_over_redeemed"]
    sale = till.sell("A-1", coupon_codes=[code], quote_id=quote["quote_id"])
    assert (sale["discount_amount"], sale["warnings"]) == (2_500, [])


def test_a_promotion_that_is_used_up_gives_what_the_till_promised(shop: ApiShop, till: ApiTill) -> None:
    terms = {"title": "Promo", "kind": "amount_off", "value": 5_000, "budget": {"type": "spend", "limit": 5_000}}
    long_ago = timezone.now() - timedelta(days=2)
    with merchant_scope(shop.merchant.id):
        create_promotion(merchant=shop.merchant, definition=terms, starts_at=long_ago, at=long_ago)
    assert till.sell("R-1")["discount_amount"] == 5_000
    assert till.sell("R-2")["discount_amount"] == 0
    sale = pay(till, "A-1")
    assert (sale["discount_amount"], warned(sale)) == (5_000, ["promotion_limit_exceeded"])
    charged = {"lines": [{"line_id": "1", "total_amount": 25_000}], "payable_amount": 25_000}
    kept = pay(till, "A-2", charged=charged)
    assert (kept["discount_amount"], kept["payable_amount"], warned(kept)) == (0, 25_000, ["charged_differs"])


def test_more_than_the_rules_let_be_redeemed_is_said(shop: ApiShop, till: ApiTill) -> None:
    """The till may have taken it for paid: a sale that pays less than it asked for must not pass in silence."""
    member_id = rich_member(till, points=2_000)
    sale = pay(till, "A-1", lines=[GOODS], member_id=member_id, redeem_points=1_500)
    assert (sale["points_redeemed"], sale["payable_amount"], warned(sale)) == (1_000, 0, ["points_not_redeemed"])
    assert sale["warnings"][0]["message"] == "Points to redeem: 1.500; the program let 1.000 be."


def test_what_never_was_an_offer_is_a_warning_and_the_charged_amount_stays(shop: ApiShop, till: ApiTill) -> None:
    charged = {"lines": [{"line_id": "1", "total_amount": 20_000}], "payable_amount": 20_000}
    sale = pay(till, "A-1", coupon_codes=["TIDAKADA"], charged=charged)
    assert (sale["payable_amount"], warned(sale)) == (20_000, ["coupon_not_applied", "charged_differs"])
    assert "TIDAKADA" in sale["warnings"][0]["message"]
    assert sale["coupons"][0]["reason"] == "coupon_unknown"


def test_gift_cards_pay_what_they_have_and_unknown_ones_are_skipped(shop: ApiShop, till: ApiTill) -> None:
    code = sell_card(till, 15_000)["code"]
    charged = {"lines": [{"line_id": "1", "total_amount": 25_000}], "payable_amount": 0}
    sale = pay(till, "A-1", gift_card_codes=["AAAA-BBBB-CCCC-D", code], charged=charged)
    assert (sale["payable_amount"], warned(sale)) == (0, ["gift_card_skipped", "charged_differs"])
    assert left(till, code) == 0


def test_wrong_codes_count_though_nothing_is_refused(shop: ApiShop, till: ApiTill) -> None:
    """A batch is no way to try codes: each unknown one counts as it does in a sale that is refused."""
    codes = [f"SALAH{number:02}" for number in range(12)]
    items = [sale_item(next(_numbers), f"A-{n}", coupon_codes=[code]) for n, code in enumerate(codes)]
    assert {result["status"] for result in send(till, items)["results"]} == {201}
    alone = {"reference": "R-1", "lines": [GOODS], "coupon_codes": ["SALAH99"]}
    till.refused("POST", "/sales", alone, status=429, code="too_many_attempts")
    with merchant_scope(shop.merchant.id):
        trail = audit_trail(merchant=shop.merchant, filters=AuditFilter(action="till.coupon_codes_closed"))
    assert len(trail) == 1


def share_code(shop: ApiShop) -> str:
    """Give ten percent to anyone who says HEMAT10."""
    now = timezone.now()
    definition = {"kind": "percent_off", "value": 10}
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text="HEMAT10",
            title="Hemat",
            definition=definition,
            at=now,
            today=now.date(),
        )
    return "HEMAT10"


def test_after_a_hundred_wrong_codes_a_paid_sale_waits_for_none(
    shop: ApiShop, till: ApiTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codes that cannot be guessed act; of the others nothing is said, or a batch would be a way to try them."""
    few = replace(throttles.ALL_CODES, windows=(RateLimitItemPerHour(5, namespace="all-codes"),))
    monkeypatch.setattr(throttles, "ALL_CODES", few)
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        shared, own = share_code(shop), shop.coupon()
    card = sell_card(till, 15_000)["code"]
    items = [sale_item(next(_numbers), f"A-{n}", coupon_codes=[f"SALAH{n}"]) for n in range(7)]
    assert [result["status"] for result in send(till, items)["results"]] == [201] * 7
    known = pay(till, "B-1", coupon_codes=[shared], gift_card_codes=["TEBAK-12"])
    unknown = pay(till, "B-2", coupon_codes=["SALAH99"], gift_card_codes=["TEBAK-13"])
    assert warned(known) == warned(unknown) == ["code_not_checked"] * 2
    assert (known["payable_amount"], known["coupons"]) == (unknown["payable_amount"], unknown["coupons"])
    assert "HEMAT10" in known["warnings"][0]["message"]
    assert "TEBAK" not in known["warnings"][1]["message"]
    paid = pay(till, "B-3", coupon_codes=[own], gift_card_codes=[card])
    assert (warned(paid), paid["coupons"][0]["status"]) == ([], "applied")
    assert pay(till, "B-4")["warnings"] == [], "what has no code goes on"
    throttles.code_guard().forget()
    assert left(till, card) == 0
    assert till.post("/coupons/check", {"code": shared})["usable"] is True
    assert pay(till, "B-5", coupon_codes=[shared])["coupons"][0]["status"] == "applied"


# --- rounding ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "payable", "rounding"),
    [
        ({"lines": [line(unit_amount=600)], "rounding_amount": -1_000}, 0, -600),
        ({"lines": [line(unit_amount=600)], "rounding_amount": -600}, 0, -600),
        ({"lines": [line(unit_amount=600)], "rounding_amount": -100}, 500, -100),
        ({"lines": [line(unit_amount=600)], "rounding_amount": -1_000, "tip_amount": 300}, 0, -900),
        ({"lines": [line(unit_amount=0)], "rounding_amount": -1}, 0, 0),
    ],
)
def test_a_rounding_below_nothing_is_taken_as_far_as_it_goes(
    shop: ApiShop, till: ApiTill, fields: dict[str, Any], payable: int, rounding: int
) -> None:
    sale = pay(till, "A-1", **fields)
    assert (sale["payable_amount"], sale["rounding_amount"]) == (payable, rounding)
    assert warned(sale) == (["rounding_capped"] if rounding != fields["rounding_amount"] else [])
    voided = till.post("/sales/A-1/void", {})
    assert sum(refund["amount"] for refund in voided["refunds"]) == payable


def test_points_that_pay_leave_the_rounding_what_is_left(shop: ApiShop, till: ApiTill) -> None:
    member_id = rich_member(till)
    cart = {"lines": [line(unit_amount=10_300)], "member_id": member_id, "redeem_points": 103}
    sale = pay(till, "A-1", rounding_amount=-800, **cart)
    assert (sale["points_redeemed"], sale["payable_amount"], sale["rounding_amount"]) == (103, 0, 0)
    assert warned(sale) == ["rounding_capped"]
    assert "Rp\xa0800" in sale["warnings"][0]["message"]


def test_a_reserved_quote_is_not_refused_for_its_rounding(shop: ApiShop, till: ApiTill) -> None:
    cart = {"lines": [line(unit_amount=600)]}
    quote = till.post("/quotes", {**cart, "reserve": True})
    sale = till.sell("R-1", *cart["lines"], quote_id=quote["quote_id"], rounding_amount=-1_000)
    assert (sale["payable_amount"], warned(sale)) == (0, ["rounding_capped"])
    alone = {"reference": "R-2", **cart, "rounding_amount": -1_000}
    problem = till.refused("POST", "/sales", alone, status=400, code="validation_error")
    assert problem["errors"][0]["code"] == "below_nothing"


# --- words -------------------------------------------------------------------------------------------------------


def test_each_warning_is_said_in_the_language_of_the_till(shop: ApiShop, till: ApiTill) -> None:
    member_id = rich_member(till)
    block_member(shop, member_id)
    till.language = "id"
    sale = pay(till, "A-1", member_id=member_id, coupon_codes=["TIDAKADA"], gift_card_codes=["AAAA-BBBB-CCCC-D"])
    assert [warning["message"] for warning in sale["warnings"]] == [
        "Member diblokir; penjualan dicatat tanpa member.",
        "Gift card ****CCCD tidak bisa membayar; jumlahnya menjadi kerugian toko.",
        "Kode TIDAKADA tidak berlaku untuk penjualan ini; potongannya menjadi kerugian toko.",
    ]
