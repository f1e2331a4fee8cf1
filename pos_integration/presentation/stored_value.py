"""Top-ups and gift cards."""

from __future__ import annotations

from ledger.facts import Balance
from pos_integration.presentation.members import Json, wallet_json
from rewards.gift_cards.facts import GiftCardCheck, GiftCardFacts, TopUpFacts
from rewards.gift_cards.wording import gift_card_message
from sales.facts import GiftCardUse


def top_up_json(top_up: TopUpFacts, *, by_waiting_card: bool = False) -> Json:
    return {
        "id": top_up.id,
        "reference": top_up.reference,
        "member_id": top_up.member_id,
        "amount": top_up.amount,
        "status": top_up.status,
        "at": top_up.at,
        "wallet": wallet_json(Balance() if by_waiting_card else top_up.wallet),
    }


def gift_card_json(card: GiftCardFacts) -> Json:
    """Write a gift card; `code` is only in the answer to the till that sold the card."""
    body = {
        "id": card.id,
        "code_masked": card.code_masked,
        "status": card.status,
        "amount": card.amount,
        "balance_amount": card.balance_amount,
        "held_amount": card.held_amount,
        "expires_on": card.expires_on,
        "reference": card.reference,
    }
    return body if card.code is None else {**body, "code": card.code}


def gift_card_check_json(check: GiftCardCheck, *, language: str) -> Json:
    answer: Json = {"usable": check.usable}
    if check.reason is not None:
        answer |= {"reason": check.reason, "message": gift_card_message(check.reason, language=language)}
    if check.card is not None:
        answer["gift_card"] = gift_card_json(check.card)
    return answer


def gift_card_use_json(use: GiftCardUse, *, language: str) -> Json:
    body = {
        "code_masked": use.code_masked,
        "status": use.status,
        "used_amount": use.used_amount,
        "balance_left_amount": use.balance_left_amount,
    }
    if use.reason is None:
        return body
    return {**body, "reason": use.reason, "message": gift_card_message(use.reason, language=language)}
