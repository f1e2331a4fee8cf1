"""Coupons of a sale: those it used are redeemed, those it brings are issued."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from rewards.coupons.operations import LockedCoupon, commit_coupons, issue_sale_rewards
from sales.operations.sale_in_progress import SaleInProgress


def redeem_coupons(sale: SaleInProgress) -> None:
    """Book the uses. A paid sale whose code is used up meanwhile keeps its price: the use is kept apart, flagged.

    So is that of a member's own coupon by a card that is not in force: the coupon stays theirs.
    """
    applied = {c.code for c in sale.outcome.coupons if c.status == "applied"}
    coupons = [c for c in sale.context.coupons if c.code in applied and c.coupon_id is not None]
    lost = [c for c in coupons if c.refusal is not None and not c.reserved_here]
    not_theirs = [c for c in coupons if c not in lost and c.is_personal and sale.context.spends_nothing]
    kept = [c for c in coupons if c not in lost and c not in not_theirs]
    discounts = {d.coupon_code: d.amount for d in sale.outcome.discounts if d.coupon_code}
    _book_uses(sale, kept, discounts, over=False)
    _book_uses(sale, [*lost, *not_theirs], discounts, over=True)
    for coupon in lost:
        sale.warn("coupon_over_redeemed", code=coupon.code, reason=coupon.refusal)


def _book_uses(
    sale: SaleInProgress, coupons: Sequence[LockedCoupon], discounts: Mapping[str, int], *, over: bool
) -> None:
    commit_coupons(
        merchant=sale.merchant,
        coupons=coupons,
        quote_id=sale.quote_id,
        discounts=discounts,
        sale_id=sale.id,
        member_id=sale.member_id,
        sale_amount=sale.outcome.total_amount,
        at=sale.received_at,
        over=over,
    )


def issue_coupons_and_stamps(sale: SaleInProgress, *, but_not: Collection[str] = ()) -> None:
    """Issue coupons for next time and stamp cards; one that could not be issued is a warning.

    `but_not` are promotions whose coupons the sale has brought already.
    """
    new = tuple(item for item in sale.outcome.coupons_to_issue if item.promotion_id not in but_not)
    issued = issue_sale_rewards(
        merchant=sale.merchant,
        outcome=replace(sale.outcome, coupons_to_issue=new) if but_not else sale.outcome,
        definitions=sale.context.promotions,
        member_id=sale.member_id,
        sale_id=sale.id,
        at=sale.received_at,
        today=sale.context.sale_time.priced_on,
    )
    for promotion_id in issued.refused:
        sale.warn("coupon_not_issued", promotion_id=promotion_id)
