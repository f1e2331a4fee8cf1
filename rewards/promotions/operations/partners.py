"""Partners: added, changed, and given a share of promotions. Each leaves an audit entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from common.errors import BadInput, FieldError, Missing, Refusal
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.promotions.models import Partner, PromotionVersion
from rewards.promotions.operations.promotions import publish_version


def add_partner(*, merchant: MerchantFacts, name: str, note: str, at: datetime, actor: Actor) -> UUID:
    """Add a partner. Raises BadInput, Refusal('name_taken')."""
    name = _check_name(merchant, name)
    row = Partner.objects.create(merchant_id=merchant.id, name=name, note=note.strip()[:300], created_at=at)
    _audit_partner(merchant, row.id, "partner.added", at=at, actor=actor, after={"name": name})
    return row.id


def change_partner(
    *, merchant: MerchantFacts, partner_id: UUID, name: str, note: str, is_active: bool, at: datetime, actor: Actor
) -> None:
    """Change a partner; an inactive one is not offered for new funding. Raises Missing, 'name_taken'."""
    row = Partner.objects.select_for_update().filter(merchant_id=merchant.id, id=partner_id).first()
    if row is None:
        raise Missing("partner_not_found")
    before = {"name": row.name, "is_active": row.is_active}
    row.name = name.strip() if name.strip() == row.name else _check_name(merchant, name)
    row.note, row.is_active = note.strip()[:300], is_active
    row.save(update_fields=["name", "note", "is_active"])
    after = {"name": row.name, "is_active": row.is_active}
    _audit_partner(merchant, row.id, "partner.changed", at=at, actor=actor, before=before, after=after)


def fund_promotion(
    *, merchant: MerchantFacts, promotion_id: UUID, partner_id: UUID, percent: str, at: datetime, actor: Actor
) -> int:
    """Publish a version, from now on, in which the partner pays `percent` ("33.33") of what it gives.

    Sales before keep their shares. Raises Missing('promotion_not_found'), BadInput. Returns the version's number.
    """
    return _publish_funding(
        merchant, promotion_id, {"partner_id": str(partner_id), "percent": percent}, at=at, actor=actor
    )


def end_promotion_funding(*, merchant: MerchantFacts, promotion_id: UUID, at: datetime, actor: Actor) -> int:
    """Publish a version without a partner, from now on. Raises Missing('promotion_not_found')."""
    return _publish_funding(merchant, promotion_id, None, at=at, actor=actor)


def _publish_funding(
    merchant: MerchantFacts, promotion_id: UUID, funding: dict[str, str] | None, *, at: datetime, actor: Actor
) -> int:
    latest = (
        PromotionVersion.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id).order_by("-number").first()
    )
    if latest is None:
        raise Missing("promotion_not_found")
    definition = {name: value for name, value in latest.definition.items() if name != "funding"}
    if funding is not None:
        definition["funding"] = funding
    return publish_version(
        merchant=merchant,
        promotion_id=promotion_id,
        definition=definition,
        starts_at=max(at, latest.starts_at),
        at=at,
        actor=actor,
    )


def _check_name(merchant: MerchantFacts, name: str) -> str:
    name = name.strip()
    if not name or len(name) > 120:
        raise BadInput([FieldError("name", "required", "Give the partner a name of at most 120 characters.")])
    if Partner.objects.filter(merchant_id=merchant.id, name=name).exists():
        raise Refusal("name_taken", name=name)
    return name


def _audit_partner(
    merchant: MerchantFacts,
    partner_id: UUID,
    action: str,
    *,
    at: datetime,
    actor: Actor,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    record_audit(
        merchant=merchant,
        actor=actor,
        action=action,
        at=at,
        subject=("partner", partner_id),
        before=before,
        after=after,
    )
