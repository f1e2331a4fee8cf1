"""Writes of tenancy: sign-up, tills and keys, staff, idempotency keys, outbox, audit, night runs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.db.models import F, Q
from django.utils.text import slugify

from common.errors import DomainError, Missing, Refusal, TemporarilyUnavailable
from common.ids import new_id
from common.rows import insert_rows, update_row
from merchants.facts import (
    Actor,
    ClaimedKeyFacts,
    MerchantFacts,
    OutletFacts,
    Role,
    StoredAnswer,
    TillCredential,
)
from merchants.models import (
    AuditEntry,
    ClaimedKey,
    Membership,
    Merchant,
    NightRun,
    OutboxEvent,
    Outlet,
    Till,
    TillKey,
    User,
)
from merchants.queries import facts_of
from merchants.rules import TILL_SCOPES

KEY_KEPT = timedelta(days=30)
NIGHT_LEASE = timedelta(minutes=15)


class KeyReused(DomainError):
    """The key was used for other content; nothing was executed."""

    code = "idempotency_key_reused"


class KeyInProgress(TemporarilyUnavailable):
    """The twin request that holds the key has not finished within the lock timeout."""

    code = "idempotency_in_progress"


class EmailTaken(Refusal):
    code = "email_taken"


class NameTaken(Refusal):
    code = "name_taken"


# --- sign-up -----------------------------------------------------------------------------------------------------


def create_merchant(
    *,
    merchant_id: UUID,
    name: str,
    currency: str,
    timezone: str,
    language: str,
    at: datetime,
    settings: Mapping[str, Any] | None = None,
) -> MerchantFacts:
    """A new tenant with a public slug of its own; its id was made by the caller, who has opened its scope already."""
    row = Merchant.objects.create(
        id=merchant_id,
        name=name,
        slug=_free_slug(name),
        currency=currency,
        timezone=timezone,
        language=language,
        created_at=at,
        **(settings or {}),
    )
    return facts_of(row)


def create_user(*, email: str, name: str, password: str | None, language: str) -> User:
    """Raises EmailTaken when the address already logs in somewhere."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise EmailTaken(email=email)
    return User.objects.create_user(email=email, name=name, password=password, language=language)


def add_staff(*, merchant: MerchantFacts, user_id: UUID, role: Role, at: datetime, actor: Actor) -> None:
    """Gives a user a role at this merchant; repeated, it changes the role and re-opens the access."""
    Membership.objects.update_or_create(
        merchant_id=merchant.id,
        user_id=user_id,
        defaults={"role": role.value, "is_active": True},
        create_defaults={"role": role.value, "is_active": True, "created_at": at},
    )
    record_audit(
        merchant=merchant, actor=actor, action="staff.granted", at=at, subject=("user", user_id), after={"role": role}
    )


def end_staff_access(*, merchant: MerchantFacts, user_id: UUID, at: datetime, actor: Actor) -> None:
    """Closes the access at once; the last owner cannot be closed out (Refusal 'last_owner')."""
    owners = Membership.objects.filter(merchant_id=merchant.id, role=Role.OWNER.value, is_active=True)
    if not owners.exclude(user_id=user_id).exists():
        raise Refusal("last_owner")
    if not Membership.objects.filter(merchant_id=merchant.id, user_id=user_id).update(is_active=False):
        raise Missing("staff_not_found")
    record_audit(merchant=merchant, actor=actor, action="staff.ended", at=at, subject=("user", user_id))


def set_staff_password(*, user_id: UUID, password: str) -> None:
    """A new password for a user; sessions opened with the old one end."""
    user = User.objects.get(id=user_id)
    user.set_password(password)
    user.save(update_fields=["password"])


def change_merchant_settings(
    *, merchant: MerchantFacts, changes: Mapping[str, Any], at: datetime, actor: Actor
) -> MerchantFacts:
    """Changes named settings of the programme and leaves before and after in the audit trail."""
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    record_audit(
        merchant=merchant,
        actor=actor,
        action="merchant.settings_changed",
        at=at,
        subject=("merchant", merchant.id),
        before=before,
        after=dict(changes),
    )
    return facts_of(row)


