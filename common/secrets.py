"""Codes that are worth money: made at random, found by a keyed hash, kept readable only encrypted.

`CODE_KEY` (settings) keys both; rotating it is described in docs/operations.md. Nothing here may be logged.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from itertools import product
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from common.text import clean_code

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
TYPED_SYMBOLS: Final = 12

# An encrypted copy begins with how it was made, so that another way can come beside it.
_GCM: Final = b"\x02"
_NONCE_BYTES: Final = 12
SEAL_BYTES: Final = 1 + _NONCE_BYTES + 16
"""By how much an encrypted copy is longer than what it holds; guards of the database know the number too."""

# Ten random bits at a time are two symbols and their share of the check symbol.
_PAIRS: Final = tuple("".join(pair) for pair in product(CROCKFORD, repeat=2))
_TEN_BITS: Final = 0x3FF


def _derive_key(purpose: str) -> bytes:
    return hashlib.sha256(f"{purpose}:{settings.CODE_KEY}".encode()).digest()


@lru_cache(maxsize=2)
def _make_cipher(code_key: str) -> AESGCM:
    return AESGCM(_derive_key("encrypt-gcm"))


@lru_cache(maxsize=2)
def _hash_key(code_key: str) -> bytes:
    return _derive_key("hash")


def new_typed_code() -> str:
    """Return 12 random Crockford base32 symbols (60 bits) and a check symbol, easy to read out: 'K7QH2M4TX9CDR'."""
    return new_typed_codes(1)[0]


def new_typed_codes(count: int) -> list[str]:
    """Return as many codes, each from 60 bits of the operating system's generator."""
    noise = os.urandom(8 * count)
    return [_typed_symbols(int.from_bytes(noise[start : start + 8], "big")) for start in range(0, 8 * count, 8)]


def _typed_symbols(bits: int) -> str:
    value, symbols = 0, ""
    for position in range(0, TYPED_SYMBOLS, 2):
        pair = bits & _TEN_BITS
        bits >>= 10
        symbols += _PAIRS[pair]
        value += (2 * position + 3) * (pair >> 5) + (2 * position + 5) * (pair & 31)
    return symbols + CROCKFORD[value % 32]


def new_token() -> str:
    """Return 128 random bits for a QR code or a link, URL-safe, 22 characters."""
    return secrets.token_urlsafe(16)


def normalise_code(text: str) -> str:
    """Return what was issued for what a person typed or pasted: `clean_code`, then O as 0, I and L as 1."""
    return clean_code(text).translate(_READ_AS)


def is_miswritten(code: str) -> bool:
    """Return whether a text has the form of a typed code and a wrong check symbol: it was misread, never issued."""
    return _has_right_check(normalise_code(code)) is False


def is_guessable(code: str) -> bool:
    """Return whether a code may be one that people thought of: it is not 60 random bits with their check symbol."""
    return not _has_right_check(normalise_code(code))


def _has_right_check(symbols: str) -> bool | None:
    """Return whether the last symbol is the check of the others; None for what has not the form of a typed code."""
    if len(symbols) != TYPED_SYMBOLS + 1 or not set(symbols) <= set(CROCKFORD):
        return None
    weighed = sum((2 * position + 3) * CROCKFORD.index(symbol) for position, symbol in enumerate(symbols[:-1]))
    return symbols[-1] == CROCKFORD[weighed % 32]


def keyed_hash(merchant_id: UUID, text: str) -> bytes:
    """Return 32 bytes by which a secret is found again; bound to the merchant."""
    return hmac.new(_hash_key(settings.CODE_KEY), merchant_id.bytes + text.encode(), hashlib.sha256).digest()


def keyed_hashes(merchant_id: UUID, texts: list[str]) -> list[bytes]:
    """Return `keyed_hash` of each text, in a fifth of the time."""
    key, prefix = _hash_key(settings.CODE_KEY), merchant_id.bytes
    return [hmac.digest(key, prefix + text.encode(), "sha256") for text in texts]


def encrypt(text: str) -> bytes:
    """Encrypt a readable copy for the people allowed to see it again."""
    return encrypt_all([text])[0]


def encrypt_all(texts: list[str]) -> list[bytes]:
    """Return a readable copy of each: how it was made (1 byte), nonce (12), AES-256-GCM text and tag (16)."""
    return _seal_all([text.encode() for text in texts])


def encrypt_bytes(content: bytes) -> bytes:
    """Return an encrypted copy of a piece of a file, SEAL_BYTES longer than the piece."""
    return _seal_all([content])[0]


def _seal_all(contents: list[bytes]) -> list[bytes]:
    seal, noise = _make_cipher(settings.CODE_KEY).encrypt, os.urandom(_NONCE_BYTES * len(contents))
    copies = []
    for start, content in zip(range(0, len(noise), _NONCE_BYTES), contents, strict=True):
        nonce = noise[start : start + _NONCE_BYTES]
        copies.append(_GCM + nonce + seal(nonce, content, None))
    return copies


def decrypt(token: bytes | memoryview) -> str:
    """Return what `encrypt` was given. Raises InvalidTag when the copy was tampered with."""
    return decrypt_bytes(token).decode()


def decrypt_bytes(token: bytes | memoryview) -> bytes:
    """Return what `encrypt_bytes` was given. Raises InvalidTag when it was tampered with, or never encrypted."""
    copy = bytes(token)
    if not copy.startswith(_GCM):
        raise InvalidTag
    nonce, sealed = copy[1 : 1 + _NONCE_BYTES], copy[1 + _NONCE_BYTES :]
    return _make_cipher(settings.CODE_KEY).decrypt(nonce, sealed, None)
