"""All that a cart is priced with, gathered once: loaded for a plain quote, locked for a sale or a reserving quote.

What will be used up is locked in this order: member, coupons, gift cards, points, accounts of wallet money by id. The
counters of promotions follow when the limits are taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from common.business_days import business_date
from common.errors import Refusal
from ledger.facts import Balance, Unit
from ledger.operations import LockedAccount, lock_account, lock_accounts, open_account
from ledger.queries import balance, balances
from members.facts import MemberFacts
from members.operations import ShownState, lock_member, note_shown_card, shown_card_state
from members.queries import find_shown, member, tier_code_at
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import LockedCoupon, lock_coupons
from rewards.engine import is_personal
from rewards.engine.facts import Definition
from rewards.promotions.queries import live_promotions, points_of_member, program_points_cap, uses_of_member
from sales.facts import CartDraft
from sales.models import Quote
from sales.operations.gift_cards import GiftCardAtTill, card_holds, lock_shown_gift_cards
from sales.operations.sale_times import SaleTime


class MemberBlocked(Refusal):
    """The member is blocked: nothing may be earned or spent until staff lift it."""

    code = "member_blocked"


NOTHING: Final = Balance()


@dataclass(frozen=True)
class PricingContext:
    """Everything the engine is asked about. `points` and `wallet` are locked accounts when the caller will write.

    `now` is our own clock, which limits go by, `today` the outlet's business day of it and `ledger_day` the merchant's.
    """

    merchant: MerchantFacts
    till: TillFacts
    draft: CartDraft
    sale_time: SaleTime
    now: datetime
    today: date
    ledger_day: date
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
    held_points: int = 0
    held_wallet: int = 0
    points_taken: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {})
    """Points under caps that the member got on that day, and in its month."""
    card_state: ShownState | None = None
    """The card by which this till knows the member; None where neither an offer nor a payment depends on it."""
    gift_cards: Sequence[GiftCardAtTill] = ()
    card_accounts: Mapping[UUID, LockedAccount] = field(default_factory=dict)
    """Locked accounts of gift cards: those shown, and those on which the sale's quote holds something."""

    @property
    def member_id(self) -> UUID | None:
        return self.member.id if self.member else None

    @property
    def spends_of_member(self) -> bool:
        """Whether the cart asks for points, wallet money or a coupon of the member's own."""
        draft = self.draft
        return bool(draft.redeem_points or draft.redeem_wallet_amount) or any(c.is_personal for c in self.coupons)

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
        )


# --- the two ways to gather it -----------------------------------------------------------------------------------


def load_pricing_context(
    *, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, sale_time: SaleTime, received_at: datetime
) -> PricingContext:
    """Return the context as a plain quote sees it: nothing is locked, nothing written.

    Raises Missing('member_not_found') and MemberBlocked.
    """
    context = _start_context(merchant, till, draft, sale_time, received_at)
    context = _with_member(context, lock=False)
    context = _with_coupons(context, lock=False)
    context = _with_card_state(with_limits(context))
    return _with_balances(_with_read_gift_cards(context))


def lock_pricing_context(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    draft: CartDraft,
    sale_time: SaleTime,
    received_at: datetime,
    reserved: ReservedItems = ReservedItems(),
) -> PricingContext:
    """Return the context with everything locked that a sale or a reserving quote may use up.

    With a quote in `reserved` a blocked member is let in: the caller says whether the sale is that quote's. Raises
    Missing('member_not_found') and MemberBlocked.
    """
    context = _start_context(merchant, till, draft, sale_time, received_at)
    context = _with_member(context, lock=True, blocked_too=reserved.quote_id is not None)
    context = _with_coupons(context, lock=True, reserved=reserved)
    context = _with_card_state(with_limits(context))
    return _lock_money(context, reserved)


def _start_context(
    merchant: MerchantFacts, till: TillFacts, draft: CartDraft, sale_time: SaleTime, received_at: datetime
) -> PricingContext:
    return PricingContext(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        now=received_at,
        today=business_date(received_at, till.outlet.timezone, merchant.day_starts_at),
        ledger_day=merchant.day_of(received_at),
    )


