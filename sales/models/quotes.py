"""Reserved quotes: what is held for a till until it sells."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from common.models import MerchantOwned, MerchantReference


class Quote(MerchantOwned):
    """A quote that holds something for a till: coupons, points, wallet money. Plain quotes store nothing."""

    till_id = models.UUIDField()
    till = MerchantReference("merchants.Till", "till_id", indexed=False)
    member_id = models.UUIDField(null=True)
    member = MerchantReference("members.Member", "member_id", null=True, indexed=False)
    request_fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    hold_id = models.UUIDField(null=True)
    wallet_hold_id = models.UUIDField(null=True)
    gift_cards = models.JSONField(default=list)
    """`GiftCardHold`s, in the order in which the cards were shown."""
    coupon_ids = models.JSONField(default=list)
    state = models.CharField(max_length=8, default="open", choices=[(s, s) for s in ("open", "released", "sold")])
    outcome = models.JSONField(encoder=DjangoJSONEncoder)
