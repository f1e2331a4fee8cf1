"""Addresses that get nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from common.emails import EmailError, email_key, normalise_email
from common.errors import BadInput, Missing
from merchants.facts import MerchantFacts
from messaging.facts import Suppressed, SuppressionReason
from messaging.models import Suppression
from messaging.queries.addresses import address_hash
from messaging.wording import field_error

PAGE: Final = 50


def suppressed_addresses(
    *,
    merchant: MerchantFacts,
    reasons: Sequence[SuppressionReason] = (),
    after: tuple[datetime, UUID] | None = None,
    limit: int = PAGE,
) -> list[Suppressed]:
    """Return suppressed addresses, newest first, behind the (at, id) of the last one seen; no reason means all."""
    rows = Suppression.objects.filter(merchant_id=merchant.id)
    if reasons:
        rows = rows.filter(reason__in=[reason.value for reason in reasons])
    if after is not None:
        rows = rows.filter(Q(created_at__lt=after[0]) | Q(created_at=after[0], id__lt=after[1]))
    return [_facts_of(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def count_suppressed(*, merchant: MerchantFacts) -> dict[SuppressionReason, int]:
    """Return how many addresses are suppressed, by reason; reasons without any are left out."""
    rows = Suppression.objects.filter(merchant_id=merchant.id).values("reason").annotate(addresses=Count("id"))
    return {SuppressionReason(row["reason"]): row["addresses"] for row in rows.order_by("reason")}


def suppression(*, merchant: MerchantFacts, suppression_id: UUID) -> Suppressed:
    """Return one suppression. Raises Missing('suppression_not_found')."""
    row = Suppression.objects.filter(merchant_id=merchant.id, id=suppression_id).first()
    if row is None:
        raise Missing("suppression_not_found")
    return _facts_of(row)


def find_suppression(*, merchant: MerchantFacts, email: str) -> Suppressed | None:
    """Return the suppression of an address in any spelling; None where there is none. Raises BadInput (email)."""
    try:
        key = email_key(normalise_email(email))
    except EmailError as error:
        raise BadInput([field_error("email", "reply_to_malformed")]) from error
    hashed = address_hash(merchant=merchant, email_key=key)
    row = Suppression.objects.filter(merchant_id=merchant.id, address_hash=hashed).first()
    return _facts_of(row) if row else None


def _facts_of(row: Suppression) -> Suppressed:
    return Suppressed(id=row.id, reason=SuppressionReason(row.reason), at=row.created_at)
