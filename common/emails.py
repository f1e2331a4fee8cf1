"""E-mail addresses of members and of staff: kept as written but for what no one sees, matched in one form. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from common.text import clean_address

MAX_LENGTH: Final = 254
# Deliberately plain: what a mail server would not take is found by sending, not by a longer pattern.
_LOCAL: Final = re.compile(r"[A-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE | re.ASCII)
_LONGEST_LOCAL: Final = 64
_LONGEST_LABEL: Final = 63
_ONE_MAILBOX: Final = frozenset({"gmail.com", "googlemail.com"})


class EmailError(ValueError):
    """`code`: email_malformed or email_too_long."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def normalise_email(text: str) -> str:
    """Return the address to write to: nothing invisible, trimmed, its domain in lower case. Raises EmailError."""
    written = clean_address(text)
    if len(written) > MAX_LENGTH:
        raise EmailError("email_too_long")
    local, _, domain = written.rpartition("@")
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or not _is_domain(domain):
        raise EmailError("email_malformed")
    return f"{local}@{domain.lower()}"


def _is_domain(text: str) -> bool:
    """Return whether these are two or more labels of letters, digits and inner hyphens, the last not led by a digit."""
    labels = text.split(".")
    return len(labels) > 1 and all(map(_is_label, labels)) and len(labels[-1]) > 1 and not labels[-1][0].isdigit()


def _is_label(text: str) -> bool:
    edges = bool(text) and text[0] != "-" != text[-1] and not unicodedata.combining(text[0])
    spelled = all(symbol == "-" or unicodedata.category(symbol)[:1] in "LM" or symbol.isdecimal() for symbol in text)
    return edges and spelled and len(text) <= _LONGEST_LABEL


def email_key(email: str) -> str:
    """Return the address as it is matched: lower case; at Gmail dots and a plus make no other mailbox."""
    local, _, domain = email.lower().rpartition("@")
    if domain in _ONE_MAILBOX:
        local, domain = local.partition("+")[0].replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
