"""A till that names too many unknown members goes on recording what was paid, and learns of no member by that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from sales.operations.sale_in_progress import SaleInProgress
from tests.api.batches import item, sale_item, send
from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.test_look_ups import CLOSING, try_numbers
from tests.api.test_paid_sales import GOODS, PHONE, opened_shop, owed, pay, rich_member, warned
from tests.api.till import ApiTill, line
from tests.nights import tick

pytestmark = pytest.mark.usefixtures("midday")

UNKNOWN = "0819 7777 7777"
OWN_OF_A_RECEIPT = frozenset({"id", "reference", "refund_reference", "sale_id", "occurred_at", "exchange_sale_id"})
_numbers = count(10_000)


@pytest.fixture
def shop(db: None) -> Iterator[ApiShop]:
    yield from opened_shop()


def pay_many(till: ApiTill, identifiers: list[str]) -> list[Any]:
    """Send one paid sale for each, a few at a time, and return them as they were recorded."""
    items = [sale_item(next(_numbers), f"N-{n:03}", identifier=one) for n, one in enumerate(identifiers)]
    results = [one for start in range(0, len(items), 50) for one in send(till, items[start : start + 50])["results"]]
    assert {result["status"] for result in results} == {201}
    return [result["body"] for result in results]


def close_look_ups(till: ApiTill) -> None:
    try_numbers(till, CLOSING)
    till.refused("GET", "/members", query={"identifier": PHONE}, status=429, code="too_many_attempts")


def without_own(answer: Any) -> Any:
    """Return the answer without what every receipt has of its own."""
    if isinstance(answer, dict):
        return {name: without_own(value) for name, value in answer.items() if name not in OWN_OF_A_RECEIPT}
    if isinstance(answer, list):
        return [without_own(one) for one in answer]
    return answer


# --- all is recorded ---------------------------------------------------------------------------------------------


@pytest.mark.gate
def test_a_day_under_one_unknown_number_is_recorded_and_theirs_when_they_join(shop: ApiShop, till: ApiTill) -> None:
    """One number asked again is no guess: it counts once for each batch."""
    sales = pay_many(till, [PHONE] * 120)
    assert {tuple(warned(sale)) for sale in sales} == {("member_unknown",)}
    assert till.send("GET", "/members", query={"identifier": "0819 1234 5678"}).status_code == 404, "look-ups go on"
    member = till.enrol(PHONE)
    tick(timezone.now(), shop.merchant)
    assert till.balance(member["id"]) == 120 * 2
    assert till.get(f"/members/{member['id']}")["member"]["purchase_count"] == 120


@pytest.mark.gate
def test_a_day_of_unknown_numbers_is_recorded_and_members_among_them_earn(shop: ApiShop, till: ApiTill) -> None:
    known, late = till.enrol(PHONE), "0819 0000 0060"
    numbers = [f"0819 0000 {n:04}" for n in range(69)]
    sales = pay_many(till, [*numbers, PHONE])
    said = [warned(sale) for sale in sales]
    assert said == [["member_unknown"]] * CLOSING + [["member_withheld"]] * (70 - CLOSING)
    assert {sale["member"] for sale in sales} == {None}
    assert till.balance(known["id"]) == 2
    joined = till.enrol(late)
    tick(timezone.now(), shop.merchant)
    assert till.balance(joined["id"]) == 2
    assert till.get("/sales/N-060")["member"]["id"] == joined["id"], "who joins afterwards is no secret"


def test_what_is_not_paid_waits_as_ever(shop: ApiShop, till: ApiTill) -> None:
    member = till.enrol(PHONE)
    cart = {"lines": [line()], "identifier": PHONE, "reserve": True}
    quote = till.post("/quotes", cart)
    close_look_ups(till)
    alone = {"reference": "R-1", "lines": [line()], "identifier": PHONE}
    till.refused("POST", "/sales", alone, status=429, code="too_many_attempts")
    just_now = sale_item(1, "R-2", at=timezone.now().isoformat(), identifier=PHONE)
    assert [one["status"] for one in send(till, [just_now])["results"]] == [429]
    sale = till.post("/sales", {**alone, "quote_id": quote["quote_id"]}, status=201)
    assert (sale["member"]["id"], sale["warnings"]) == (member["id"], [])


@pytest.mark.parametrize("reserved_for", ["nobody", "someone else"])
def test_a_quote_opens_look_ups_for_its_own_member_alone(shop: ApiShop, till: ApiTill, reserved_for: str) -> None:
    till.enrol(PHONE)
    other = {"identifier": str(till.enrol("0813 1111 1111")["number"])} if reserved_for == "someone else" else {}
    quote = till.post("/quotes", {"lines": [line()], "reserve": True, **other})
    close_look_ups(till)
    for number in (PHONE, UNKNOWN):
        body = {"reference": "R-1", "lines": [line()], "identifier": number, "quote_id": quote["quote_id"]}
        till.refused("POST", "/sales", body, status=429, code="too_many_attempts")


# --- nothing is learned ------------------------------------------------------------------------------------------


def answers_of(till: ApiTill, reference: str, number: str, **fields: Any) -> list[Any]:
    """Pay under the number, take goods back, exchange, list and void; return every answer that the till gets."""
    lines = [line(quantity=3, unit_amount=100_000)]
    sale = pay(till, reference, lines=lines, identifier=number, **fields)
    back = {"refund_reference": f"{reference}-F", "lines": [{"line_id": "1", "quantity": 1}]}
    refunded = till.post(f"/sales/{reference}/refunds", back, status=201)
    exchange = {"lines": [GOODS], "returns": [{"reference": reference, "lines": [{"line_id": "1", "quantity": 1}]}]}
    quoted = till.post("/quotes", exchange)["returns"]
    exchanged = till.sell(f"{reference}-X", GOODS, returns=exchange["returns"])["returns"]
    [listed] = [one for one in till.get("/sales", limit=200)["results"] if one["reference"] == reference]
    voided = till.post(f"/sales/{reference}/void", {})
    refunds = till.get(f"/sales/{reference}/refunds")
    return [sale, refunded, quoted, exchanged, listed, voided, refunds, till.get(f"/sales/{reference}")]


def generous_shop(shop: ApiShop, till: ApiTill) -> tuple[str, str]:
    """Return a member with points, and a code for members: a program that gives members much that guests lack."""
    member_id = rich_member(till)
    tier = till.get(f"/members/{member_id}")["member"]["tier"]["code"]
    promote(shop, title="Tier", value=7_000, when={"tiers_any": [tier]})
    promote(shop, title="Cashback", kind="cashback", value=None, percent="5")
    promote(shop, title="Sekali", value=1_000, usage={"per_member_limit": 1})
    coupon = {"kind": "percent_off", "value": 10, "title": "Lain kali"}
    promote(shop, title="Kupon", kind="issue_coupon", value=None, coupon=coupon)
    return member_id, shop.coupon(member_id=None)


@pytest.mark.parametrize(
    "fields",
    [{}, {"redeem_points": 200}, {"redeem_points": 5_000}, {"redeem_wallet_amount": 9_000}],
    ids=["money", "points", "more points than there are", "wallet"],
)
def test_all_answers_are_the_same_whether_the_number_is_known(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, fields: dict[str, Any]
) -> None:
    member_id, code = generous_shop(shop, colleague)
    before = colleague.balance(member_id)
    close_look_ups(till)
    known = answers_of(till, "A-1", "0813 1111 1111", coupon_codes=[code], **fields)
    assert colleague.get(f"/members/{member_id}/ledger")["results"][0]["reference"] == "A-1", "the member was moved"
    unknown = answers_of(till, "A-2", UNKNOWN, coupon_codes=[code], **fields)
    assert [without_own(one) for one in known] == [without_own(one) for one in unknown]
    assert known[0]["warnings"][0]["code"] == "member_withheld"
    assert colleague.balance(member_id) == before, "all of it came back"


def test_without_the_mask_the_answers_differ(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    generous_shop(shop, colleague)
    close_look_ups(till)
    monkeypatch.setattr("pos_integration.views.sales.hide_withheld_member", lambda sale: sale)
    known, unknown = (pay(till, f"A-{n}", identifier=number) for n, number in enumerate(["0813 1111 1111", UNKNOWN]))
    assert (known["member"] is None, unknown["member"] is None) == (False, True)


def test_the_member_has_earned_and_spent_as_if_it_were_said(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    member_id = rich_member(colleague)
    close_look_ups(till)
    sale = pay(till, "A-1", lines=[GOODS], identifier="0813 1111 1111", redeem_points=200)
    assert (sale["points_redeemed"], sale["payable_amount"]) == (0, 80_000)
    assert colleague.balance(member_id) == 1_000 - 200 + 8
    assert colleague.get(f"/members/{member_id}")["member"]["purchase_count"] == 2


# --- what they lack is no debt -----------------------------------------------------------------------------------

SMALL_DAY = {"till_debt_limit_amount": 60_000}
KNOWN = "0813 1111 1111"
SPENDING = pytest.mark.parametrize(
    "spends", [{"redeem_points": 1_500}, {"redeem_wallet_amount": 50_000}], ids=["points", "wallet"]
)


def later_answers(till: ApiTill, roll: str, mine: str, number: str, spends: dict[str, Any]) -> bytes:
    """Pay under the number with what no one has, then spend with a member of one's own; return all answers, as text."""
    lines = [line(unit_amount=200_000)]
    close_look_ups(till)
    tried = pay(till, f"{roll}-1", lines=lines, identifier=number, **spends)
    own = pay(till, f"{roll}-2", lines=lines, member_id=mine, redeem_points=500)
    voided = [till.post(f"/sales/{roll}-{n}/void", {}) for n in (2, 1)]
    own_again = pay(till, f"{roll}-3", lines=lines, member_id=mine, redeem_points=700)
    till.post(f"/sales/{roll}-3/void", {})
    return json.dumps([without_own(one) for one in (tried, own, *voided, own_again)]).encode()


