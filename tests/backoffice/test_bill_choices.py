"""Tax, service, tip: what counts is ticked on a page, shown on bills the engine works out, and met at the till."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

from merchants.facts import BillChoices, Role
from merchants.tenancy import merchant_scope
from sales.invariants import verify
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_excluded_goods import audit
from tests.backoffice.test_promotions import publish, till_of
from tests.backoffice.test_settings import fields_of, now_of

pytestmark = pytest.mark.django_db

PAGE = "/settings/bill/"
ALL = {"discounts": ["tax", "service"], "minimums": ["tax", "service", "tip"], "earning": ["tax", "service", "tip"]}
INSIDE = {"tax_amount": 10_000, "service_amount": 5_000}
ON_TOP = {**INSIDE, "prices_include_tax": False, "prices_include_service": False}


def hidden(person: StaffPerson) -> dict[str, str]:
    fields = fields_of(person.text(PAGE))
    return {name: fields[name] for name in ("seen", "_store") if name in fields}


def tick(person: StaffPerson, **choices: list[str]) -> None:
    """Review and save these choices, as a person does."""
    kept: dict[str, Any] = {**hidden(person), **choices}
    page = person.post(PAGE, status=200, **kept).content.decode()
    person.post(PAGE, **kept, confirmed=fields_of(page)["confirmed"])


def column(page: str, row: str) -> list[list[int]]:
    """Return the figures of a row in each of the page's bills, by what its head says."""
    found = re.findall(rf"<th scope=\"row\">\s*(?:<strong>)?\s*{re.escape(row)}\s*.*?</tr>", page, re.DOTALL)
    return [
        [int(re.sub(r"\D", "", figure)) for figure in re.findall(r"<td[^>]*>(.*?)</td>", one, re.DOTALL)]
        for one in found
    ]


def text_of(page: str) -> str:
    return unescape(re.sub(r"&nbsp;|\u00a0", " ", page))


def test_the_page_shows_bills_that_the_engine_worked_out(store: Store, owner: StaffPerson) -> None:
    page = text_of(owner.text(PAGE))
    assert column(page, "To pay") == [[97_000], [100_500]]
    assert column(page, "Discount") == [[20_000], [20_000]]
    assert column(page, "Counted for a minimum") == [[100_000], [100_000]]
    assert column(page, "Members earn on") == [[80_000], [80_000]]


def test_the_page_is_all_in_indonesian(store: Store, owner: StaffPerson) -> None:
    owner.client.cookies["django_language"] = "id"
    page = text_of(owner.client.get(PAGE).content.decode())
    for words in ("Satu barang, diskon 20%", "Dihitung untuk minimum belanja", "Pajak, termasuk harga", "Pembulatan"):
        assert words in page


def test_ticked_boxes_are_shown_beside_what_counts_now_and_saved_once_confirmed(
    store: Store, owner: StaffPerson
) -> None:
    page = text_of(owner.post(PAGE, status=200, **hidden(owner), **ALL).content.decode())
    assert column(page, "Discount") == [[20_000, 20_000], [20_000, 23_100]]
    assert column(page, "Counted for a minimum") == [[100_000, 117_400], [100_000, 120_500]]
    assert column(page, "Tax, in the prices") == [[10_500, 8_400]]
    assert column(page, "To pay") == [[97_000, 97_000], [100_500, 97_400]]
    assert column(page, "Members earn on") == [[80_000, 97_400], [80_000, 97_400]]
    assert now_of(store).promotion_settings.bill == BillChoices()
    tick(owner, **ALL)
    kept = now_of(store).promotion_settings.bill
    assert kept == BillChoices(("tax", "service"), ("tax", "service", "tip"), ("tax", "service", "tip"))
    entry = next(e for e in audit(store) if e.action == "merchant.bill_choices_changed")
    assert (entry.before, entry.after) == (BillChoices().to_json(), kept.to_json())
    trail = unescape(owner.text("/settings/audit/"))
    assert "What counts of tax, service and tip changed" in trail
    assert "Tax, Service charge, Tip" in trail


def test_the_bills_follow_the_boxes_without_saving(store: Store, owner: StaffPerson) -> None:
    body = {**hidden(owner), "earning": ["tip"]}
    answer = owner.client.post(PAGE, body, headers={"HX-Request": "true"})
    page = text_of(answer.content.decode())
    assert "<form" not in page
    assert column(page, "Members earn on") == [[80_000, 85_000], [80_000, 85_000]]
    assert now_of(store).promotion_settings.bill == BillChoices()


def test_another_persons_change_is_shown_instead_of_overwritten(store: Store, owner: StaffPerson) -> None:
    late: dict[str, Any] = {**hidden(owner), "minimums": ["tax"]}
    tick(owner, earning=["tip"])
    mark = repr(BillChoices(minimums=("tax",)).to_json())
    page = owner.post(PAGE, status=200, **late, confirmed=mark).content.decode()
    assert "Another person changed this" in page
    assert now_of(store).promotion_settings.bill == BillChoices(earning=("tip",))


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST, Role.CASHIER])
def test_only_who_edits_the_program_sees_it(store: Store, role: Role) -> None:
    store.colleague(role).get(PAGE, status=403)


def test_boxes_that_do_not_exist_are_refused(store: Store, owner: StaffPerson) -> None:
    kept = hidden(owner)
    owner.post(PAGE, status=400, **kept, discounts=["tip"])
    owner.post(PAGE, status=400, **kept, earning=["rounding"])


# --- met at the till --------------------------------------------------------------------------------------------------

OFF_20 = {"title": "20 %", "kind": "percent_off", "value": "20"}


