"""Addresses by their keyed hash, the same in Python and in SQL, so that an audience can be judged set-based.

The key is derived per merchant and purpose from CODE_KEY: statements carry the derived key only.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from uuid import UUID

from common.secrets import keyed_hash
from merchants.facts import MerchantFacts

_BLOCK: Final = 64

HASHED: Final = "sha256(%({purpose}_outer)s || sha256(%({purpose}_inner)s || {bytes}))"
"""HMAC-SHA256 in SQL: `.format(purpose=, bytes=)`, parameters from `hash_parameters`."""

ADDRESS_HASH: Final = HASHED.format(purpose="address", bytes="convert_to({key}, 'UTF8')")
"""`.format(key=)` with the column that holds the normalised address."""


def address_hash(*, merchant: MerchantFacts, email_key: str) -> bytes:
    """32 bytes by which an address is known once it may not be stored; `email_key` as members normalises it."""
    return hmac.digest(_key(merchant, "address"), email_key.encode(), hashlib.sha256)


def draw_hash(*, merchant: MerchantFacts, campaign_id: UUID, member_id: UUID) -> bytes:
    """The lot a member draws for the control group of a campaign; its first four bytes decide."""
    return hmac.digest(_key(merchant, f"control:{campaign_id}"), member_id.bytes, hashlib.sha256)


def in_control(*, merchant: MerchantFacts, campaign_id: UUID, member_id: UUID, control_percent: int) -> bool:
    """Does this member belong to the control group? The same answer at every time, whatever the audience."""
    drawn = draw_hash(merchant=merchant, campaign_id=campaign_id, member_id=member_id)
    return int.from_bytes(drawn[:4], "big") < control_threshold(control_percent)


def control_threshold(control_percent: int) -> int:
    """Of 2^32 equally likely draws, how many are control."""
    return (control_percent << 32) // 100


def address_parameters(*, merchant: MerchantFacts) -> dict[str, bytes]:
    return _pads("address", _key(merchant, "address"))


def draw_parameters(*, merchant: MerchantFacts, campaign_id: UUID) -> dict[str, bytes]:
    return _pads("draw", _key(merchant, f"control:{campaign_id}"))


def _key(merchant: MerchantFacts, purpose: str) -> bytes:
    return keyed_hash(merchant.id, f"campaigns:{purpose}")


def _pads(purpose: str, key: bytes) -> dict[str, bytes]:
    block = key.ljust(_BLOCK, b"\0")
    return {
        f"{purpose}_inner": bytes(byte ^ 0x36 for byte in block),
        f"{purpose}_outer": bytes(byte ^ 0x5C for byte in block),
    }
