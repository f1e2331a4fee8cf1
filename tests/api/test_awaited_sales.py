"""Who joins after goods of their sale came back has the rest, exactly as a member who was known from the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from sales.operations import receipt_claims
from tests.api.conftest import ApiShop
from tests.api.test_limits import promote
from tests.api.test_paid_sales import opened_shop, pay
from tests.api.test_stamps import CARD
from tests.api.till import ApiTill, line
from tests.nights import tick

pytestmark = pytest.mark.usefixtures("midday")

KNOWN, LATE = "0812 1111 1111", "0812 2222 2222"
OF_THE_PERSON = frozenset({"id", "number", "phone_masked", "joined_at", "referral_code", "card_url", "code", "name"})
LINES = [line(quantity=4, unit_amount=77_500), line("2", unit_amount=33_333)]


@pytest.fixture
def shop(db: None) -> Iterator[ApiShop]:
    yield from opened_shop()


def give_much(shop: ApiShop) -> None:
    """Start what members get by a sale: cashback, stamps, points with a cap, a coupon, an offer with a budget."""
    promote(shop, title="Cashback", kind="cashback", value=None, percent="5", when={"members_only": True})
    promote(shop, title="Kartu", kind="stamp", value=None, card={**CARD, "threshold": 4}, per_unit=1)
    coupon = {"kind": "percent_off", "value": 10, "title": "Lain kali"}
    promote(shop, title="Kupon", kind="issue_coupon", value=None, coupon=coupon, when={"members_only": True})
    promote(shop, title="Semua", value=5_000, budget={"type": "spend", "limit": 100_000})


def without_person(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_person(part) for name, part in value.items() if name not in OF_THE_PERSON}
    return [without_person(part) for part in value] if isinstance(value, list) else value


def standing(till: ApiTill, phone: str, reference: str) -> tuple[Any, Any]:
    """Return what the member has, and what their sale says: both without what is a person's or a receipt's own."""
    member = till.get("/members", identifier=phone)["member"]
    sale = till.get(f"/sales/{reference}")
    names = ("status", "points_earned", "cashback_earned_amount", "payable_amount", "discount_amount", "points_balance")
    figures = {name: sale[name] for name in names}
    for name in ("points_reversed", "cashback_reversed_amount", "amount", "points_expired", "points_lost"):
        figures[name] = sum(refund[name] for refund in sale["refunds"])
    return without_person(member), figures


def take_back(till: ApiTill, reference: str, number: int, **units: int) -> None:
    lines = [{"line_id": line_id.removeprefix("line_"), "quantity": quantity} for line_id, quantity in units.items()]
    till.post(f"/sales/{reference}/refunds", {"refund_reference": f"F-{number}", "lines": lines}, status=201)


def play(till: ApiTill, shop: ApiShop, before: list[dict[str, int]], after: list[dict[str, int]]) -> None:
    """Play both stories side by side: one member is known from the beginning, the other one joins in the middle."""
    till.enrol(KNOWN)
    for reference, phone in (("K-1", KNOWN), ("L-1", LATE)):
        pay(till, reference, lines=LINES, identifier=phone)
    for number, units in enumerate(before):
        for reference in ("K-1", "L-1"):
            take_back(till, reference, number, **units)
    till.enrol(LATE)
    tick(timezone.now(), shop.merchant)
    for number, units in enumerate(after, 10):
        for reference in ("K-1", "L-1"):
            take_back(till, reference, number, **units)


RETURNS = [
    pytest.param([{"line_1": 1}], [], id="one unit"),
    pytest.param([{"line_1": 1}, {"line_2": 1}], [], id="twice"),
    pytest.param([{"line_1": 3, "line_2": 1}], [], id="almost all"),
    pytest.param([{"line_1": 1}], [{"line_1": 2}, {"line_2": 1}], id="before and after"),
    pytest.param([{"line_1": 1}], [{"line_1": 3, "line_2": 1}], id="the rest afterwards"),
    pytest.param([], [{"line_1": 1}], id="only afterwards"),
]


@pytest.mark.gate
@pytest.mark.parametrize(("before", "after"), RETURNS)
@pytest.mark.parametrize("generous", [False, True], ids=["points", "much"])
def test_the_late_member_has_what_the_known_one_has(
    shop: ApiShop, till: ApiTill, before: list[dict[str, int]], after: list[dict[str, int]], generous: bool
) -> None:
    if generous:
        give_much(shop)
    play(till, shop, before, after)
    known, late = standing(till, KNOWN, "K-1"), standing(till, LATE, "L-1")
    assert late == known
    assert known[1]["points_earned"] > known[1]["points_reversed"] or "refunded" in known[1]["status"]
    shop.assert_verified()
    for reference in ("K-1", "L-1"):
        if known[1]["status"] != "refunded":
            till.post(f"/sales/{reference}/void", {})
    assert standing(till, LATE, "L-1") == standing(till, KNOWN, "K-1")


def test_without_taking_back_the_late_member_has_too_much(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    opened = opened_shop()
    shop = next(opened)
    till = shop.till()
    monkeypatch.setattr(receipt_claims, "take_back_earnings", lambda **_: None)
    play(till, shop, [{"line_1": 2}], [])
    known, late = standing(till, KNOWN, "K-1"), standing(till, LATE, "L-1")
    assert late[0]["points"]["available"] > known[0]["points"]["available"] > 0
    with pytest.raises(pytest.fail.Exception, match="violations"):
        next(opened)


def test_what_came_back_whole_stays_without_a_member(shop: ApiShop, till: ApiTill) -> None:
    pay(till, "L-1", lines=LINES, identifier=LATE)
    take_back(till, "L-1", 0, line_1=4, line_2=1)
    member = till.enrol(LATE)
    tick(timezone.now(), shop.merchant)
    assert (till.get("/sales/L-1")["member"], till.balance(member["id"])) == (None, 0)


def test_a_claim_of_what_came_back_in_part_gives_the_rest(shop: ApiShop, till: ApiTill) -> None:
    member = till.enrol(LATE)
    till.sell("L-1", line(quantity=4, unit_amount=50_000))
    take_back(till, "L-1", 0, line_1=1)
    claimed = till.post("/sales/L-1/claim", {"member_id": member["id"]})
    assert (claimed["points_earned"], claimed["points_balance"], till.balance(member["id"])) == (20, 15, 15)
    assert [(len(refund["lines"]), refund["points_reversed"]) for refund in claimed["refunds"]] == [(1, 0), (0, 5)]
    till.sell("L-2", line())
    take_back(till, "L-2", 1, line_1=1)
    body = {"member_id": member["id"]}
    till.refused("POST", "/sales/L-2/claim", body, status=409, code="claim_not_possible")
