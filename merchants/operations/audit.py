"""Who did what by hand; written in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from merchants.facts import Actor, MerchantFacts
from merchants.models import AuditEntry


def record_audit(
    *,
    merchant: MerchantFacts,
    actor: Actor,
    action: str,
    at: datetime,
    subject: tuple[str, UUID | None],
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    approver_id: UUID | None = None,
) -> None:
    """Write an audit entry in the transaction of the change. Personal values do not belong in before/after."""
    AuditEntry.objects.create(
        merchant_id=merchant.id,
        at=at,
        actor_id=actor.user_id,
        actor_label=actor.label,
        approver_id=approver_id,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        before=before,
        after=after,
        reason=reason,
    )
