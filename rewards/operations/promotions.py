"""Promotions: created, versioned, and their limits taken from and given back to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max

from common.errors import BadInput, DomainError, FieldError, Missing
from common.ids import new_id
from common.quantities import currency_digits
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import record_audit
from rewards.engine import DefinitionError, validate_definition
from rewards.facts import Definition
from rewards.facts import PromotionUse as UseFacts
from rewards.models import Promotion, PromotionUse, PromotionVersion
from rewards.operations.promises import gift_problems


class LimitMoved(DomainError):
    """Another sale took the last of a limit between evaluation and writing: evaluate again, once."""

    code = "limit_moved"


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
    """Publishes the first version of a promotion; its id becomes the definition's id. Raises BadInput."""
    promotion_id = promotion_id or new_id()
    parsed = _validated(merchant, {**definition, "id": str(promotion_id)})
    Promotion.objects.create(
        merchant_id=merchant.id,
        id=promotion_id,
        title=parsed.title,
        kind=parsed.kind,
        needs_coupon=needs_coupon,
        created_at=at,
        **_limits(parsed),
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
) -> int:
    """A new wording from `starts_at` on; sales before keep theirs. Raises Missing and BadInput. Returns its number."""
    row = Promotion.objects.select_for_update().filter(merchant_id=merchant.id, id=promotion_id).first()
    if row is None:
        raise Missing("promotion_not_found")
    parsed = _validated(merchant, {**definition, "id": str(promotion_id)})
    latest = PromotionVersion.objects.filter(merchant_id=merchant.id, promotion_id=promotion_id).aggregate(
        number=Max("number")
    )
    row.title, row.kind = parsed.title, parsed.kind
    for name, value in _limits(parsed).items():
        setattr(row, name, value)
    row.save(update_fields=["title", "kind", "usage_limit", "budget_limit", "budget_type"])
    number = (latest["number"] or 0) + 1
    _add_version(merchant, promotion_id, number, parsed, starts_at=starts_at, at=at, actor=actor)
    return number


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
    PromotionVersion.objects.create(
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
        after={"version": number, "starts_at": starts_at},
    )


def _validated(merchant: MerchantFacts, definition: Mapping[str, Any]) -> Definition:
    try:
        parsed = validate_definition(definition)
    except DefinitionError as invalid:
        raise BadInput([FieldError(p.pointer, p.code, p.message) for p in invalid.problems]) from invalid
    problems = gift_problems(parsed, merchant=merchant)
    if problems:
        raise BadInput(problems)
    return parsed


def _limits(parsed: Definition) -> dict[str, Any]:
    return {
        "usage_limit": parsed.usage.limit,
        "budget_limit": parsed.budget.limit if parsed.budget else None,
        "budget_type": parsed.budget.type if parsed.budget else None,
    }


# --- limits ------------------------------------------------------------------------------------------------------

_TAKE: Final = """
UPDATE rewards_promotion SET used_count = used_count + 1, spent_amount = spent_amount + %s
WHERE merchant_id = %s AND id = %s
  AND (usage_limit IS NULL OR used_count < usage_limit)
  AND (budget_limit IS NULL OR spent_amount + %s <= budget_limit)
"""


def consume_promotions(
    *,
    merchant: MerchantFacts,
    uses: Iterable[UseFacts],
    definitions: Sequence[Definition],
    member_id: UUID | None,
    sale_id: UUID,
    at: datetime,
) -> None:
    """Takes from the counters of limited promotions, in id order; raises LimitMoved when one is used up meanwhile.

    Promotions without any limit are not touched: their rows would only make the tills of a merchant queue.
    """
    limited = limited_promotions(definitions)
    for use in sorted(uses, key=lambda use: use.promotion_id):
        definition = limited.get(use.promotion_id)
        if definition is None:
            continue
        if definition.usage.limit is not None or definition.budget:
            spend = _spend(definition, use)
            with connection.cursor() as cursor:
                cursor.execute(_TAKE, [spend, merchant.id, UUID(use.promotion_id), spend])
                if cursor.rowcount != 1:
                    raise LimitMoved(promotion_id=use.promotion_id)
        if definition.usage.per_member_limit and member_id is not None:
            _take_slot(merchant, definition, member_id=member_id, sale_id=sale_id, at=at)


def limited_promotions(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """Those with a limit of uses, a budget or a limit per member, by id."""
    return {d.id: d for d in definitions if d.usage.limit is not None or d.budget or d.usage.per_member_limit}


def _spend(definition: Definition, use: UseFacts) -> int:
    if definition.budget is None:
        return 0
    return 1 if definition.budget.type == "uses" else use.spend


def _take_slot(
    merchant: MerchantFacts, definition: Definition, *, member_id: UUID, sale_id: UUID, at: datetime
) -> None:
    """The member's row is locked by the sale, so counting and inserting cannot be overtaken; the key proves it."""
    mine = PromotionUse.objects.filter(merchant_id=merchant.id, promotion_id=UUID(definition.id), member_id=member_id)
    taken = set(mine.values_list("slot", flat=True))
    limit = definition.usage.per_member_limit or 0
    free = next((slot for slot in range(1, limit + 1) if slot not in taken), None)
    if free is None:
        raise LimitMoved(promotion_id=definition.id)
    PromotionUse.objects.create(
        merchant_id=merchant.id,
        promotion_id=UUID(definition.id),
        member_id=member_id,
        slot=free,
        sale_id=sale_id,
        used_at=at,
    )


_GIVE_BACK: Final = """
UPDATE rewards_promotion SET used_count = greatest(used_count - 1, 0), spent_amount = greatest(spent_amount - %s, 0)
WHERE merchant_id = %s AND id = %s AND (usage_limit IS NOT NULL OR budget_limit IS NOT NULL)
"""


def return_promotion_uses(*, merchant: MerchantFacts, sale_id: UUID, uses: Iterable[UseFacts]) -> None:
    """A voided sale was no use: its promotions may be used again, by the member and by everybody."""
    PromotionUse.objects.filter(merchant_id=merchant.id, sale_id=sale_id).delete()
    types = dict(
        Promotion.objects.filter(merchant_id=merchant.id, id__in=[UUID(u.promotion_id) for u in uses])
        .exclude(usage_limit__isnull=True, budget_limit__isnull=True)
        .values_list("id", "budget_type")
    )
    for use in sorted(uses, key=lambda use: use.promotion_id):
        promotion_id = UUID(use.promotion_id)
        if promotion_id not in types:
            continue
        spend = 1 if types[promotion_id] == "uses" else use.spend
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_BACK, [spend, merchant.id, promotion_id])


# --- the programme a merchant starts with ------------------------------------------------------------------------


def open_starter_programme(
    *, merchant: MerchantFacts, titles: Mapping[str, str], starts_at: datetime, at: datetime
) -> None:
    """One point per Rp 10.000 in whole steps, and 100 points worth Rp 10.000 as payment, scaled to the currency."""
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
