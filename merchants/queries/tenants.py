"""Reads of tenancy. Those without `merchant` run before it is known, on global tables or by a policy of their own."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from common.copies import rows_of
from common.errors import Missing
from common.quantities import currency_digits
from common.rows import columns_of, row_of
from merchants.facts import (
    InvitationFacts,
    MerchantFacts,
    MovementLimits,
    OutboxEventFacts,
    OutletFacts,
    PlaceOfWork,
    PromotionSettings,
    Role,
    SavedViewFacts,
    TillCredential,
    TillFacts,
    TillPlace,
)
from merchants.models import (
    Membership,
    Merchant,
    NightRun,
    OutboxEvent,
    Outlet,
    SavedView,
    Till,
    TillKey,
    User,
)
from merchants.rules import login_address
from merchants.tenancy import people_setting, require_no_scope


def facts_of(row: Merchant) -> MerchantFacts:
    return MerchantFacts(
        id=row.id,
        name=row.name,
        slug=row.slug,
        currency=row.currency,
        currency_digits=currency_digits(row.currency),
        timezone=row.timezone,
        day_starts_at=row.day_starts_at,
        language=row.language,
        points_name=row.points_name,
        points_valid_months=row.points_valid_months,
        points_expiry=row.points_expiry,
        points_rounding=row.points_rounding,
        points_end_month=row.points_end_month,
        points_kept_years=row.points_kept_years,
        pending_days=row.pending_days,
        join_bonus_points=row.join_bonus_points,
        max_debt_points=row.max_debt_points,
        till_debt_limit_amount=row.till_debt_limit_amount,
        refund_policy=row.refund_policy,
        return_grace_days=row.return_grace_days,
        claim_days=row.claim_days,
        stored_value_valid_months=row.stored_value_valid_months,
        promotion_settings=PromotionSettings.from_json(row.promotion_settings),
        movement_limits=MovementLimits.from_json(row.movement_limits),
        coupons_alone_amount=row.coupons_alone_amount,
        export_alone_members=row.export_alone_members,
        verify_above_points=row.verify_above_points,
        sandbox_of=row.sandbox_of_id,
    )


def merchant_by_id(merchant_id: UUID) -> MerchantFacts:
    """Return the merchant. Raises Missing('merchant_not_found')."""
    row = Merchant.objects.filter(id=merchant_id).first()
    if row is None:
        raise Missing("merchant_not_found")
    return facts_of(row)


def merchant_by_slug(slug: str) -> MerchantFacts:
    """Return the merchant of a slug. Raises Missing('merchant_not_found'), also for a sandbox that is out of use."""
    row = Merchant.objects.filter(slug=slug, is_in_use=True).first()
    if row is None:
        raise Missing("merchant_not_found")
    return facts_of(row)


def sandbox_of(merchant: MerchantFacts) -> MerchantFacts | None:
    """Return the shop's sandbox that is in use; None where test mode was not set up."""
    row = Merchant.objects.filter(sandbox_of_id=merchant.id, is_in_use=True).first()
    return facts_of(row) if row else None


def sample_merchant() -> MerchantFacts | None:
    """Return the demo shop; None where it was not loaded."""
    row = Merchant.objects.filter(is_sample=True).order_by("id").first()
    return facts_of(row) if row else None


def all_merchants() -> list[MerchantFacts]:
    """Return every merchant, oldest first; work across merchants lists them and enters one at a time."""
    return [facts_of(row) for row in Merchant.objects.order_by("id")]


_OPEN_KEY: Final = f"""
    SET LOCAL app.till_key = %(prefix)s;
    SELECT k.secret_hash, k.till_id, k.scopes, {columns_of(Merchant, "m")}
    FROM merchants_tillkey k JOIN merchants_merchant m ON m.id = k.merchant_id
    WHERE k.prefix = %(prefix)s AND k.revoked_at IS NULL"""  # noqa: S608 - our own column names


def till_for_key(key: str) -> TillCredential | None:
    """Return the till of a bearer key; None for an unknown, malformed or revoked key. No scope needed.

    Only the row of the offered key is seen, until the transaction ends: one round trip in a transaction of its own.
    """
    require_no_scope()
    prefix, _, secret = key.partition(".")
    if not prefix or not secret:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_KEY, {"prefix": prefix})
        row = cursor.fetchone()
    offered = hashlib.sha256(secret.encode()).digest()
    if row is None or not hmac.compare_digest(offered, bytes(row[0])):
        return None
    _, till_id, scopes, *merchant = row
    return TillCredential(
        merchant=facts_of(row_of(Merchant, merchant)),
        till_id=till_id,
        scopes=frozenset(json.loads(scopes)),
        key_prefix=prefix,
    )


