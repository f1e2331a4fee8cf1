"""Tables of gift cards. One file per noun; import from here."""

from rewards.gift_cards.models.gift_cards import GiftCard, GiftCardBatch
from rewards.gift_cards.models.top_ups import TopUp

__all__ = ["GiftCard", "GiftCardBatch", "TopUp"]
