"""What names a person wherever it was written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote_plus

from members.rules.masks import mask_email, mask_phone, show_phone

FEWEST_SYMBOLS: Final = 6
"""Shorter texts name too many others."""


def identifying_texts(
    *, name: str = "", phone: str | None = None, email: str | None = None, others: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return every form in which contacts, numbers and a full name may have been written, in addresses of pages too.

    A name of one word is left out: it names many people, and goods.
    """
    forms = [*others]
    if len(name.split()) > 1:
        forms.append(name)
    if phone:
        shown = show_phone(phone) or ""
        digits = shown.replace("-", "")
        forms += [phone, phone.removeprefix("+"), digits, shown, shown.replace("-", " "), mask_phone(phone) or ""]
    if email:
        forms += [email, mask_email(email) or ""]
    written = [form for form in forms if len(form) >= FEWEST_SYMBOLS]
    return tuple(dict.fromkeys([*written, *(quote_plus(form) for form in written)]))
