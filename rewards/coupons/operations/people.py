"""What a member has of coupons and stamps, when two records of one person are joined or taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F

from common.errors import Refusal
from common.passed_rows import Passed, Way, pass_rows
from merchants.facts import MerchantFacts
from rewards.coupons.models import Coupon, CouponRedemption, StampCard, StampEntry
from rewards.coupons.operations.sale_rewards import save_card, write_entry

# A source gives a member one coupon per occasion; two records of one person may both have had theirs. The merged
# member's keeps its place under an occasion of its own, which the way back takes off again.
_TELL_APART: Final = """
UPDATE rewards_coupon t SET occasion_key = left(t.occasion_key, 51) || '#' || right(%(from)s::text, 12)
WHERE t.merchant_id = %(merchant)s AND t.member_id = %(from)s AND t.source_id IS NOT NULL AND EXISTS (
    SELECT FROM rewards_coupon o WHERE o.merchant_id = %(merchant)s AND o.member_id = %(to)s
      AND o.source_id = t.source_id AND o.occasion_key = t.occasion_key)"""
_AS_BEFORE: Final = """
UPDATE rewards_coupon t SET occasion_key = left(t.occasion_key, -13)
WHERE t.merchant_id = %(merchant)s AND t.member_id = %(to)s AND t.id = ANY(%(ids)s::uuid[])
  AND t.occasion_key LIKE '%%#' || right(%(to)s::text, 12)"""
_HAS_ONE: Final = (
    "EXISTS (SELECT FROM rewards_stampcard o WHERE o.merchant_id = t.merchant_id AND o.member_id = %(to)s"
    " AND o.card_id = t.card_id)"
)


def lock_coupons_of(*, merchant: MerchantFacts, member_ids: Sequence[UUID]) -> None:
    """Lock the members' coupons in the order of their ids; their rows are locked."""
    rows = Coupon.objects.filter(merchant_id=merchant.id, member_id__in=member_ids).order_by("id")
    list(rows.select_for_update(of=("self",)).values_list("id", flat=True))


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Void what an erased member has left to use: no one is there who may. What was used stays used."""
    lock_coupons_of(merchant=merchant, member_ids=[member_id])
    mine = Coupon.objects.filter(merchant_id=merchant.id, member_id=member_id, state__in=("issued", "blocked"))
    mine.filter(max_uses__gt=F("committed")).update(state="cancelled")


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor the merged member's coupons, their uses and stamps; return what passed.

    Where both have a stamp card its stamps are added up: one entry takes them off, one puts them on.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TELL_APART, {"merchant": merchant.id, "from": merged_id, "to": survivor_id})
    way = Way(merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id)
    return {
        "coupons": pass_rows("rewards_coupon", **way),
        "coupon_uses": pass_rows("rewards_couponredemption", **way),
        "stamp_cards": pass_rows("rewards_stampcard", **way, unless=_HAS_ONE),
        "stamp_entries": _add_stamps(merchant, merged_id, survivor_id, at),
    }


def _add_stamps(merchant: MerchantFacts, merged_id: UUID, survivor_id: UUID, at: datetime) -> list[UUID]:
    """Move the stamps of cards that both have; return the entries that took them off."""
    cards = StampCard.objects.filter(merchant_id=merchant.id).select_for_update(of=("self",)).order_by("id")
    into = {card.card_id: card for card in cards.filter(member_id=survivor_id)}
    taken = []
    for card in cards.filter(member_id=merged_id, progress__gt=0):
        taken.append(_move_stamps(merchant, card, into[card.card_id], card.progress, at))
    return taken


def _move_stamps(merchant: MerchantFacts, card: StampCard, into: StampCard, stamps: int, at: datetime) -> UUID:
    last = StampEntry.objects.filter(merchant_id=merchant.id, stamp_card_id=card.id).order_by("-id")[0]
    for one, change in ((card, -stamps), (into, stamps)):
        write_entry(merchant, one, "merge", change, promotion_id=last.promotion_id, sale_id=last.sale_id, at=at)
        save_card(one, at=at)
    newest = StampEntry.objects.filter(merchant_id=merchant.id, stamp_card_id=card.id, kind="merge").order_by("-id")
    return newest.values_list("id", flat=True)[0]


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed. Raises Refusal('merged_coupons_used', 'merged_stamps_used')."""
    coupons = list(moved.get("coupons", ()))
    used = CouponRedemption.objects.filter(merchant_id=merchant.id, coupon_id__in=coupons, redeemed_at__gte=merged_at)
    held = Coupon.objects.filter(merchant_id=merchant.id, id__in=coupons, reserved__gt=0)
    if used.exists() or held.exists():
        raise Refusal("merged_coupons_used")
    way = Way(merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id)
    back = pass_rows("rewards_coupon", **way, ids=coupons)
    with connection.cursor() as cursor:
        cursor.execute(_AS_BEFORE, {"merchant": merchant.id, "to": merged_id, "ids": back})
    pass_rows("rewards_couponredemption", **way, ids=list(moved.get("coupon_uses", ())))
    _take_stamps_apart(merchant, survivor_id, moved, merged_at, at)
    pass_rows("rewards_stampcard", **way, ids=list(moved.get("stamp_cards", ())))


def _take_stamps_apart(
    merchant: MerchantFacts, survivor_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    whole = StampEntry.objects.filter(
        merchant_id=merchant.id, stamp_card_id__in=list(moved.get("stamp_cards", ())), at__gt=merged_at
    )
    if whole.exists():
        raise Refusal("merged_stamps_used")
    entries = StampEntry.objects.filter(merchant_id=merchant.id, id__in=list(moved.get("stamp_entries", ())))
    for entry in entries.order_by("id"):
        card = StampCard.objects.select_for_update(of=("self",)).get(merchant_id=merchant.id, id=entry.stamp_card_id)
        into = StampCard.objects.select_for_update(of=("self",)).get(
            merchant_id=merchant.id, member_id=survivor_id, card_id=card.card_id
        )
        if into.progress < -entry.change:
            raise Refusal("merged_stamps_used")
        _move_stamps(merchant, into, card, -entry.change, at)
