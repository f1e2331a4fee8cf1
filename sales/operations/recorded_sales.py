"""A till's sale is recorded exactly once per receipt, and all it changes is changed in one transaction."""

from __future__ import annotations

from datetime import datetime

from common.errors import Refusal
from merchants.facts import MerchantFacts, TillFacts
from merchants.operations import enqueue_event
from sales.facts import RecordedSale, SaleDraft, SaleFacts
from sales.models import Quote
from sales.operations.member_purchases import apply_member_purchase, qualify_sale_referral
from sales.operations.payments import post_gift_cards, post_points, record_partner_funding
from sales.operations.pricing_context import sale_time_of, with_wallet
from sales.operations.promotion_limits import take_limits
from sales.operations.sale_benefits import record_sale_benefits
from sales.operations.sale_coupons import issue_coupons_and_stamps, redeem_coupons
from sales.operations.sale_in_progress import SaleInProgress
from sales.operations.sale_prices import price_sale
from sales.operations.sale_rows import claim_receipt, write_sale_lines, write_sale_row
from sales.queries import sale_facts, sale_for_receipt


class SaleConflict(Refusal):
    """The receipt reference is known with other content; nothing was changed."""

    code = "sale_conflict"


def record_sale(*, merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, received_at: datetime) -> RecordedSale:
    """Record the sale, or return the one that this receipt reference already has.

    Raises SaleConflict, MemberBlocked, Missing('member_not_found'), CouponNotUsable, InsufficientPoints,
    members' VerificationRequired and CardNotConfirmed; a sale that names a reserved quote of this till for the same
    member and cart is paid: it is never refused for a limit.
    """
    sale_time = sale_time_of(merchant=merchant, till=till, draft=draft, received_at=received_at)
    sale_id = claim_receipt(merchant, till, draft, sale_time, received_at=received_at)
    if sale_id is None:
        return _find_known_sale(merchant, till, draft, now=received_at)
    sale = price_sale(
        merchant=merchant, till=till, draft=draft, sale_id=sale_id, sale_time=sale_time, received_at=received_at
    )
    take_limits(sale)
    return RecordedSale(sale=_write_sale(sale, draft), created=True)


def _find_known_sale(merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, *, now: datetime) -> RecordedSale:
    row = sale_for_receipt(merchant=merchant, till_id=till.id, reference=draft.reference)
    if bytes(row.request_fingerprint) != draft.request_fingerprint:
        raise SaleConflict(reference=draft.reference)
    return RecordedSale(sale=sale_facts(merchant=merchant, row=row, now=now), created=False)


def _write_sale(sale: SaleInProgress, draft: SaleDraft) -> SaleFacts:
    """Write the priced sale and all that it changes; the accounts are posted to in the order they were locked."""
    if sale.outcome.cashback:
        sale.context = with_wallet(sale.context)
    redeem_coupons(sale)
    write_sale_lines(sale, draft.lines)
    record_partner_funding(sale)
    record_sale_benefits(sale)
    post_points(sale)
    post_gift_cards(sale)
    apply_member_purchase(sale)
    issue_coupons_and_stamps(sale)
    qualify_sale_referral(sale)
    row = write_sale_row(sale, draft)
    _mark_quote_sold(sale)
    enqueue_event(merchant=sale.merchant, kind="sale.recorded", subject_id=sale.id, at=sale.received_at)
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


def _mark_quote_sold(sale: SaleInProgress) -> None:
    if sale.quote is not None:
        Quote.objects.filter(merchant_id=sale.merchant.id, id=sale.quote.id).update(state="sold")
