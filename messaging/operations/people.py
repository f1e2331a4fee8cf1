"""Members who are erased or merged."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from merchants.facts import MerchantFacts
from messaging.facts import FORGOTTEN, MessageReason, MessageState, SuppressionReason
from messaging.models import Attempt, Message
from messaging.operations.suppressions import suppress_hashes

_WAITING = [MessageState.QUEUED.value, MessageState.DEFERRED.value]


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erase: nothing more is sent, the address stays suppressed by its hash, servers' texts about it are emptied.

    Call it before the member's address is gone. What was sent stays as counts under the surrogate id.
    """
    mine = Message.objects.filter(merchant_id=merchant.id, member_id=member_id)
    hashes = mine.filter(address_hash__isnull=False).values_list("address_hash", flat=True)
    suppress_hashes(
        merchant=merchant,
        hashes=[bytes(hashed) for hashed in hashes if hashed is not None],
        reason=SuppressionReason.ERASED,
        at=at,
    )
    cancel_waiting(merchant=merchant, member_id=member_id)
    Attempt.objects.filter(merchant_id=merchant.id, message__member_id=member_id).update(reply_text="")
    mine.update(fields_encrypted=None)
    mine.filter(address_hash__isnull=False).exclude(state=MessageState.SENDING.value).update(address_hash=None)


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> None:
    """Cancel what still waits for the merged member; the survivor gets only messages of their own."""
    cancel_waiting(merchant=merchant, member_id=merged_id)


def cancel_waiting(*, merchant: MerchantFacts, member_id: UUID) -> None:
    """Cancel everything that waits for this member."""
    Message.objects.filter(merchant_id=merchant.id, member_id=member_id, state__in=_WAITING).update(
        state=MessageState.CANCELLED.value, reason=MessageReason.MEMBER_GONE.value, **FORGOTTEN
    )