@pytest.mark.parametrize(
    ("choices", "bill", "discount", "points"),
    [
        pytest.param({}, INSIDE, 20_000, 8, id="nothing, in the price"),
        pytest.param({"discounts": ["tax"]}, INSIDE, 22_000, 7, id="discounts reach the tax"),
        pytest.param({"discounts": ["tax", "service"]}, INSIDE, 23_000, 7, id="discounts reach both"),
        pytest.param({"earning": ["tax"]}, INSIDE, 20_000, 9, id="the tax earns"),
        pytest.param({"earning": ["tax", "service"]}, INSIDE, 20_000, 9, id="both earn"),
        pytest.param(ALL, INSIDE, 23_000, 9, id="all, in the price"),
        pytest.param({}, ON_TOP, 23_000, 9, id="nothing, on top"),
        pytest.param({"earning": ["tax", "service"]}, ON_TOP, 23_000, 10, id="both earn, on top"),
        pytest.param({"earning": ["tip"]}, {"tip_amount": 30_000}, 23_000, 12, id="the tip earns"),
        pytest.param({"minimums": ["tip"]}, {"tip_amount": 30_000}, 23_000, 9, id="the tip counts and does not earn"),
    ],
)
def test_what_is_discounted_and_what_earns(
    store: Store, owner: StaffPerson, choices: dict[str, Any], bill: dict[str, Any], discount: int, points: int
) -> None:
    publish(store, OFF_20)
    if choices:
        tick(owner, **choices)
    till = till_of(store)
    member = till.enrol("0812 7200 0001")
    cart = {"member_id": member["id"], "lines": [line(unit_amount=115_000)], **bill}
    quote = till.post("/quotes", cart)
    assert (quote["discount_amount"], quote["points_to_earn"]) == (discount, points)
    sale = till.post("/sales", {**cart, "reference": "S-1"}, status=201)
    assert (sale["discount_amount"], sale["points_earned"]) == (discount, points)
    half = [{"line_id": "1", "quantity": 1}]
    refund = till.post("/sales/S-1/refunds", {"refund_reference": "R", "lines": half}, status=201)["refund"]
    assert (refund["amount"], refund["points_reversed"]) == (sale["payable_amount"], points)
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []


@pytest.mark.parametrize(
    ("choices", "bill", "measured"),
    [
        ({}, INSIDE, 100_000),
        ({"minimums": ["tax"]}, INSIDE, 110_000),
        ({"minimums": ["tax", "service"]}, INSIDE, 115_000),
        ({"discounts": ["tax", "service"]}, INSIDE, 100_000),
        ({}, {**ON_TOP, "tip_amount": 7_000}, 115_000),
        ({"minimums": ["service", "tip"]}, {**ON_TOP, "tip_amount": 7_000}, 127_000),
    ],
)
def test_what_a_minimum_counts(
    store: Store, owner: StaffPerson, choices: dict[str, Any], bill: dict[str, Any], measured: int
) -> None:
    publish(store, {"title": "Besar", "kind": "amount_off", "value": 1_000, "when": {"min_subtotal": 900_000}})
    if choices:
        tick(owner, **choices)
    quote = till_of(store).post("/quotes", {"lines": [line(unit_amount=115_000)], **bill})
    assert [one["measured"] for one in quote["decisions"] if one["reason"] == "min_spend_not_met"] == [measured]


def test_a_return_goes_by_what_counted_at_the_purchase(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    member = till.enrol("0812 7200 0001")
    cart = {"member_id": member["id"], "lines": [line(unit_amount=50_000, quantity=2)], "tax_amount": 20_000}
    sale = till.post("/sales", {**cart, "reference": "S-1"}, status=201)
    assert sale["points_earned"] == 8
    tick(owner, earning=["tax"])
    one = [{"line_id": "1", "quantity": 1}]
    refund = till.post("/sales/S-1/refunds", {"refund_reference": "R", "lines": one}, status=201)["refund"]
    assert refund["points_reversed"] == 4


# --- the receipt ------------------------------------------------------------------------------------------------------


def test_the_receipt_shows_the_bill_and_adds_up(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    bill = {**ON_TOP, "tip_amount": 5_000, "rounding_amount": -400, "prices_include_service": True}
    body = {"reference": "S-1", "lines": [line(unit_amount=100_000, quantity=2)], **bill}
    sale = till.post("/sales", body, status=201)
    till.post("/sales/S-1/refunds", {"refund_reference": "R", "lines": [{"line_id": "1", "quantity": 2}]}, status=201)
    page = text_of(owner.text(f"/receipts/{sale['id']}/"))
    pairs = r"<dt[^>]*>\s*(.*?)\s*</dt>\s*<dd[^>]*>\s*(?:<strong>)?(.*?)(?:</strong>)?\s*</dd>"
    rows = dict(re.findall(pairs, page, re.DOTALL))
    assert rows["Tax"].endswith("10.000")
    assert rows["Service charge, in the prices"].startswith("(")
    assert rows["Tip"].endswith("5.000")
    assert "400" in rows["Rounding"]
    assert rows["Paid"].endswith("214.600")
    assert rows["Value of goods returned"].endswith("200.000")
    assert rows["Handed back with returns"].endswith("214.600")
    assert re.search(r"Tax\s+Rp\s10\.000", page)


def test_seen_that_is_no_json_counts_as_nothing_seen(store: Store, owner: StaffPerson) -> None:
    for seen in ("", "x", "[]", json.dumps({"discounts": 3})):
        owner.post(PAGE, status=200 if seen else 400, **{**hidden(owner), "seen": seen}, earning=["tip"])
