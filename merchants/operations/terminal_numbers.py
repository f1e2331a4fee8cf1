"""Numbers of what tills send in batches: each means one content, for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from common.errors import DomainError
from common.ids import new_id
from merchants.facts import MerchantFacts, NumberedItem
from merchants.models import TerminalNumber


class TerminalNumberTaken(DomainError):
    """The number means other content: two devices count as one, or a device began to count again."""

    code = "terminal_seq_conflict"


_CLAIM: Final = """
INSERT INTO merchants_terminalnumber (
    merchant_id, id, till_id, device_id, number, item_fingerprint, operation, reference, status, claimed_at
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (merchant_id, till_id, device_id, number) DO NOTHING
"""


def claim_terminal_number(
    *, merchant: MerchantFacts, till_id: UUID, item: NumberedItem, status: int, at: datetime
) -> None:
    """Write down that the number came, in the transaction of its item; the same content again changes nothing.

    Raises TerminalNumberTaken for other content: the first one stays. It comes last in the transaction, so that no one
    who waits here for a twin holds what that twin still needs.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [
                merchant.id,
                new_id(),
                till_id,
                item.device_id,
                item.number,
                item.fingerprint,
                item.operation,
                item.reference,
                status,
                at,
            ],
        )
        if cursor.rowcount == 1:
            return
    known = TerminalNumber.objects.get(
        merchant_id=merchant.id, till_id=till_id, device_id=item.device_id, number=item.number
    )
    if bytes(known.item_fingerprint) != item.fingerprint:
        raise TerminalNumberTaken
