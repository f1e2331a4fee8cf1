"""Paid sales of which a till does not learn whether they have a member.

A till that has asked for too many unknown members goes on recording what was paid. The members earn, and the answers
are those of a sale without a member, at once and later: else a batch would be a way to try phone numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sales.facts import ExchangedReturn, RefundFacts, SaleFacts, SaleWarning, TillReceipt
from sales.rules import CLOCK_WARNINGS, LATE_WARNING, MEMBER_WITHHELD

_SAYS_NOTHING_OF_A_MEMBER: Final = CLOCK_WARNINGS | {
    LATE_WARNING,
    MEMBER_WITHHELD,
    "before_sale",
    "charged_differs",
    "code_not_checked",
    "coupon_not_applied",
    "coupon_over_redeemed",
    "gift_card_missing",
    "gift_card_skipped",
    "points_not_redeemed",
    "quote_changed",
    "return_not_taken_back",
    "return_waits",
    "rounding_capped",
    "wallet_not_redeemed",
}


def hide_withheld_member(sale: SaleFacts) -> SaleFacts:
    """Return the sale as if it had no member, where the till is not to learn of one; any other sale as it is."""
    if not sale.withholds_member:
        return sale
    return replace(
        sale,
        member=None,
        points=None,
        wallet=None,
        member_coupons=(),
        member_stamps=(),
        outcome=replace(sale.outcome, decisions=()),
        points_earned=0,
        points_redeemed=0,
        cashback_earned_amount=0,
        cashback_pending=(),
        points_balance=0,
        quarantined=False,
        tier_change=None,
        coupons_issued=(),
        refunds=tuple(hide_member_in_refund(refund) for refund in sale.refunds if refund.lines),
        warnings=_hide_warnings(sale.warnings),
        birthday_benefit_open=False,
    )


def hide_member_in_refund(refund: RefundFacts) -> RefundFacts:
    """Return what came back as if the sale had no member."""
    return replace(
        refund,
        points_reversed=0,
        points_returned=0,
        wallet_returned_amount=0,
        cashback_reversed_amount=0,
        points_expired=0,
        points_lost=0,
        cashback_expired_amount=0,
        cashback_lost_amount=0,
        points_balance=0,
        warnings=_hide_warnings(refund.warnings),
    )


def hide_withheld_owners(returns: Iterable[ExchangedReturn]) -> tuple[ExchangedReturn, ...]:
    """Return what was handed back with a cart, without the members whom the till is not to learn of."""
    return tuple(
        replace(one, member_id=None, refund=hide_member_in_refund(one.refund)) if one.withholds_member else one
        for one in returns
    )


def hide_withheld_buyer(receipt: TillReceipt) -> TillReceipt:
    """Return the receipt of a list as if it had no member, where the till is not to learn of one."""
    return replace(receipt, member_id=None, points_earned=0) if receipt.withholds_member else receipt


def _hide_warnings(warnings: Iterable[SaleWarning]) -> tuple[SaleWarning, ...]:
    return tuple(one for one in warnings if one.code in _SAYS_NOTHING_OF_A_MEMBER)
