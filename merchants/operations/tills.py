"""Outlets, their tills and the tills' keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts, OutletFacts, TillCredential
from merchants.models import Outlet, Till, TillKey
from merchants.operations.audit import record_audit
from merchants.rules import TEST_SCOPE, TILL_SCOPES


class NameTaken(Refusal):
    code = "name_taken"


def add_outlet(*, merchant: MerchantFacts, name: str, timezone: str, at: datetime, actor: Actor) -> OutletFacts:
    """Add an outlet. Raises NameTaken."""
    if Outlet.objects.filter(merchant_id=merchant.id, name=name).exists():
        raise NameTaken(name=name)
    row = Outlet.objects.create(merchant_id=merchant.id, name=name, timezone=timezone, created_at=at)
    record_audit(
        merchant=merchant, actor=actor, action="outlet.added", at=at, subject=("outlet", row.id), after={"name": name}
    )
    return OutletFacts(id=row.id, name=row.name, timezone=row.timezone)


def add_till(
    *, merchant: MerchantFacts, outlet_id: UUID, name: str, at: datetime, actor: Actor, kind: str = "pos"
) -> UUID:
    """Add a till. Raises Missing('outlet_not_found') and NameTaken."""
    if not Outlet.objects.filter(merchant_id=merchant.id, id=outlet_id).exists():
        raise Missing("outlet_not_found")
    if Till.objects.filter(merchant_id=merchant.id, outlet_id=outlet_id, name=name).exists():
        raise NameTaken(name=name)
    row = Till.objects.create(merchant_id=merchant.id, outlet_id=outlet_id, name=name, kind=kind, created_at=at)
    record_audit(
        merchant=merchant, actor=actor, action="till.added", at=at, subject=("till", row.id), after={"name": name}
    )
    return row.id


def import_till(*, merchant: MerchantFacts, outlet_id: UUID, at: datetime) -> UUID:
    """Return the till for sales brought in by file, made if needed; one per outlet."""
    row, _ = Till.objects.get_or_create(
        merchant_id=merchant.id, outlet_id=outlet_id, name="Import", defaults={"kind": "import", "created_at": at}
    )
    return row.id


def issue_till_key(
    *, merchant: MerchantFacts, till_id: UUID, at: datetime, actor: Actor, scopes: Sequence[str] | None = None
) -> str:
    """Issue a bearer key; it can be read only here, once. Raises Missing('till_not_found')."""
    if not Till.objects.filter(merchant_id=merchant.id, id=till_id).exists():
        raise Missing("till_not_found")
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    row = TillKey.objects.create(
        prefix=prefix,
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        merchant_id=merchant.id,
        till_id=till_id,
        scopes=sorted(
            {*(scopes if scopes is not None else TILL_SCOPES), *([TEST_SCOPE] if merchant.sandbox_of else [])}
        ),
        created_at=at,
        created_by=actor.label,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="till_key.issued",
        at=at,
        subject=("till", till_id),
        after={"key": row.id, "scopes": ", ".join(row.scopes), "digest": hashlib.sha256(row.secret_hash).hexdigest()},
    )
    return f"{prefix}.{secret}"


def revoke_till_key(*, merchant: MerchantFacts, key_id: UUID, at: datetime, actor: Actor) -> None:
    """Revoke the key: from now on it answers 401. Raises Missing('till_key_not_found')."""
    row = TillKey.objects.filter(merchant_id=merchant.id, id=key_id).first()
    if row is None:
        raise Missing("till_key_not_found")
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        record_audit(
            merchant=merchant,
            actor=actor,
            action="till_key.revoked",
            at=at,
            subject=("till", row.till_id),
            after={"key": row.id},
        )


def note_till_seen(*, credential: TillCredential, at: datetime) -> None:
    """Save 'last seen' to the minute, so that a busy till does not write the row at every call."""
    Till.objects.filter(merchant_id=credential.merchant.id, id=credential.till_id).filter(
        Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=at - timedelta(minutes=1))
    ).update(last_seen_at=at)
