"""Sales that wait to be given to the member who joined after they were paid."""

from __future__ import annotations

from uuid import UUID

from members.models import AwaitedMember
from merchants.facts import MerchantFacts


def awaited_sales(*, merchant: MerchantFacts, member_id: UUID) -> list[UUID]:
    """Return the sales that were paid under a contact of this member before they had it, each once, oldest first."""
    rows = AwaitedMember.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("noted_at", "sale_id")
    return list(dict.fromkeys(rows.values_list("sale_id", flat=True)))
