"""The tenant itself: opening it, and changing the settings of its program."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.text import slugify
from django.utils.translation import gettext

from common.errors import BadInput, FieldError, NotPermitted, Refusal
from merchants.facts import NIGHT_WORK, Actor, MerchantFacts, MovementLimits, PromotionSettings, Role
from merchants.models import Merchant
from merchants.operations.audit import record_audit
from merchants.operations.due_work import enqueue_work
from merchants.queries import facts_of
from merchants.rules import (
    ENGINE_SETTINGS,
    MOST_ALONE_AMOUNT,
    MOST_ALONE_MEMBERS,
    MOST_MOVED,
    alone_limits_seen,
    limits_seen,
    promotion_settings_with,
    settings_seen,
    usual_till_debt,
)


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
    """Open a tenant with its own public slug and first night; the caller made its id and opened its scope."""
    row = Merchant.objects.create(
        id=merchant_id,
        name=name,
        slug=_free_slug(name),
        currency=currency,
        timezone=timezone,
        language=language,
        created_at=at,
        **{"till_debt_limit_amount": usual_till_debt(currency), **(settings or {})},
    )
    merchant = facts_of(row)
    _enqueue_night(merchant, at)
    return merchant


def _enqueue_night(merchant: MerchantFacts, at: datetime) -> None:
    enqueue_work(merchant=merchant, kind=NIGHT_WORK, due_at=merchant.bounds_of(merchant.day_of(at))[1])


class SettingsMoved(Refusal):
    """The settings were changed after this form was opened; `merchant` holds them as they are now."""

    code = "settings_moved"


def change_merchant_settings(
    *, merchant: MerchantFacts, changes: Mapping[str, Any], at: datetime, actor: Actor, seen: str | None = None
) -> MerchantFacts:
    """Change named settings of the program; before and after go to the audit trail.

    If the day begins at another hour the next night moves; one that comes too early finds nothing to do.
    `seen` (rules.settings_seen) is what the person saw. Raises SettingsMoved when the settings have changed since.
    """
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    if seen is not None and seen != settings_seen(facts_of(row)):
        raise SettingsMoved(merchant=facts_of(row))
    before = {name: getattr(facts_of(row), name) for name in changes}
    of_engine = {name: value for name, value in changes.items() if name in ENGINE_SETTINGS}
    written = {name: value for name, value in changes.items() if name not in ENGINE_SETTINGS}
    if of_engine:
        stored = PromotionSettings.from_json(row.promotion_settings)
        written["promotion_settings"] = promotion_settings_with(stored, of_engine).to_json()
    for name, value in written.items():
        setattr(row, name, value)
    row.save(update_fields=list(written))
    if "day_starts_at" in changes:
        _enqueue_night(facts_of(row), at)
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


class LimitsMoved(Refusal):
    """The limits were changed after this form was opened; `limits` are those in force now."""

    code = "limits_moved"


def change_movement_limits(
    *, merchant: MerchantFacts, limits: MovementLimits, seen: str, at: datetime, actor: Actor
) -> MerchantFacts:
    """Change what each role may move by hand alone; before and after go to the audit trail.

    Only an owner sets limits, which are limits for managers too. `seen` (rules.limits_seen) is what the person saw.
    Raises NotPermitted, LimitsMoved when the limits have changed since, and BadInput where one is less than 1 or a
    day's is below the one in one go.
    """
    if actor.role is not Role.OWNER:
        raise NotPermitted
    _check_movement_limits(limits)
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    before = MovementLimits.from_json(row.movement_limits)
    if limits_seen(before) != seen:
        raise LimitsMoved(limits=before)
    row.movement_limits = limits.to_json()
    row.save(update_fields=["movement_limits"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action="merchant.movement_limits_changed",
        at=at,
        subject=("merchant", merchant.id),
        before=before.by_field(),
        after=limits.by_field(),
    )
    return facts_of(row)


def _check_movement_limits(limits: MovementLimits) -> None:
    for role, limit in limits.of_roles().items():
        if not 1 <= limit.at_once <= limit.per_day <= MOST_MOVED:
            message = gettext("Give whole numbers from 1, and a day's limit that is not below the one in one go.")
            raise BadInput([FieldError(f"/{role.value}", "invalid", message)])


def change_alone_limits(
    *,
    merchant: MerchantFacts,
    coupons_amount: int | None,
    export_members: int | None,
    seen: str,
    at: datetime,
    actor: Actor,
) -> MerchantFacts:
    """Change above what cost coupons, and above how many members a file, need a second person; None: never.

    Only an owner sets them. `seen` (rules.alone_limits_seen) is what the person saw. Raises NotPermitted, LimitsMoved
    when they have changed since, and BadInput for numbers that are no limit.
    """
    if actor.role is not Role.OWNER:
        raise NotPermitted
    chosen = {"coupons_alone_amount": coupons_amount, "export_alone_members": export_members}
    highest = {"coupons_alone_amount": MOST_ALONE_AMOUNT, "export_alone_members": MOST_ALONE_MEMBERS}
    for name, value in chosen.items():
        if value is not None and not 0 <= value <= highest[name]:
            message = gettext("Give a whole number from 0, or leave it empty.")
            raise BadInput([FieldError(f"/{name}", "invalid", message)])
    row = Merchant.objects.select_for_update().get(id=merchant.id)
    current = facts_of(row)
    if alone_limits_seen(current) != seen:
        raise LimitsMoved
    before = {
        "coupons_alone_amount": current.coupons_alone_amount,
        "export_alone_members": current.export_alone_members,
    }
    for name, value in chosen.items():
        setattr(row, name, value)
    row.save(update_fields=list(chosen))
    record_audit(
        merchant=merchant,
        actor=actor,
        action="merchant.alone_limits_changed",
        at=at,
        subject=("merchant", merchant.id),
        before=before,
        after=chosen,
    )
    return facts_of(row)


def lock_merchant(*, merchant: MerchantFacts) -> MerchantFacts:
    """Return the settings as they are now; they do not change until this transaction ends."""
    row = Merchant.objects.raw("SELECT * FROM merchants_merchant WHERE id = %s FOR SHARE", [merchant.id])[0]
    return facts_of(row)


def _free_slug(name: str) -> str:
    base = slugify(name)[:48] or "toko"
    slug = base
    while Merchant.objects.filter(slug=slug).exists():
        slug = f"{base}-{secrets.token_hex(3)}"
    return slug
