"""Receipts changed by staff at the screen: goods taken back, voided, or given to a member; each shown before.

They call what a till's requests call, so what comes back is the same to the last point. What is shown before is the
operation itself, undone: nothing computes it a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common.errors import Missing, Refusal
from common.ids import new_id
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit, refuse_other_outlet
from merchants.queries import till_by_id
from rewards.coupons.queries import coupons_issued_by, rewards_of_returns
from sales.facts import ClaimEffects, RefundDraft, RefundLineDraft, ReturnEffects, StaffReturn
from sales.models import Refund, Sale
from sales.operations.exchanges import undone
from sales.operations.receipt_claims import claim_sale
from sales.operations.refunds import SaleAlreadyVoided, refund_sale, void_sale
from sales.rules import STAFF_RETURN, receipt_seen


class ReceiptMoved(Refusal):
    """The receipt was returned or claimed by someone else since the person saw it; nothing was changed."""

    code = "receipt_moved"


def return_by_staff(*, merchant: MerchantFacts, asked: StaffReturn, at: datetime, actor: Actor) -> ReturnEffects:
    """Take goods of a receipt back, or all that is left, and leave an audit entry.

    Raises Missing('sale_not_found'), OtherOutlet, ReceiptMoved, SaleAlreadyVoided, RefundExceedsSale.
    """
    _refuse_other_outlet(merchant, asked, actor)
    found = _take_back(merchant, asked, at=at)
    row = Sale.objects.only("reference").get(merchant_id=merchant.id, id=asked.sale_id)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="receipt.voided" if asked.quantities is None else "receipt.refunded",
        at=at,
        subject=("receipt", asked.sale_id),
        after={
            "reference": row.reference,
            "amount": found.refund.amount,
            "points_taken_back": found.refund.points_reversed,
            "points_given_back": found.refund.points_returned,
        },
        reason=asked.reason,
    )
    return found


def preview_return(*, merchant: MerchantFacts, asked: StaffReturn, at: datetime) -> ReturnEffects:
    """Return what `return_by_staff` would do, and do nothing. Raises what it raises."""
    with undone():
        return _take_back(merchant, asked, at=at)


def claim_by_staff(
    *, merchant: MerchantFacts, sale_id: UUID, member_id: UUID, seen: str, reason: str, at: datetime, actor: Actor
) -> ClaimEffects:
    """Give an anonymous receipt to a member, with what it earns, and leave an audit entry.

    `seen` (rules.receipt_seen) is what the person saw of it. Raises Missing, OtherOutlet, ClaimNotPossible,
    MemberBlocked, and ReceiptMoved where the receipt is another by now.
    """
    refuse_other_outlet(merchant=merchant, actor=actor, outlet_id=_lock_sale(merchant, sale_id).outlet_id)
    found = _claim_receipt(merchant, sale_id, member_id, at=at, seen=seen)
    row = Sale.objects.only("reference").get(merchant_id=merchant.id, id=sale_id)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="receipt.claimed",
        at=at,
        subject=("receipt", sale_id),
        after={"reference": row.reference, "owner_id": str(member_id), "points": found.points_earned},
        reason=reason,
    )
    return found


def preview_claim(*, merchant: MerchantFacts, sale_id: UUID, member_id: UUID, at: datetime) -> ClaimEffects:
    """Return what `claim_by_staff` would give, and give nothing. Raises what it raises."""
    with undone():
        return _claim_receipt(merchant, sale_id, member_id, at=at)


def _refuse_other_outlet(merchant: MerchantFacts, asked: StaffReturn, actor: Actor) -> None:
    """Refuse a person who works neither where it was sold nor where it comes back. Raises OtherOutlet."""
    sold_at = _lock_sale(merchant, asked.sale_id).outlet_id
    comes_back_at = till_by_id(merchant=merchant, till_id=asked.till_id).outlet.id
    for outlet_id in dict.fromkeys((sold_at, comes_back_at)):
        refuse_other_outlet(merchant=merchant, actor=actor, outlet_id=outlet_id)


def _take_back(merchant: MerchantFacts, asked: StaffReturn, *, at: datetime) -> ReturnEffects:
    sale = _lock_sale(merchant, asked.sale_id)
    if sale.status == "voided":
        raise SaleAlreadyVoided(reference=sale.reference)
    # Under the lock of the sale: of two who saw the same receipt, the second is shown what the first did.
    if _seen_now(merchant, sale) != asked.seen:
        raise ReceiptMoved
    till = till_by_id(merchant=merchant, till_id=asked.till_id)
    earlier = rewards_of_returns(merchant=merchant, sale_id=sale.id)
    request: dict[str, Any] = {"merchant": merchant, "till": till, "reference": sale.id, "received_at": at}
    if asked.quantities is None:
        done = void_sale(reason=asked.reason, **request)
    else:
        done = refund_sale(draft=_draft_of(asked.quantities, asked.reason), **request)
    return ReturnEffects(done.refund, rewards_of_returns(merchant=merchant, sale_id=sale.id).since(earlier))


def _draft_of(quantities: Mapping[str, int], reason: str) -> RefundDraft:
    return RefundDraft(
        refund_reference=f"{STAFF_RETURN}{new_id()}",  # no till makes such a number, so no return can have it
        request_fingerprint=bytes(32),
        lines=tuple(RefundLineDraft(line_id, units) for line_id, units in quantities.items()),
        reason=reason,
    )


def _claim_receipt(
    merchant: MerchantFacts, sale_id: UUID, member_id: UUID, *, at: datetime, seen: str | None = None
) -> ClaimEffects:
    sale = _lock_sale(merchant, sale_id)
    if sale.member_id is not None or (seen is not None and _seen_now(merchant, sale) != seen):
        raise ReceiptMoved
    till = till_by_id(merchant=merchant, till_id=sale.till_id)
    done = claim_sale(merchant=merchant, till=till, reference=sale.id, member_id=member_id, at=at)
    coupons = coupons_issued_by(merchant=merchant, sale_id=sale.id, at=at, today=merchant.day_of(at))
    return ClaimEffects(
        points_earned=done.points_earned,
        cashback_amount=done.cashback_earned_amount,
        points_balance=done.points.points_balance if done.points else 0,
        coupons=tuple(one.title for one in coupons),
        tier_code=done.tier_change.after if done.tier_change else "",
    )


def _seen_now(merchant: MerchantFacts, sale: Sale) -> str:
    """Return the mark of a receipt whose row is locked."""
    returns = Refund.objects.filter(merchant_id=merchant.id, sale_id=sale.id).count()
    return receipt_seen(returns=returns, member_id=sale.member_id)


def _lock_sale(merchant: MerchantFacts, sale_id: UUID) -> Sale:
    row = Sale.objects.select_for_update().filter(merchant_id=merchant.id, id=sale_id).first()
    if row is None:
        raise Missing("sale_not_found")
    return row
