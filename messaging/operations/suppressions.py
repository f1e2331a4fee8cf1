"""Addresses that get nothing any more: stopped by a refusal, a person or an erasure; a person may lift it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.emails import EmailError, email_key, normalise_email
from common.errors import BadInput, Missing
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from messaging.facts import SuppressionReason
from messaging.models import Suppression
from messaging.queries.addresses import address_hash
from messaging.wording import field_error


def suppress_address(
    *, merchant: MerchantFacts, email: str, reason: SuppressionReason, at: datetime, actor: Actor
) -> None:
    """Stop an address from the next claim on; only its keyed hash is kept. Raises BadInput (email)."""
    try:
        key = email_key(normalise_email(email))
    except EmailError as error:
        raise BadInput([field_error("email", "reply_to_malformed")]) from error
    row, created = Suppression.objects.get_or_create(
        merchant_id=merchant.id,
        address_hash=address_hash(merchant=merchant, email_key=key),
        defaults={"reason": reason.value, "created_at": at},
    )
    if created:
        record_audit(
            merchant=merchant,
            actor=actor,
            action="address.suppressed",
            at=at,
            subject=("suppression", row.id),
            after={"reason": reason.value},
        )


def lift_suppression(*, merchant: MerchantFacts, suppression_id: UUID, at: datetime, actor: Actor, reason: str) -> None:
    """Let an address get mail again (a mailbox that was repaired); consent is still needed. Raises Missing."""
    row = Suppression.objects.filter(merchant_id=merchant.id, id=suppression_id).first()
    if row is None:
        raise Missing("suppression_not_found")
    record_audit(
        merchant=merchant,
        actor=actor,
        action="address.unsuppressed",
        at=at,
        subject=("suppression", row.id),
        before={"reason": row.reason},
        reason=reason,
    )
    Suppression.objects.filter(merchant_id=merchant.id, id=row.id).delete()


def suppress_hashes(
    *,
    merchant: MerchantFacts,
    hashes: Iterable[bytes],
    reason: SuppressionReason,
    at: datetime,
    message_id: UUID | None = None,
) -> None:
    """Stop addresses of which only the hash is known; those already stopped stay as they are."""
    Suppression.objects.bulk_create(
        [
            Suppression(
                merchant_id=merchant.id,
                address_hash=hashed,
                reason=reason.value,
                message_id=message_id,
                created_at=at,
            )
            for hashed in sorted(set(hashes))
        ],
        ignore_conflicts=True,
    )
