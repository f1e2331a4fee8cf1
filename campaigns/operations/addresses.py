"""Addresses that get nothing any more, and members who leave or become one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campaigns.facts import DeliveryState, ExclusionReason, SuppressionReason
from campaigns.models import Attempt, Delivery, Suppression
from campaigns.queries.addresses import address_hash
from campaigns.wording import field_error
from common.emails import EmailError, email_key, normalise_email
from common.errors import BadInput, Missing
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit

_WAITING = [DeliveryState.QUEUED.value, DeliveryState.DEFERRED.value]


def suppress_address(
    *, merchant: MerchantFacts, email: str, reason: SuppressionReason, at: datetime, actor: Actor
) -> None:
    """From the next claim on this address gets nothing; only its keyed hash is kept. Raises BadInput (email)."""
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
    """Lets an address be mailed again (a mailbox that was repaired); consent is still asked for. Raises Missing."""
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


def forget_member(*, merchant: MerchantFacts, member_id: UUID, at: datetime) -> None:
    """Erasure: nothing more is sent, the address stays suppressed by its hash, servers' words about it are emptied.

    Call it before the member's address is gone. What was sent stays as counts under the surrogate id.
    """
    mine = Delivery.objects.filter(merchant_id=merchant.id, member_id=member_id)
    hashes = set(mine.filter(address_hash__isnull=False).values_list("address_hash", flat=True))
    Suppression.objects.bulk_create(
        [
            Suppression(
                merchant_id=merchant.id,
                address_hash=bytes(hashed),
                reason=SuppressionReason.ERASED.value,
                created_at=at,
            )
            for hashed in sorted(bytes(value) for value in hashes if value is not None)
        ],
        ignore_conflicts=True,
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
