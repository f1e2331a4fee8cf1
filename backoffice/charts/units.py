"""How a chart's numbers are written: whole in tables and labels, short on axes (three digits, never a bare M)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common.quantities import (
    CURRENCY_SYMBOLS,
    DECIMAL_MARK,
    NBSP,
    currency_digits,
    format_money,
    format_number,
    format_percent,
)

Writer = Callable[[float], str]

STEPS: Final = {
    "id": ((10**9, "miliar"), (10**6, "jt"), (10**3, "rb")),
    "en": ((10**9, "bn"), (10**6, "mn"), (10**3, "k")),
}


@dataclass(frozen=True)
class ChartUnit:
    """`full` writes a value in tables and titles, `short` on an axis, `name` says the unit under the question."""

    name: str
    full: Writer
    short: Writer


def compact(value: float, language: str) -> str:
    """Write 1250000 as '1,25 jt' (id), '1,25 mn' (en); 950 as '950'; 0.5 as '0,5'."""
    size = abs(value)
    for step, word in STEPS["id" if language == "id" else "en"]:
        if size >= step:
            return f"{_three_digits(value / step)}{NBSP}{word}"
    return _three_digits(value)


def counts(name: str, language: str) -> ChartUnit:
    """Return the unit of whole things: members, receipts, points."""
    return ChartUnit(name, lambda value: format_number(round(value)), lambda value: compact(value, language))


def amounts(currency: str, language: str) -> ChartUnit:
    """Return the unit of money; values are in the currency's smallest unit."""
    divisor = 10 ** currency_digits(currency)
    symbol = CURRENCY_SYMBOLS.get(currency, currency)
    return ChartUnit(
        symbol,
        lambda value: format_money(round(value), currency, language),
        lambda value: compact(value / divisor, language),
    )


def shares(name: str = "%") -> ChartUnit:
    """Return the unit of parts of one: 0.125 -> '12,5%'."""
    return ChartUnit(
        name, format_percent, lambda value: format_percent(value, 0 if abs(value) >= 0.1 or not value else 1)
    )


def _three_digits(value: float) -> str:
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    shown = f"{value:.{places}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return shown.replace(".", DECIMAL_MARK)
