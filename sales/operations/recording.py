"""Recording a sale: exactly once per receipt, everything it moves in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.errors import Refusal
from common.ids import new_id
from common.rows import insert_rows, update_row
from ledger.operations import release_hold
from members.facts import MemberFacts, TierChange
from members.operations import apply_purchase
from members.rules import PurchaseDelta, standing_after
from merchants.facts import MerchantFacts, TillFacts
from merchants.operations import enqueue_event
from rewards.coupons.operations import LockedCoupon, commit_coupons, issue_sale_rewards, release_coupons
from rewards.engine.facts import Outcome
from rewards.promotions.operations import release_promotions
from rewards.referrals.operations import qualify_referral
from sales.facts import LineDraft, RecordedSale, SaleDraft, SaleWarning
from sales.models import Quote, Sale, SaleLine
from sales.operations.charged_prices import as_charged
from sales.operations.gift_cards import card_holds, release_gift_cards
from sales.operations.payments import (
    CardPostings,
    LedgerPostings,
    Priced,
    move_gift_cards,
    post_points,
    record_partner_funding,
)
from sales.operations.pricing import (
    MemberBlocked,
    PricingContext,
    SaleTime,
    content_of,
    lock_pricing_context,
    price,
    refuse_waiting_card,
    sale_time_of,
    with_limits,
    with_wallet,
)
from sales.operations.promotion_limits import take_limits
from sales.operations.quoting import refuse_missing_payment, refuse_rejected_coupons, require_code
from sales.queries import sale_facts, sale_for_receipt, token_hash
from sales.rules import quote_id_for


class SaleConflict(Refusal):
    """The receipt reference is known with other content; nothing was changed."""

    code = "sale_conflict"


def record_sale(*, merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, received_at: datetime) -> RecordedSale:
    """Records the sale, or returns the one that this receipt reference already has.

    Raises SaleConflict, MemberBlocked, Missing('member_not_found'), CouponNotUsable, InsufficientPoints,
    members' VerificationRequired and CardNotConfirmed; a sale that names a reserved quote of this till for the same
    member and cart is paid: it is never refused for a limit.
    """
    sale_time = sale_time_of(merchant=merchant, till=till, draft=draft, received_at=received_at)
    sale_id = _claim_receipt(merchant, till, draft, sale_time, received_at=received_at)
    if sale_id is None:
        return _known_sale(merchant, till, draft, now=received_at)
    priced = _price(merchant, till, draft, sale_time, received_at=received_at)
    priced = take_limits(priced, draft, sale_id=sale_id)
    return _write(priced, draft, sale_id=sale_id, received_at=received_at)


# --- the receipt -------------------------------------------------------------------------------------------------

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


def _claim_receipt(
    merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, sale_time: SaleTime, *, received_at: datetime
) -> UUID | None:
    """Claims the till's receipt reference; a concurrent twin waits on the unique index. None: it is known."""
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


def _known_sale(merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, *, now: datetime) -> RecordedSale:
    row = sale_for_receipt(merchant=merchant, till_id=till.id, reference=draft.reference)
    if bytes(row.request_fingerprint) != draft.request_fingerprint:
        raise SaleConflict(reference=draft.reference)
    return RecordedSale(sale=sale_facts(merchant=merchant, row=row, now=now), created=False)


# --- pricing -----------------------------------------------------------------------------------------------------


