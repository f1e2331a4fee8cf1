"""What a cashier typed or scanned may be: a phone, a number on a card, a QR token or an e-mail address."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from common.emails import EmailError, email_key, normalise_email
from common.text import clean_phone, is_printable
from members.rules.numbers import has_check_digit
from members.rules.phones import PhoneError, normalise_phone

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_CARD_LINK: Final = re.compile(r"https?://\S+/card/(?P<token>[A-Za-z0-9_-]{22})/?")
MAX_LENGTH: Final = 300


class IdentifierKind(StrEnum):
    NUMBER = "number"
    TOKEN = "token"  # noqa: S105
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True)
class Identifier:
    """`value` in the form it is stored and matched in."""

    kind: IdentifierKind
    value: str


def read_identifier(text: str, region: str) -> list[Identifier]:
    """Return everything the text may mean, the most likely first; empty when it can mean no one.

    A number with a right check digit is tried before the same digits as a phone number.
    """
    written = clean_phone(text)
    if not written or len(written) > MAX_LENGTH or not is_printable(written):
        return []
    if "@" in written:
        return _as_email(written)
    link = _CARD_LINK.fullmatch(written)
    if link or _TOKEN.fullmatch(written):
        return [Identifier(IdentifierKind.TOKEN, link["token"] if link else written), *_as_digits(written, region)]
    return _as_digits(written, region)


def is_card_token(text: str) -> bool:
    """Return whether the text can only be the QR or the link of a card, which cannot be guessed."""
    written = clean_phone(text)
    return bool(_CARD_LINK.fullmatch(written) or (_TOKEN.fullmatch(written) and not written.isdigit()))


def _as_email(written: str) -> list[Identifier]:
    try:
        return [Identifier(IdentifierKind.EMAIL, email_key(normalise_email(written)))]
    except EmailError:
        return []


def _as_digits(written: str, region: str) -> list[Identifier]:
    found = []
    digits = re.sub(r"[\s.-]", "", written)
    if 6 <= len(digits) <= 19 and has_check_digit(digits):
        found.append(Identifier(IdentifierKind.NUMBER, digits))
    with suppress(PhoneError):
        found.append(Identifier(IdentifierKind.PHONE, normalise_phone(written, region)))
    return found