def _free_slug(name: str) -> str:
    base = slugify(name)[:48] or "toko"
    slug = base
    while Merchant.objects.filter(slug=slug).exists():
        slug = f"{base}-{secrets.token_hex(3)}"
    return slug


# --- outlets, tills, keys ----------------------------------------------------------------------------------------


def add_outlet(*, merchant: MerchantFacts, name: str, timezone: str, at: datetime, actor: Actor) -> OutletFacts:
    """Raises NameTaken."""
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
    """Raises Missing('outlet_not_found') and NameTaken."""
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
    """The till that stands for sales brought in by file; one per outlet."""
    row, _ = Till.objects.get_or_create(
        merchant_id=merchant.id, outlet_id=outlet_id, name="Import", defaults={"kind": "import", "created_at": at}
    )
    return row.id


def issue_till_key(
    *, merchant: MerchantFacts, till_id: UUID, at: datetime, actor: Actor, scopes: Sequence[str] | None = None
) -> str:
    """A new bearer key; this return value is the only time it can be read. Raises Missing('till_not_found')."""
    if not Till.objects.filter(merchant_id=merchant.id, id=till_id).exists():
        raise Missing("till_not_found")
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    row = TillKey.objects.create(
        prefix=prefix,
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        merchant_id=merchant.id,
        till_id=till_id,
        scopes=sorted(scopes if scopes is not None else TILL_SCOPES),
        created_at=at,
        created_by=actor.label,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="till_key.issued",
        at=at,
        subject=("till", till_id),
        after={"key": row.id},
    )
    return f"{prefix}.{secret}"


def revoke_till_key(*, merchant: MerchantFacts, key_id: UUID, at: datetime, actor: Actor) -> None:
    """From now on the key answers 401. Raises Missing('till_key_not_found')."""
    row = TillKey.objects.filter(merchant_id=merchant.id, id=key_id).first()
    if row is None:
        raise Missing("till_key_not_found")
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        record_audit(
            merchant=merchant, actor=actor, action="till_key.revoked", at=at, subject=("till", row.till_id),
            after={"key": row.id},
        )  # fmt: skip


def note_till_seen(*, credential: TillCredential, at: datetime) -> None:
    """Keeps 'last seen' to the minute, so that a busy till does not write the row at every call."""
    Till.objects.filter(merchant_id=credential.merchant.id, id=credential.till_id).filter(
        Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=at - timedelta(minutes=1))
    ).update(last_seen_at=at)


# --- idempotency -------------------------------------------------------------------------------------------------


def claim_key(
    *, merchant: MerchantFacts, till_id: UUID, key: str, fingerprint: bytes, at: datetime
) -> ClaimedKeyFacts | StoredAnswer:
    """Claims the key in the scope's own transaction, or returns the answer it got before.

    A concurrent twin waits here on the unique index until the first one commits (then its answer is returned)
    or rolls back (then the key is ours). Raises KeyReused for other content, KeyInProgress after the lock timeout.
    """
    new = new_id()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO merchants_claimedkey (merchant_id, id, till_id, key, fingerprint, claimed_at) "
                "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (merchant_id, till_id, key) DO NOTHING",
                [merchant.id, new, till_id, key, fingerprint, at],
            )
            claimed = cursor.rowcount == 1
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == "55P03":
            raise KeyInProgress from error
        raise
    if claimed:
        return ClaimedKeyFacts(id=new, merchant_id=merchant.id)
    row = ClaimedKey.objects.get(merchant_id=merchant.id, till_id=till_id, key=key)
    if bytes(row.fingerprint) != fingerprint:
        raise KeyReused
    if row.status is None or row.body is None:
        raise KeyInProgress
    return StoredAnswer(status=row.status, body=row.body)


