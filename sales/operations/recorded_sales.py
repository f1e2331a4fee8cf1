"""A till's sale is recorded exactly once per receipt, and all it changes is changed in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import Refusal
from common.ids import new_id
from common.rows import insert_rows, inserts_gathered, update_row_and_ask
from members.facts import TierChange
from merchants.facts import MerchantFacts, TillFacts
from merchants.operations import enqueue_event
from rewards.engine import bill_form
from rewards.engine.facts import NO_BILL, Measure
from sales.facts import ExchangedReturn, LineDraft, RecordedSale, SaleDraft, SaleFacts, SaleWarning, TierCodes
from sales.models import Quote, Sale, SaleLine
from sales.operations.exchanges import ExchangeReceipt, take_exchanged_goods
from sales.operations.member_purchases import apply_member_purchase, qualify_sale_referral
from sales.operations.parked_returns import HAS_PARKED_RETURNS, apply_parked_returns, park_unknown_returns
from sales.operations.payments import post_gift_cards, post_points, record_partner_funding
from sales.operations.pricing_money import with_wallet
from sales.operations.promotion_limits import take_limits
from sales.operations.quarantine import ask_about_late_sale, set_aside_earnings
from sales.operations.receipt_lock import LOCK_RECEIPT, receipt_lock_key
from sales.operations.sale_benefits import record_sale_benefits
from sales.operations.sale_coupons import issue_coupons_and_stamps, redeem_coupons
from sales.operations.sale_in_progress import SaleInProgress
from sales.operations.sale_prices import price_sale
from sales.operations.sale_times import SaleTime, sale_time_of
from sales.operations.unknown_members import without_unknown_member
from sales.queries import sale_facts, sale_for_receipt, token_hash


class SaleConflict(Refusal):
    """The receipt reference is known with other content; nothing was changed."""

    code = "sale_conflict"


def record_sale(*, merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, received_at: datetime) -> RecordedSale:
    """Record the sale, or return the one that this receipt reference already has.

    Raises SaleConflict, MemberBlocked, Missing('member_not_found'), CouponNotUsable, InsufficientPoints,
    members' VerificationRequired and CardNotConfirmed, for goods handed back with it Missing('sale_not_found'),
    RefundExceedsSale and RefundConflict. A sale is paid that the till sent afterwards (`draft.is_paid`), or that names
    a reserved quote of this till for the same member and cart: it is refused only for its receipt and its returns.
    """
    sale_time = sale_time_of(merchant=merchant, till=till, draft=draft, received_at=received_at)
    sale_id = _claim_receipt(merchant, till, draft, sale_time, received_at=received_at)
    if sale_id is None:
        return _find_known_sale(merchant, till, draft, now=received_at)
    draft, waiting = park_unknown_returns(
        merchant=merchant, till=till, draft=draft, sale_id=sale_id, received_at=received_at
    )
    draft, doubts = without_unknown_member(merchant=merchant, draft=draft, sale_id=sale_id, at=received_at)
    returns, kept = _take_returns(merchant, till, draft, sale_id, sale_time, received_at=received_at)
    sale = price_sale(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_id=sale_id,
        sale_time=sale_time,
        received_at=received_at,
        doubts=doubts,
    )
    sale.returns = returns
    sale.warnings += (*waiting, *kept)
    if sale.is_quarantined:
        set_aside_earnings(sale)
    take_limits(sale)
    return RecordedSale(sale=_write_sale(sale, draft), created=True, by_waiting_card=sale.context.by_waiting_card)


# --- the receipt -------------------------------------------------------------------------------------------------

# The lock comes first: a return of this receipt that is being parked at this moment is waited for, and then seen when
# the sale's figures are written.
_CLAIM: Final = f"""
INSERT INTO sales_sale (
    merchant_id, id, till_id, outlet_id, reference, request_fingerprint, status, source, occurred_at, received_at,
    business_date, subtotal_amount, discount_amount, total_amount, payable_amount, refunded_amount, points_earned,
    points_reversed, points_redeemed, points_returned, wallet_redeemed_amount, wallet_returned_amount,
    cashback_earned_amount, cashback_reversed_amount, points_balance, transfers, cashier, warnings, outcome
) SELECT %s::uuid, %s::uuid, %s::uuid, %s::uuid, %s, %s::bytea, 'completed', 'till', %s::timestamptz,
         %s::timestamptz, %s::date, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{{}}', '', '[]', '{{}}'
  FROM (SELECT {LOCK_RECEIPT}) AS receipt
