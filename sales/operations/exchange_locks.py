"""All that an exchange will touch, locked before anything of it is changed.

Its returns and its sale each lock what they touch class by class: members, coupons, gift cards, points, wallet money,
counters. One after the other, the sale would lock a member while the returns hold a counter, and two exchanges could
wait for each other in a circle. So what both need is locked here together, each class by id; what they lock again is
theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.facts import Unit
from ledger.operations import lock_accounts
from members.operations import lock_members
from members.queries import find_member_id
from merchants.facts import MerchantFacts, TillFacts
from rewards.coupons.operations import lock_coupons_of_sales
from rewards.gift_cards.operations import lock_cards
from rewards.promotions.operations import lock_promotions_of_sales
from rewards.promotions.queries import live_promotions
from rewards.referrals.queries import referral_parties
from sales.facts import CartDraft, GiftCardPayment
from sales.models import Quote, Sale
from sales.operations.pricing_context import ReservedItems
from sales.operations.sale_times import SaleTime


@dataclass(frozen=True)
class ExchangeLocks:
    """Whose rows are locked: the returned `sales`, locked already, and the cart that is sold in their place."""

    merchant: MerchantFacts
    till: TillFacts
    draft: CartDraft
    sales: Sequence[Sale]
    quote: Quote | None
    sale_time: SaleTime
    at: datetime


def lock_exchange(locks: ExchangeLocks) -> None:
    """Lock members, coupons, gift cards, points, wallets and counters of both halves, in this order, each by id.

    Raises Missing('member_not_found') for a cart that names a member who is not there.
    """
    merchant, reserved = locks.merchant, ReservedItems.of_quote(locks.quote)
    sale_ids = [sale.id for sale in locks.sales]
    parties = referral_parties(
        merchant=merchant, referral_ids=[sale.referral_id for sale in locks.sales if sale.referral_id is not None]
    )
    members = _lock_members(locks, parties.member_ids)
    promotion_ids = lock_coupons_of_sales(
        merchant=merchant,
        sale_ids=sale_ids,
        codes=locks.draft.coupon_codes,
        also_ids={*reserved.coupon_ids, *parties.coupon_ids},
    )
    cards = lock_cards(
        merchant=merchant,
        card_ids={*_cards_of_sales(locks.sales), *reserved.card_ids},
        codes=locks.draft.gift_card_codes,
    )
    _lock_money(locks, members, cards, hold_ids=reserved.hold_ids)
    _lock_counters(locks, sale_ids, promotion_ids)


def _lock_members(locks: ExchangeLocks, parties: Collection[UUID]) -> set[UUID]:
    """Lock everyone whose figures move, and return their ids: merged ones are their survivors."""
    ids = {sale.member_id for sale in locks.sales if sale.member_id is not None} | set(parties)
    if locks.draft.member_id is not None:
        ids.add(locks.draft.member_id)
    elif locks.draft.identifier is not None:
        ids.add(find_member_id(merchant=locks.merchant, identifier=locks.draft.identifier))
    locked = lock_members(merchant=locks.merchant, member_ids=sorted(ids))
    return {member.id for member in locked.values()}


def _cards_of_sales(sales: Sequence[Sale]) -> set[UUID]:
    return {GiftCardPayment.from_json(paid).card_id for sale in sales for paid in sale.gift_cards}


def _lock_money(
    locks: ExchangeLocks, members: Collection[UUID], cards: Collection[UUID], *, hold_ids: Collection[UUID]
) -> None:
    """Lock points, then wallets and gift cards, by account id; a new wallet is opened under its member's lock."""
    for unit, owners in ((Unit.POINTS, set(members)), (Unit.WALLET, {*members, *cards})):
        if owners:
            lock_accounts(
                merchant=locks.merchant,
                owner_ids=owners,
                unit=unit,
                business_date=locks.merchant.day_of(locks.at),
                at=locks.at,
                keep_hold_ids=hold_ids,
                read_lots=False,
            )


def _lock_counters(locks: ExchangeLocks, sale_ids: Sequence[UUID], promotion_ids: Collection[UUID]) -> None:
    in_force = live_promotions(
        merchant=locks.merchant,
        at=locks.sale_time.priced_at,
        with_coupons=sorted(promotion_ids),
        now=locks.at,
        day=locks.merchant.day_of(locks.at),
    )
    lock_promotions_of_sales(
        merchant=locks.merchant,
        sale_ids=sale_ids,
        quote_id=locks.quote.id if locks.quote else None,
        definitions=in_force,
    )
