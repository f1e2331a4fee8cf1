"""Writes of gift cards. One file per noun; import from here."""

from rewards.gift_cards.operations.gift_cards import (
    GiftCardConflict,
    GiftCardNotUsable,
    GiftCardSpent,
    activate_gift_card,
    issue_gift_cards,
    lock_cards,
    lock_gift_cards,
    reopen_cancelled,
    reverse_gift_card,
)
from rewards.gift_cards.operations.gift_cards_by_staff import (
    cancel_gift_card,
    record_codes_shown,
    set_gift_card_blocked,
)
from rewards.gift_cards.operations.people import (
    absorb_member,
    forget_member,
    forget_words,
    release_member,
)
from rewards.gift_cards.operations.top_ups import TopUpConflict, TopUpSpent, reverse_top_up, top_up

__all__ = [
    "GiftCardConflict",
    "GiftCardNotUsable",
    "GiftCardSpent",
    "TopUpConflict",
    "TopUpSpent",
    "absorb_member",
    "activate_gift_card",
    "cancel_gift_card",
    "forget_member",
    "forget_words",
    "issue_gift_cards",
    "lock_cards",
    "lock_gift_cards",
    "record_codes_shown",
    "release_member",
    "reopen_cancelled",
    "reverse_gift_card",
    "reverse_top_up",
    "set_gift_card_blocked",
    "top_up",
]