_TILL: Final = """
    SELECT t.id, t.name, o.id, o.name, o.timezone
    FROM merchants_till t JOIN merchants_outlet o ON o.merchant_id = t.merchant_id AND o.id = t.outlet_id
    WHERE t.merchant_id = %s AND o.merchant_id = %s AND t.id = %s"""


def till_of(credential: TillCredential) -> TillFacts:
    """Return the credential's till with its outlet. Needs the merchant's scope."""
    return _read_till(credential.merchant, credential.till_id, credential.scopes)


def till_by_id(*, merchant: MerchantFacts, till_id: UUID) -> TillFacts:
    """Return the till with its outlet and no rights, closed ones too: for what is done with its sales afterwards."""
    return _read_till(merchant, till_id, frozenset())


def _read_till(merchant: MerchantFacts, till_id: UUID, scopes: frozenset[str]) -> TillFacts:
    with connection.cursor() as cursor:
        cursor.execute(_TILL, [merchant.id, merchant.id, till_id])
        _, name, *outlet = cursor.fetchone()
    return TillFacts(id=till_id, name=name, outlet=OutletFacts(*outlet), merchant=merchant, scopes=scopes)


def outlets(*, merchant: MerchantFacts) -> list[OutletFacts]:
    """Return the open outlets by name: what can be chosen."""
    return [one for one in all_outlets(merchant=merchant) if one.closed_at is None]


def all_outlets(*, merchant: MerchantFacts) -> list[OutletFacts]:
    """Return open and closed outlets by name: what sales, members and offers of any time may name."""
    rows = Outlet.objects.filter(merchant_id=merchant.id).order_by("name", "id")
    return [OutletFacts(id=o.id, name=o.name, timezone=o.timezone, closed_at=o.closed_at) for o in rows]


def outlet_by_id(*, merchant: MerchantFacts, outlet_id: UUID) -> OutletFacts:
    """Return the outlet, closed ones too: old sales keep their place and clock."""
    row = Outlet.objects.get(merchant_id=merchant.id, id=outlet_id)
    return OutletFacts(id=row.id, name=row.name, timezone=row.timezone, closed_at=row.closed_at)


_WORK: Final = f"""
    SET LOCAL app.people = %(people)s;
    SELECT s.id, s.role, s.is_active, s.invited_at, s.invited_by, s.invited_email, u.email, EXISTS (
               SELECT FROM {EmailAddress._meta.db_table} e WHERE e.user_id = u.id AND e.email = u.email AND e.verified),
           {columns_of(Merchant, "m")}
    FROM merchants_membership s
    JOIN merchants_user u ON u.id = s.user_id
    JOIN merchants_merchant m ON m.id = s.merchant_id
    WHERE s.user_id = %(user)s AND u.is_active
    ORDER BY m.name, s.merchant_id"""  # noqa: S608 - our own names


def work_of(user_id: UUID) -> PlaceOfWork:
    """Return where this person works and what they are invited to, by the merchants' names. Outside any scope.

    Only this person's memberships are seen, until the transaction ends: mostly one round trip, in one of its own.
    """
    require_no_scope()
    with connection.cursor() as cursor:
        cursor.execute(_WORK, {"people": people_setting(user_id), "user": user_id})
        rows = cursor.fetchall()
    if not rows:
        return PlaceOfWork(is_confirmed=EmailAddress.objects.filter(user_id=user_id, verified=True).exists())
    memberships, invitations = [], []
    for row_id, role, is_active, invited_at, invited_by, invited_email, email, is_proved, *columns in rows:
        if not is_proved:
            return PlaceOfWork(ever=len(rows))
        merchant = facts_of(row_of(Merchant, columns))
        if is_active:
            memberships.append((merchant, Role(role)))
        elif invited_at is not None and invited_email == email:
            invitations.append(InvitationFacts(row_id, merchant, Role(role), invited_by, invited_email, invited_at))
    return PlaceOfWork(
        memberships=tuple(memberships), invitations=tuple(invitations), ever=len(rows), is_confirmed=True
    )


def role_of(*, merchant: MerchantFacts, user_id: UUID) -> Role | None:
    """Return the role of this person here now; None without access, or before their address was proved."""
    proof = EmailAddress.objects.filter(user_id=OuterRef("user_id"), email=OuterRef("user__email"), verified=True)
    row = Membership.objects.filter(
        Exists(proof), merchant_id=merchant.id, user_id=user_id, is_active=True, user__is_active=True
    ).first()
    return Role(row.role) if row else None


