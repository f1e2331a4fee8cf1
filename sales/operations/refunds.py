"""Refunds by line and voids: exactly the shares that the sale gave, whatever the order of returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from common.errors import Refusal
from common.ids import new_id
from members.operations import apply_purchase, lock_member
from merchants.facts import MerchantFacts, TillFacts
from merchants.operations import enqueue_event
from rewards.coupons.operations import lock_coupons_of_sale, reinstate_coupons, revoke_sale_rewards
from rewards.engine.returns import promotions_whose_coupon_stays_used
from rewards.promotions.operations import (
    PricedSale,
    return_benefits,
    return_points,
    return_promotion_funding,
    return_promotion_spend,
    return_promotion_uses,
)
from rewards.referrals.operations import lock_referral_accounts, lock_referral_parties, return_referred_sale
from sales.facts import RecordedRefund, RefundDraft, RefundFacts
from sales.models import Refund, Sale
from sales.operations.quarantine import withdraw_late_sale
from sales.operations.refund_in_progress import RefundInProgress
from sales.operations.refund_payments import refund_payments, reopen_gift_cards
from sales.operations.refund_rows import write_refund_rows
from sales.operations.refund_shares import check_quantities, start_refund
from sales.operations.till_debts import free_debt
from sales.queries import lines_of, refund_facts, remaining_purchase_dates, sale_by_reference, sale_facts
from sales.rules import BelievedTime, believed_return_time


class RefundConflict(Refusal):
    """The refund reference is known with other content; nothing was changed."""

    code = "refund_conflict"


class SaleAlreadyVoided(Refusal):
    code = "sale_already_voided"


def refund_sale(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    reference: str | UUID,
    draft: RefundDraft,
    received_at: datetime,
    time: BelievedTime | None = None,
) -> RecordedRefund:
    """Take goods back by line. The same refund reference again returns the refund that exists.

    `time` is when, of a return that was parked; of any other the draft says it. `reference` is as
    `sale_by_reference` takes it. Raises Missing('sale_not_found'), RefundExceedsSale, RefundConflict, BadInput for a
    line the sale does not have.
    """
    sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference, lock=True)
    known = Refund.objects.filter(
        merchant_id=merchant.id, sale_id=sale.id, refund_reference=draft.refund_reference
    ).first()
    if known is not None:
        if bytes(known.request_fingerprint) != draft.request_fingerprint:
            raise RefundConflict(refund_reference=draft.refund_reference)
        return _answer_refund(merchant, sale, known, now=received_at, created=False)
    time = time or believed_return_time(draft.occurred_at, received_at, draft.device_at, sold_at=sale.occurred_at)
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    quantities = check_quantities(lines, draft)
    back = start_refund(
        merchant,
        sale,
        lines,
        quantities,
        till_id=till.id,
        kind="refund",
        draft=draft,
        time=time,
        received_at=received_at,
    )
    row = _record_refund(back)
    return _answer_refund(merchant, sale, row, now=received_at, created=True)


def return_in_exchange(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    sale: Sale,
    draft: RefundDraft,
    exchange_sale_id: UUID,
    time: BelievedTime,
    received_at: datetime,
) -> None:
    """Take goods back in the receipt of another sale. `sale` and all that its return touches are locked.

    Raises RefundExceedsSale, RefundConflict, BadInput for a line the sale does not have.
    """
    mine = Refund.objects.filter(merchant_id=merchant.id, sale_id=sale.id, refund_reference=draft.refund_reference)
    if mine.exists():
        raise RefundConflict(refund_reference=draft.refund_reference)
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    back = start_refund(
        merchant,
        sale,
        lines,
        check_quantities(lines, draft),
        till_id=till.id,
        kind="refund",
        draft=draft,
        time=time,
        received_at=received_at,
        exchange_sale_id=exchange_sale_id,
    )
    _record_refund(back)


def void_sale(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    reference: str | UUID,
    reason: str,
    received_at: datetime,
    occurred_at: datetime | None = None,
    device_at: datetime | None = None,
    time: BelievedTime | None = None,
) -> RecordedRefund:
    """Undo what is left of the sale; its limited promotions may be used again, and its coupons as they say.

    `occurred_at` is when by the till's clock, `device_at` that clock as it sent this; `time` is when, of a void that
    was parked. Raises Missing('sale_not_found'), SaleAlreadyVoided.
    """
    sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference, lock=True)
    if sale.status == "voided":
        raise SaleAlreadyVoided(reference=sale.reference)
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    rest = {line.id: line.quantity - line.returned_quantity for line in lines}
    # No till makes such a number, so no return of this sale can have it already.
    draft = RefundDraft(refund_reference=f"void:{new_id()}", request_fingerprint=bytes(32), lines=(), reason=reason)
    time = time or believed_return_time(occurred_at, received_at, device_at, sold_at=sale.occurred_at)
    back = start_refund(
        merchant,
        sale,
        lines,
        rest,
        till_id=till.id,
        kind="void",
        draft=draft,
        time=time,
        received_at=received_at,
    )
    row = _record_refund(back)
    return _answer_refund(merchant, sale, row, now=received_at, created=True)


def take_back_earnings(*, merchant: MerchantFacts, sale: Sale, at: datetime, was_no_purchase: bool = False) -> None:
    """Take back what goods that came back earlier have earned only now. `sale` is locked, and its earnings posted.

    `was_no_purchase`: when they came back the sale had no member, whose purchase has been counted as a whole since.
    """
    # No till makes such a number, so no return of this sale can have it already.
    draft = RefundDraft(refund_reference=f"late:{new_id()}", request_fingerprint=bytes(32), lines=())
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    back = start_refund(
        merchant,
        sale,
        lines,
        {},
        till_id=sale.till_id,
        kind="refund",
        draft=draft,
        time=BelievedTime(at),
        received_at=at,
    )
    if was_no_purchase:
        back.also_unspent_amount = sale.refunded_amount + sale.spend_change_returned_amount
    _record_refund(back)


def return_lines(
    *,
    merchant: MerchantFacts,
    till: TillFacts,
    sale_id: UUID,
    quantities: Mapping[UUID, int],
    refund_reference: str,
    at: datetime,
    received_at: datetime,
) -> None:
    """Take back goods by file: units by line row, checked by the caller. The receipt's row is locked here."""
    sale = Sale.objects.select_for_update().get(merchant_id=merchant.id, id=sale_id)
    draft = RefundDraft(refund_reference=refund_reference, request_fingerprint=bytes(32), lines=())
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    back = start_refund(
        merchant,
        sale,
        lines,
        quantities,
        till_id=till.id,
        kind="refund",
        draft=draft,
        time=BelievedTime(at),
        received_at=received_at,
    )
    _record_refund(back)


