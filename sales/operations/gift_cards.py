"""Gift cards at a checkout: what each pays, held for a quote, spent by a sale, given back by a return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from common.secrets import keyed_hash, normalise_code
from ledger.facts import Balance
from ledger.operations import LockedAccount, place_hold, release_hold
from merchants.facts import MerchantFacts
from rewards.coupons.queries import known_coupon_codes
from rewards.gift_cards.facts import ShownGiftCard
from rewards.gift_cards.operations import GiftCardNotUsable, lock_gift_cards
from rewards.gift_cards.rules import gift_card_refusal
from sales.facts import GiftCardHold, GiftCardUse
from sales.models import Quote

NOTHING: Final = Balance()


@dataclass(frozen=True)
class GiftCardAtTill:
    """A card shown with the cart. `account` is locked when the caller will write; a plain quote only knows `read`."""

    shown: ShownGiftCard
    today: date
    account: LockedAccount | None = None
    read: Balance = NOTHING

    @property
    def balance(self) -> Balance:
        return self.account.balance if self.account else self.read

    @property
    def refusal(self) -> str | None:
        return gift_card_refusal(
            state=self.shown.state,
            available=self.balance.available,
            held=self.balance.held,
            expires_on=self.shown.expires_on,
            today=self.today,
        )

    @property
    def available(self) -> int:
        """Return what it can pay; nothing while it is refused."""
        return 0 if self.refusal else self.balance.available


def lock_shown_gift_cards(
    *, merchant: MerchantFacts, codes: Sequence[str], lock: bool = True
) -> Sequence[ShownGiftCard]:
    """Return the cards shown with the cart, locked or only read; a coupon's code among them is said to be that."""
    shown = lock_gift_cards(merchant=merchant, codes=codes, lock=lock)
    if all(card.card_id for card in shown):
        return shown
    coupons = known_coupon_codes(merchant=merchant, codes=codes)
    hashes = {keyed_hash(merchant.id, normalise_code(code)).hex() for code in coupons}
    return [
        replace(card, state="is_coupon") if card.card_id is None and card.code_hash in hashes else card
        for card in shown
    ]


def refuse_unusable_gift_cards(cards: Iterable[GiftCardAtTill]) -> None:
    """Raise GiftCardNotUsable when a card of the cart pays nothing."""
    refused = [card for card in cards if card.refusal]
    if refused:
        raise GiftCardNotUsable(
            gift_cards=[{"code_masked": card.shown.code_masked, "reason": card.refusal} for card in refused]
        )


def uses_of(cards: Sequence[GiftCardAtTill], amount: int) -> tuple[GiftCardUse, ...]:
    """Return what each card would pay of `amount`, in the order shown."""
    uses = []
    for card in cards:
        part = min(amount, card.available)
        amount -= part
        status = "rejected" if card.refusal else "used" if part else "not_needed"
        uses.append(
            GiftCardUse(card.shown.code_masked, status, part, max(0, card.balance.available - part), card.refusal)
        )
    return tuple(uses)


def hold_gift_cards(
    *, merchant: MerchantFacts, cards: Sequence[GiftCardAtTill], amount: int, quote_id: UUID, until: datetime
) -> list[GiftCardHold]:
    """Set each card's part of `amount` aside; return what the quote keeps of it. The cards are locked and usable."""
    held = []
    for card in cards:
        part = min(amount, card.available)
        amount -= part
        hold_id = None
        if part and card.account is not None:
            hold_id = place_hold(
                merchant=merchant,
                account=card.account,
                amount=part,
                reserved_until=until,
                reference_kind="quote",
                reference_id=quote_id,
            )
        assert card.shown.card_id is not None  # an unknown card was refused before
        held.append(
            GiftCardHold(
                card_id=card.shown.card_id,
                code_hash=card.shown.code_hash,
                code_masked=card.shown.code_masked,
                amount=part,
                hold_id=hold_id,
            )
        )
    return held


def card_holds(quote: Quote | None) -> dict[UUID, UUID]:
    """Return the hold by card of a reserved quote."""
    return {hold.card_id: hold.hold_id for hold in gift_card_holds(quote) if hold.hold_id is not None}


def gift_card_holds(quote: Quote | None) -> list[GiftCardHold]:
    """Return what a reserved quote holds on each gift card, in the order shown."""
    return [GiftCardHold.from_json(held) for held in quote.gift_cards] if quote else []


def release_gift_cards(*, merchant: MerchantFacts, quote: Quote, accounts: Mapping[UUID, LockedAccount]) -> None:
    """Free what the quote held on cards; their accounts are locked. Lapsed holds are free already."""
    for card_id, hold_id in card_holds(quote).items():
        if card_id in accounts:
            release_hold(merchant=merchant, account=accounts[card_id], hold_id=hold_id)