def is_confirmed(*, user_id: UUID, email: str) -> bool:
    """Return whether this account proved that its owner reads the address."""
    return bool(EmailAddress.objects.filter(user_id=user_id, email=login_address(email), verified=True).exists())


def confirmed_user_of(email: str) -> UUID | None:
    """Return the account that proved this address; None without one."""
    found = EmailAddress.objects.filter(email=login_address(email), verified=True).first()
    return found.user_id if found else None


def till_list(*, merchant: MerchantFacts) -> list[tuple[Till, list[TillKey]]]:
    """Return tills with their keys, newest key first; two statements for any number of tills."""
    rows = list(
        Till.objects.select_related("outlet").filter(merchant_id=merchant.id).order_by("outlet__name", "name", "id")
    )
    keys: dict[UUID, list[TillKey]] = {row.id: [] for row in rows}
    for key in TillKey.objects.filter(merchant_id=merchant.id).order_by("-created_at", "id"):
        keys.setdefault(key.till_id, []).append(key)
    return [(row, keys[row.id]) for row in rows]


def outlet_rows(*, merchant: MerchantFacts) -> list[Any]:
    """Return the rows of outlets and tills, for the shop's sandbox."""
    return [*rows_of(Outlet, merchant.id), *rows_of(Till, merchant.id)]


def till_places(*, merchant: MerchantFacts) -> dict[UUID, TillPlace]:
    """Return the outlet of each till, import tills included; one statement."""
    rows = Till.objects.select_related("outlet").filter(merchant_id=merchant.id).order_by("id")
    return {row.id: _place_of(row) for row in rows}


def open_till_places(*, merchant: MerchantFacts) -> list[TillPlace]:
    """Return the tills that are open at open outlets, by outlet and name, without those of imported files."""
    rows = (
        Till.objects.select_related("outlet")
        .filter(merchant_id=merchant.id, kind="pos", closed_at__isnull=True, outlet__closed_at__isnull=True)
        .order_by("outlet__name", "name", "id")
    )
    return [_place_of(row) for row in rows]


def _place_of(row: Till) -> TillPlace:
    return TillPlace(row.id, row.name, row.kind, row.outlet_id, row.outlet.name, row.outlet.timezone)


def waiting_events(*, merchant: MerchantFacts, event_ids: Collection[UUID]) -> list[OutboxEventFacts]:
    """Return those of these events that are not handled, oldest first, locked for this transaction.

    Events that another worker holds are left out.
    """
    rows = (
        OutboxEvent.objects.select_for_update(skip_locked=True)
        .filter(merchant_id=merchant.id, id__in=event_ids, handled_at__isnull=True)
        .order_by("id")
    )
    return [OutboxEventFacts(r.id, r.merchant_id, r.kind, r.subject_id, r.occurred_at) for r in rows]


def signed_up_at(*, merchant: MerchantFacts) -> datetime:
    """Return when the merchant joined; no night before that day is due."""
    return Merchant.objects.values_list("created_at", flat=True).get(id=merchant.id)


def finished_night(*, merchant: MerchantFacts, business_date: date) -> bool:
    return NightRun.objects.filter(
        merchant_id=merchant.id, business_date=business_date, finished_at__isnull=False
    ).exists()


def latest_finished_night(*, merchant: MerchantFacts) -> date | None:
    return (
        NightRun.objects.filter(merchant_id=merchant.id, finished_at__isnull=False)
        .order_by("-business_date")
        .values_list("business_date", flat=True)
        .first()
    )


def saved_views(*, merchant: MerchantFacts, page: str, user_id: UUID | None) -> list[SavedViewFacts]:
    """Return the views of a page that this person sees, oldest first: the team's and their own."""
    rows = SavedView.objects.filter(
        Q(user_id=user_id) | Q(user_id__isnull=True), merchant_id=merchant.id, page=page
    ).order_by("created_at", "id")
    return [SavedViewFacts(row.id, row.name, row.query, row.user_id is None, row.created_by) for row in rows]


def has_account(email: str) -> bool:
    """Return whether an account with this address exists, signed in or only invited."""
    return User.objects.filter(email=login_address(email)).exists()


def user_by_email(email: str) -> User:
    """Return the user who logs in with this address. Raises Missing('user_not_found')."""
    row = User.objects.filter(email=login_address(email)).first()
    if row is None:
        raise Missing("user_not_found")
    return row


def user_by_id(user_id: UUID) -> User:
    """Return the user. Raises Missing('user_not_found')."""
    row = User.objects.filter(id=user_id).first()
    if row is None:
        raise Missing("user_not_found")
    return row