def _price(
    merchant: MerchantFacts, till: TillFacts, draft: SaleDraft, sale_time: SaleTime, *, received_at: datetime
) -> Priced:
    quote = _open_quote(merchant, till, draft)
    on_cards = card_holds(quote)
    holds = [hold for hold in (quote.hold_id, quote.wallet_hold_id) if hold] if quote else []
    context = lock_pricing_context(
        merchant=merchant,
        till=till,
        draft=draft,
        sale_time=sale_time,
        received_at=received_at,
        quote_id=quote.id if quote else None,
        keep_hold_ids=[*holds, *on_cards.values()],
        held_cards=on_cards,
        needs_wallet=quote is not None and quote.wallet_hold_id is not None,
        held_coupons=[UUID(coupon_id) for coupon_id in quote.coupon_ids] if quote else (),
    )
    warnings = [SaleWarning(sale_time.doubt, {})] if sale_time.doubt else []
    request_fingerprint = content_of(draft, member_id=context.member.id if context.member else None)
    paid = quote is not None and bytes(quote.request_fingerprint) == request_fingerprint
    if paid and quote is not None:
        outcome = Outcome.from_json(quote.outcome)
    else:
        if context.member is not None and context.member.is_blocked:
            raise MemberBlocked
        refuse_waiting_card(context)
        if draft.quote_id is not None and draft.quote_id != quote_id_for(till.id, request_fingerprint):
            warnings.append(SaleWarning("quote_changed", {}))
        if quote is not None:
            context = _release_quote(context, quote)
        outcome = price(context)
        refuse_rejected_coupons(outcome)
        refuse_missing_payment(context, outcome)
        require_code(context, outcome, code=draft.verification_code, at=received_at)
    if draft.charged is not None:
        if paid and quote is not None and release_promotions(merchant=merchant, quote_id=quote.id):
            context = with_limits(context)  # what the quote held is not in its own way; it is taken below
        outcome, differs = as_charged(context, outcome, draft.charged)
        warnings += [SaleWarning("charged_differs", differs)] if differs else []
    return Priced(context, outcome, quote if paid else None, tuple(warnings))


def _release_quote(context: PricingContext, quote: Quote) -> PricingContext:
    """Another cart than quoted: what the quote held is free for it; another member's money only once released."""
    for account, hold_id in ((context.points, quote.hold_id), (context.wallet, quote.wallet_hold_id)):
        if account is not None and hold_id in account.open_hold_ids:
            release_hold(merchant=context.merchant, account=account, hold_id=hold_id)
    release_gift_cards(merchant=context.merchant, quote=quote, accounts=context.card_accounts)
    release_coupons(merchant=context.merchant, quote_id=quote.id)
    if release_promotions(merchant=context.merchant, quote_id=quote.id):
        context = with_limits(context)
    if quote.member_id in (None, context.member.id if context.member else None):
        Quote.objects.filter(merchant_id=context.merchant.id, id=quote.id).update(state="released")
    return replace(
        context,
        coupons=[replace(coupon, reserved_here=False) for coupon in context.coupons],
        points_balance=context.points.balance if context.points else context.points_balance,
        wallet_balance=context.wallet.balance if context.wallet else context.wallet_balance,
    )


def _open_quote(merchant: MerchantFacts, till: TillFacts, draft: SaleDraft) -> Quote | None:
    """The quote that this till reserved and has not sold yet; lapsed or released ones still count as reserved."""
    if draft.quote_id is None:
        return None
    return (
        Quote.objects.select_for_update()
        .filter(merchant_id=merchant.id, id=draft.quote_id, till_id=till.id)
        .exclude(state="sold")
        .first()
    )


# --- writing -----------------------------------------------------------------------------------------------------


