"""All that a cart is priced with, gathered once (`gathered_contexts.py`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledger.facts import Balance, Unit
from ledger.operations import LockedAccount
from members.facts import MemberFacts
from members.operations import ShownState
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import LockedCoupon
from rewards.engine import is_personal
from rewards.engine.facts import Definition
from sales.facts import CartDraft, SaleWarning
from sales.models import Quote
from sales.operations.gift_cards import GiftCardAtTill, card_holds
from sales.operations.sale_times import SaleTime

NOTHING: Final = Balance()


@dataclass(frozen=True)
class PricingContext:
    """Everything the engine is asked about. `points` and `wallet` are locked accounts when the caller will write.

    `now` is our own clock and `ledger_day` the merchant's business day of it. Limits per day and month count on
    `limits_day`: the outlet's business day of the time whose offers the cart is given.
    """

    merchant: MerchantFacts
    till: TillFacts
    draft: CartDraft
    sale_time: SaleTime
    now: datetime
    limits_day: date
    ledger_day: date
    is_paid: bool = False
    """The customer has paid: nothing is refused any more for a limit. Known before anything is priced."""
    pays_quote: bool = False
    """What is paid is the quote that was reserved for this member and cart: its own price counts."""
    doubts: tuple[SaleWarning, ...] = ()
    """Why a sale that is paid has no member though it names one: no one is known by that, or they are blocked."""
    member: MemberFacts | None = None
    tier_code: str | None = None
    """The member's tier; that of the day for a sale of a past day."""
    coupons: Sequence[LockedCoupon] = ()
    promotions: Sequence[Definition] = ()
    uses: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    points: LockedAccount | None = None
    wallet: LockedAccount | None = None
    points_balance: Balance = NOTHING
    wallet_balance: Balance = NOTHING
    """Of a household with one wallet, what the others have is available too where the cart asks for some."""
    mates: Mapping[Unit, Mapping[UUID, LockedAccount]] = field(default_factory=dict)
    """Locked accounts of the others of that household."""
    held_points: int = 0
    held_wallet: int = 0
    points_taken: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {})
    """Points under caps that the member got on that day, and in its month."""
    card_state: ShownState | None = None
    """The card by which this till knows the member; None where neither an offer nor a payment depends on it."""
    gift_cards: Sequence[GiftCardAtTill] = ()
    card_accounts: Mapping[UUID, LockedAccount] = field(default_factory=dict)
    """Locked accounts of gift cards: those shown, and those on which the sale's quote holds something."""

    def with_mates(self, balance: Balance, unit: Unit) -> Balance:
        """Return the member's balance with what the locked others of the household have."""
        shared = sum(account.balance.available for account in self.mates.get(unit, {}).values())
        return replace(balance, available=balance.available + shared) if shared and not balance.debt else balance

    @property
    def member_id(self) -> UUID | None:
        return self.member.id if self.member else None

    @property
    def spends_of_member(self) -> bool:
        """Whether the cart asks for points, wallet money or a coupon of the member's own."""
        draft = self.draft
        return bool(draft.redeem_points or draft.redeem_wallet_amount) or any(c.is_personal for c in self.coupons)

    @property
    def spends_nothing(self) -> bool:
        """Return whether what is the member's own stays untouched by a paid sale: the card shown is not in force."""
        shown = self.card_state not in (None, ShownState.IN_FORCE)
        return shown and self.is_paid and not self.pays_quote and self.spends_of_member

    @property
    def has_guest(self) -> bool:
        """Return whether a paid sale took a person for a member who is none, or is blocked."""
        asks = self.draft.redeem_points or self.draft.redeem_wallet_amount
        return self.is_paid and self.member is None and bool(self.doubts or asks)

    @property
    def only_earns(self) -> bool:
        """Whether an offer in force depends on who the member is, and only a card that is not confirmed was shown."""
        return self.card_state not in (None, ShownState.IN_FORCE) and any(map(is_personal, self.promotions))

    @property
    def by_waiting_card(self) -> bool | None:
        """Whether this till knows the member, named by id, only by a waiting card; None: it was not asked."""
        if self.draft.identifier is not None or self.card_state is None:
            return None
        return self.card_state is ShownState.WAITING


@dataclass(frozen=True)
class ReservedItems:
    """What is held for the sale already, and is locked in its place together with what the cart uses."""

    quote_id: UUID | None = None
    hold_ids: Collection[UUID] = ()
    coupon_ids: Collection[UUID] = ()
    card_ids: Collection[UUID] = ()
    has_wallet: bool = False
    fingerprint: bytes | None = None
    """Of the cart that it was reserved for; None where there is no quote."""

    @classmethod
    def of_quote(cls, quote: Quote | None) -> ReservedItems:
        """Return what the quote holds; nothing without a quote."""
        if quote is None:
            return cls()
        on_cards = card_holds(quote)
        holds = [hold for hold in (quote.hold_id, quote.wallet_hold_id) if hold]
        return cls(
            quote_id=quote.id,
            hold_ids=[*holds, *on_cards.values()],
            coupon_ids=[UUID(coupon_id) for coupon_id in quote.coupon_ids],
            card_ids=on_cards.keys(),
            has_wallet=quote.wallet_hold_id is not None,
            fingerprint=bytes(quote.request_fingerprint),
        )


NOTHING_RESERVED: Final = ReservedItems()
