"""Tills and their keys."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from common.errors import Missing, Refusal
from merchants.facts import Actor, MerchantFacts, TillCredential
from merchants.models import Outlet, Till, TillKey
from merchants.operations.audit import record_audit
from merchants.rules import TEST_SCOPE, TILL_SCOPES


class NameTaken(Refusal):
    code = "name_taken"


class PlaceClosed(Refusal):
    """The outlet or the till is closed: nothing new begins there until it is opened again."""

    code = "place_closed"


def add_till(
    *, merchant: MerchantFacts, outlet_id: UUID, name: str, at: datetime, actor: Actor, kind: str = "pos"
) -> UUID:
    """Add a till. Raises Missing('outlet_not_found'), PlaceClosed and NameTaken."""
    if _lock_outlet(merchant, outlet_id).closed_at is not None:
        raise PlaceClosed
    _refuse_taken_name(merchant, outlet_id, name)
    row = Till.objects.create(merchant_id=merchant.id, outlet_id=outlet_id, name=name, kind=kind, created_at=at)
    record_audit(
        merchant=merchant, actor=actor, action="till.added", at=at, subject=("till", row.id), after={"name": name}
    )
    return row.id


def change_till(
    *, merchant: MerchantFacts, till_id: UUID, name: str, outlet_id: UUID, at: datetime, actor: Actor
) -> None:
    """Rename the till or move it to another open outlet; what it sold before stays where it was sold.

    Raises Missing('till_not_found'), Missing('outlet_not_found'), PlaceClosed and NameTaken.
    """
    place = _lock_outlet(merchant, outlet_id)
    row = _lock_till(merchant, till_id)
    if (row.name, row.outlet_id) == (name, outlet_id):
        return
    if row.outlet_id != outlet_id and place.closed_at is not None:
        raise PlaceClosed
    _refuse_taken_name(merchant, outlet_id, name)
    places = (row.outlet, place)
    before, after = ({"name": own, "outlet": place.name} for own, place in zip((row.name, name), places, strict=True))
    row.name, row.outlet_id = name, outlet_id
    row.save(update_fields=["name", "outlet_id"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="till.changed",
        at=at,
        subject=("till", row.id),
        before=before,
        after=after,
    )


def close_till(*, merchant: MerchantFacts, till_id: UUID, at: datetime, actor: Actor) -> None:
    """Close the till: its keys end, what it sold stays. A closed one changes nothing. Raises Missing."""
    row = _lock_till(merchant, till_id)
    if row.closed_at is None:
        close_till_row(merchant, row, at=at, actor=actor)


def close_till_row(merchant: MerchantFacts, row: Till, *, at: datetime, actor: Actor) -> None:
    """Close a locked till that is open, and revoke what opens the shop in its name."""
    for key_id in TillKey.objects.filter(merchant_id=merchant.id, till_id=row.id, revoked_at=None).values_list("id"):
        revoke_till_key(merchant=merchant, key_id=key_id[0], at=at, actor=actor)
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="till.closed",
        at=at,
        subject=("till", row.id),
        after={"name": row.name},
    )


def reopen_till(*, merchant: MerchantFacts, till_id: UUID, at: datetime, actor: Actor) -> None:
    """Open the till again; it needs a new key. Raises Missing('till_not_found'), and PlaceClosed for its outlet."""
    outlet_id = Till.objects.filter(merchant_id=merchant.id, id=till_id).values_list("outlet_id", flat=True).first()
    if outlet_id is None:
        raise Missing("till_not_found")
    place, row = _lock_outlet(merchant, outlet_id), _lock_till(merchant, till_id)
    if row.closed_at is None:
        return
    if place.closed_at is not None or row.outlet_id != outlet_id:
        raise PlaceClosed
    row.closed_at = None
    row.save(update_fields=["closed_at"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="till.reopened",
        at=at,
        subject=("till", row.id),
        after={"name": row.name},
    )


def import_till(*, merchant: MerchantFacts, outlet_id: UUID, at: datetime) -> UUID:
    """Return the till for sales brought in by file, made if needed; one per outlet."""
    row, _ = Till.objects.get_or_create(
        merchant_id=merchant.id, outlet_id=outlet_id, name="Import", defaults={"kind": "import", "created_at": at}
    )
    return row.id


def issue_till_key(
    *, merchant: MerchantFacts, till_id: UUID, at: datetime, actor: Actor, scopes: Sequence[str] | None = None
) -> str:
    """Issue a bearer key; it can be read only here, once. Raises Missing('till_not_found') and PlaceClosed."""
    if _lock_till(merchant, till_id).closed_at is not None:
        raise PlaceClosed
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


def _lock_till(merchant: MerchantFacts, till_id: UUID) -> Till:
    rows = Till.objects.select_for_update(of=("self",)).select_related("outlet")
    row = rows.filter(merchant_id=merchant.id, id=till_id).first()
    if row is None:
        raise Missing("till_not_found")
    return row


def _lock_outlet(merchant: MerchantFacts, outlet_id: UUID) -> Outlet:
    """Lock the outlet; it comes before its tills, wherever both are locked. Raises Missing('outlet_not_found')."""
    row = Outlet.objects.select_for_update().filter(merchant_id=merchant.id, id=outlet_id).first()
    if row is None:
        raise Missing("outlet_not_found")
    return row


def _refuse_taken_name(merchant: MerchantFacts, outlet_id: UUID, name: str) -> None:
    if Till.objects.filter(merchant_id=merchant.id, outlet_id=outlet_id, name=name).exists():
        raise NameTaken(name=name)
