"""Promotions: created, versioned, paused, resumed and ended. What limits hold is in `limits`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from common.errors import BadInput, FieldError, Missing, Refusal
from common.ids import new_id
from common.quantities import currency_digits
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.engine import DefinitionError, validate_definition
from rewards.engine.facts import Definition
from rewards.promotions.models import Partner, Promotion, PromotionStatusChange, PromotionVersion
from rewards.promotions.operations.coupon_checks import promise_problems
from rewards.promotions.queries import promotion_state


def create_promotion(
    *,
    merchant: MerchantFacts,
    definition: Mapping[str, Any],
    starts_at: datetime,
    at: datetime,
    actor: Actor = SYSTEM,
    needs_coupon: bool = False,
    promotion_id: UUID | None = None,
) -> UUID:
    """Publish the first version of a promotion; its id becomes the definition's id. Raises BadInput."""
    promotion_id = promotion_id or new_id()
    parsed = _validate_definition(merchant, {**definition, "id": str(promotion_id)})
    Promotion.objects.create(
        merchant_id=merchant.id,
        id=promotion_id,
        title=parsed.title,
        kind=parsed.kind,
        needs_coupon=needs_coupon,
        created_at=at,
        **_limit_columns(parsed),
    )
    _add_version(merchant, promotion_id, 1, parsed, starts_at=starts_at, at=at, actor=actor)
    return promotion_id


def publish_version(
    *,
    merchant: MerchantFacts,
    promotion_id: UUID,
    definition: Mapping[str, Any],
    starts_at: datetime,
    at: datetime,
    actor: Actor,
    after: int | None = None,
) -> int:
    """Publish a wording from `starts_at` on; sales before keep theirs. Its limits go on from what is counted so far.

    `after` is the version it was written from, to find out whether there is a newer one by now.
    Raises Missing, PromotionEnded, VersionMoved, and BadInput, also for a start in the past and for a budget that would
    from now on be counted in another unit. Returns its number.
    """
    row = _lock_promotion(merchant, promotion_id)
    _refuse_the_past(starts_at, at)
    if promotion_state(merchant=merchant, promotion_id=promotion_id, at=starts_at) == "ended":
        raise PromotionEnded
    parsed = _validate_definition(merchant, {**definition, "id": str(promotion_id)})
    _refuse_another_unit(row, parsed)
    latest = PromotionVersion.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id).aggregate(
        number=Max("number")
    )
    if after is not None and latest["number"] != after:
        raise VersionMoved(number=latest["number"])
    row.title, row.kind = parsed.title, parsed.kind
    row.save(update_fields=["title", "kind"])
    number = (latest["number"] or 0) + 1
    _add_version(merchant, promotion_id, number, parsed, starts_at=starts_at, at=at, actor=actor)
    return number


def _refuse_another_unit(row: Promotion, parsed: Definition) -> None:
    counted = row.spent_amount + row.reserved_amount
    if counted and parsed.budget and row.budget_type not in (None, parsed.budget.type):
        message = _("Part of the budget is used up and cannot be counted in another unit. Make a new promotion.")
        raise BadInput([FieldError("/budget/type", "budget_unit_fixed", message)])


def _add_version(
    merchant: MerchantFacts,
    promotion_id: UUID,
    number: int,
    parsed: Definition,
    *,
    starts_at: datetime,
    at: datetime,
    actor: Actor,
) -> None:
    version = PromotionVersion.objects.create(
        merchant_id=merchant.id,
        promotion_id=promotion_id,
        number=number,
        definition=parsed.to_json(),
        starts_at=starts_at,
        created_at=at,
        created_by=actor.label,
    )
    record_audit(
        merchant=merchant,
        actor=actor,
        action="promotion.published",
        at=at,
        subject=("promotion", promotion_id),
        after={"version": number, "starts_at": starts_at, "digest": _digest_of(version)},
    )


def _digest_of(version: PromotionVersion) -> str:
    """Return the audit trail's mark of the wording as the database has it: a changed row no longer fits it."""
    mine = PromotionVersion.objects.filter(merchant_id=version.merchant_id, id=version.id)
    digest: str = mine.values_list(
        RawSQL("encode(sha256(convert_to(definition::text, 'UTF8')), 'hex')", ()), flat=True
    ).get()
    return digest


def _validate_definition(merchant: MerchantFacts, definition: Mapping[str, Any]) -> Definition:
    try:
        parsed = validate_definition(definition)
    except DefinitionError as invalid:
        raise BadInput([FieldError(p.pointer, p.code, p.message) for p in invalid.problems]) from invalid
    problems = promise_problems(parsed, merchant=merchant)
    if problems:
        raise BadInput(problems)
    funding = parsed.funding
    if funding and not Partner.objects.filter(merchant_id=merchant.id, id=UUID(funding.partner_id)).exists():
        words = "You have no partner of this id. Add them first, or choose another."
        raise BadInput([FieldError("/funding/partner_id", "unknown_partner", words)])
    return parsed


