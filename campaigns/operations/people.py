"""Members who are erased."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campaigns.models import Delivery
from merchants.facts import MerchantFacts


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase with whom the member shared an inbox. Call messaging's `forget_member` first.

    The place stays, under the surrogate id, so that the campaign's figures do not change.
    """
    Delivery.objects.filter(merchant_id=merchant.id, member_id=member_id).update(address_hash=None)
