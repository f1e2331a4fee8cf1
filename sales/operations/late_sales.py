"""Sales that came so late that a person decides whether they earn: approved they post as a claim does, or refused.

The row of the sale is locked first. Of two who decide at once the second finds it decided.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from common.errors import Missing, Refusal
from members.operations import apply_purchase
from merchants.facts import Actor, MerchantFacts
from merchants.operations import decide_approval, refuse_other_outlet
from merchants.queries import till_by_id, waiting_approvals
from rewards.engine.facts import Outcome
from sales.facts import SaleTransfers
from sales.models import Sale
from sales.operations.charged_prices import recompute_earnings
from sales.operations.member_purchases import qualify_sale_referral
from sales.operations.payments import post_earnings
from sales.operations.pricing_money import with_wallet
from sales.operations.receipt_claims import lock_claim_context, take_earning_limits, till_of_sale
from sales.operations.recorded_sales import tier_change_json
from sales.operations.refunds import take_back_earnings
from sales.operations.sale_benefits import claim_sale_benefits
from sales.operations.sale_coupons import issue_coupons_and_stamps
from sales.operations.sale_in_progress import SaleInProgress
from sales.queries import LATE_SALE


class LateSaleDecided(Refusal):
    """A person has decided about the sale, or nothing is left to decide."""

    code = "late_sale_decided"


def approve_late_sale(*, merchant: MerchantFacts, sale_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Post what the late sale earns its member, once; what came back meanwhile earns nothing.

    Raises Missing('sale_not_found'), OtherOutlet, LateSaleDecided, MemberBlocked, and what `decide_approval` raises.
    """
    row = _lock_waiting(merchant, sale_id)
    _decide_approval(merchant, row, is_approved=True, reason=reason, at=at, actor=actor)
    till = till_by_id(merchant=merchant, till_id=row.till_id)
    assert row.member_id is not None
    context = lock_claim_context(merchant, till_of_sale(merchant, till, row), row, member_id=row.member_id, at=at)
    sold = Outcome.from_json(row.outcome)
    sale = SaleInProgress(row.id, row.reference, at, context, outcome=recompute_earnings(context, sold))
    sale.transfers = SaleTransfers.from_json(row.transfers)
    take_earning_limits(sale, sold)
    _give_earnings(sale)
    _write_approved(row, sale)
    if row.status != "completed":
        row.refresh_from_db()
        take_back_earnings(merchant=merchant, sale=row, at=at)


def refuse_late_sale(*, merchant: MerchantFacts, sale_id: UUID, reason: str, at: datetime, actor: Actor) -> None:
    """Decide that the late sale earns nothing. Raises as `approve_late_sale`."""
    row = _lock_waiting(merchant, sale_id)
    _decide_approval(merchant, row, is_approved=False, reason=reason, at=at, actor=actor)
    Sale.objects.filter(merchant_id=merchant.id, id=row.id).update(quarantine="refused")


def _lock_waiting(merchant: MerchantFacts, sale_id: UUID) -> Sale:
    row = Sale.objects.select_for_update().filter(merchant_id=merchant.id, id=sale_id).first()
    if row is None:
        raise Missing("sale_not_found")
    if row.quarantine != "waiting":
        raise LateSaleDecided
    return row


def _decide_approval(
    merchant: MerchantFacts, row: Sale, *, is_approved: bool, reason: str, at: datetime, actor: Actor
) -> None:
    refuse_other_outlet(merchant=merchant, actor=actor, outlet_id=row.outlet_id)
    approval = waiting_approvals(merchant=merchant, kind=LATE_SALE, subject_ids=[row.id])[row.id]
    decide_approval(
        merchant=merchant, approval_id=approval.id, is_approved=is_approved, reason=reason, at=at, actor=actor
    )


def _give_earnings(sale: SaleInProgress) -> None:
    """Post the earnings and what hangs on them; the purchase itself was counted when the sale came."""
    if sale.outcome.cashback:
        sale.context = with_wallet(sale.context)
    post_earnings(sale)
    member, sale_time = sale.context.member, sale.context.sale_time
    assert member is not None
    sale.tier_change = apply_purchase(
        merchant=sale.merchant,
        member=member,
        at=sale.received_at,
        business_date=sale.context.ledger_day,
        spend_delta=0,
        points_delta=sale.points_earned,
        count_delta=0,
        purchased_at=sale_time.at,
        purchased_on=sale_time.business_date,
    )
    issue_coupons_and_stamps(sale)
    qualify_sale_referral(sale)
    claim_sale_benefits(sale)


def _write_approved(row: Sale, sale: SaleInProgress) -> None:
    assert sale.context.points is not None
    Sale.objects.filter(merchant_id=sale.merchant.id, id=sale.id).update(
        quarantine="approved",
        points_earned=sale.points_earned,
        points_balance=sale.context.points.balance.points_balance,
        cashback_earned_amount=sale.outcome.cashback_to_earn_amount if sale.context.wallet else 0,
        transfers=sale.transfers.to_json(),
        outcome=sale.outcome.to_json(),
        referral_id=sale.referral_id,
        tier_change=tier_change_json(sale.tier_change) or row.tier_change,
    )