def _limit_columns(parsed: Definition) -> dict[str, Any]:
    return {
        "usage_limit": parsed.usage.limit,
        "budget_limit": parsed.budget.limit if parsed.budget else None,
        "budget_type": parsed.budget.type if parsed.budget else None,
    }


# --- turns -------------------------------------------------------------------------------------------------------


class PromotionEnded(Refusal):
    """The promotion has ended; a new one has to be made."""

    code = "promotion_ended"


class VersionMoved(Refusal):
    """Someone has published another version, `number`, meanwhile."""

    code = "version_moved"


def pause_promotion(
    *, merchant: MerchantFacts, promotion_id: UUID, starts_at: datetime, at: datetime, actor: Actor, reason: str = ""
) -> bool:
    """Pause from `starts_at` until it is resumed; sales that took place before keep their price.

    False when it would be paused then anyway. Raises Missing, PromotionEnded, and BadInput for a start in the past.
    """
    return _record_status_change(
        merchant, promotion_id, "paused", starts_at=starts_at, at=at, actor=actor, reason=reason
    )


def resume_promotion(
    *, merchant: MerchantFacts, promotion_id: UUID, starts_at: datetime, at: datetime, actor: Actor, reason: str = ""
) -> bool:
    """Resume from `starts_at`, with whatever version is in force then. Answers and raises as `pause_promotion`."""
    return _record_status_change(merchant, promotion_id, "live", starts_at=starts_at, at=at, actor=actor, reason=reason)


def end_promotion(
    *, merchant: MerchantFacts, promotion_id: UUID, starts_at: datetime, at: datetime, actor: Actor, reason: str = ""
) -> bool:
    """End for good from `starts_at`. Answers and raises as `pause_promotion`."""
    return _record_status_change(
        merchant, promotion_id, "ended", starts_at=starts_at, at=at, actor=actor, reason=reason
    )


def _record_status_change(
    merchant: MerchantFacts,
    promotion_id: UUID,
    state: str,
    *,
    starts_at: datetime,
    at: datetime,
    actor: Actor,
    reason: str,
) -> bool:
    row = _lock_promotion(merchant, promotion_id)
    _refuse_the_past(starts_at, at)
    turns = PromotionStatusChange.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id)
    if turns.filter(state="ended", starts_at__lte=starts_at).exists():
        raise PromotionEnded
    before = promotion_state(merchant=merchant, promotion_id=promotion_id, at=starts_at)
    if before == state:
        return False
    latest = turns.aggregate(number=Max("number"))["number"] or 0
    PromotionStatusChange.objects.create(
        merchant_id=merchant.id,
        promotion_id=promotion_id,
        number=latest + 1,
        state=state,
        starts_at=starts_at,
        created_at=at,
        created_by=actor.label,
        reason=reason,
    )
    if starts_at <= at:
        row.state = state
        row.save(update_fields=["state"])
    record_audit(
        merchant=merchant,
        actor=actor,
        action=f"promotion.{_TURN_ACTIONS[state]}",
        at=at,
        subject=("promotion", promotion_id),
        before={"state": before},
        after={"state": state, "starts_at": starts_at},
        reason=reason,
    )
    return True


_TURN_ACTIONS: Final = {"paused": "paused", "live": "resumed", "ended": "ended"}


def _lock_promotion(merchant: MerchantFacts, promotion_id: UUID) -> Promotion:
    mine = Promotion.objects.select_for_update(no_key=True)
    row = mine.filter(merchant_id=merchant.id, id=promotion_id).first()
    if row is None:
        raise Missing("promotion_not_found")
    return row


def _refuse_the_past(starts_at: datetime, at: datetime) -> None:
    """Refuse a start in the past: sales of the past are priced, and their receipts say otherwise."""
    if starts_at < at:
        message = _("The start is in the past. Choose now or a later time.")
        raise BadInput([FieldError("/starts_at", "starts_in_past", message)])


# --- the program a merchant starts with ------------------------------------------------------------------------


def open_starter_program(
    *, merchant: MerchantFacts, titles: Mapping[str, str], starts_at: datetime, at: datetime
) -> None:
    """Open one point per Rp 10.000 in whole steps, and 100 points worth Rp 10.000, scaled to the currency."""
    if Promotion.objects.filter(merchant_id=merchant.id).aggregate(n=Count("id"))["n"]:
        return
    unit = 10 ** currency_digits(merchant.currency)
    spend = 10_000 if merchant.currency == "IDR" else unit
    value = 100 if merchant.currency == "IDR" else max(1, unit // 100)
    create_promotion(
        merchant=merchant,
        definition={
            "title": titles["earn"],
            "kind": "earn",
            "per_amount": {"spend": spend, "points": 1},
            "base": "after_discounts",
            "whole_steps": True,
            "priority": 500,
        },
        starts_at=starts_at,
        at=at,
    )
    create_promotion(
        merchant=merchant,
        definition={
            "title": titles["redeem"],
            "kind": "redeem_points",
            "value_per_point": value,
            "step": 1,
            "minimum_points": 1,
            "priority": 400,
        },
        starts_at=starts_at,
        at=at,
    )
