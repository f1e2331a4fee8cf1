"""Points moved by hand, within the limits of a role (I24)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ledger.facts import PostedTransfer, Unit
from merchants.facts import Actor, MerchantFacts


def adjust(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    change: int,
    reason: str,
    note: str = "",
    actor: Actor,
    approver_id: UUID | None = None,
    at: datetime,
    business_date: date,
) -> PostedTransfer:
    """Adds or takes points by hand; takes at most what is available (InsufficientPoints). Locks the account itself.

    `reason` is required (BadInput). Above what the actor's role may move at once or in one business day an approver
    is needed, another person whose role may approve: AdjustmentNeedsApproval, ApproverNotAllowed. Added points expire
    as earned ones do. The named system actor has no limit. Leaves an audit entry.
    """
    raise NotImplementedError
