"""What a sale brings besides points: coupons for next time, stamps on cards.

The member's row is locked by the sale, so no one else writes to their cards meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from common.ids import new_id, uuid_or_none
from merchants.facts import MerchantFacts
from rewards.coupons.facts import CardTerms, SaleRewards
from rewards.coupons.models import Coupon, CouponBatch, StampCard, StampEntry
from rewards.coupons.operations.coupon_terms import coupon_problems, day_of, offer_of
from rewards.coupons.operations.coupons import create_coupon_batch, new_coupon
from rewards.coupons.rules import card_terms, cards_described, stamp_card_id, validity
from rewards.engine.facts import Definition, Outcome


@dataclass(frozen=True)
class _Sale:
    """The sale that gives, and when: `today` is the business day from which its coupons count.

    `sale_id` is None where staff give by hand.
    """

    merchant: MerchantFacts
    sale_id: UUID | None
    member_id: UUID | None
    at: datetime
    today: date


def issue_sale_rewards(
    *,
    merchant: MerchantFacts,
    outcome: Outcome,
    definitions: Sequence[Definition],
    member_id: UUID | None,
    sale_id: UUID,
    at: datetime,
    today: date,
) -> SaleRewards:
    """Issue the coupons that the sale brings and stamp the member's cards; full cards issue their reward.

    A coupon of an anonymous sale is free for anyone who holds the receipt, until the sale is claimed.
    """
    if not (outcome.stamps or outcome.coupons_to_issue):
        return SaleRewards()
    sale = _Sale(merchant, sale_id, member_id, at, today)
    titles = titles_in(outcome)
    issued: list[UUID] = []
    refused: list[str] = []
    for item in outcome.coupons_to_issue:
        coupon_id = _issue_promised_coupon(
            sale, item.coupon, promotion_id=item.promotion_id, title=titles[item.promotion_id]
        )
        issued += [coupon_id] if coupon_id else []
        refused += [] if coupon_id else [item.promotion_id]
    if member_id is not None:
        issued += _give_stamps(sale, member_id, outcome, definitions)
    return SaleRewards(tuple(issued), tuple(refused))


def titles_in(outcome: Outcome) -> dict[str, str]:
    """Return what each promotion of the sale was called."""
    return {decision.promotion_id: decision.title for decision in outcome.decisions}


def bind_sale_rewards(*, merchant: MerchantFacts, sale_id: UUID, member_id: UUID) -> int:
    """Bind the unused coupons of an anonymous sale to the member whose sale it is."""
    return Coupon.objects.filter(
        merchant_id=merchant.id, issued_sale_id=sale_id, member_id__isnull=True, committed=0
    ).update(member_id=member_id)


def batch_id_of(spec: Mapping[str, Any], *, promotion_id: str) -> UUID | None:
    """Return the batch that the promise names, or the one made for this wording when it is first kept.

    That one's id follows from promotion and wording, so that two tills which keep the promise first make one batch.
    """
    if spec.get("batch_id") is not None:
        return uuid_or_none(str(spec["batch_id"]))
    return uuid5(UUID(promotion_id), json.dumps(spec, sort_keys=True, default=str))


def _issue_promised_coupon(sale: _Sale, spec: Mapping[str, Any], *, promotion_id: str, title: str) -> UUID | None:
    """Issue the coupon; None where the promise cannot be kept: published before promises were checked."""
    batch = _batch_of(sale, spec, promotion_id=promotion_id, title=title)
    if batch is None:
        return None
    last_day = validity(valid_from=sale.today, valid_days=batch.valid_days, valid_until=batch.valid_until)
    row = new_coupon(
        sale.merchant,
        batch,
        member_id=sale.member_id,
        source_id=None,
        at=sale.at,
        days=(sale.today, last_day),
        sale_id=sale.sale_id,
    )
    row.save(force_insert=True)
    return row.id


def _batch_of(sale: _Sale, spec: Mapping[str, Any], *, promotion_id: str, title: str) -> CouponBatch | None:
    batch_id = batch_id_of(spec, promotion_id=promotion_id)
    if batch_id is None:
        return None
    batches = CouponBatch.objects.filter(merchant_id=sale.merchant.id, id=batch_id)
    known = batches.first()
    if known is not None or coupon_problems(spec, "", title, sale.merchant):
        return known
    try:
        with transaction.atomic():
            _make_batch(sale, spec, batch_id=batch_id, title=title)
    except IntegrityError:
        pass  # another till kept the same promise first: its batch is ours
    return batches.get()


def _make_batch(sale: _Sale, spec: Mapping[str, Any], *, batch_id: UUID, title: str) -> None:
    offer = offer_of(spec, title=title)
    create_coupon_batch(
        merchant=sale.merchant,
        title=str(offer["title"])[:120],
        definition=offer,
        at=sale.at,
        valid_days=spec.get("valid_days"),
        valid_until=day_of(spec.get("valid_until")),
        batch_id=batch_id,
        promotion_id=uuid5(batch_id, "offer"),
    )


# --- stamps ---------------------------------------------------------------------------------------------------------


def _give_stamps(sale: _Sale, member_id: UUID, outcome: Outcome, definitions: Sequence[Definition]) -> list[UUID]:
    titles, described = titles_in(outcome), cards_described(definitions)
    issued: list[UUID] = []
    for item in outcome.stamps:
        terms = card_terms(
            item.card, promotion_id=item.promotion_id, title=titles[item.promotion_id], described=described
        )
        issued += _stamp_card(sale, member_id, terms, "earn", item.stamps, promotion_id=item.promotion_id)[1]
    return issued


def give_stamps_by_hand(
    *,
    merchant: MerchantFacts,
    member_id: UUID,
    terms: CardTerms,
    stamps: int,
    promotion_id: str,
    at: datetime,
    today: date,
) -> tuple[int, list[UUID]]:
    """Stamp the member's card without a sale; return its progress and the coupons of cards that are full by it.

    The member's row is locked by the caller, who records why.
    """
    sale = _Sale(merchant, None, member_id, at, today)
    return _stamp_card(sale, member_id, terms, "given", stamps, promotion_id=promotion_id)


def _stamp_card(
    sale: _Sale, member_id: UUID, terms: CardTerms, kind: str, stamps: int, *, promotion_id: str
) -> tuple[int, list[UUID]]:
    card = _find_card(sale, member_id, terms)
    write_entry(sale.merchant, card, kind, stamps, promotion_id=promotion_id, sale_id=sale.sale_id, at=sale.at)
    issued = _fill_cards(sale, card, terms, promotion_id=promotion_id)
    save_card(card, at=sale.at)
    return card.progress, issued


def _find_card(sale: _Sale, member_id: UUID, terms: CardTerms) -> StampCard:
    card_id = stamp_card_id(sale.merchant.id, terms.code)
    known = StampCard.objects.filter(merchant_id=sale.merchant.id, member_id=member_id, card_id=card_id).first()
    if known is not None:
        known.title, known.threshold = terms.title, terms.threshold
        return known
    return StampCard.objects.create(
        merchant_id=sale.merchant.id,
        member_id=member_id,
        card_id=card_id,
        title=terms.title,
        threshold=terms.threshold,
        updated_at=sale.at,
    )


def _fill_cards(sale: _Sale, card: StampCard, terms: CardTerms, *, promotion_id: str) -> list[UUID]:
    """Fill cards: each full card brings its reward; stamps beyond it stay on the next one."""
    issued = []
    while card.progress >= terms.threshold:
        coupon_id = (
            _issue_promised_coupon(sale, terms.reward, promotion_id=promotion_id, title=terms.title)
            if terms.reward
            else None
        )
        write_entry(
            sale.merchant,
            card,
            "fill",
            -terms.threshold,
            promotion_id=promotion_id,
            sale_id=sale.sale_id,
            at=sale.at,
            coupon_id=coupon_id,
        )
        issued += [coupon_id] if coupon_id else []
    return issued


def write_entry(
    merchant: MerchantFacts,
    card: StampCard,
    kind: str,
    change: int,
    *,
    promotion_id: Any,
    sale_id: UUID | None,
    at: datetime,
    refund_id: UUID | None = None,
    coupon_id: UUID | None = None,
) -> None:
    StampEntry.objects.create(
        merchant_id=merchant.id,
        id=new_id(),
        stamp_card_id=card.id,
        kind=kind,
        change=change,
        promotion_id=UUID(str(promotion_id)),
        sale_id=sale_id,
        refund_id=refund_id,
        coupon_id=coupon_id,
        at=at,
    )
    card.progress += change


def save_card(card: StampCard, *, at: datetime) -> None:
    StampCard.objects.filter(merchant_id=card.merchant_id, id=card.id).update(
        progress=card.progress, threshold=card.threshold, title=card.title, updated_at=at
    )