ON CONFLICT (merchant_id, till_id, reference) DO NOTHING
"""  # noqa: S608


def _claim_receipt(
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
                receipt_lock_key(merchant.id, till.id, draft.reference),
            ],
        )
        return sale_id if cursor.rowcount == 1 else None


def _find_known_sale(merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, *, now: datetime) -> RecordedSale:
    row = sale_for_receipt(merchant=merchant, till_id=till.id, reference=draft.reference)
    if bytes(row.request_fingerprint) != draft.request_fingerprint:
        raise SaleConflict(reference=draft.reference)
    return RecordedSale(sale=sale_facts(merchant=merchant, row=row, now=now), created=False)


def _take_returns(
    merchant: MerchantFacts,
    till: TillFacts,
    draft: SaleDraft,
    sale_id: UUID,
    sale_time: SaleTime,
    *,
    received_at: datetime,
) -> tuple[tuple[ExchangedReturn, ...], tuple[SaleWarning, ...]]:
    """Take back what is handed back in this receipt, before it is priced; no statement where nothing is."""
    if not draft.returns:
        return (), ()
    return take_exchanged_goods(
        merchant=merchant,
        till=till,
        draft=draft,
        receipt=ExchangeReceipt(sale_id, draft.reference, draft.request_fingerprint, draft.quote_id),
        sale_time=sale_time,
        received_at=received_at,
    )


# --- writing -----------------------------------------------------------------------------------------------------


def _write_sale(sale: SaleInProgress, draft: SaleDraft) -> SaleFacts:
    """Write the priced sale and all that it changes; the accounts are posted to in the order they were locked."""
    if sale.outcome.cashback:
        sale.context = with_wallet(sale.context)
    redeem_coupons(sale)
    with inserts_gathered():
        _write_sale_lines(sale, draft.lines)
        record_sale_benefits(sale)
        enqueue_event(merchant=sale.merchant, kind="sale.recorded", subject_id=sale.id, at=sale.received_at)
    record_partner_funding(sale)
    post_points(sale)
    post_gift_cards(sale)
    apply_member_purchase(sale)
    issue_coupons_and_stamps(sale)
    if not sale.is_quarantined:
        qualify_sale_referral(sale)
    ask_about_late_sale(sale)
    row, has_parked = _write_sale_row(sale, draft)
    _mark_quote_sold(sale)
    if has_parked:
        return _apply_parked(sale)
    return sale_facts(
        merchant=sale.merchant,
        row=row,
        now=sale.received_at,
        lines=sale.lines,
        member=sale.member,
        points=sale.context.points,
        wallet=sale.context.wallet,
        promotions=sale.context.promotions,
    )


def _apply_parked(sale: SaleInProgress) -> SaleFacts:
    """Carry out the returns that came before their sale, and return the sale as they left it."""
    till, at = sale.context.till, sale.received_at
    apply_parked_returns(merchant=sale.merchant, till=till, reference=sale.reference, received_at=at)
    row = Sale.objects.get(merchant_id=sale.merchant.id, id=sale.id)
    return sale_facts(merchant=sale.merchant, row=row, now=at)


def _mark_quote_sold(sale: SaleInProgress) -> None:
    if sale.quote is not None:
        Quote.objects.filter(merchant_id=sale.merchant.id, id=sale.quote.id).update(state="sold")


# --- the rows ----------------------------------------------------------------------------------------------------


def _write_sale_lines(sale: SaleInProgress, drafts: Sequence[LineDraft]) -> None:
    """Write the lines as sold, with each one's share of the discounts."""
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
            measure=str(line.measure or ""),
            measured_value=line.measure.value if isinstance(line.measure, Measure) else None,
            measured_unit=line.measure.unit if isinstance(line.measure, Measure) else "",
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            cost_amount=line.cost_amount,
            subtotal_amount=priced[line.line_id].subtotal_amount,
            discount_amount=priced[line.line_id].discount_amount,
            total_amount=priced[line.line_id].total_amount,
            tax_amount=priced[line.line_id].tax_amount,
            service_amount=priced[line.line_id].service_amount,
        )
        for position, line in enumerate(drafts)
    ]
    insert_rows(SaleLine, sale.lines)


def _write_sale_row(sale: SaleInProgress, draft: SaleDraft) -> tuple[Sale, bool]:
    """Write the figures into the claimed row; from here on its guard keeps them.

    Return the row, and whether returns of this receipt were parked before it came.
    """
    values = _sale_figures(sale) | _sale_evidence(sale, draft)
    context = sale.context
    has_parked = update_row_and_ask(
        Sale,
        merchant_id=sale.merchant.id,
        row_id=sale.id,
        values=values,
        question=HAS_PARKED_RETURNS,
        asked=[sale.merchant.id, context.till.id, sale.reference],
    )
    row = Sale(
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
    return row, bool(has_parked)


def _sale_figures(sale: SaleInProgress) -> dict[str, Any]:
    """Return what the sale cost, how it was paid and what it earned, by column."""
    context, outcome = sale.context, sale.outcome
    bill = bill_form(outcome.bill or NO_BILL)
    return {
        **bill,
        "points_value_amount": outcome.points_value_amount,
        "spend_change_amount": outcome.spend_change_amount,
        "subtotal_amount": outcome.subtotal_amount,
        "discount_amount": outcome.discount_amount,
        "total_amount": outcome.total_amount,
        "payable_amount": sale.payable_amount,
        "exchanged_amount": sum(one.refund.amount for one in sale.returns) if sale.returns else None,
        "points_earned": sale.points_earned,
        "points_redeemed": outcome.points_to_redeem if context.points and not context.spends_nothing else 0,
        "wallet_redeemed_amount": outcome.wallet_to_redeem_amount,
        "gift_card_redeemed_amount": outcome.gift_card_to_redeem_amount,
        "gift_cards": [paid.to_json() for paid in sale.gift_card_payments],
        "cashback_earned_amount": outcome.cashback_to_earn_amount if context.wallet else 0,
        "points_balance": context.points.balance.points_balance if context.points else 0,
        "transfers": sale.transfers.to_json(),
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
        "warnings": [warning.to_json() for warning in sale.warnings],
        "quarantine": "waiting" if sale.is_quarantined else "",
        "recorded_at": sale.received_at,
    }


def tier_change_json(change: TierChange | None) -> dict[str, str | None] | None:
    """Return the tier codes as the sale keeps them; None: the tier did not change."""
    if change is None:
        return None
    return TierCodes(change.from_tier.code if change.from_tier else None, change.to_tier.code).to_json()
