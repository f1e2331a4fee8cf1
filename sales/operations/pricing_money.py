"""The money that a cart is paid with, besides cash: only read for a plain quote, locked for what will be written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from common.errors import Missing
from ledger.facts import Balance, Unit
from ledger.operations import lock_accounts, open_account
from ledger.queries import balance, balances
from members.facts import MemberFacts
from members.queries import wallet_mates
from sales.operations.gift_cards import GiftCardAtTill, lock_shown_gift_cards
from sales.operations.pricing_context import NOTHING, NOTHING_RESERVED, PricingContext, ReservedItems

# --- money, only read --------------------------------------------------------------------------------------------


def with_read_gift_cards(context: PricingContext) -> PricingContext:
    """Add the gift cards shown, only read."""
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


def with_balances(context: PricingContext) -> PricingContext:
    """Add the member's points, and the wallet where the cart asks for it."""
    found = context.member
    if found is None:
        return context

    draft = context.draft
    return replace(
        context,
        points_balance=_read_balance(context, found, Unit.POINTS, draft.redeem_points),
        wallet_balance=_read_balance(context, found, Unit.WALLET, draft.redeem_wallet_amount)
        if draft.redeem_wallet_amount
        else NOTHING,
    )


def _read_balance(context: PricingContext, found: MemberFacts, unit: Unit, asked: int) -> Balance:
    """Return the member's balance; where the cart asks for some, what others of the household have is available."""
    merchant, day, at = context.merchant, context.ledger_day, context.now
    own = balance(merchant=merchant, owner_id=found.id, unit=unit, business_date=day, at=at)
    mates = [] if own.debt else _mates_of(context, found, asked)
    if not mates:
        return own
    owned = balances(merchant=merchant, owner_ids=mates, unit=unit, business_date=day, at=at)
    return replace(own, available=own.available + sum(owned[mate].available for mate in mates))


# --- money, locked -----------------------------------------------------------------------------------------------


def lock_money(context: PricingContext, reserved: ReservedItems) -> PricingContext:
    """Lock gift cards, then points, then accounts of wallet money."""
    draft = context.draft
    shown = lock_shown_gift_cards(merchant=context.merchant, codes=draft.gift_card_codes)
    context = _lock_points(context, reserved)
    # With gift cards the wallet is locked beside them, by id, also where it may only earn: never one after the other.
    cards = {card.card_id for card in shown if card.card_id} | set(reserved.card_ids)
    earning = bool(cards) and any(d.kind == "cashback" for d in context.promotions)
    # A purchase moves the last day of wallet money too, where it follows purchases.
    extending = (
        context.merchant.expiry_rule.follows_purchases and context.points is not None and context.points.has_wallet
    )
    needs_wallet = bool(draft.redeem_wallet_amount) or reserved.has_wallet or earning or extending
    context = _lock_wallets(context, cards, wallet=needs_wallet, reserved=reserved)
    accounts = context.card_accounts
    return replace(
        context,
        gift_cards=[
            GiftCardAtTill(card, context.ledger_day, account=accounts.get(card.card_id) if card.card_id else None)
            for card in shown
        ],
    )


def _lock_points(context: PricingContext, reserved: ReservedItems) -> PricingContext:
    found, asked = context.member, context.draft.redeem_points
    if found is None:
        return context
    mates = _mates_of(context, found, asked)
    locked = lock_accounts(
        merchant=context.merchant,
        owner_ids=[found.id, *mates],
        unit=Unit.POINTS,
        business_date=context.ledger_day,
        at=context.now,
        keep_hold_ids=reserved.hold_ids,
        read_lots=bool(asked),
    )
    if found.id not in locked:
        raise Missing("account_not_found", owner_id=str(found.id))
    own = locked.pop(found.id)
    context = replace(context, points=own, mates={**context.mates, Unit.POINTS: locked})
    return replace(context, points_balance=context.with_mates(own.balance, Unit.POINTS))


def _mates_of(context: PricingContext, found: MemberFacts, asked: int) -> list[UUID]:
    """Return whose money the member may redeem too, where the cart asks for some and the card shown may spend it."""
    if not asked or context.spends_nothing:
        return []
    return wallet_mates(merchant=context.merchant, member=found)


def with_wallet(context: PricingContext) -> PricingContext:
    """Return the context with the member's wallet locked too, where the cart turned out to earn cashback."""
    if context.wallet is not None:
        return context
    return _lock_wallets(context, context.card_accounts, wallet=True)


def _lock_wallets(
    context: PricingContext, cards: Collection[UUID], *, wallet: bool, reserved: ReservedItems = NOTHING_RESERVED
) -> PricingContext:
    """Lock accounts of wallet money in the order of their ids; the member's is opened where they had none."""
    merchant, found = context.merchant, context.member
    owners = set(cards) - set(context.card_accounts)
    asked, mates = context.draft.redeem_wallet_amount, list[UUID]()
    if wallet and found is not None:
        owners.add(found.id)
        if context.points is None or not context.points.has_wallet:
            open_account(merchant=merchant, owner_id=found.id, unit=Unit.WALLET)
        if context.wallet is None:
            mates = _mates_of(context, found, asked)
    if not owners:
        return context
    locked = lock_accounts(
        merchant=merchant,
        owner_ids=owners | set(mates),
        unit=Unit.WALLET,
        business_date=context.ledger_day,
        at=context.now,
        keep_hold_ids=reserved.hold_ids,
        read_lots=bool(cards) or bool(context.draft.redeem_wallet_amount),
    )
    shared = {mate: locked.pop(mate) for mate in mates if mate in locked}
    context = replace(context, mates={**context.mates, Unit.WALLET: shared}) if shared else context
    own = locked.pop(found.id, None) if found is not None else None
    return replace(
        context,
        wallet=own or context.wallet,
        wallet_balance=context.with_mates(own.balance, Unit.WALLET) if own else context.wallet_balance,
        card_accounts={**context.card_accounts, **locked},
    )
