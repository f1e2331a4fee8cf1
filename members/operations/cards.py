"""Cards: replacing one revokes the one before it at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common import secrets
from common.errors import BadInput
from common.text import clean_code
from members.models import Card, Member
from members.operations.purchases import lock_member
from members.rules import has_check_digit
from members.wording import field_error
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit


def replace_card(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    reason: str,
    at: datetime,
    actor: Actor,
    number: str | None = None,
) -> str:
    """A new card with a new QR token, which is returned; the old token and card number open nothing any more.

    `number` is that printed on a card of the merchant's own (6-19 digits with check digit); by default the card
    carries the member number. Raises MemberNotFound, BadInput for a malformed or taken number.
    """
    member = lock_member(merchant=merchant, member_id=member_id)
    number = _checked_number(merchant, number, member_id=member.id) if number is not None else member.number
    old = Card.objects.filter(merchant_id=merchant.id, member_id=member.id, revoked_at__isnull=True)
    old.update(revoked_at=at, revoked_reason=reason)
    token = secrets.new_token()
    card = Card.objects.create(
        merchant_id=merchant.id,
        member_id=member.id,
        number=number,
        token_hash=secrets.keyed_hash(merchant.id, token),
        token_encrypted=secrets.encrypt(token),
        issued_at=at,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="member.card_replaced",
        at=at,
        subject=("member", member.id),
        after={"card": card.id},
        reason=reason,
    )
    return token


def _checked_number(merchant: MerchantFacts, number: str, *, member_id: UUID) -> str:
    """A number once on another member's card stays theirs: an old card in a drawer must not open a new account."""
    digits = clean_code(number)
    if not 6 <= len(digits) <= 19 or not has_check_digit(digits):
        raise BadInput([field_error("/number", "card_number_malformed")])
    others = Member.objects.filter(merchant_id=merchant.id, number=digits).exclude(id=member_id)
    cards = Card.objects.filter(merchant_id=merchant.id, number=digits).exclude(member_id=member_id)
    if others.exists() or cards.exists():
        raise BadInput([field_error("/number", "card_number_taken")])
    return digits
