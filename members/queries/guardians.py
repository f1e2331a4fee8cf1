"""Who agreed for a child."""

from __future__ import annotations

from uuid import UUID

from members.facts import ConsentMethod, GuardianFacts, GuardianRelation
from members.models import Guardian
from merchants.facts import MerchantFacts


def guardians(*, merchant: MerchantFacts, member_id: UUID) -> list[GuardianFacts]:
    """Return who agreed for the member, the one that holds first, then those that ended, newest first."""
    rows = Guardian.objects.filter(merchant_id=merchant.id, member_id=member_id).order_by("-recorded_at", "-id")
    return sorted((_facts_of(row) for row in rows), key=lambda one: one.ended_at is not None)


def guardian_in_force(*, merchant: MerchantFacts, member_id: UUID) -> GuardianFacts | None:
    """Return who agreed for the member; None where no one has, or no longer."""
    row = Guardian.objects.filter(merchant_id=merchant.id, member_id=member_id, ended_at__isnull=True).first()
    return _facts_of(row) if row else None


def _facts_of(row: Guardian) -> GuardianFacts:
    return GuardianFacts(
        id=row.id,
        name=row.name,
        relation=GuardianRelation(row.relation),
        method=ConsentMethod(row.method),
        agreed_on=row.agreed_on,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
