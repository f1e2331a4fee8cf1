"""Refunds by line and voids: exactly the shares that the sale gave, whatever the order of returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from common.errors import BadInput, FieldError, Refusal
from common.ids import new_id
from members.facts import MemberFacts
from members.operations import apply_purchase, lock_member
from merchants.facts import MerchantFacts, TillFacts
from merchants.operations import enqueue_event
from rewards.coupons.operations import lock_coupons_of_sale, reinstate_coupons, revoke_sale_rewards
from rewards.engine.facts import Outcome
from rewards.engine.returns import (
    cashback_to_take_back,
    earned_by_remaining,
    goods_return,
    points_to_take_back,
    promotions_whose_coupon_stays_used,
    spend_of_remaining,
)
from rewards.promotions.operations import (
    return_points,
    return_promotion_funding,
    return_promotion_spend,
    return_promotion_uses,
)
from rewards.referrals.operations import lock_referral_accounts, lock_referral_parties, return_referred_sale
from sales.facts import RecordedRefund, RefundDraft, RefundFacts
from sales.models import Refund, RefundLine, Sale, SaleLine
from sales.operations.refund_payments import Return, refund_payments, reopen_cards
from sales.queries import (
    lines_of,
    refund_facts,
    remaining_purchase_dates,
    returned_units,
    sale_by_reference,
    sale_facts,
)
from sales.rules import believed_time, status_after

Returns = tuple[Mapping[str, int], ...]


class RefundExceedsSale(Refusal):
    """More units than the line has left; `lines` names each with what is left."""

    code = "refund_exceeds_sale"


class RefundConflict(Refusal):
    """The refund reference is known with other content; nothing was changed."""

    code = "refund_conflict"


class SaleAlreadyVoided(Refusal):
    code = "sale_already_voided"


def refund(
    *, merchant: MerchantFacts, till: TillFacts, reference: str, draft: RefundDraft, received_at: datetime
) -> RecordedRefund:
    """Takes goods back by line. The same refund reference again returns the refund that exists.

    `reference` is this till's receipt number or the sale's id. Raises Missing('sale_not_found'), RefundExceedsSale,
    RefundConflict, BadInput for a line the sale does not have.
    """
    sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference, lock=True)
    known = Refund.objects.filter(
        merchant_id=merchant.id, sale_id=sale.id, refund_reference=draft.refund_reference
    ).first()
    if known is not None:
        if bytes(known.request_fingerprint) != draft.request_fingerprint:
            raise RefundConflict(refund_reference=draft.refund_reference)
        return _answer(merchant, sale, known, now=received_at, created=False)
    at = believed_time(draft.occurred_at, received_at).at
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    quantities = _checked(lines, draft)
    row = _take(merchant, sale, lines, quantities, kind="refund", draft=draft, at=at, received_at=received_at)
    return _answer(merchant, sale, row, now=received_at, created=True)


def void(
    *, merchant: MerchantFacts, till: TillFacts, reference: str, reason: str, received_at: datetime
) -> RecordedRefund:
    """Undoes what is left of the sale; its limited promotions may be used again, and its coupons as they say.

    Raises Missing('sale_not_found'), SaleAlreadyVoided.
    """
    sale = sale_by_reference(merchant=merchant, till_id=till.id, reference=reference, lock=True)
    if sale.status == "voided":
        raise SaleAlreadyVoided(reference=reference)
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    rest = {line.id: line.quantity - line.returned_quantity for line in lines}
    # No number of a till's: nobody can have given it to a return of this sale before.
    draft = RefundDraft(refund_reference=f"void:{new_id()}", request_fingerprint=bytes(32), lines=(), reason=reason)
    row = _take(merchant, sale, lines, rest, kind="void", draft=draft, at=received_at, received_at=received_at)
    return _answer(merchant, sale, row, now=received_at, created=True)


def return_lines(
    *,
    merchant: MerchantFacts,
    sale_id: UUID,
    quantities: Mapping[UUID, int],
    refund_reference: str,
    at: datetime,
    received_at: datetime,
) -> None:
    """A return brought in by file: units by line row, checked by the caller. The receipt's row is locked here."""
    sale = Sale.objects.select_for_update().get(merchant_id=merchant.id, id=sale_id)
    draft = RefundDraft(refund_reference=refund_reference, request_fingerprint=bytes(32), lines=())
    lines = lines_of(merchant=merchant, sale_id=sale.id)
    _take(merchant, sale, lines, quantities, kind="refund", draft=draft, at=at, received_at=received_at)


def _answer(merchant: MerchantFacts, sale: Sale, row: Refund, *, now: datetime, created: bool) -> RecordedRefund:
    sale.refresh_from_db()
    facts: RefundFacts = refund_facts(merchant=merchant, rows=[row])[0]
    return RecordedRefund(refund=facts, sale=sale_facts(merchant=merchant, row=sale, now=now), created=created)


