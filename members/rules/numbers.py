"""Member and card numbers: random, with a Luhn check digit, never to be taken for a phone number."""

from __future__ import annotations

import secrets
from typing import Final

NUMBER_DIGITS: Final = 12
MEMBER_LEADS: Final = "1"
CARD_LEADS: Final = "2"
"""First digits: a card is never taken for a member, and what has this form is read as a phone only where it is one."""


def luhn_digit(digits: str) -> str:
    """Return the check digit that makes `digits` + it pass the Luhn test; it finds every single wrong digit."""
    total = 0
    for position, symbol in enumerate(reversed(digits)):
        value = int(symbol) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def has_check_digit(number: str) -> bool:
    """Return whether the last digit is the Luhn digit of those before it."""
    return len(number) > 1 and number.isascii() and number.isdigit() and luhn_digit(number[:-1]) == number[-1]


def is_own_form(written: str) -> bool:
    """Return whether these digits could be a member or card number that was drawn here."""
    return len(written) == NUMBER_DIGITS and written[0] in MEMBER_LEADS + CARD_LEADS and has_check_digit(written)


def new_member_number() -> str:
    """Draw 12 digits, ten of them random."""
    return _new_number(MEMBER_LEADS)


def show_number(number: str) -> str:
    """Show '184212345678' as '1842 1234 5678'."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _new_number(lead: str) -> str:
    free = NUMBER_DIGITS - 2
    digits = f"{lead}{secrets.randbelow(10**free):0{free}d}"
    return digits + luhn_digit(digits)
