"""What partners owe for rewards they fund: written beside each redemption, and taken back when it is reversed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Sum

from merchants.facts import MerchantFacts
from rewards.catalogue.facts import RewardDraft
from rewards.catalogue.models import Redemption
from rewards.promotions.models import PartnerFunding
from rewards.promotions.operations import returned_share
from rewards.promotions.rules import partner_share


def give_reward_share(
    *, merchant: MerchantFacts, row: Redemption, reward: RewardDraft, at: datetime, business_date: date
) -> None:
    """Write the partner's share of what the redeemed pieces cost, by the reward's funding as it is."""
    funding = reward.funding
    if funding is None:
        return
    base = (row.unit_cost_amount or 0) * row.quantity
    PartnerFunding.objects.create(
        merchant_id=merchant.id,
        partner_id=funding.partner_id,
        reward_id=row.reward_id,
        source_id=row.id,
        cause_id=row.id,
        kind="given",
        basis_points=funding.basis_points,
        unit_amount=funding.unit_amount,
        base_amount=base,
        share_amount=partner_share(base, funding, pieces=row.quantity),
        business_date=business_date,
        at=at,
    )


def return_reward_share(*, merchant: MerchantFacts, redemption_id: UUID, at: datetime, business_date: date) -> None:
    """Return the share: a reversed redemption costs the partner nothing."""
    rows = PartnerFunding.objects.filter(merchant_id=merchant.id, source_id=redemption_id, reward_id__isnull=False)
    for row in rows.filter(kind="given"):
        sums = rows.filter(kind="returned").aggregate(base=Sum("base_amount"), share=Sum("share_amount"))
        returned_share(
            row,
            redemption_id,
            base=-row.base_amount - (sums["base"] or 0),
            share=-row.share_amount - (sums["share"] or 0),
            at=at,
            business_date=business_date,
        ).save(force_insert=True)
