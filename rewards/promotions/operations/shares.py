"""What partners owe: written beside each discount and reward they fund, and taken back with returns, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts
from rewards.engine.facts import Definition, Outcome
from rewards.engine.returns import cost_left, cost_of
from rewards.promotions.models import PartnerFunding
from rewards.promotions.rules import share_left, share_of


@dataclass(frozen=True, slots=True)
class _InForce:
    """Who funds a promotion by the version in force at some instant."""

    partner_id: UUID
    basis_points: int
    number: int


_IN_FORCE: Final = """
SELECT promotion_id, (funding ->> 'partner_id')::uuid, round((funding ->> 'percent')::numeric * 100)::int, number
FROM (SELECT DISTINCT ON (promotion_id) promotion_id, number, definition -> 'funding' AS funding
      FROM rewards_promotionversion
      WHERE merchant_id = %s AND promotion_id = ANY(%s::uuid[]) AND starts_at <= %s
      ORDER BY promotion_id, starts_at DESC, number DESC) v
WHERE funding IS NOT NULL AND funding <> 'null'::jsonb
"""


def record_promotion_funding(
    *,
    merchant: MerchantFacts,
    sale_id: UUID,
    outcome: Outcome,
    definitions: Sequence[Definition] | None,
    priced_at: datetime,
    at: datetime,
    business_date: date,
) -> None:
    """Write each partner's share of the sale's discounts and gifts, by the versions in force when it was priced.

    `definitions` spare the look-up where none of them is funded; None for a sale priced earlier, by its quote.
    """
    costs = cost_of(outcome)
    if not costs or (definitions is not None and not any(d.funding and d.id in costs for d in definitions)):
        return
    funded = _funding_in_force(merchant, [UUID(promotion_id) for promotion_id in costs], at=priced_at)
    PartnerFunding.objects.bulk_create(
        [
            PartnerFunding(
                merchant_id=merchant.id,
                partner_id=by.partner_id,
                promotion_id=promotion_id,
                version_number=by.number,
                source_id=sale_id,
                cause_id=sale_id,
                kind="given",
                basis_points=by.basis_points,
                base_amount=costs[str(promotion_id)],
                share_amount=share_of(costs[str(promotion_id)], by.basis_points),
                business_date=business_date,
                at=at,
            )
            for promotion_id, by in sorted(funded.items())
        ]
    )


def return_promotion_funding(
    *,
    merchant: MerchantFacts,
    sale_id: UUID,
    refund_id: UUID,
    outcome: Outcome,
    returns: Sequence[Mapping[str, int]],
    at: datetime,
    business_date: date,
) -> None:
    """Take the shares of returned goods off what partners owe; `returns` units by line id, this one last.

    The sale's row is locked by the caller. What all returns together take off is exactly what was given.
    """
    if not cost_of(outcome):
        return
    rows = list(
        PartnerFunding.objects.filter(merchant_id=merchant.id, source_id=sale_id, promotion_id__isnull=False).order_by(
            "id"
        )
    )
    given = [row for row in rows if row.kind == "given"]
    left = cost_left(outcome, returns) if given else {}
    returned = []
    for row in given:
        so_far = [r for r in rows if r.kind == "returned" and r.promotion_id == row.promotion_id]
        base_left = left[str(row.promotion_id)]
        base = base_left - row.base_amount - sum(r.base_amount for r in so_far)
        share_after = share_left(row.share_amount, row.base_amount, base_left)
        share = share_after - row.share_amount - sum(r.share_amount for r in so_far)
        if base or share:
            returned.append(returned_share(row, refund_id, base=base, share=share, at=at, business_date=business_date))
    PartnerFunding.objects.bulk_create(returned)


def _funding_in_force(merchant: MerchantFacts, promotion_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, _InForce]:
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [merchant.id, list(promotion_ids), at])
        return {row[0]: _InForce(row[1], row[2], row[3]) for row in cursor.fetchall()}


def returned_share(
    given: PartnerFunding, cause_id: UUID, *, base: int, share: int, at: datetime, business_date: date
) -> PartnerFunding:
    """Make the row, not yet saved, that takes so much off what `given` made the partner owe."""
    return PartnerFunding(
        merchant_id=given.merchant_id,
        partner_id=given.partner_id,
        promotion_id=given.promotion_id,
        version_number=given.version_number,
        reward_id=given.reward_id,
        source_id=given.source_id,
        cause_id=cause_id,
        kind="returned",
        basis_points=given.basis_points,
        unit_amount=given.unit_amount,
        base_amount=base,
        share_amount=share,
        business_date=business_date,
        at=at,
    )
