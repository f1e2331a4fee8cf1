"""The money that a cart is paid with, besides cash: only read for a plain quote, locked for what will be written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from ledger.facts import Balance, Unit
from ledger.operations import lock_account, lock_accounts, open_account
from ledger.queries import balance, balances
from sales.operations.gift_cards import GiftCardAtTill, lock_shown_gift_cards
from sales.operations.pricing_context import NOTHING, PricingContext, ReservedItems

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