def try_both(shop: ApiShop, spends: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return what two tills are answered: one tries a member's number, the other one that no one has."""
    office = shop.till()
    rich_member(office)
    mine = str(office.enrol("0813 2222 2222", name="Kenalan")["id"])
    known = later_answers(shop.till(), "A", mine, KNOWN, spends)
    return known, later_answers(shop.till(), "B", mine, UNKNOWN, spends)


@SPENDING
def test_no_later_answer_tells_whether_the_number_is_known(db: None, spends: dict[str, Any]) -> None:
    for shop in opened_shop(settings=SMALL_DAY):
        known, unknown = try_both(shop, spends)
        assert known == unknown
        assert b"points_missing" in known, "a member who is named owes as ever"
        assert known.count(b"till_debt_limit_reached") == 1, "the third sale is beyond the day, the second is not"


@SPENDING
def test_with_a_debt_the_later_answers_differ(
    db: None, spends: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    monkeypatch.setattr(SaleInProgress, "withholds_member", False)
    for shop in opened_shop(settings=SMALL_DAY):
        known, unknown = try_both(shop, spends)
        said = [answers.count(b"till_debt_limit_reached") for answers in (known, unknown)]
        assert said == [3, 1], "the second sale says it, and so does its void"


@pytest.mark.parametrize("undo", ["void", "return"])
def test_it_takes_what_the_member_has_and_the_rest_is_lost(db: None, undo: str) -> None:
    for shop in opened_shop(settings=SMALL_DAY):
        till, office = shop.till(), shop.till()
        member_id = rich_member(office)
        close_look_ups(till)
        goods = line(unit_amount=150_000)
        sale = pay(till, "A-1", lines=[goods], identifier=KNOWN, redeem_points=1_500)
        assert (sale["payable_amount"], warned(sale)) == (0, ["member_withheld"])
        assert (office.balance(member_id), owed(shop)) == (0, [("A-1", 0, 0, 500)])
        again = pay(till, "A-2", lines=[goods], identifier=KNOWN, redeem_points=1_500)
        assert without_own(again) == without_own(sale)
        assert (office.balance(member_id), owed(shop)[1]) == (0, ("A-2", 0, 0, 1_500))
        if undo == "void":
            till.post("/sales/A-1/void", {})
        else:
            back = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}
            till.post("/sales/A-1/refunds", back, status=201)
        assert office.balance(member_id) == 1_000, "what was taken came back, and nothing else"


def test_a_claim_of_such_a_sale_is_a_look_up(shop: ApiShop, till: ApiTill, colleague: ApiTill) -> None:
    mine = colleague.enrol("0813 2222 2222")
    close_look_ups(till)
    unknown = pay(till, "A-1", lines=[GOODS], identifier=UNKNOWN)
    path, body = f"/sales/{unknown['id']}/claim", {"member_id": mine["id"]}
    till.refused("POST", path, body, status=429, code="too_many_attempts")
    for n in range(CLOSING - 1):
        assert colleague.send("GET", "/members", query={"identifier": f"08139900{n:04d}"}).status_code == 404
    claimed = colleague.post(path, body)
    assert (claimed["member"]["id"], claimed["points_earned"]) == (mine["id"], 10)
    colleague.refused("GET", "/members", query={"identifier": PHONE}, status=429, code="too_many_attempts")


# --- codes -------------------------------------------------------------------------------------------------------


def test_wrong_codes_of_a_card_page_hold_nothing_back_that_was_paid(db: None) -> None:
    for shop in opened_shop(settings={"verify_above_points": 50}):
        till = shop.till()
        member_id = rich_member(till)
        wrong = {"lines": [GOODS], "member_id": member_id, "redeem_points": 60, "verification_code": "123456"}
        for n in range(5):
            till.refused("POST", "/sales", {"reference": f"R-{n}", **wrong}, status=409, code="verification_required")
        till.refused("POST", "/sales", {"reference": "R-9", **wrong}, status=429, code="too_many_attempts")
        assert warned(pay(till, "A-1", **wrong)) == ["verification_missing"]


def test_enrolments_in_the_batch_are_carried_out_first(shop: ApiShop, till: ApiTill) -> None:
    close_look_ups(till)
    joins = item("enrol", next(_numbers), {"name": "Budi", "phone": PHONE, "promo_consent": False})
    sold = sale_item(next(_numbers), "A-1", identifier=PHONE)
    joined, _ = (one["body"] for one in send(till, [sold, joins])["results"][::-1])
    assert till.balance(joined["member"]["id"]) == 2
