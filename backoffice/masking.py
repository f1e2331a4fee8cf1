"""Masked contact details: enough to recognise a person, not enough to write to them."""

from __future__ import annotations

import phonenumbers


def mask_phone(e164: str) -> str:
    """'+6281234567890' -> '0812-****-7890'; abroad '+4420****4567'; too short to mask in part -> '****'."""
    shown = show_phone(e164)
    if "-" in shown:
        head, *_, tail = shown.split("-")
        return f"{head}-****-{tail[-4:]}" if len(tail) >= 3 and shown.count("-") >= 2 else "****"
    return f"{shown[:5]}****{shown[-4:]}" if len(shown) >= 11 else "****"


def show_phone(e164: str) -> str:
    """'+6281234567890' -> '0812-3456-7890'; numbers of other countries stay as they are."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code != 62:
        return e164
    national = "0" + str(number.national_number)
    return "-".join(part for part in (national[:4], national[4:8], national[8:]) if part)


def mask_email(email: str) -> str:
    """'budi.santoso@gmail.com' -> 'bu***@gmail.com'; of a short name one letter stays."""
    local, at, domain = email.rpartition("@")
    if not at:
        return "***"
    return f"{local[: 2 if len(local) > 3 else 1]}***@{domain}"
