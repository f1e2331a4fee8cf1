"""What a sale changes about its member: running figures, tier, and the friend who brought them."""

from __future__ import annotations

from members.operations import apply_purchase
from members.rules import PurchaseDelta, standing_after
from rewards.referrals.operations import qualify_referral
from sales.operations.sale_in_progress import SaleInProgress


def apply_member_purchase(sale: SaleInProgress) -> None:
    """Write the purchase into the member's running figures; a tier that goes up at once is left as `tier_change`."""
    member, context = sale.context.member, sale.context
    if member is None:
        return
    amount, sale_time = sale.outcome.total_amount, context.sale_time
    spend = amount + sale.outcome.spend_change_amount
    purchases = 1 if amount > 0 else 0
    sale.tier_change = apply_purchase(
        merchant=context.merchant,
        member=member,
        at=sale.received_at,
        business_date=context.ledger_day,
        spend_delta=spend,
        points_delta=sale.points_earned,
        count_delta=purchases,
        purchased_at=sale_time.at,
        purchased_on=sale_time.business_date,
    )
    delta = PurchaseDelta(
        purchased_at=sale_time.at,
        purchased_on=sale_time.business_date,
        spend_amount=spend,
        purchases=purchases,
        points=sale.points_earned,
        dates=None,
    )
    sale.member, _ = standing_after(member, delta, business_date=context.ledger_day)


def qualify_sale_referral(sale: SaleInProgress) -> None:
    """Qualify the referral that this is the first paid sale for; no statement for members who were not referred."""
    member = sale.context.member
    if member is None or not member.referred or sale.payable_amount <= 0:
        return
    sale.referral_id = qualify_referral(
        merchant=sale.merchant,
        friend_id=member.id,
        sale_id=sale.id,
        amount=sale.outcome.total_amount,
        business_date=sale.context.sale_time.business_date,
        at=sale.received_at,
    )
