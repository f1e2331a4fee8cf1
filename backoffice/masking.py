"""Contact details for the screen, whole or masked: enough to recognise a person, not enough to write to them."""

from __future__ import annotations

from typing import Final

import phonenumbers

INDONESIA: Final = 62
HIDDEN: Final = "****"


def mask_phone(e164: str) -> str:
    """'+6281234567890' -> '0812-****-7890'; abroad '+4420****4567'; too short to hide anything -> '****'."""
    national = _indonesian(e164)
    if national:
        return f"{national[:4]}-{HIDDEN}-{national[-4:]}" if len(national) >= 10 else HIDDEN
    if not e164.startswith("+") or len(e164) < 12:
        return HIDDEN
    return f"{e164[:5]}{HIDDEN}{e164[-4:]}"


def show_phone(e164: str) -> str:
    """'+6281234567890' -> '0812-3456-7890'; numbers of other countries stay as they are."""
    national = _indonesian(e164)
    return "-".join(part for part in (national[:4], national[4:8], national[8:]) if part) if national else e164


def mask_email(email: str) -> str:
    """'budi.santoso@gmail.com' -> 'bu***@gmail.com'; of a short name one letter stays."""
    local, at, domain = email.rpartition("@")
    if not at:
        return "***"
    return f"{local[: 2 if len(local) > 3 else 1]}***@{domain}"


def _indonesian(e164: str) -> str:
    """The number as dialled inside Indonesia, '' for any other."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ""
    return f"0{number.national_number}" if number.country_code == INDONESIA else ""
