"""How a row of a case table is written and read.

A row is (what it shows, cart, promotions, expected) and, where needed, a dict of further fields of the case.
A cart is written "kopi 2x25000 drink; roti 1x9000": sku, quantity x unit amount, category; line ids are 1, 2, ...
Promotions are one dict of the fields of the module's kind, or a list of whole definitions.
Expected figures are compared by name; what a row does not name is not looked at, except that it must add up.
"""

from typing import Any

from rewards.engine.cases import read_case
from rewards.engine.facts import NO_BILL, Outcome
from rewards.engine.quote import quote_form

AT = "2026-03-05T14:30:00+07:00"  # a Thursday
ANNA = {
    "id": "anna",
    "tier": "gold",
    "segments": ["loyal"],
    "birth_date": "1990-03-10",
    "points_available": 1000,
    "wallet_available": 50000,
    "purchase_count": 5,
    "referred": False,
    "uses": {},
}

Row = tuple[Any, ...]


def parse_cart(text: str) -> list[dict[str, Any]]:
    lines = []
    for number, part in enumerate((part for part in text.split(";") if part.strip()), start=1):
        sku, count, *category = part.split()
        quantity, unit_amount = count.split("x")
        line: dict[str, Any] = {"line_id": str(number), "sku": sku, "name": sku.title()}
        line |= {"quantity": int(quantity), "unit_amount": int(unit_amount)}
        lines.append(line | ({"category": category[0]} if category else {}))
    return lines


def case_of(kind: str, row: Row) -> dict[str, Any]:
    """Return the case of a row as the command line reads it."""
    _, cart, promotions, _, *more = row
    if isinstance(promotions, dict):
        promotions = [{"kind": kind, **promotions}]
    numbered = [{"id": f"p{n}", "title": f"P{n}", **data} for n, data in enumerate(promotions, start=1)]
    case: dict[str, Any] = {"at": AT, "cart": parse_cart(cart), "promotions": numbered, "member": ANNA, "codes": []}
    return case | (more[0] if more else {})


def figures(outcome: Outcome) -> dict[str, Any]:
    """Return the result by the short names that rows use."""
    body = quote_form(outcome)
    decisions = {decision.promotion_id: decision for decision in outcome.decisions}
    first = decisions.get("p1")
    return {
        "total": body["total_amount"],
        "off": body["discount_amount"],
        "payable": body["payable_amount"],
        "lines": [line["discount_amount"] for line in body["lines"]],
        "by": {discount["promotion_id"]: discount["amount"] for discount in body["discounts"]},
        "free": [(item["sku"], item["quantity"]) for item in body["free_items"]],
        "points": body["points_to_earn"],
        "earned": {item.promotion_id: item.points for item in outcome.earned},
        "point_lines": [line.points_earned for line in outcome.lines],
        "used": body["points_to_redeem"],
        "value": body["points_value_amount"],
        "value_lines": [line.points_value_amount for line in outcome.lines],
        "wallet": body["wallet_to_redeem_amount"],
        "cashback": body["cashback_to_earn_amount"],
        "after_days": [item.after_days for item in outcome.cashback] + [item.after_days for item in outcome.earned],
        "stamps": {item.promotion_id: item.stamps for item in outcome.stamps},
        "issued": [dict(item.coupon) for item in outcome.coupons_to_issue],
        "codes": {coupon.code: coupon.reason or coupon.status for coupon in outcome.coupons},
        "reason": first.reason if first else None,
        "measured": first.measured if first else None,
        "needed": first.needed if first else None,
        "period": first.period if first else None,
        "unit": first.unit if first else None,
        "reasons": {key: decision.reason for key, decision in decisions.items()},
        "hints": {hint.promotion_id: hint.missing for hint in outcome.hints},
        "uses": {use.promotion_id: use.spend for use in outcome.uses},
    }


def outcome_of(case: dict[str, Any]) -> Outcome:
    return read_case(case).evaluate()


def must_add_up(outcome: Outcome) -> None:
    """Check what holds for every outcome: shares add up, nothing is negative, every promotion is decided."""
    assert outcome.total_amount == outcome.subtotal_amount - outcome.discount_amount >= 0
    assert (
        outcome.payable_amount
        == outcome.total_amount
        + (outcome.bill or NO_BILL).added_amount
        - outcome.points_value_amount
        - outcome.wallet_to_redeem_amount
        - outcome.gift_card_to_redeem_amount
    )
    rounded_down = min(0, (outcome.bill or NO_BILL).rounding_amount)
    assert outcome.payable_amount >= rounded_down  # below 0 the sale is refused
    for line in outcome.lines:
        assert line.subtotal_amount >= 0
        assert line.total_amount == line.subtotal_amount - line.discount_amount >= 0
        assert 0 <= line.points_value_amount + line.wallet_amount <= line.total_amount
        assert line.subtotal_amount + line.bases.discounts >= 0
        assert line.bases.discounts <= 0
        assert line.subtotal_amount + min(line.bases.minimums, line.bases.earning) >= 0
    _columns_add_up(outcome)
    for discount in outcome.discounts:
        assert sum(share.amount for share in discount.lines) == discount.amount > 0
    for cashback in outcome.cashback:
        assert sum(share.amount for share in cashback.lines) == cashback.amount > 0
    for earned in outcome.earned:
        assert sum(share.amount for share in earned.lines) == earned.points > 0
    for payment in outcome.points_payments:
        assert sum(share.points for share in payment.lines) == payment.points
        assert sum(share.amount for share in payment.lines) == payment.value_amount
    applied = {decision.promotion_id for decision in outcome.decisions if decision.applied}
    assert applied == {use.promotion_id for use in outcome.uses}
    assert Outcome.from_json(outcome.to_json()) == outcome


def _columns_add_up(outcome: Outcome) -> None:
    lines = outcome.lines
    assert sum(line.subtotal_amount for line in lines) == outcome.subtotal_amount
    assert sum(line.discount_amount for line in lines) == outcome.discount_amount
    assert sum(discount.amount for discount in outcome.discounts) == outcome.discount_amount
    assert sum(line.points_value_amount for line in lines) == outcome.points_value_amount
    assert sum(line.points_redeemed for line in lines) == outcome.points_to_redeem
    by_goods = outcome.wallet_to_redeem_amount - sum(line.wallet_amount for line in lines)
    bill = outcome.bill or NO_BILL
    assert 0 <= by_goods <= max(0, bill.added_amount)
    assert sum(line.tax_amount for line in lines) == bill.tax_amount
    assert sum(line.service_amount for line in lines) == bill.service_amount
    assert sum(line.points_earned for line in lines) == outcome.points_to_earn
    assert sum(line.cashback_amount for line in lines) == outcome.cashback_to_earn_amount
