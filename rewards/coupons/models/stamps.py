"""Stamp cards: how far each member is, and every stamp given, taken back or used for a reward."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from common.models import MerchantOwned, MerchantReference

STAMP_KINDS: Final = ("earn", "fill", "return", "unfill", "merge", "given")


class StampCard(MerchantOwned):
    """One member's card. It holds `progress` stamps, always the sum of its entries; `threshold` of them make it full.

    `card_id` names the card itself and is the same for every member.
    """

    member_id = models.UUIDField()
    member = MerchantReference("members.Member", "member_id", indexed=False)
    card_id = models.UUIDField()
    title = models.CharField(max_length=120)
    threshold = models.PositiveSmallIntegerField()
    progress = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "member_id", "card_id"], name="stamp_card_once"),
            models.CheckConstraint(condition=Q(threshold__gte=1), name="stamp_card_needs_stamps"),
        ]


class StampEntry(MerchantOwned):
    """A change of a card. Append-only. `fill` takes a full card's stamps for its reward, `unfill` puts them back.

    `given` are stamps that staff gave by hand: they, and the reward of a card that they fill, have no sale.
    `merge` moves stamps between two cards when their members' records are joined, or taken apart again.
    """

    stamp_card_id = models.UUIDField()
    stamp_card = MerchantReference("rewards.StampCard", "stamp_card_id")
    kind = models.CharField(max_length=6, choices=[(k, k) for k in STAMP_KINDS])
    change = models.IntegerField()
    promotion_id = models.UUIDField()
    sale_id = models.UUIDField(null=True)
    refund_id = models.UUIDField(null=True)
    coupon_id = models.UUIDField(null=True)
    coupon = MerchantReference("rewards.Coupon", "coupon_id", null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "sale_id", "promotion_id"], condition=Q(kind="earn"), name="stamps_earned_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["earn", "unfill", "given"], change__gt=0)
                | Q(kind__in=["fill", "return"], change__lt=0)
                | (Q(kind="merge") & ~Q(change=0)),
                name="stamp_entry_sign",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["earn", "return"]) | Q(sale_id__isnull=False), name="stamps_of_a_sale_name_it"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "sale_id"], name="stamp_entry_by_sale")]


class CouponClawback(MerchantOwned):
    """A coupon that a sale had brought, after that sale came back: cancelled, or used by then (merchant loss).

    Append-only, once per coupon. `value_amount` is the discount that a used one had given.
    """

    coupon_id = models.UUIDField()
    coupon = MerchantReference("rewards.Coupon", "coupon_id", indexed=False)
    sale_id = models.UUIDField()
    refund_id = models.UUIDField()
    failed = models.BooleanField()
    value_amount = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "coupon_id"], name="coupon_clawed_back_once"),
            models.CheckConstraint(condition=Q(failed=True) | Q(value_amount=0), name="cancelled_coupon_cost_nothing"),
        ]
        indexes = [models.Index(fields=["merchant", "sale_id"], name="coupon_clawback_by_sale")]
