"""Sales that people paid before they were members: theirs as soon as they join."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.errors import Missing, Refusal
from members.operations import forget_awaited_sale
from members.queries import awaited_sales
from merchants.facts import MerchantFacts, OutboxEventFacts
from merchants.queries import till_by_id
from merchants.tenancy import refusable
from sales.models import Sale
from sales.operations.receipt_claims import give_sale


def give_awaited_sales(*, merchant: MerchantFacts, events: Sequence[OutboxEventFacts], now: datetime) -> None:
    """Give the members of these events the sales that they had paid before they joined, as claims would.

    What a claim does not allow (returned as a whole, too old, claimed by hand) stays as it is and waits no longer.
    Again it changes nothing.
    """
    for event in events:
        for sale_id in awaited_sales(merchant=merchant, member_id=event.subject_id):
            _give_awaited_sale(merchant, sale_id, event.subject_id, now)


def _give_awaited_sale(merchant: MerchantFacts, sale_id: UUID, member_id: UUID, now: datetime) -> None:
    row = Sale.objects.select_for_update().get(merchant_id=merchant.id, id=sale_id)
    till = till_by_id(merchant=merchant, till_id=row.till_id)
    try:
        with refusable():
            give_sale(merchant=merchant, till=till, row=row, member_id=member_id, at=now)
    except (Refusal, Missing):
        forget_awaited_sale(merchant=merchant, sale_id=sale_id)
