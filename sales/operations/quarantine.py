"""A sale that came very late: what it earns is set aside and shown, until a person has decided about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from merchants.facts import Actor, MerchantFacts
from merchants.operations import ask_approval, withdraw_approval
from merchants.queries import waiting_approvals
from sales.facts import LateEarnings
from sales.models import Sale
from sales.operations.charged_prices import recompute_earnings
from sales.operations.sale_in_progress import SaleInProgress
from sales.queries import LATE_SALE

DECIDED_WITHIN: Final = timedelta(days=400)


def set_aside_earnings(sale: SaleInProgress) -> None:
    """Take out of the price what the sale earns its member, and keep it to be shown; nothing else is changed."""
    full = sale.outcome
    nobody = replace(sale.context, member=None)
    issued = {item.promotion_id for item in full.coupons_to_issue}
    bare = replace(recompute_earnings(nobody, full), coupons_to_issue=(), stamps=(), decisions=full.decisions)
    sale.outcome = replace(bare, uses=tuple(use for use in bare.uses if use.promotion_id not in issued))
    if sale.set_aside is None:
        days = (sale.merchant.day_of(sale.received_at) - sale.context.sale_time.business_date).days
        sale.set_aside = LateEarnings(
            points=full.points_to_earn,
            cashback_amount=full.cashback_to_earn_amount,
            coupons=len(full.coupons_to_issue),
            stamps=sum(stamp.stamps for stamp in full.stamps),
            days=days,
        )
        sale.warn("quarantined", points=full.points_to_earn, amount=full.cashback_to_earn_amount)


def ask_about_late_sale(sale: SaleInProgress) -> None:
    """Ask staff, in the till's name, whether the sale earns; no statement for any other sale."""
    if sale.set_aside is None:
        return
    till = sale.context.till
    ask_approval(
        merchant=sale.merchant,
        kind=LATE_SALE,
        subject=("sale", sale.id),
        figures=sale.set_aside.to_json(),
        reason="",
        expires_at=sale.received_at + DECIDED_WITHIN,
        at=sale.received_at,
        actor=Actor(user_id=None, label=till.name),
        till_id=till.id,
    )


def withdraw_late_sale(*, merchant: MerchantFacts, sale: Sale, at: datetime) -> None:
    """Withdraw the question, in the till's name, once nothing is left of the sale; no statement for other sales."""
    if sale.quarantine != "waiting" or sale.status not in ("voided", "refunded"):
        return
    approval = waiting_approvals(merchant=merchant, kind=LATE_SALE, subject_ids=[sale.id])[sale.id]
    withdraw_approval(
        merchant=merchant,
        approval_id=approval.id,
        reason="",
        at=at,
        actor=Actor(user_id=None, label=approval.asked_by),
        till_id=sale.till_id,
    )
    Sale.objects.filter(merchant_id=merchant.id, id=sale.id).update(quarantine="refused")
