"""A bill worked out by the engine itself, to show what a shop's choices about tax, service charge and tip mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from merchants.facts import BillChoices, MerchantFacts
from rewards.engine import evaluate, validate_definition
from rewards.engine.facts import SERVICE, TAX, Bill, Cart, Definition, Line, MemberState, Settings
from rewards.promotions.queries.promotions import engine_settings, rules_of_choices

PERCENT_OFF: Final = 20
OFF: Final = validate_definition(
    {"id": str(UUID(int=1)), "title": "20 %", "kind": "percent_off", "value": PERCENT_OFF, "priority": 1}
)
"""The discount of the example."""
OUT_OF_REACH: Final = validate_definition(
    {
        "id": str(UUID(int=2)),
        "title": "minimum",
        "kind": "amount_off",
        "value": 1,
        "priority": 0,
        "when": {"min_subtotal": 10**12},
    }
)
"""A minimum that no one reaches: the engine's refusal says how much of the bill it counted."""


@dataclass(frozen=True, slots=True)
class WorkedBill:
    """One bill: what the goods cost before and after the discount, what is beside them, and what of it counted."""

    bill: Bill
    subtotal_amount: int
    discount_amount: int
    total_amount: int
    payable_amount: int
    minimum_amount: int
    earning_amount: int
    points_earned: int


def worked_bill(
    *,
    merchant: MerchantFacts,
    choices: BillChoices,
    earning: Iterable[Definition],
    price_amount: int,
    bill: Bill,
    at: datetime,
) -> WorkedBill:
    """Return what the engine makes of one thing at 20 % off with this bill, under these choices and earning rules.

    `bill` has tax and service charge before the discount: of what is in the price and is discounted with it, the till
    of the example sends what is left.
    """
    bill = _bill_after_discount(bill, choices)
    rules = [OUT_OF_REACH, OFF, *earning]
    settings: Settings = replace(engine_settings(merchant, rules), bill=rules_of_choices(choices))
    outcome = evaluate(
        Cart((Line("1", "EXAMPLE", "Example", 1, price_amount),), bill=bill),
        MemberState(id="example", purchase_count=1),
        rules,
        (),
        at.astimezone(ZoneInfo(merchant.timezone)),
        settings,
    )
    measured = next(one.measured for one in outcome.decisions if one.promotion_id == OUT_OF_REACH.id)
    return WorkedBill(
        bill=bill,
        subtotal_amount=outcome.subtotal_amount,
        discount_amount=outcome.discount_amount,
        total_amount=outcome.total_amount,
        payable_amount=outcome.payable_amount,
        minimum_amount=int(measured or 0),
        earning_amount=max(0, sum(line.total_amount + line.bases.earning for line in outcome.lines)),
        points_earned=outcome.points_to_earn,
    )


def _bill_after_discount(bill: Bill, choices: BillChoices) -> Bill:
    tax, service = bill.tax_amount, bill.service_amount
    if bill.prices_include_tax and TAX in choices.discounts:
        tax -= tax * PERCENT_OFF // 100
    if bill.prices_include_service and SERVICE in choices.discounts:
        service -= service * PERCENT_OFF // 100
    return replace(bill, tax_amount=tax, service_amount=service)
