"""Reading amounts as people and programs write them in files; what codes and names are compared by. Pure."""

from __future__ import annotations

import re
from typing import Final

from common.quantities import CURRENCY_DIGITS, CURRENCY_SYMBOLS, parse_money
from common.text import comparison_key

LONGEST_NAME_KEY: Final = 200
"""Compatibility forms can be many times as long as the name; an index takes no more."""

_PROGRAM: Final = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)\.(\d+)", re.ASCII)
_ZEROS: Final = re.compile(r"(.*\d)[.,]0{1,2}", re.ASCII)


def sku_key(sku: str) -> str:
    """Return what codes of products are compared by; a code of only invisible signs is compared as it is."""
    return comparison_key(sku) or sku


def name_key(name: str) -> str:
    """Return what names of products are compared by."""
    return comparison_key(name)[:LONGEST_NAME_KEY]


def read_amount(text: str, currency: str) -> int:
    """Read '25.000', '25000', 'Rp 25.000', '25000.00' as 25000 rupiah; '12.50' and '12,50' as 1250 pence.

    A dot groups thousands as people here write them, unless it can only be a program's decimal mark. Raises ValueError
    on anything that could mean two things, and on amounts below 0.
    """
    plain = text.strip()
    digits = CURRENCY_DIGITS[currency]
    zeros = _ZEROS.fullmatch(plain)
    if zeros and not digits:
        plain = zeros[1]
    amount = _by_program(plain, currency, digits)
    if amount is None:
        amount = parse_money(plain, currency)
    if amount < 0:
        raise ValueError(text)
    return amount


def _by_program(text: str, currency: str, digits: int) -> int | None:
    """Read '1,250.50' and '12.5' in the currency's digits; None where the text has another form."""
    bare = text.removeprefix(CURRENCY_SYMBOLS.get(currency, currency)).removeprefix(currency).strip()
    match = _PROGRAM.fullmatch(bare)
    if match is None or not digits or len(match[2]) > digits:
        return None
    if len(match[2]) == 3 and "," not in match[1] and len(match[1]) <= 3:
        raise ValueError(text)
    amount: int = int(match[1].replace(",", "")) * 10**digits + int(match[2].ljust(digits, "0"))
    return amount