# --- what comes back ---------------------------------------------------------------------------------------------


def _checked(lines: Sequence[SaleLine], draft: RefundDraft) -> dict[UUID, int]:
    """Units to return by line row; the same line named twice counts together."""
    by_id = {line.line_id: line for line in lines}
    unknown = [i for i, asked in enumerate(draft.lines) if asked.line_id not in by_id]
    if unknown:
        raise BadInput(
            [FieldError(f"/lines/{i}/line_id", "unknown_line", "The sale has no line of this id.") for i in unknown]
        )
    wanted: dict[UUID, int] = {}
    for asked in draft.lines:
        row = by_id[asked.line_id]
        wanted[row.id] = wanted.get(row.id, 0) + asked.quantity
    over = [
        {"line_id": line.line_id, "asked": wanted[line.id], "left": line.quantity - line.returned_quantity}
        for line in lines
        if line.id in wanted and wanted[line.id] > line.quantity - line.returned_quantity
    ]
    if over:
        raise RefundExceedsSale(lines=over)
    return wanted


def _shares(sale: Sale, outcome: Outcome, lines: Sequence[SaleLine], returns: Returns) -> Return:
    """What the last of `returns` takes back."""
    back = goods_return(outcome, returns[:-1], returns[-1])
    by_id = {line.line_id: line for line in lines}
    earned = sale.member_id is not None
    return Return(
        lines=[(by_id[line.line_id], line) for line in back.lines],
        paid=back.paid,
        points_reversed=points_to_take_back(outcome, returns, sale.points_reversed) if earned else 0,
        cashback_reversed=(
            cashback_to_take_back(outcome, returns, sale.cashback_reversed_amount)
            if earned and sale.cashback_earned_amount
            else 0
        ),
        spends=spend_of_remaining(outcome, returns) if outcome.uses else {},
        kept_points=dict(earned_by_remaining(outcome, returns).points_by_promotion) if earned else {},
    )


def _returns(merchant: MerchantFacts, sale: Sale, lines: Sequence[SaleLine], quantities: Mapping[UUID, int]) -> Returns:
    """Every return of the sale in the order they came, the one of `quantities` last: units by line id."""
    now = {line.line_id: quantities[line.id] for line in lines if quantities.get(line.id)}
    if not any(line.returned_quantity for line in lines):
        return (now,)
    return (*returned_units(merchant=merchant, sale_id=sale.id), now)


def _take(
    merchant: MerchantFacts,
    sale: Sale,
    lines: Sequence[SaleLine],
    quantities: Mapping[UUID, int],
    *,
    kind: str,
    draft: RefundDraft,
    at: datetime,
    received_at: datetime,
) -> Refund:
    outcome = Outcome.from_json(sale.outcome)
    returns = _returns(merchant, sale, lines, quantities)
    back = _shares(sale, outcome, lines, returns)
    today = merchant.day_of(received_at)
    refund_id = new_id()
    if sale.referral_id is not None:
        lock_referral_parties(merchant=merchant, referral_id=sale.referral_id)
    member = lock_member(merchant=merchant, member_id=sale.member_id) if sale.member_id else None
    is_all = kind == "void" or _nothing_stays(lines, quantities)
    if is_all:
        lock_coupons_of_sale(merchant=merchant, sale_id=sale.id)
    revoke_sale_rewards(
        merchant=merchant, outcome=outcome, returns=returns, sale_id=sale.id, refund_id=refund_id, at=received_at
    )
    reopen_cards(merchant, sale, back)
    if sale.referral_id is not None:
        lock_referral_accounts(merchant=merchant, referral_id=sale.referral_id, at=received_at, business_date=today)
    balance, back = refund_payments(
        merchant, sale, member, back, kind=kind, refund_id=refund_id, today=today, at=received_at
    )
    row = Refund.objects.create(
        merchant_id=merchant.id,
        id=refund_id,
        sale_id=sale.id,
        kind=kind,
        refund_reference=draft.refund_reference,
        request_fingerprint=draft.request_fingerprint,
        occurred_at=at,
        received_at=received_at,
        business_date=merchant.day_of(at),
        amount=back.money,
        goods_amount=back.goods,
        points_reversed=back.points_reversed,
        points_returned=back.points_returned,
        wallet_returned_amount=back.wallet_returned,
        gift_card_returned_amount=back.cards_returned,
        cashback_reversed_amount=back.cashback_reversed,
        points_expired=back.points_untaken.expired,
        points_lost=back.points_untaken.lost,
        cashback_expired_amount=back.cashback_untaken.expired,
        cashback_lost_amount=back.cashback_untaken.lost,
        points_balance=balance,
        reason=draft.reason,
    )
    _write_lines(merchant, refund_id, back)
    was_purchase = sale.total_amount > sale.refunded_amount
    _write_sale(merchant, sale, lines, quantities, back, kind=kind)
    if back.spends and kind == "refund":  # a void gives whole uses back, after its coupons
        return_promotion_spend(merchant=merchant, sale_id=sale.id, stands=back.spends)
    if back.kept_points and kind == "refund":
        return_points(merchant=merchant, sale_id=sale.id, kept=back.kept_points)
    return_promotion_funding(
        merchant=merchant,
        sale_id=sale.id,
        refund_id=refund_id,
        outcome=outcome,
        returns=returns,
        at=received_at,
        business_date=row.business_date,
    )
    if member is not None:
        _reverse_member_purchase(
            merchant, sale, member, back, was_purchase=was_purchase, today=today, received_at=received_at
        )
    if sale.referral_id is not None:
        return_referred_sale(
            merchant=merchant,
            referral_id=sale.referral_id,
            sale_id=sale.id,
            left_amount=sale.total_amount - sale.refunded_amount,
            at=received_at,
            business_date=today,
        )
    if is_all:
        _give_uses_back(merchant, sale, outcome, kind=kind, at=received_at)
    enqueue_event(merchant=merchant, kind="sale.refunded", subject_id=sale.id, at=received_at)
    return row


