"""A cart worked out by the engine itself, to show what a shop's choices about groups and rounding mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from merchants.facts import MerchantFacts
from rewards.engine import evaluate, validate_definition
from rewards.engine.facts import Cart, Line, MemberState
from rewards.promotions.queries.promotions import engine_settings

GROUP: Final = "example"
PERCENTS: Final = (5, 10)
RULES: Final = [
    validate_definition(
        {
            "id": str(UUID(int=percent)),
            "title": f"{percent} %",
            "kind": "percent_off",
            "value": percent,
            "priority": percent,
            "group": GROUP,
        }
    )
    for percent in PERCENTS
]
"""The two promotions of the example, in one group."""
PRICES: Final = (12_345, 9_995, 5_555)
"""In the currency's smallest unit: prices whose discounts have to be rounded."""


@dataclass(frozen=True, slots=True)
class WorkedDiscounts:
    """One cart: its goods' prices, and each line's discount where of a group only the best acts, and where all do."""

    prices: tuple[int, ...]
    best: tuple[int, ...]
    together: tuple[int, ...]

    @property
    def subtotal_amount(self) -> int:
        return sum(self.prices)

    @property
    def best_amount(self) -> int:
        return sum(self.best)

    @property
    def together_amount(self) -> int:
        return sum(self.together)


def worked_discounts(*, merchant: MerchantFacts, at: datetime) -> WorkedDiscounts:
    """Return what the engine makes of three goods under 5 % and 10 % of one group, by the merchant's settings."""
    return WorkedDiscounts(PRICES, *(_work_out(merchant, at, mode) for mode in ("best_only", "all")))


def _work_out(merchant: MerchantFacts, at: datetime, mode: str) -> tuple[int, ...]:
    outcome = evaluate(
        Cart(tuple(Line(str(n), f"EXAMPLE-{n}", "Example", 1, price) for n, price in enumerate(PRICES))),
        MemberState(id="example", purchase_count=1),
        RULES,
        (),
        at.astimezone(ZoneInfo(merchant.timezone)),
        replace(engine_settings(merchant, RULES), groups={GROUP: mode}),
    )
    return tuple(line.discount_amount for line in outcome.lines)
