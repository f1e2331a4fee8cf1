"""Members who are erased, and two records of one person that are joined or taken apart."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from campaigns.models import Delivery
from common.passed_rows import Passed, pass_rows
from merchants.facts import MerchantFacts

_TABLE: Final = "campaigns_delivery"
_HAS_THEIR_OWN: Final = (
    "EXISTS (SELECT FROM campaigns_delivery o WHERE o.merchant_id = t.merchant_id AND o.member_id = %(to)s"
    " AND o.campaign_id = t.campaign_id AND o.occasion_key = t.occasion_key)"
)


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase with whom the member shared an inbox. Call messaging's `forget_member` first.

    The place stays, under the surrogate id, so that the campaign's figures do not change.
    """
    Delivery.objects.filter(merchant_id=merchant.id, member_id=member_id).update(address_hash=None)


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> Passed:
    """Give the survivor the merged member's places in campaigns; return those that passed and those that stay.

    A place stays with the merged member where the survivor has one of the same campaign and occasion: its messages
    stay with it.
    """
    rows = pass_rows(_TABLE, merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id, unless=_HAS_THEIR_OWN)
    left = Delivery.objects.filter(merchant_id=merchant.id, member_id=merged_id).order_by("id")
    return {"deliveries": rows, "deliveries_staying": list(left.values_list("id", flat=True))}


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed."""
    ids = list(moved.get("deliveries", ()))
    pass_rows(_TABLE, merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id, ids=ids)
