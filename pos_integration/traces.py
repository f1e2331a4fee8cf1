"""Entries in the audit trail of what a till tried, in transactions of their own: they stay though it is undone."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import Error

from merchants.facts import Actor, TillCredential
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope

log = structlog.get_logger("loyalty.api")


def leave_trace(credential: TillCredential, action: str, *, at: datetime, reason: str) -> None:
    """Leave an audit entry about the till; one that cannot be written is logged."""
    try:
        with merchant_scope(credential.merchant.id):
            record_audit(
                merchant=credential.merchant,
                actor=Actor(user_id=None, label="till"),
                action=action,
                at=at,
                subject=("till", credential.till_id),
                reason=reason,
            )
    except Error as error:
        log.error("the audit entry could not be written", exc_info=error)
