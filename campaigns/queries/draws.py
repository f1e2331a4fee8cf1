"""Who is held back: each member's draw by a keyed hash, the same in Python and in SQL."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from common.secrets import keyed_hash
from merchants.facts import MerchantFacts
from messaging.queries import hash_parameters


def draw_hash(*, merchant: MerchantFacts, campaign_id: UUID, member_id: UUID) -> bytes:
    """Return a member's draw for the control group of a campaign; its first four bytes decide."""
    return hmac.digest(_draw_key(merchant, campaign_id), member_id.bytes, hashlib.sha256)


def in_control(*, merchant: MerchantFacts, campaign_id: UUID, member_id: UUID, control_percent: int) -> bool:
    """Return whether this member is in the control group: always the same answer, whatever the audience."""
    drawn = draw_hash(merchant=merchant, campaign_id=campaign_id, member_id=member_id)
    return int.from_bytes(drawn[:4], "big") < control_threshold(control_percent)


def control_threshold(control_percent: int) -> int:
    """Return how many of 2^32 equally likely draws mean control."""
    return (control_percent << 32) // 100


def draw_parameters(*, merchant: MerchantFacts, campaign_id: UUID) -> dict[str, bytes]:
    """Return the parameters of HASHED for the purpose "draw"."""
    return hash_parameters("draw", _draw_key(merchant, campaign_id))


def _draw_key(merchant: MerchantFacts, campaign_id: UUID) -> bytes:
    return keyed_hash(merchant.id, f"campaigns:control:{campaign_id}")
