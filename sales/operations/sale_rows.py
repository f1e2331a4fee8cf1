"""The rows of a sale: its receipt reference is claimed first, its lines and figures are written last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.ids import new_id
from common.rows import insert_rows, update_row
from members.facts import TierChange
from merchants.facts import MerchantFacts, TillFacts
from sales.facts import LineDraft, SaleDraft
from sales.models import Sale, SaleLine
from sales.operations.pricing_context import SaleTime
from sales.operations.sale_in_progress import SaleInProgress
from sales.queries import token_hash

_CLAIM: Final = """
INSERT INTO sales_sale (
    merchant_id, id, till_id, outlet_id, reference, request_fingerprint, status, source, occurred_at, received_at,
    business_date, subtotal_amount, discount_amount, total_amount, payable_amount, refunded_amount, points_earned,
    points_reversed, points_redeemed, points_returned, wallet_redeemed_amount, wallet_returned_amount,
    cashback_earned_amount, cashback_reversed_amount, points_balance, transfers, cashier, warnings, outcome
) VALUES (%s, %s, %s, %s, %s, %s, 'completed', 'till', %s, %s, %s,
          0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', '', '[]', '{}')
ON CONFLICT (merchant_id, till_id, reference) DO NOTHING
"""


def claim_receipt(
    merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, sale_time: SaleTime, *, received_at: datetime
) -> UUID | None:
    """Claim the till's receipt reference and return the new sale's id; None: the reference is known.

    A concurrent twin waits here on the unique index.
    """
    sale_id = new_id()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            [
                merchant.id,
                sale_id,
                till.id,
                till.outlet.id,
                draft.reference,
                draft.request_fingerprint,
                sale_time.at,
                received_at,
                sale_time.business_date,
            ],
        )
        return sale_id if cursor.rowcount == 1 else None


def write_sale_lines(sale: SaleInProgress, drafts: Sequence[LineDraft]) -> None:
    """Write the lines as sold, with each one's share of the discounts; one statement."""
    priced = {line.line_id: line for line in sale.outcome.lines}
    sale.lines = [
        SaleLine(
            merchant_id=sale.merchant.id,
            id=new_id(),
            sale_id=sale.id,
            position=position,
            line_id=line.line_id,
            sku=line.sku,
            name=line.name,
            category=line.category or "",
            measure=line.measure or "",
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            cost_amount=line.cost_amount,
            subtotal_amount=priced[line.line_id].subtotal_amount,
            discount_amount=priced[line.line_id].discount_amount,
            total_amount=priced[line.line_id].total_amount,
        )
        for position, line in enumerate(drafts)
    ]
    insert_rows(SaleLine, sale.lines)


def write_sale_row(sale: SaleInProgress, draft: SaleDraft) -> Sale:
    """Write the figures into the claimed row and return it; from here on its guard keeps them."""
    values = _sale_figures(sale) | _sale_evidence(sale, draft)
    update_row(Sale, merchant_id=sale.merchant.id, row_id=sale.id, values=values)
    context = sale.context
    return Sale(
        merchant_id=sale.merchant.id,
        id=sale.id,
        till_id=context.till.id,
        outlet_id=context.till.outlet.id,
        reference=sale.reference,
        request_fingerprint=draft.request_fingerprint,
        occurred_at=context.sale_time.at,
        received_at=sale.received_at,
        business_date=context.sale_time.business_date,
        **values,
    )


def _sale_figures(sale: SaleInProgress) -> dict[str, Any]:
    """Return what the sale cost, how it was paid and what it earned, by column."""
    context, outcome = sale.context, sale.outcome
    return {
        "subtotal_amount": outcome.subtotal_amount,
        "discount_amount": outcome.discount_amount,
        "total_amount": outcome.total_amount,
        "payable_amount": sale.payable_amount,
        "points_earned": sale.points_earned,
        "points_redeemed": outcome.points_to_redeem if context.points else 0,
        "wallet_redeemed_amount": outcome.wallet_to_redeem_amount,
        "gift_card_redeemed_amount": outcome.gift_card_to_redeem_amount,
        "gift_cards": sale.gift_card_uses,
        "cashback_earned_amount": outcome.cashback_to_earn_amount if context.wallet else 0,
        "points_balance": context.points.balance.points_balance if context.points else 0,
        "transfers": sale.transfers,
        "outcome": outcome.to_json(),
    }


def _sale_evidence(sale: SaleInProgress, draft: SaleDraft) -> dict[str, Any]:
    """Return who bought, who sold and what was noticed, by column."""
    return {
        "member_id": sale.member_id,
        "cashier": draft.cashier or "",
        "quote_id": draft.quote_id,
        "device_hash": token_hash(sale.merchant, "device", draft.device_id),
        "tender_hash": token_hash(sale.merchant, "tender", draft.tender_token),
        "referral_id": sale.referral_id,
        "tier_change": tier_change_json(sale.tier_change),
        "warnings": [{"code": w.code, "facts": dict(w.facts)} for w in sale.warnings],
        "recorded_at": sale.received_at,
    }


def tier_change_json(change: TierChange | None) -> dict[str, str | None] | None:
    """Return the tier codes as the sale keeps them; None: the tier did not change."""
    if change is None:
        return None
    return {"from": change.from_tier.code if change.from_tier else None, "to": change.to_tier.code}
