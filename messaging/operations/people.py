"""Members who are erased or merged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from common.passed_rows import Passed, pass_rows
from merchants.facts import MerchantFacts
from messaging.facts import FORGOTTEN, MessageReason, MessageState, SuppressionReason
from messaging.models import Attempt, Message
from messaging.operations.suppressions import suppress_hashes

_TABLE: Final = "messaging_message"
_HAS_THEIR_OWN: Final = (
    "EXISTS (SELECT FROM messaging_message o WHERE o.merchant_id = t.merchant_id AND o.member_id = %(to)s"
    " AND o.dispatch_id = t.dispatch_id AND o.occasion_key = t.occasion_key)"
)
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


def absorb_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, at: datetime, staying: Sequence[UUID] = ()
) -> Passed:
    """Cancel what still waits for the merged member; what was sent counts as sent to the survivor, for caps too.

    The survivor gets only messages of their own. `staying` are messages whose place in a campaign stays with the merged
    member, because the survivor has one. Returns what passed.
    """
    cancel_waiting(merchant=merchant, member_id=merged_id)
    mine = Message.objects.filter(merchant_id=merchant.id, member_id=merged_id).exclude(id__in=staying)
    ids = list(mine.values_list("id", flat=True))
    rows = pass_rows(
        _TABLE, merchant_id=merchant.id, from_id=merged_id, to_id=survivor_id, ids=ids, unless=_HAS_THEIR_OWN
    )
    return {"messages": rows}


def release_member(
    *, merchant: MerchantFacts, survivor_id: UUID, merged_id: UUID, moved: Passed, merged_at: datetime, at: datetime
) -> None:
    """Give the merged member back what passed; what was cancelled stays so."""
    ids = list(moved.get("messages", ()))
    pass_rows(_TABLE, merchant_id=merchant.id, from_id=survivor_id, to_id=merged_id, ids=ids)


def cancel_waiting(*, merchant: MerchantFacts, member_id: UUID) -> None:
    """Cancel everything that waits for this member."""
    Message.objects.filter(merchant_id=merchant.id, member_id=member_id, state__in=_WAITING).update(
        state=MessageState.CANCELLED.value, reason=MessageReason.MEMBER_GONE.value, **FORGOTTEN
    )
