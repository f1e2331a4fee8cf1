"""Reads of the audit trail: of one record, or of everything done by hand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from merchants.facts import SYSTEM, AuditFacts, AuditFilter, MerchantFacts
from merchants.models import AuditEntry


def audit_entries(
    *,
    merchant: MerchantFacts,
    subject_kind: str,
    subject_id: UUID,
    action: str = "",
    without: str = "",
    until: datetime | None = None,
    limit: int = 100,
) -> list[AuditFacts]:
    """Return what was done by hand to one record, newest first; with `until` what was done then or before.

    `action` is the only action returned, `without` one that is left out.
    """
    rows = AuditEntry.objects.filter(merchant_id=merchant.id, subject_kind=subject_kind, subject_id=subject_id)
    if action:
        rows = rows.filter(action=action)
    if without:
        rows = rows.exclude(action=without)
    if until is not None:
        rows = rows.filter(at__lte=until)
    return [_audit_facts(row) for row in rows.order_by("-at", "-id")[:limit]]


def latest_by_subject(*, merchant: MerchantFacts, action: str, since: datetime) -> dict[UUID, datetime]:
    """Return when the action last happened to each record since that instant, by the record's id; one statement."""
    rows = AuditEntry.objects.filter(merchant_id=merchant.id, action=action, at__gt=since, subject_id__isnull=False)
    return {subject: at for subject, at in rows.order_by("at", "id").values_list("subject_id", "at") if subject}


def audit_by_subject(
    *, merchant: MerchantFacts, subject_kind: str, subject_ids: Collection[UUID]
) -> dict[UUID, AuditFacts]:
    """Return the latest entry of each of these records that has one; one statement."""
    rows = AuditEntry.objects.filter(
        merchant_id=merchant.id, subject_kind=subject_kind, subject_id__in=subject_ids
    ).order_by("at", "id")
    return {row.subject_id: _audit_facts(row) for row in rows if row.subject_id}


def _audit_facts(r: AuditEntry) -> AuditFacts:
    return AuditFacts(
        r.at,
        r.actor_id,
        r.actor_label,
        r.approver_id,
        r.action,
        r.before,
        r.after,
        r.reason,
        r.id,
        r.subject_kind,
        r.subject_id,
    )


def audit_trail(
    *,
    merchant: MerchantFacts,
    filters: AuditFilter,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[AuditFacts]:
    """Return entries newest first, continued after the (at, id) of the last one seen."""
    rows = _narrowed_audit(merchant, filters)
    if after is not None:
        rows = rows.filter(Q(at__lt=after[0]) | Q(at=after[0], id__lt=after[1]), at__lte=after[0])
    return [_audit_facts(row) for row in rows.order_by("-at", "-id")[:limit]]


def audit_count(*, merchant: MerchantFacts, filters: AuditFilter, most: int = 10_000) -> int:
    """Return how many entries fit, counted up to one more than `most`."""
    return _narrowed_audit(merchant, filters).order_by()[: most + 1].count()


def audit_kinds(*, merchant: MerchantFacts) -> tuple[list[str], list[str]]:
    """Return the actions and the kinds of records that this merchant's trail has, in the order of their codes."""
    pairs = AuditEntry.objects.filter(merchant_id=merchant.id).values_list("action", "subject_kind").distinct()
    found = list(pairs.order_by("action", "subject_kind"))
    return sorted({action for action, _ in found}), sorted({kind for _, kind in found})


def _narrowed_audit(merchant: MerchantFacts, filters: AuditFilter) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(merchant_id=merchant.id)
    if filters.action:
        rows = rows.filter(action=filters.action)
    if filters.actor == SYSTEM.label:
        rows = rows.filter(actor_id__isnull=True)
    elif filters.actor:
        rows = rows.filter(actor_id=filters.actor)
    if filters.subject_kind:
        rows = rows.filter(subject_kind=filters.subject_kind)
    if filters.since is not None:
        rows = rows.filter(at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(at__lt=filters.until)
    return rows
