"""Stamp cards of members, and what sales brought besides points."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Sum

from merchants.facts import MerchantFacts
from rewards.coupons.facts import Clawback, CouponFacts, OfferedCard, ReturnedRewards
from rewards.coupons.models import Coupon, CouponClawback, CouponRedemption, StampEntry
from rewards.coupons.queries.coupons import facts_of
from rewards.coupons.rules import card_terms, cards_described, stamp_card_id
from rewards.promotions.queries import live_promotions


def coupons_issued_by(*, merchant: MerchantFacts, sale_id: UUID, at: datetime, today: date) -> list[CouponFacts]:
    """Return the coupons that a sale brought, in the order they were issued, used or not."""
    rows = (
        Coupon.objects.select_related("batch", "batch__promotion")
        .filter(merchant_id=merchant.id, issued_sale_id=sale_id)
        .order_by("issued_at", "id")
    )
    return [facts_of(row, merchant=merchant, at=at, today=today) for row in rows]


def coupon_ids_brought_by(*, merchant: MerchantFacts, sale_id: UUID) -> list[UUID]:
    """Return the ids of the coupons that a sale brought, whatever became of them."""
    rows = Coupon.objects.filter(merchant_id=merchant.id, issued_sale_id=sale_id).order_by("id")
    return list(rows.values_list("id", flat=True))


def clawbacks_of(*, merchant: MerchantFacts, sale_id: UUID) -> list[Clawback]:
    """Return what happened to a returned sale's coupons."""
    rows = CouponClawback.objects.filter(merchant_id=merchant.id, sale_id=sale_id).order_by("at", "id")
    return [Clawback(row.coupon_id, row.failed, row.value_amount) for row in rows]


def stamp_cards_to_give(*, merchant: MerchantFacts, at: datetime) -> list[OfferedCard]:
    """Return the stamp cards of the promotions that run now, one per card, by title."""
    running = live_promotions(merchant=merchant, at=at, kind="stamp")
    described = cards_described(running)
    cards: dict[str, OfferedCard] = {}
    for one in running:
        terms = card_terms(one.source["card"], promotion_id=one.id, title=one.title, described=described)
        cards.setdefault(terms.code, OfferedCard(UUID(one.id), stamp_card_id(merchant.id, terms.code), terms))
    return sorted(cards.values(), key=lambda card: (card.terms.title, card.terms.code))


def rewards_of_returns(*, merchant: MerchantFacts, sale_id: UUID) -> ReturnedRewards:
    """Return what all returns of the sale so far did to its coupons and stamps; three statements."""
    uses = CouponRedemption.objects.filter(merchant_id=merchant.id, sale_id=sale_id, reinstated_at__isnull=False)
    taken = CouponClawback.objects.filter(merchant_id=merchant.id, sale_id=sale_id)
    stamps = StampEntry.objects.filter(merchant_id=merchant.id, sale_id=sale_id, kind="return")
    titles: dict[bool, list[str]] = {False: [], True: []}
    for failed, title in taken.order_by("id").values_list("failed", "coupon__batch__title"):
        titles[failed].append(title)
    return ReturnedRewards(
        came_back=tuple(uses.order_by("id").values_list("coupon__batch__title", flat=True)),
        cancelled=tuple(titles[False]),
        lost=tuple(titles[True]),
        stamps_taken=-(stamps.aggregate(change=Sum("change"))["change"] or 0),
    )
