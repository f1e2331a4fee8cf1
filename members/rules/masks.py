"""How personal data is shown to people who need not read it whole; matching always uses the whole value."""

from __future__ import annotations

from typing import Final

import phonenumbers

MASK: Final = "***"
HIDDEN: Final = "****"
FEWEST_DIGITS: Final = 7


def mask_phone(phone: str | None) -> str | None:
    """Mask '+6281234567890' as '0812-****-7890'; shorter numbers show fewer digits, the shortest none."""
    if phone is None:
        return None
    digits = _national_digits(phone)
    if len(digits) < FEWEST_DIGITS or not digits.isdigit():
        return HIDDEN
    head, tail = (4, 4) if len(digits) >= 11 else (4, 2) if len(digits) >= 9 else (2, 2)
    return f"{digits[:head]}-{HIDDEN}-{digits[-tail:]}"


def show_phone(phone: str | None) -> str | None:
    """Show '+6281234567890' as '0812-3456-7890'; a single digit left over joins the last group."""
    if phone is None:
        return None
    digits = _national_digits(phone)
    groups = [digits[i : i + 4] for i in range(0, len(digits), 4)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return "-".join(groups)


def mask_email(email: str | None) -> str | None:
    """Mask 'budi.santoso@gmail.com' as 'bu***@gmail.com'; what is no address shows nothing."""
    if email is None:
        return None
    local, at, domain = email.rpartition("@")
    if not at:
        return MASK
    return f"{local[: 2 if len(local) > 2 else 1]}{MASK}@{domain}"


def mask_name(name: str) -> str:
    """Mask 'Budi Santoso' as 'B*** S***'."""
    return " ".join(f"{word[0]}{MASK}" for word in name.split())


def _national_digits(phone: str) -> str:
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return phone.lstrip("+")
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(symbol for symbol in shown if symbol.isdigit())
