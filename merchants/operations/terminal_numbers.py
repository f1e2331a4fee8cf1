"""Numbers of what tills send in batches: each means one content, for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import DomainError
from common.ids import new_id
from merchants.facts import ClaimedKeyFacts, MerchantFacts, NumberedItem
from merchants.models import TerminalNumber
from merchants.operations.keys import seal_answer


class TerminalNumberTaken(DomainError):
    """The number means other content: two devices count as one, or a device began to count again."""

    code = "terminal_seq_conflict"


_STORE_ANSWER: Final = """
WITH answered AS (UPDATE merchants_claimedkey SET status = %s, body = %s WHERE merchant_id = %s AND id = %s)
"""
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
    _write_number(_CLAIM, [], merchant, till_id, item, status=status, at=at)


def store_numbered_answer(
    *,
    claim: ClaimedKeyFacts,
    merchant: MerchantFacts,
    till_id: UUID,
    item: NumberedItem,
    status: int,
    body: str,
    at: datetime,
) -> None:
    """Save the answer with its key (`store_answer`) and write down that the number came, in one statement.

    Raises what `claim_terminal_number` raises.
    """
    values = [status, seal_answer(body), claim.merchant_id, claim.id]
    _write_number(_STORE_ANSWER + _CLAIM, values, merchant, till_id, item, status=status, at=at)


def _write_number(
    sql: str,
    values: list[Any],
    merchant: MerchantFacts,
    till_id: UUID,
    item: NumberedItem,
    *,
    status: int,
    at: datetime,
) -> None:
    told: list[Any] = [item.device_id, item.number, item.fingerprint, item.operation, item.reference, status, at]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, merchant.id, new_id(), till_id, *told])
        if cursor.rowcount == 1:
            return
    known = TerminalNumber.objects.get(
        merchant_id=merchant.id, till_id=till_id, device_id=item.device_id, number=item.number
    )
    if bytes(known.item_fingerprint) != item.fingerprint:
        raise TerminalNumberTaken