# --- member, coupons, promotions ---------------------------------------------------------------------------------


def _with_member(context: PricingContext, *, lock: bool, blocked_too: bool = False) -> PricingContext:
    """Add the member that the cart names, locked when the caller will write. Raises Missing and MemberBlocked."""
    found = _find_member(context, lock=lock)
    if found is not None and found.is_blocked and not blocked_too:
        raise MemberBlocked
    return replace(context, member=found, tier_code=_find_tier_code(context, found))


def _find_tier_code(context: PricingContext, found: MemberFacts | None) -> str | None:
    """Return the code of the tier that counts; no statement for a sale of today."""
    if found is None:
        return None
    now = found.tier.code if found.tier else None
    if not context.sale_time.is_past:
        return now
    return tier_code_at(merchant=context.merchant, member_id=found.id, at=context.sale_time.at, now=now)


def _find_member(context: PricingContext, *, lock: bool) -> MemberFacts | None:
    merchant, draft = context.merchant, context.draft
    read_member = lock_member if lock else member
    if draft.member_id is not None:
        return read_member(merchant=merchant, member_id=draft.member_id)
    if draft.identifier is None:
        return None
    shown = find_shown(merchant=merchant, identifier=draft.identifier)
    found = read_member(merchant=merchant, member_id=shown.member_id)
    if lock and shown.is_waiting:
        seen = replace(shown, member_id=found.id)
        note_shown_card(merchant=merchant, till_id=context.till.id, shown=seen, at=context.now)
    return found


def _with_coupons(context: PricingContext, *, lock: bool, reserved: ReservedItems = ReservedItems()) -> PricingContext:
    coupons = lock_coupons(
        merchant=context.merchant,
        codes=context.draft.coupon_codes,
        member_id=context.member_id,
        quote_id=reserved.quote_id,
        at=context.now,
        today=context.sale_time.priced_on,
        local_at=context.sale_time.local_at,
        lock=lock,
        also_ids=reserved.coupon_ids,
    )
    return replace(context, coupons=coupons)


def with_limits(context: PricingContext) -> PricingContext:
    """Return the context with the promotions in force and what is left of their limits at this moment, read (again)."""
    promotions = live_promotions(
        merchant=context.merchant,
        at=context.sale_time.priced_at,
        with_coupons=[c.promotion_id for c in context.coupons if c.promotion_id],
        now=context.now,
        day=context.today,
    )
    context = replace(context, promotions=promotions)
    if context.member is None:
        return context
    return replace(
        context, uses=_count_uses(context, context.member), points_taken=_count_points(context, context.member)
    )


def _count_uses(context: PricingContext, found: MemberFacts) -> dict[str, tuple[int, int]]:
    """Return the member's uses of each promotion that limits members: in all, and on this day."""
    limited = [d.id for d in context.promotions if d.usage.limits_members]
    if not limited:
        return {}
    return uses_of_member(
        merchant=context.merchant, member_id=found.id, promotion_ids=limited, now=context.now, day=context.today
    )


