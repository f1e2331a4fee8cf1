"""Members who leave or become one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campaigns.facts import DeliveryState, ExclusionReason
from campaigns.models import Attempt, Delivery
from merchants.facts import MerchantFacts
from messaging.facts import SuppressionReason
from messaging.operations import suppress_hashes

_WAITING = [DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value]


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erasure: nothing more is sent, the address stays suppressed by its hash, servers' words about it are emptied.

    Call it before the member's address is gone. What was sent stays as counts under the surrogate id.
    """
    mine = Delivery.objects.filter(merchant_id=merchant.id, member_id=member_id)
    hashes = set(mine.filter(address_hash__isnull=False).values_list("address_hash", flat=True))
    suppress_hashes(
        merchant=merchant,
        hashes=[bytes(hashed) for hashed in hashes if hashed is not None],
        reason=SuppressionReason.ERASED,
        at=at,
    )
    mine.filter(state__in=_WAITING).update(
        state=DeliveryState.CANCELLED.value, reason=ExclusionReason.MEMBER_GONE.value
    )
    Attempt.objects.filter(merchant_id=merchant.id, delivery__member_id=member_id).update(reply_text="")
    mine.filter(address_hash__isnull=False).exclude(state=DeliveryState.SENDING.value).update(address_hash=None)


def absorb_member(*, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime) -> None:
    """Merge: what still waits for the merged member is not sent; the survivor has a place of its own, or none."""
    Delivery.objects.filter(merchant_id=merchant.id, member_id=merged_id, state__in=_WAITING).update(
        state=DeliveryState.CANCELLED.value, reason=ExclusionReason.MEMBER_GONE.value
    )