def _nothing_stays(lines: Sequence[SaleLine], quantities: Mapping[UUID, int]) -> bool:
    return all(line.quantity == line.returned_quantity + quantities.get(line.id, 0) for line in lines)


def _give_uses_back(merchant: MerchantFacts, sale: Sale, outcome: Outcome, *, kind: str, at: datetime) -> None:
    """All goods came back, by a void or by returns: coupons come back, unless the merchant wants it otherwise.

    A coupon that comes back can be used again, so its promotion's use is none either; a void gives every use back.
    """
    stay_used = {UUID(promotion_id) for promotion_id in promotions_whose_coupon_stays_used(outcome)}
    came_back = reinstate_coupons(merchant=merchant, sale_id=sale.id, at=at, stay_used=stay_used)
    if kind == "void":
        return_promotion_uses(merchant=merchant, sale_id=sale.id)
    elif came_back:
        return_promotion_uses(merchant=merchant, sale_id=sale.id, promotion_ids=came_back)


def _write_lines(merchant: MerchantFacts, refund_id: UUID, back: Return) -> None:
    RefundLine.objects.bulk_create(
        [
            RefundLine(
                merchant_id=merchant.id,
                refund_id=refund_id,
                line_id_of_sale=line.id,
                line_id=line.line_id,
                quantity=share.quantity,
                amount=share.goods_amount,
            )
            for line, share in back.lines
        ]
    )
    for line, share in back.lines:
        SaleLine.objects.filter(merchant_id=merchant.id, id=line.id).update(
            returned_quantity=line.returned_quantity + share.quantity,
            returned_amount=line.returned_amount + share.goods_amount,
        )


def _write_sale(
    merchant: MerchantFacts,
    sale: Sale,
    lines: Sequence[SaleLine],
    quantities: Mapping[UUID, int],
    back: Return,
    *,
    kind: str,
) -> None:
    returned = [line.returned_quantity + quantities.get(line.id, 0) for line in lines]
    sale.status = (
        "voided" if kind == "void" else status_after(sold=[line.quantity for line in lines], returned=returned)
    )
    sale.refunded_amount += back.goods
    sale.points_reversed += back.points_reversed
    sale.points_returned += back.points_returned
    sale.wallet_returned_amount += back.wallet_returned
    sale.gift_card_returned_amount += back.cards_returned
    sale.cashback_reversed_amount += back.cashback_reversed
    Sale.objects.filter(merchant_id=merchant.id, id=sale.id).update(
        status=sale.status,
        refunded_amount=sale.refunded_amount,
        points_reversed=sale.points_reversed,
        points_returned=sale.points_returned,
        wallet_returned_amount=sale.wallet_returned_amount,
        gift_card_returned_amount=sale.gift_card_returned_amount,
        cashback_reversed_amount=sale.cashback_reversed_amount,
    )


def _reverse_member_purchase(
    merchant: MerchantFacts,
    sale: Sale,
    member: MemberFacts,
    back: Return,
    *,
    was_purchase: bool,
    today: date,
    received_at: datetime,
) -> None:
    """The member's running figures without what came back; a sale fully returned is no purchase any more."""
    gone = was_purchase and sale.refunded_amount >= sale.total_amount
    apply_purchase(
        merchant=merchant,
        member=member,
        at=received_at,
        business_date=today,
        spend_delta=-back.goods,
        points_delta=-back.points_reversed,
        count_delta=-1 if gone else 0,
        purchased_at=sale.occurred_at,
        purchased_on=sale.business_date,
        dates=remaining_purchase_dates(merchant=merchant, member_id=member.id) if gone else None,
    )