def store_answer(*, claim: ClaimedKeyFacts, status: int, body: str) -> None:
    """Keeps the answer with the key, in the transaction of the effect."""
    update_row(ClaimedKey, merchant_id=claim.merchant_id, row_id=claim.id, values={"status": status, "body": body})


def forget_old_keys(*, merchant: MerchantFacts, now: datetime) -> int:
    """Drops keys older than 30 days; receipt references, kept with the sale, go on protecting it for ever."""
    deleted, _ = ClaimedKey.objects.filter(merchant_id=merchant.id, claimed_at__lt=now - KEY_KEPT).delete()
    return deleted


# --- audit and outbox --------------------------------------------------------------------------------------------


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
    """Leaves an audit entry in the transaction of the change. Personal values do not belong in before/after."""
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


def leave_event(
    *, merchant: MerchantFacts, kind: str, subject_id: UUID, at: datetime, payload: Mapping[str, Any] | None = None
) -> None:
    """Leaves an outbox event in the transaction of what happened; surrogate ids only, no personal data."""
    event = OutboxEvent(
        merchant_id=merchant.id, kind=kind, subject_id=subject_id, occurred_at=at, payload=dict(payload or {})
    )
    insert_rows(OutboxEvent, [event])


def mark_events_handled(*, merchant: MerchantFacts, event_ids: Sequence[UUID], at: datetime) -> None:
    OutboxEvent.objects.filter(merchant_id=merchant.id, id__in=list(event_ids)).update(handled_at=at)


def forget_handled_events(*, merchant: MerchantFacts, before: datetime) -> int:
    deleted, _ = OutboxEvent.objects.filter(merchant_id=merchant.id, handled_at__lt=before).delete()
    return deleted


# --- nights ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NightLease:
    """The right to work on one night until somebody else takes it over (then `fence` no longer matches)."""

    run_id: UUID
    fence: int
    steps: Mapping[str, Any]


class LeaseLost(DomainError):
    """Another worker took the night over; whatever this one did last is rolled back."""

    code = "lease_lost"


def take_night(*, merchant: MerchantFacts, business_date: date, now: datetime) -> NightLease | None:
    """Leases the night of a business day, new or abandoned; None when it is finished or somebody works on it."""
    NightRun.objects.bulk_create(
        [NightRun(merchant_id=merchant.id, business_date=business_date, started_at=now)], ignore_conflicts=True
    )
    mine = NightRun.objects.filter(merchant_id=merchant.id, business_date=business_date, finished_at__isnull=True)
    taken = mine.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now)).update(
        fence=F("fence") + 1, leased_until=now + NIGHT_LEASE
    )
    if not taken:
        return None
    row = mine.get()
    return NightLease(run_id=row.id, fence=row.fence, steps=row.steps)


def save_night_step(
    *, merchant: MerchantFacts, lease: NightLease, steps: Mapping[str, Any], now: datetime
) -> NightLease:
    """Writes the cursor in the transaction of the work it stands for. Raises LeaseLost."""
    hit = NightRun.objects.filter(
        merchant_id=merchant.id, id=lease.run_id, fence=lease.fence, finished_at__isnull=True
    ).update(steps=dict(steps), leased_until=now + NIGHT_LEASE)
    if not hit:
        raise LeaseLost
    return NightLease(run_id=lease.run_id, fence=lease.fence, steps=dict(steps))


def finish_night(*, merchant: MerchantFacts, lease: NightLease, now: datetime) -> None:
    """Raises LeaseLost when another worker took over."""
    hit = NightRun.objects.filter(
        merchant_id=merchant.id, id=lease.run_id, fence=lease.fence, finished_at__isnull=True
    ).update(finished_at=now, leased_until=None)
    if not hit:
        raise LeaseLost


def release_night(*, merchant: MerchantFacts, lease: NightLease) -> None:
    """Gives an unfinished night back at once (a step failed), so that the next tick takes it up again."""
    NightRun.objects.filter(merchant_id=merchant.id, id=lease.run_id, fence=lease.fence).update(leased_until=None)