def _write(priced: Priced, draft: SaleDraft, *, sale_id: UUID, received_at: datetime) -> RecordedSale:
    if priced.outcome.cashback:
        priced = replace(priced, context=with_wallet(priced.context, received_at=received_at))
    context, outcome = priced.context, priced.outcome
    merchant, member = context.merchant, context.member
    warnings = [*priced.warnings, *_commit_coupons(priced, sale_id=sale_id, received_at=received_at)]
    lines = write_lines(merchant=merchant, sale_id=sale_id, drafts=draft.lines, outcome=outcome)
    record_partner_funding(priced, sale_id=sale_id, received_at=received_at)
    moved = post_points(priced, draft, sale_id=sale_id, received_at=received_at)
    cards = move_gift_cards(priced, draft, sale_id=sale_id, received_at=received_at)
    warnings += [*moved.warnings, *cards.warnings]
    member, change = apply_member_purchase(
        context, amount=outcome.total_amount, points=moved.earned, received_at=received_at
    )
    warnings += issue_coupons_and_stamps(context, outcome, sale_id=sale_id, received_at=received_at)
    referral_id = _fulfil_referral(priced, draft, sale_id=sale_id, received_at=received_at)
    row = _finish_row(
        priced,
        draft,
        moved,
        cards=cards,
        change=change,
        warnings=warnings,
        referral_id=referral_id,
        sale_id=sale_id,
        received_at=received_at,
    )
    if priced.quote is not None:
        Quote.objects.filter(merchant_id=merchant.id, id=priced.quote.id).update(state="sold")
    enqueue_event(merchant=merchant, kind="sale.recorded", subject_id=sale_id, at=received_at)
    sale = sale_facts(
        merchant=merchant,
        row=row,
        now=received_at,
        lines=lines,
        member=member,
        points=context.points,
        wallet=context.wallet,
        promotions=context.promotions,
    )
    return RecordedSale(sale=sale, created=True)


def issue_coupons_and_stamps(
    context: PricingContext, outcome: Outcome, *, sale_id: UUID, received_at: datetime
) -> list[SaleWarning]:
    """Issues coupons and stamps cards; a promise that could not be kept is told."""
    gifts = issue_sale_rewards(
        merchant=context.merchant,
        outcome=outcome,
        definitions=context.promotions,
        member_id=context.member.id if context.member else None,
        sale_id=sale_id,
        at=received_at,
        today=context.sale_time.business_date,
    )
    return [SaleWarning("coupon_not_issued", {"promotion_id": promotion_id}) for promotion_id in gifts.refused]


def apply_member_purchase(
    context: PricingContext, *, amount: int, points: int, received_at: datetime
) -> tuple[MemberFacts | None, TierChange | None]:
    """Writes the purchase into the member's running figures; the member as they stand now, and the tier move if any."""
    member, merchant, sale_time = context.member, context.merchant, context.sale_time
    if member is None:
        return None, None
    today = merchant.day_of(received_at)
    purchases = 1 if amount > 0 else 0
    change = apply_purchase(
        merchant=merchant,
        member=member,
        at=received_at,
        business_date=today,
        spend_delta=amount,
        points_delta=points,
        count_delta=purchases,
        purchased_at=sale_time.at,
        purchased_on=sale_time.business_date,
    )
    delta = PurchaseDelta(
        purchased_at=sale_time.at,
        purchased_on=sale_time.business_date,
        spend_amount=amount,
        purchases=purchases,
        points=points,
        dates=None,
    )
    after, _ = standing_after(member, delta, business_date=today)
    return after, change


def _fulfil_referral(priced: Priced, draft: SaleDraft, *, sale_id: UUID, received_at: datetime) -> UUID | None:
    """The referral that this is the first paid sale for; no statement for members whom nobody referred."""
    context, outcome = priced.context, priced.outcome
    payable = draft.charged.payable_amount if draft.charged else outcome.payable_amount
    if context.member is None or not context.member.referred or payable <= 0:
        return None
    return qualify_referral(
        merchant=context.merchant,
        friend_id=context.member.id,
        sale_id=sale_id,
        amount=outcome.total_amount,
        business_date=context.sale_time.business_date,
        at=received_at,
    )


def _commit_coupons(priced: Priced, *, sale_id: UUID, received_at: datetime) -> list[SaleWarning]:
    """Books the uses. A paid sale whose code is used up meanwhile keeps its price: the use is kept apart, flagged."""
    outcome, context = priced.outcome, priced.context
    applied = {c.code for c in outcome.coupons if c.status == "applied"}
    coupons = [c for c in context.coupons if c.code in applied and c.coupon_id is not None]
    lost = [c for c in coupons if c.refusal is not None and not c.reserved_here]
    kept = [c for c in coupons if c not in lost]
    discounts = {d.coupon_code: d.amount for d in outcome.discounts if d.coupon_code}
    for group, over in ((kept, False), (lost, True)):
        _commit(priced, group, discounts, sale_id=sale_id, received_at=received_at, over=over)
    return [SaleWarning("coupon_over_redeemed", {"code": c.code, "reason": c.refusal}) for c in lost]


