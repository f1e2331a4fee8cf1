"""E-mail addresses: kept as written, matched in one form."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_LENGTH: Final = 254
# Deliberately plain: what a mail server would not take is found by sending, not by a longer pattern.
_ADDRESS: Final = re.compile(
    r"(?P<local>[A-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[A-Z0-9\u00a1-\ud7ff\uf900-\uffef](?:[A-Z0-9\u00a1-\ud7ff\uf900-\uffef-]{0,61}[A-Z0-9\u00a1-\ud7ff\uf900-\uffef])?\.)+"
    r"[A-Z\u00a1-\ud7ff\uf900-\uffef][A-Z0-9\u00a1-\ud7ff\uf900-\uffef-]{0,61}[A-Z0-9\u00a1-\ud7ff\uf900-\uffef])",
    re.IGNORECASE,
)
_ONE_MAILBOX: Final = frozenset({"gmail.com", "googlemail.com"})


class EmailError(ValueError):
    """`code`: email_malformed or email_too_long."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def normalise_email(text: str) -> str:
    """The address to write to: trimmed, its domain in lower case. Raises EmailError."""
    written = unicodedata.normalize("NFC", text).strip()
    if len(written) > MAX_LENGTH:
        raise EmailError("email_too_long")
    match = _ADDRESS.fullmatch(written)
    if match is None or len(match["local"]) > 64:
        raise EmailError("email_malformed")
    return f"{match['local']}@{match['domain'].lower()}"


def email_key(email: str) -> str:
    """The address as it is matched: lower case; at Gmail dots and what follows a plus make no other mailbox."""
    local, _, domain = email.lower().rpartition("@")
    if domain in _ONE_MAILBOX:
        local, domain = local.partition("+")[0].replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
