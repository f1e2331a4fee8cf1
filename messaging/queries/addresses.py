"""Addresses by their keyed hash, the same in Python and in SQL, so that one statement can check many.

The key is derived per merchant and purpose from CODE_KEY; statements carry only the derived key.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from common.secrets import keyed_hash
from merchants.facts import MerchantFacts

_BLOCK: Final = 64

HASHED: Final = "sha256(%({purpose}_outer)s || sha256(%({purpose}_inner)s || {bytes}))"
"""HMAC-SHA256 in SQL: `.format(purpose=, bytes=)`, parameters from `hash_parameters`."""

ADDRESS_HASH: Final = HASHED.format(purpose="address", bytes="convert_to({key}, 'UTF8')")
"""`.format(key=)` with the column that holds the normalised address; parameters from `address_parameters`."""


def address_hash(*, merchant: MerchantFacts, email_key: str) -> bytes:
    """Return the 32 bytes that identify an address that may not be stored; `email_key` as members normalizes it."""
    return hmac.digest(_address_key(merchant), email_key.encode(), hashlib.sha256)


def address_parameters(*, merchant: MerchantFacts) -> dict[str, bytes]:
    """Return the parameters of ADDRESS_HASH."""
    return hash_parameters("address", _address_key(merchant))


def hash_parameters(purpose: str, key: bytes) -> dict[str, bytes]:
    """Return the parameters of HASHED for one purpose; `key` has at most 64 bytes."""
    block = key.ljust(_BLOCK, b"\0")
    return {
        f"{purpose}_inner": bytes(byte ^ 0x36 for byte in block),
        f"{purpose}_outer": bytes(byte ^ 0x5C for byte in block),
    }


def _address_key(merchant: MerchantFacts) -> bytes:
    return keyed_hash(merchant.id, "messaging:address")
