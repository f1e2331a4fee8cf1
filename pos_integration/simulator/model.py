"""What must come out, computed from the program alone: a second opinion on every balance and every sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

GOODS: Final = "SIM-"
"""What the codes of the simulated goods begin with: no shop's own goods do."""


class UnknownProgramError(Exception):
    """The program has a rule that this model does not know; comparing against it would prove nothing."""


@dataclass(frozen=True)
class EarnRule:
    """Points per amount: `points` for every `spend`, in whole steps of the basket or proportionally by line."""

    spend: int
    points: int
    whole_steps: bool
    before_discounts: bool


@dataclass(frozen=True)
class SimulatedProgram:
    earning: tuple[EarnRule, ...]
    amount_per_point: Fraction
    minimum_points: int
    step: int

    @classmethod
    def from_json(cls, program: Mapping[str, Any]) -> SimulatedProgram:
        """Read the answer of GET /program. Raises UnknownProgramError."""
        redemption = program["redemption"]
        step = redemption["points_per_step"]
        return cls(
            earning=tuple(_read_rule(rule) for rule in program["earning"] if _touches_goods(rule)),
            amount_per_point=Fraction(redemption["amount_per_step"], step) if step else Fraction(0),
            minimum_points=redemption["minimum_points"],
            step=step,
        )

    def earned(self, lines: Sequence[LineState], *, points_value: int = 0) -> int:
        """Return points for what is left of the lines after returns; `points_value` was paid with points."""
        return sum(_points_earned(rule, lines, points_value) for rule in self.earning)

    def points_value(self, points: int) -> int:
        return int(points * self.amount_per_point)


@dataclass
class LineState:
    """One line as sold and what came back of it."""

    line_id: str
    quantity: int
    subtotal: int
    total: int
    returned: int = 0

    @property
    def left(self) -> int:
        return self.total - self.total * self.returned // self.quantity

    @property
    def gross_left(self) -> int:
        return self.subtotal - self.subtotal * self.returned // self.quantity


@dataclass
class SaleState:
    """A sale the server has acknowledged."""

    reference: str
    sale_id: str
    till: int
    member: str | None
    lines: list[LineState]
    points_redeemed: int
    points_value: int
    earned: int
    reversed: int = 0
    money_back: int = 0
    refunds: int = 0
    status: str = "completed"

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)

    @property
    def returnable(self) -> list[LineState]:
        return [line for line in self.lines if line.returned < line.quantity]


@dataclass
class SimulatedMember:
    """A member and the points that all acknowledged requests together leave them."""

    member_id: str
    phone: str
    points: int
    coupons: list[str] = field(default_factory=list)


def take_back(program: SimulatedProgram, sale: SaleState, quantities: Mapping[str, int]) -> tuple[int, int]:
    """Book a return: (points to take back, money handed back). Only for sales paid without points."""
    before = sum(line.left for line in sale.lines)
    for line in sale.lines:
        line.returned += quantities.get(line.line_id, 0)
    still = program.earned(sale.lines) if sale.member else 0
    points = sale.earned - sale.reversed - still
    money = before - sum(line.left for line in sale.lines)
    sale.reversed += points
    sale.money_back += money
    sale.refunds += 1
    sale.status = "partially_refunded" if sale.returnable else "refunded"
    return points, money


def void(sale: SaleState) -> int:
    """Book a void; return the change of the member's points."""
    change = sale.points_redeemed - (sale.earned - sale.reversed)
    sale.reversed = sale.earned
    sale.status = "voided"
    return change


def _touches_goods(rule: Mapping[str, Any]) -> bool:
    """Return False for a rule that names its goods by code, and none of the simulated ones."""
    filters = rule["terms"].get("filter", {})
    return set(filters) != {"skus"} or any(sku.startswith(GOODS) for sku in filters["skus"])


def _read_rule(rule: Mapping[str, Any]) -> EarnRule:
    terms = rule["terms"]
    known = {"per_amount", "base", "whole_steps"}
    if rule["kind"] != "earn" or rule["conditional"] or set(terms) - known or "per_amount" not in terms:
        raise UnknownProgramError(f"the model does not know the earning rule {rule['title']!r}")
    return EarnRule(
        spend=terms["per_amount"]["spend"],
        points=terms["per_amount"]["points"],
        whole_steps=bool(terms.get("whole_steps", False)),
        before_discounts=terms.get("base") == "before_discounts",
    )


def _points_earned(rule: EarnRule, lines: Sequence[LineState], points_value: int) -> int:
    amounts = [line.gross_left if rule.before_discounts else line.left for line in lines]
    if rule.whole_steps:
        return max(0, sum(amounts) - points_value) // rule.spend * rule.points
    if points_value:
        raise UnknownProgramError("proportional earning together with points as payment is not modelled")
    return sum(amount * rule.points // rule.spend for amount in amounts)
