"""Codes that are worth money: made at random, found by a keyed hash, kept readable only encrypted.

`CODE_KEY` (settings) keys both; rotating it is described in docs/operations.md. Nothing here may be logged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache
from typing import Final
from uuid import UUID

from cryptography.fernet import Fernet
from django.conf import settings

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK: Final = CROCKFORD + "*~$=U"
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
TYPED_SYMBOLS: Final = 12


def _derived(purpose: str) -> bytes:
    return hashlib.sha256(f"{purpose}:{settings.CODE_KEY}".encode()).digest()


@lru_cache(maxsize=2)
def _fernet(code_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived("encrypt")))


@lru_cache(maxsize=2)
def _hash_key(code_key: str) -> bytes:
    return _derived("hash")


def new_typed_code() -> str:
    """12 random Crockford base32 symbols (60 bits) and a check symbol, easy to read out: 'K7QH2M4TX9CDR'."""
    symbols = "".join(secrets.choice(CROCKFORD) for _ in range(TYPED_SYMBOLS))
    return symbols + check_symbol(symbols)


def check_symbol(symbols: str) -> str:
    """The modulo-32 check symbol; stays within the alphabet so that a code is letters and digits only."""
    value = 0
    for position, symbol in enumerate(symbols, start=1):
        value = (value + (2 * position + 1) * CROCKFORD.index(symbol)) % 32
    return CROCKFORD[value]


def new_token() -> str:
    """128 random bits for a QR code or a link, URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)


def normalise_code(text: str) -> str:
    """What a person typed -> what was issued: upper case, no blanks or dashes, O as 0, I and L as 1."""
    return "".join(text.split()).replace("-", "").upper().translate(_READ_AS)


def keyed_hash(merchant_id: UUID, text: str) -> bytes:
    """32 bytes by which a secret is found again; bound to the merchant."""
    return hmac.new(_hash_key(settings.CODE_KEY), merchant_id.bytes + text.encode(), hashlib.sha256).digest()


def encrypt(text: str) -> bytes:
    """A readable copy for the people allowed to see it again."""
    return _fernet(settings.CODE_KEY).encrypt(text.encode())


def decrypt(token: bytes | memoryview) -> str:
    return _fernet(settings.CODE_KEY).decrypt(bytes(token)).decode()
