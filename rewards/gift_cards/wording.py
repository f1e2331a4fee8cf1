"""Why a gift card pays nothing, in the reader's language."""

from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext as _


def gift_card_message(reason: str, *, language: str) -> str:
    """Say why a gift card pays nothing; the same answer for every code of no use."""
    with translation.override(language):
        write = _REASONS.get(reason)
        return _("This code cannot be used here.") if write is None else write()


# The codes are those of rewards.gift_cards.rules.gift_card_refusal and of selling a printed card.
_REASONS: dict[str, Callable[[], str]] = {
    "gift_card_is_coupon": lambda: _("This is a coupon code. Enter it as a coupon."),
    "gift_card_inactive": lambda: _("This gift card has not been sold yet."),
    "gift_card_blocked": lambda: _("This gift card is blocked."),
    "gift_card_cancelled": lambda: _("This gift card was cancelled."),
    "gift_card_held": lambda: _("This gift card is being used in another purchase."),
    "gift_card_expired": lambda: _("This gift card has expired."),
    "gift_card_empty": lambda: _("Nothing is left on this gift card."),
    "gift_card_sold_before": lambda: _("This gift card was sold before."),
    "gift_card_other_amount": lambda: _("This gift card is printed for another amount."),
}