def _commit(
    priced: Priced,
    coupons: Sequence[LockedCoupon],
    discounts: dict[str, int],
    *,
    sale_id: UUID,
    received_at: datetime,
    over: bool,
) -> None:
    context = priced.context
    commit_coupons(
        merchant=context.merchant,
        coupons=coupons,
        quote_id=priced.quote.id if priced.quote else None,
        discounts=discounts,
        sale_id=sale_id,
        member_id=context.member.id if context.member else None,
        sale_amount=priced.outcome.total_amount,
        at=received_at,
        over=over,
    )


def write_lines(
    *, merchant: MerchantFacts, sale_id: UUID, drafts: Sequence[LineDraft], outcome: Outcome
) -> list[SaleLine]:
    """The lines as sold, with each one's share of the discounts; one statement."""
    priced = {line.line_id: line for line in outcome.lines}
    rows = [
        SaleLine(
            merchant_id=merchant.id,
            id=new_id(),
            sale_id=sale_id,
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
    insert_rows(SaleLine, rows)
    return rows


def _finish_row(
    priced: Priced,
    draft: SaleDraft,
    moved: LedgerPostings,
    *,
    cards: CardPostings,
    change: TierChange | None,
    warnings: Sequence[SaleWarning],
    referral_id: UUID | None,
    sale_id: UUID,
    received_at: datetime,
) -> Sale:
    """Writes the figures into the claimed row; from here on its guard keeps them."""
    context, outcome = priced.context, priced.outcome
    member, merchant = context.member, context.merchant
    values: dict[str, Any] = {
        "member_id": member.id if member else None,
        "subtotal_amount": outcome.subtotal_amount,
        "discount_amount": outcome.discount_amount,
        "total_amount": outcome.total_amount,
        "payable_amount": draft.charged.payable_amount if draft.charged else outcome.payable_amount,
        "points_earned": moved.earned,
        "points_redeemed": outcome.points_to_redeem if context.points else 0,
        "wallet_redeemed_amount": outcome.wallet_to_redeem_amount,
        "gift_card_redeemed_amount": outcome.gift_card_to_redeem_amount,
        "gift_cards": cards.uses,
        "cashback_earned_amount": outcome.cashback_to_earn_amount if context.wallet else 0,
        "points_balance": context.points.balance.points_balance if context.points else 0,
        "transfers": moved.transfers,
        "cashier": draft.cashier or "",
        "quote_id": draft.quote_id,
        "device_hash": token_hash(merchant, "device", draft.device_id),
        "tender_hash": token_hash(merchant, "tender", draft.tender_token),
        "referral_id": referral_id,
        "tier_change": _tier_words(change),
        "warnings": [{"code": w.code, "facts": dict(w.facts)} for w in warnings],
        "outcome": outcome.to_json(),
        "recorded_at": received_at,
    }
    update_row(Sale, merchant_id=merchant.id, row_id=sale_id, values=values)
    return Sale(
        merchant_id=merchant.id,
        id=sale_id,
        till_id=context.till.id,
        outlet_id=context.till.outlet.id,
        reference=draft.reference,
        request_fingerprint=draft.request_fingerprint,
        occurred_at=context.sale_time.at,
        received_at=received_at,
        business_date=context.sale_time.business_date,
        **values,
    )


def _tier_words(change: TierChange | None) -> dict[str, str | None] | None:
    if change is None:
        return None
    return {"from": change.from_tier.code if change.from_tier else None, "to": change.to_tier.code}
