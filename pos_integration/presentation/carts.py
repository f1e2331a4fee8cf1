"""Quotes, sales and refunds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from ledger.facts import Balance
from merchants.facts import MerchantFacts
from pos_integration.presentation.members import Json, MemberCard, member_json
from pos_integration.presentation.rewards import NO_OFFERS, Offers, coupons_with_conditions_json
from pos_integration.presentation.stored_value import gift_card_use_json
from rewards.engine.facts import Definition, Outcome
from rewards.promotions.wording import Names, quote_body
from sales.facts import (
    ExchangedReturn,
    LineFacts,
    ParkedReturnFacts,
    Quoted,
    RefundFacts,
    SaleFacts,
    SaleWarning,
)
from sales.wording import warning_message

WAITS = "card_not_confirmed"
_REFUND_FIGURES = (
    "amount",
    "goods_amount",
    "tax_amount",
    "service_amount",
    "tip_amount",
    "rounding_amount",
    "points_reversed",
    "points_returned",
    "wallet_returned_amount",
    "gift_card_returned_amount",
    "cashback_reversed_amount",
    "points_expired",
    "points_lost",
    "cashback_expired_amount",
    "cashback_lost_amount",
    "points_balance",
)
_PARKED_STATUS = {
    "waiting": "parked",
    "unmatched": "unmatched_return",
    "refused": "refused",
    "closed": "closed",
}
"""What a till reads of a parked return that was not applied."""
_FROM_OUTCOME = (
    "tax_amount",
    "service_amount",
    "tip_amount",
    "rounding_amount",
    "prices_include_tax",
    "prices_include_service",
    "points_value_amount",
    "discounts",
    "free_items",
    "coupons",
    "decisions",
)


def quote_json(
    quoted: Quoted,
    *,
    merchant: MerchantFacts,
    language: str,
    names: Names,
    promotions: Iterable[Definition] = (),
    waiting: Collection[UUID | None] = (),
) -> Json:
    """Write a quote; `promotions` let hints name what is missing for which benefit; `names`: what decisions name.

    `waiting`: members of whom the till knows only a waiting card.
    """
    outcome = _hide_promotions(quoted.outcome, quoted.hidden) if quoted.hidden else quoted.outcome
    handed_back = sum(one.refund.amount for one in quoted.returns)
    body = quote_body(outcome, promotions, currency=merchant.currency, language=language, names=names)
    return {
        "quote_id": quoted.quote_id,
        "expires_at": quoted.expires_at,
        "reserved": quoted.reserved,
        **body,
        "gift_cards": [gift_card_use_json(use, language=language) for use in quoted.gift_cards],
        "warnings": warnings_json(quoted.warnings, merchant, language),
        "returns": [exchanged_json(one, by_waiting_card=one.member_id in waiting) for one in quoted.returns],
        "returns_amount": handed_back,
        "payable_amount": outcome.payable_amount - handed_back,
    }


def _hide_promotions(outcome: Outcome, hidden: Collection[str]) -> Outcome:
    """Return the outcome without decisions and hints of rules that would show who the member is."""
    return replace(
        outcome,
        decisions=tuple(d for d in outcome.decisions if d.promotion_id not in hidden or d.reason == WAITS),
        hints=tuple(hint for hint in outcome.hints if hint.promotion_id not in hidden),
    )


def sale_json(
    sale: SaleFacts,
    *,
    merchant: MerchantFacts,
    language: str,
    today: Any,
    names: Names,
    offers: Offers = NO_OFFERS,
    by_waiting_card: bool = False,
    waiting: Collection[UUID | None] = (),
) -> Json:
    """Write the receipt as it is; `today` is the merchant's business day, for the member's next birthday.

    `names`: what the decisions of the sale name. `offers`: those of the coupons that it brought.
    `by_waiting_card`: what the sale itself gave and took is shown, nothing of what the member has; `waiting` are the
    members of whom the till knows no more, among those whose goods were handed back.
    """
    issued = () if by_waiting_card else sale.coupons_issued
    body = quote_body(sale.outcome, (), currency=merchant.currency, language=language, names=names)
    lines = [_line_json(line) for line in sale.lines]
    return {
        "id": sale.id,
        "reference": sale.reference,
        "status": sale.status,
        "occurred_at": sale.occurred_at,
        "member": _member_json(sale, today=today, by_waiting_card=by_waiting_card),
        "subtotal_amount": sum(line["subtotal_amount"] for line in lines),
        "discount_amount": sum(line["discount_amount"] for line in lines),
        "total_amount": sum(line["total_amount"] for line in lines),
        **{name: body[name] for name in _FROM_OUTCOME},
        "returns": [exchanged_json(one, by_waiting_card=one.member_id in waiting) for one in sale.returns],
        "returns_amount": sum(one.refund.amount for one in sale.returns),
        "payable_amount": sale.payable_amount,
        "lines": lines,
        "points_earned": sale.points_earned,
        "points_redeemed": sale.points_redeemed,
        "cashback_earned_amount": sale.cashback_earned_amount,
        "cashback_pending": [{"amount": amount, "available_on": day} for amount, day in sale.cashback_pending],
        "wallet_redeemed_amount": sale.wallet_redeemed_amount,
        "gift_card_redeemed_amount": sale.gift_card_redeemed_amount,
        "gift_cards": [gift_card_use_json(use, language=language) for use in sale.gift_cards],
        "points_balance": 0 if by_waiting_card else sale.points_balance,
        "quarantined": sale.quarantined,
        "tier_change": None if by_waiting_card else _tier_change_json(sale),
        "coupons_issued": coupons_with_conditions_json(issued, offers, currency=merchant.currency, language=language),
        "refunds": [
            refund_json(refund, merchant, language, by_waiting_card=by_waiting_card) for refund in sale.refunds
        ],
        "warnings": warnings_json(sale.warnings, merchant, language),
    }


def warnings_json(warnings: Iterable[SaleWarning], merchant: MerchantFacts, language: str) -> list[Json]:
    return [{"code": one.code, "message": warning_message(one, merchant.currency, language)} for one in warnings]


def _tier_change_json(sale: SaleFacts) -> Json | None:
    return {"from": sale.tier_change.before, "to": sale.tier_change.after} if sale.tier_change else None


def refund_json(refund: RefundFacts, merchant: MerchantFacts, language: str, *, by_waiting_card: bool = False) -> Json:
    return {
        "id": refund.id,
        "refund_reference": refund.refund_reference,
        "status": refund.status,
        "exchange_sale_id": refund.exchange_sale_id,
        **_refund_figures(refund, by_waiting_card=by_waiting_card),
        "warnings": warnings_json(refund.warnings, merchant, language),
    }


def exchanged_json(exchanged: ExchangedReturn, *, by_waiting_card: bool = False) -> Json:
    """Write what was handed back in a receipt, or would be by a quote: no return exists yet that could be named."""
    return {
        "sale_id": exchanged.sale_id,
        "reference": exchanged.reference,
        **_refund_figures(exchanged.refund, by_waiting_card=by_waiting_card),
    }


def _refund_figures(refund: RefundFacts, *, by_waiting_card: bool) -> Json:
    return {
        "amount": refund.amount,
        "goods_amount": refund.goods_amount,
        "tax_amount": refund.tax_amount,
        "service_amount": refund.service_amount,
        "tip_amount": refund.tip_amount,
        "rounding_amount": refund.rounding_amount,
        "points_reversed": refund.points_reversed,
        "points_returned": refund.points_returned,
        "wallet_returned_amount": refund.wallet_returned_amount,
        "gift_card_returned_amount": refund.gift_card_returned_amount,
        "cashback_reversed_amount": refund.cashback_reversed_amount,
        "points_expired": refund.points_expired,
        "points_lost": refund.points_lost,
        "cashback_expired_amount": refund.cashback_expired_amount,
        "cashback_lost_amount": refund.cashback_lost_amount,
        "points_balance": 0 if by_waiting_card else refund.points_balance,
        "lines": [{"line_id": r.line_id, "quantity": r.quantity, "amount": r.amount} for r in refund.lines],
    }


def parked_return_json(parked: ParkedReturnFacts, merchant: MerchantFacts, language: str) -> Json:
    """A return whose sale is not known yet: nothing of it is worked out before the sale is there."""
    return {
        "id": parked.id,
        "refund_reference": parked.refund_reference,
        "status": _PARKED_STATUS[parked.state],
        "exchange_sale_id": parked.exchange_sale_id,
        **dict.fromkeys(_REFUND_FIGURES, 0),
        "lines": [{"line_id": line.line_id, "quantity": line.quantity, "amount": 0} for line in parked.lines],
        "warnings": warnings_json(parked.warnings, merchant, language),
    }


def _line_json(line: LineFacts) -> Json:
    return {
        "line_id": line.line_id,
        "subtotal_amount": line.subtotal_amount,
        "discount_amount": line.discount_amount,
        "total_amount": line.total_amount,
        "tax_amount": line.tax_amount,
        "service_amount": line.service_amount,
    }


def _member_json(sale: SaleFacts, *, today: Any, by_waiting_card: bool) -> Json | None:
    if sale.member is None:
        return None
    return member_json(
        MemberCard(
            member=sale.member,
            points=sale.points or Balance(),
            wallet=sale.wallet or Balance(),
            coupons=sale.member_coupons,
            stamps=sale.member_stamps,
            today=today,
            birthday_benefit_open=sale.birthday_benefit_open,
            referral_link=None,
            card_confirmed=sale.member.has_card_in_force,
            by_waiting_card=by_waiting_card,
        )
    )
