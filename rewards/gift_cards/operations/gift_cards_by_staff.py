"""What staff do with gift cards: block, unblock, cancel, look at the codes of a batch; each on the record."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext

from common.errors import BadInput, FieldError, Refusal
from ledger.facts import EntryKind, TakeBackPolicy, Unit
from ledger.operations import LockedAccount, lock_account, take_back
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.gift_cards.models import GiftCard
from rewards.gift_cards.operations.gift_cards import lock_card


def record_codes_shown(*, merchant: MerchantFacts, batch_id: UUID, count: int, at: datetime, actor: Actor) -> None:
    """Record in the audit trail who saw the readable codes of a batch."""
    record_audit(
        merchant=merchant,
        actor=actor,
        action="gift_cards.codes_shown",
        at=at,
        subject=("gift_card_batch", batch_id),
        after={"count": count},
    )


def set_gift_card_blocked(
    *, merchant: MerchantFacts, card_id: UUID, blocked: bool, reason: str, at: datetime, actor: Actor
) -> None:
    """Block a card, or lift the block; the balance stays. Repeated, it changes nothing. Raises Missing, BadInput."""
    _require_reason(reason)
    card = lock_card(merchant, card_id)
    before, after = ("active", "blocked") if blocked else ("blocked", "active")
    if card.state != before:
        return
    card.state = after
    card.save(update_fields=["state"])
    _audit_card(merchant, card, "blocked" if blocked else "unblocked", reason=reason, at=at, actor=actor)


def cancel_gift_card(
    *, merchant: MerchantFacts, card_id: UUID, reason: str, at: datetime, business_date: date, actor: Actor
) -> int:
    """End a card and take what is on it; return how much that was.

    Raises Missing, BadInput, Refusal('gift_card_held') while a till holds part of it.
    """
    _require_reason(reason)
    card = lock_card(merchant, card_id)
    if card.state == "cancelled":
        return 0
    taken = _empty_card(merchant, card, at=at, business_date=business_date) if card.transfer_id else 0
    card.state = "cancelled"
    card.save(update_fields=["state"])
    _audit_card(merchant, card, "cancelled", reason=reason, at=at, actor=actor, amount=taken)
    return taken


def _empty_card(merchant: MerchantFacts, card: GiftCard, *, at: datetime, business_date: date) -> int:
    account: LockedAccount = lock_account(
        merchant=merchant, owner_id=card.id, unit=Unit.WALLET, business_date=business_date, at=at
    )
    balance = account.balance
    if balance.held:
        raise Refusal("gift_card_held")
    if not balance.available or card.transfer_id is None:
        return 0
    return take_back(
        merchant=merchant,
        account=account,
        earned_transfer_ids=[card.transfer_id],
        amount=balance.available,
        kind=EntryKind.CLAWBACK,
        policy=TakeBackPolicy.WITHIN_BALANCE,
        source_kind="gift_card",
        source_id=card.id,
        at=at,
        business_date=business_date,
    ).taken


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput([FieldError("/reason", "required", gettext("Say why: the reason stays with the card."))])


def _audit_card(
    merchant: MerchantFacts, card: GiftCard, done: str, *, reason: str, at: datetime, actor: Actor, **after: int
) -> None:
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"gift_card.{done}",
        at=at,
        subject=("gift_card", card.id),
        after=dict(after) or None,
        reason=reason.strip()[:300],
    )
