"""A returned sale's coupons and stamps: taken back where they were not used, recorded as lost where they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from members.queries import survivors_of
from merchants.facts import MerchantFacts
from rewards.coupons.models import Coupon, CouponClawback, CouponRedemption, StampCard, StampEntry
from rewards.coupons.operations.sale_rewards import batch_id_of, save_card, write_entry
from rewards.engine.facts import Outcome
from rewards.engine.returns import rewards_of_remaining


@dataclass(frozen=True)
class _Return:
    merchant: MerchantFacts
    sale_id: UUID
    refund_id: UUID
    at: datetime


def revoke_sale_rewards(
    *,
    merchant: MerchantFacts,
    outcome: Outcome,
    returns: Sequence[Mapping[str, int]],
    sale_id: UUID,
    refund_id: UUID,
    at: datetime,
) -> None:
    """Take back what the goods that stay after `returns` (each units by line id, the last is now) do not bring.

    The sale's and the member's rows are locked. An unused coupon is cancelled, a used one is recorded as lost. Stamps
    go back, if need be together with the unused reward of a card that they had helped to fill.
    """
    if not (outcome.stamps or outcome.coupons_to_issue):
        return
    back = _Return(merchant, sale_id, refund_id, at)
    kept = rewards_of_remaining(outcome, returns)
    _take_coupons(back, outcome, kept.coupons)
    for promotion_id, stamps in sorted(kept.stamps.items()):
        _take_stamps(back, UUID(promotion_id), keeps=stamps)


def _take_coupons(back: _Return, outcome: Outcome, kept: frozenset[str]) -> None:
    """Take of each batch as many coupons as the promotions that give nothing any more had brought, unused first.

    Promotions may share a batch: a coupon that another one still gives stays the member's.
    """
    gone = [item for item in outcome.coupons_to_issue if item.promotion_id not in kept]
    named = [batch_id_of(item.coupon, promotion_id=item.promotion_id) for item in gone]
    asked = Counter(batch_id for batch_id in named if batch_id is not None)
    if not asked:
        return
    merchant_id = back.merchant.id
    rewards = StampEntry.objects.filter(merchant_id=merchant_id, sale_id=back.sale_id, coupon_id__isnull=False)
    coupons = (
        Coupon.objects.select_for_update()
        .filter(merchant_id=merchant_id, issued_sale_id=back.sale_id, batch_id__in=asked)
        .exclude(id__in=list(rewards.values_list("coupon_id", flat=True)))
        .order_by("id")
    )
    known = CouponClawback.objects.filter(merchant_id=merchant_id, sale_id=back.sale_id)
    done = set(known.values_list("coupon_id", flat=True))
    asked.subtract(coupon.batch_id for coupon in coupons if coupon.id in done)
    for coupon in sorted(coupons, key=lambda one: (one.committed > 0, one.reserved > 0, one.id)):
        if coupon.id not in done and asked[coupon.batch_id] > 0:
            asked[coupon.batch_id] -= 1
            _claw_back(back, coupon)


def _claw_back(back: _Return, coupon: Coupon) -> bool:
    """Cancel a coupon, so that it never comes back; return False for one that was used, which is a loss."""
    merchant_id = back.merchant.id
    used = coupon.committed > 0
    value = 0
    if used:
        uses = CouponRedemption.objects.filter(merchant_id=merchant_id, coupon_id=coupon.id, reinstated_at__isnull=True)
        value = uses.aggregate(value=Sum("discount_amount"))["value"] or 0
    Coupon.objects.filter(merchant_id=merchant_id, id=coupon.id).update(state="cancelled")
    row = CouponClawback(
        merchant_id=merchant_id,
        coupon_id=coupon.id,
        sale_id=back.sale_id,
        refund_id=back.refund_id,
        failed=used,
        value_amount=value,
        at=back.at,
    )
    CouponClawback.objects.bulk_create([row], ignore_conflicts=True)
    return not used


# --- stamps ---------------------------------------------------------------------------------------------------------


def _take_stamps(back: _Return, promotion_id: UUID, *, keeps: int) -> None:
    merchant_id = back.merchant.id
    mine = StampEntry.objects.filter(
        merchant_id=merchant_id, sale_id=back.sale_id, promotion_id=promotion_id, kind__in=["earn", "return"]
    )
    entries = list(mine.order_by("id"))
    takes = sum(entry.change for entry in entries) - keeps
    if takes <= 0:
        return
    stamped = StampCard.objects.get(merchant_id=merchant_id, id=entries[0].stamp_card_id)
    [owner_id] = survivors_of(merchant=back.merchant, member_ids=[stamped.member_id]).values()
    card = StampCard.objects.select_for_update().get(
        merchant_id=merchant_id, member_id=owner_id, card_id=stamped.card_id
    )
    if card.progress < takes:
        _open_full_cards(back, card, promotion_id, needed=takes)
    taken = min(takes, card.progress)
    if taken:
        _write_return_entry(back, card, "return", -taken, promotion_id=promotion_id)
    save_card(card, at=back.at)


def _open_full_cards(back: _Return, card: StampCard, promotion_id: UUID, *, needed: int) -> None:
    """Put stamps back that a reward had used up, this sale's own reward first, until the card has `needed`.

    A reward that was used meanwhile stays used: it is recorded as lost, and its stamps are not asked for again.
    """
    fills = _standing_fills(back, card)
    ids = [fill.coupon_id for fill in fills if fill.coupon_id]
    locked = Coupon.objects.select_for_update().filter(merchant_id=back.merchant.id, id__in=ids).order_by("id")
    coupons = {coupon.id: coupon for coupon in locked}
    for fill in fills:
        if card.progress >= needed:
            return
        if fill.coupon_id is None or _claw_back(back, coupons[fill.coupon_id]):
            _write_return_entry(back, card, "unfill", -fill.change, promotion_id=promotion_id, coupon_id=fill.coupon_id)


def _standing_fills(back: _Return, card: StampCard) -> Sequence[StampEntry]:
    """Return the card's fills whose stamps were not put back, newest first, those of this sale before all others."""
    entries = StampEntry.objects.filter(
        merchant_id=back.merchant.id, stamp_card_id=card.id, kind__in=["fill", "unfill"]
    ).order_by("-at", "-id")
    opened = [entry.coupon_id for entry in entries if entry.kind == "unfill"]
    standing = []
    for entry in entries:
        if entry.kind == "fill":
            if entry.coupon_id in opened:
                opened.remove(entry.coupon_id)
            else:
                standing.append(entry)
    return sorted(standing, key=lambda entry: entry.sale_id != back.sale_id)


def _write_return_entry(
    back: _Return, card: StampCard, kind: str, change: int, *, promotion_id: UUID, coupon_id: UUID | None = None
) -> None:
    write_entry(
        back.merchant,
        card,
        kind,
        change,
        promotion_id=promotion_id,
        sale_id=back.sale_id,
        at=back.at,
        refund_id=back.refund_id,
        coupon_id=coupon_id,
    )