def _answer_refund(merchant: MerchantFacts, sale: Sale, row: Refund, *, now: datetime, created: bool) -> RecordedRefund:
    sale.refresh_from_db()
    facts: RefundFacts = refund_facts(merchant=merchant, rows=[row])[0]
    return RecordedRefund(refund=facts, sale=sale_facts(merchant=merchant, row=sale, now=now), created=created)


# --- the steps ---------------------------------------------------------------------------------------------------


def _record_refund(back: RefundInProgress) -> Refund:
    """Take everything back in the order in which sales lock: member, coupons, gift cards, accounts, counters."""
    _lock_parties(back)
    revoke_sale_rewards(
        merchant=back.merchant,
        outcome=back.outcome,
        returns=back.returns,
        sale_id=back.sale.id,
        refund_id=back.id,
        at=back.received_at,
    )
    reopen_gift_cards(back)
    _lock_referral_accounts(back)
    refund_payments(back)
    row = write_refund_rows(back)
    withdraw_late_sale(merchant=back.merchant, sale=back.sale, at=back.received_at)
    _return_promotion_figures(back, row)
    _reverse_member_purchase(back)
    _return_referral(back)
    _return_uses(back)
    if back.is_whole and back.was_partly_left:
        free_debt(merchant=back.merchant, sale=back.sale)
    enqueue_event(merchant=back.merchant, kind="sale.refunded", subject_id=back.sale.id, at=back.received_at)
    return row