def _count_points(context: PricingContext, found: MemberFacts) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Return the points under caps that the member got on that day, and in its month; no statement without a cap."""
    caps = [program_points_cap(context.merchant), *(d.points_cap for d in context.promotions)]
    if not any(cap is not None and cap.counts_members for cap in caps):
        return {}, {}
    return points_of_member(merchant=context.merchant, member_id=found.id, now=context.now, day=context.today)


def _with_card_state(context: PricingContext) -> PricingContext:
    """Note by which card the member is known, where the cart may have, see or spend what is for this member.

    With the member locked: a card confirmed or ended meanwhile is seen as it is now. No statement for other carts.
    """
    found = context.member
    if found is None or not (context.spends_of_member or any(map(is_personal, context.promotions))):
        return context
    state = shown_card_state(
        merchant=context.merchant,
        till_id=context.till.id,
        member_id=found.id,
        identifier=context.draft.identifier,
        at=context.now,
    )
    return replace(context, card_state=state)


# --- money, only read --------------------------------------------------------------------------------------------


def _with_read_gift_cards(context: PricingContext) -> PricingContext:
    if not context.draft.gift_card_codes:
        return context
    shown = lock_shown_gift_cards(merchant=context.merchant, codes=context.draft.gift_card_codes, lock=False)
    owned = balances(
        merchant=context.merchant,
        owner_ids=[card.card_id for card in shown if card.card_id],
        unit=Unit.WALLET,
        business_date=context.ledger_day,
        at=context.now,
    )
    cards = [
        GiftCardAtTill(card, context.ledger_day, read=owned[card.card_id] if card.card_id else NOTHING)
        for card in shown
    ]
    return replace(context, gift_cards=cards)


def _with_balances(context: PricingContext) -> PricingContext:
    """Add the member's points, and the wallet where the cart asks for it."""
    found = context.member
    if found is None:
        return context

    def read(unit: Unit) -> Balance:
        return balance(
            merchant=context.merchant,
            owner_id=found.id,
            unit=unit,
            business_date=context.ledger_day,
            at=context.now,
        )

    return replace(
        context,
        points_balance=read(Unit.POINTS),
        wallet_balance=read(Unit.WALLET) if context.draft.redeem_wallet_amount else NOTHING,
    )


# --- money, locked -----------------------------------------------------------------------------------------------


def _lock_money(context: PricingContext, reserved: ReservedItems) -> PricingContext:
    """Lock gift cards, then points, then accounts of wallet money."""
    draft = context.draft
    shown = lock_shown_gift_cards(merchant=context.merchant, codes=draft.gift_card_codes)
    context = _lock_points(context, reserved)
    # With gift cards the wallet is locked beside them, by id, also where it may only earn: never one after the other.
    cards = {card.card_id for card in shown if card.card_id} | set(reserved.card_ids)
    earning = bool(cards) and any(d.kind == "cashback" for d in context.promotions)
    needs_wallet = bool(draft.redeem_wallet_amount) or reserved.has_wallet or earning
    context = _lock_wallets(context, cards, wallet=needs_wallet, keep_hold_ids=reserved.hold_ids)
    accounts = context.card_accounts
    return replace(
        context,
        gift_cards=[
            GiftCardAtTill(card, context.ledger_day, account=accounts.get(card.card_id) if card.card_id else None)
            for card in shown
        ],
    )


def _lock_points(context: PricingContext, reserved: ReservedItems) -> PricingContext:
    if context.member is None:
        return context
    points = lock_account(
        merchant=context.merchant,
        owner_id=context.member.id,
        unit=Unit.POINTS,
        business_date=context.ledger_day,
        at=context.now,
        keep_hold_ids=reserved.hold_ids,
        read_lots=bool(context.draft.redeem_points),
    )
    return replace(context, points=points, points_balance=points.balance)


def with_wallet(context: PricingContext) -> PricingContext:
    """Return the context with the member's wallet locked too, where the cart turned out to earn cashback."""
    if context.wallet is not None:
        return context
    return _lock_wallets(context, context.card_accounts, wallet=True)


def _lock_wallets(
    context: PricingContext, cards: Collection[UUID], *, wallet: bool, keep_hold_ids: Collection[UUID] = ()
) -> PricingContext:
    """Lock accounts of wallet money in the order of their ids; the member's is opened where they had none."""
    merchant, found = context.merchant, context.member
    owners = set(cards) - set(context.card_accounts)
    if wallet and found is not None:
        owners.add(found.id)
        if context.points is None or not context.points.has_wallet:
            open_account(merchant=merchant, owner_id=found.id, unit=Unit.WALLET)
    if not owners:
        return context
    locked = lock_accounts(
        merchant=merchant,
        owner_ids=owners,
        unit=Unit.WALLET,
        business_date=context.ledger_day,
        at=context.now,
        keep_hold_ids=keep_hold_ids,
        read_lots=bool(cards) or bool(context.draft.redeem_wallet_amount),
    )
    own = locked.pop(found.id, None) if found is not None else None
    return replace(
        context,
        wallet=own or context.wallet,
        wallet_balance=own.balance if own else context.wallet_balance,
        card_accounts={**context.card_accounts, **locked},
    )
