"""Secrets that stand in links: the card's token and the unsubscribe token."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import F

from common import secrets
from common.errors import Missing
from members.models import Card
from members.queries.rows import MemberNotFound
from merchants.facts import MerchantFacts

MAC_BYTES: Final = 12


def card_token(*, merchant: MerchantFacts, member_id: UUID) -> str:
    """Return the readable token of one card, as `card_tokens` chooses it. Raises Missing('card_not_found')."""
    found = card_tokens(merchant=merchant, member_ids=[member_id])
    if not found:
        raise Missing("card_not_found")
    return found[member_id]


def card_tokens(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return readable tokens by member, for links in mail: the card in force, else the one that waited longest.

    Members without a card are left out. The link of a waiting card shows nothing of the member.
    """
    rows = Card.objects.filter(merchant_id=merchant.id, member_id__in=list(member_ids), revoked_at__isnull=True)
    chosen: dict[UUID, bytes | memoryview] = {}
    for member_id, token in rows.order_by(F("confirmed_at").desc(nulls_last=True), "issued_at", "id").values_list(
        "member_id", "token_encrypted"
    ):
        chosen.setdefault(member_id, token)
    return {member_id: secrets.decrypt(token) for member_id, token in chosen.items()}


def card_token_in_force(*, merchant: MerchantFacts, member_id: UUID) -> str | None:
    """Return the readable token of the card in force; None while the member has none."""
    rows = Card.objects.filter(
        merchant_id=merchant.id, member_id=member_id, revoked_at__isnull=True, confirmed_at__isnull=False
    )
    token = rows.values_list("token_encrypted", flat=True).first()
    return secrets.decrypt(token) if token is not None else None


def unsubscribe_token(*, merchant: MerchantFacts, member_id: UUID) -> str:
    """Return 38 characters for the unsubscribe link; needs no row and never expires (while CODE_KEY stays the same)."""
    return _encode_bytes(member_id.bytes + _unsubscribe_mac(merchant, member_id))


def member_id_of_unsubscribe_token(*, merchant: MerchantFacts, token: str) -> UUID:
    """Return whose link it is, also after a merge or an erasure. Raises MemberNotFound for an unknown token."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise MemberNotFound from error
    # The last symbol carries four bits that no byte needs: only the way we write them is ours.
    if _encode_bytes(raw) != token:
        raise MemberNotFound
    if len(raw) != 16 + MAC_BYTES or not hmac.compare_digest(
        raw[16:], _unsubscribe_mac(merchant, UUID(bytes=raw[:16]))
    ):
        raise MemberNotFound
    return UUID(bytes=raw[:16])


def _encode_bytes(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unsubscribe_mac(merchant: MerchantFacts, member_id: UUID) -> bytes:
    return secrets.keyed_hash(merchant.id, f"unsubscribe:{member_id}")[:MAC_BYTES]