def _lock_parties(back: RefundInProgress) -> None:
    """Lock the referral's two members or the sale's, then the coupons that may come back."""
    sale = back.sale
    if sale.referral_id is not None:
        lock_referral_parties(merchant=back.merchant, referral_id=sale.referral_id)
    if sale.member_id is not None:
        back.member = lock_member(merchant=back.merchant, member_id=sale.member_id, even_erased=True)
    if back.is_whole:
        lock_coupons_of_sale(merchant=back.merchant, sale_id=sale.id)


def _lock_referral_accounts(back: RefundInProgress) -> None:
    if back.sale.referral_id is not None:
        lock_referral_accounts(
            merchant=back.merchant,
            referral_id=back.sale.referral_id,
            at=back.received_at,
            business_date=back.today,
        )


def _return_promotion_figures(back: RefundInProgress, row: Refund) -> None:
    """Give budgets, capped points and partners' shares back; a void gives whole uses back, after its coupons."""
    merchant, sale_id, shares = back.merchant, back.sale.id, back.shares
    if shares.spends and not back.is_void:
        return_promotion_spend(merchant=merchant, sale_id=sale_id, stands=shares.spends)
    if shares.kept_points and not back.is_void:
        return_points(merchant=merchant, sale_id=sale_id, kept=shares.kept_points)
    return_benefits(
        merchant=merchant,
        sale=PricedSale(sale_id, back.outcome, row.business_date),
        refund_id=back.id,
        returns=back.returns,
        is_void=back.is_void,
        points=shares.points_reversed,
        cashback_amount=shares.cashback_reversed,
        at=back.received_at,
    )
    return_promotion_funding(
        merchant=merchant,
        sale_id=sale_id,
        refund_id=back.id,
        outcome=back.outcome,
        returns=back.returns,
        at=back.received_at,
        business_date=row.business_date,
    )


def _reverse_member_purchase(back: RefundInProgress) -> None:
    """Write the member's running figures without what came back; a sale fully returned is no purchase any more."""
    member, is_gone = back.member, back.is_last_of_purchase
    if member is None:
        return
    apply_purchase(
        merchant=back.merchant,
        member=member,
        at=back.received_at,
        business_date=back.today,
        spend_delta=-back.shares.paid.goods_amount - back.shares.spend_change_amount - back.also_unspent_amount,
        points_delta=-back.shares.points_reversed,
        count_delta=-1 if is_gone else 0,
        purchased_at=back.sale.occurred_at,
        purchased_on=back.sale.business_date,
        dates=remaining_purchase_dates(merchant=back.merchant, member_id=member.id) if is_gone else None,
    )


def _return_referral(back: RefundInProgress) -> None:
    sale = back.sale
    if sale.referral_id is not None:
        return_referred_sale(
            merchant=back.merchant,
            referral_id=sale.referral_id,
            sale_id=sale.id,
            left_amount=sale.total_amount - sale.refunded_amount,
            at=back.received_at,
            business_date=back.today,
        )


def _return_uses(back: RefundInProgress) -> None:
    """Reinstate coupons once all goods came back, by a void or by returns, unless the merchant wants it otherwise.

    A coupon that comes back can be used again, so its promotion's use is none either; a void gives every use back.
    """
    if not back.is_whole:
        return
    stay_used = {UUID(promotion_id) for promotion_id in promotions_whose_coupon_stays_used(back.outcome)}
    came_back = reinstate_coupons(
        merchant=back.merchant, sale_id=back.sale.id, at=back.received_at, stay_used=stay_used
    )
    if back.is_void:
        return_promotion_uses(merchant=back.merchant, sale_id=back.sale.id)
    elif came_back:
        return_promotion_uses(merchant=back.merchant, sale_id=back.sale.id, promotion_ids=came_back)
