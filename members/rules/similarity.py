"""Could two members be one person? What they have in common, from what is known of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from common.text import clean_address, comparison_key

ADDRESS_NAMES: Final = ("address", "alamat")
"""Names under which shops keep an address among a member's own attributes."""
SHORTEST_ADDRESS: Final = 8
"""Below that it is a town or a district, which neighbours and strangers share."""


@dataclass(frozen=True)
class KnownPerson:
    """What is known of one member, those merged into them included; contacts and devices as keyed hashes."""

    ids: frozenset[Any] = frozenset()
    phones: frozenset[bytes] = frozenset()
    emails: frozenset[bytes] = frozenset()
    surname: str = ""
    birth_date: date | None = None
    address: str = ""
    devices: frozenset[bytes] = field(default_factory=frozenset)


def one_mailbox(email: str) -> str:
    """Return the address without what many providers ignore (case, dots, a plus and more); never for mailing."""
    local, _, domain = clean_address(email).lower().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain.replace('googlemail.com', 'gmail.com')}"


def surname_of(name: str) -> str:
    """Return the last of several names; one name alone says too little."""
    words = comparison_key(name).split()
    return words[-1] if len(words) > 1 else ""


def address_of(attributes: Mapping[str, Any]) -> str:
    """Return the address among the attributes, letters and digits only; '' if there is none worth comparing."""
    found = next((str(attributes[name]) for name in attributes if name.casefold() in ADDRESS_NAMES), "")
    plain = "".join(letter for letter in comparison_key(found) if letter.isalnum())
    return plain if len(plain) >= SHORTEST_ADDRESS else ""


def same_birth_and_surname(one: KnownPerson, other: KnownPerson) -> bool:
    born = one.birth_date is not None and one.birth_date == other.birth_date
    return born and bool(one.surname) and one.surname == other.surname
