"""What the customer really paid is recorded; what it earns is calculated by the engine again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rewards.engine import earn_on_paid
from rewards.engine.facts import (
    NO_BILL,
    Discount,
    Outcome,
    OutcomeLine,
    PointsPayment,
    PointsShare,
    PromotionSpend,
    Share,
)
from rewards.engine.shares import stored_value_shares
from rewards.promotions.queries import engine_settings
from sales.facts import Charged
from sales.operations.prices import build_member_state
from sales.operations.pricing_context import PricingContext


def apply_charged_prices(context: PricingContext, outcome: Outcome, charged: Charged) -> tuple[Outcome, dict[str, int]]:
    """Return the outcome with the till's own totals, and {computed, charged} when they differ (else an empty mapping).

    A discount that was not given is removed from the record, and what the till gave beyond ours lowers the goods'
    price: the record names only discounts the customer got. A line that `charged` does not name costs what we said.
    """
    totals = {line.line_id: line.total_amount for line in outcome.lines}
    paid = totals | {line.line_id: line.total_amount for line in charged.lines}
    if paid == totals and charged.payable_amount == outcome.payable_amount:
        return outcome, {}
    charged_lines = [_charge_line(line, paid[line.line_id]) for line in outcome.lines]
    payments = _cap_points_payments(charged_lines, outcome)
    lines, wallet, gift_cards = _share_stored_value(_add_points(charged_lines, payments), outcome)
    discounts = _trim_discounts(outcome, {line.line_id: line.discount_amount for line in lines})
    subtotal, discount = sum(line.subtotal_amount for line in lines), sum(line.discount_amount for line in lines)
    facts = replace(
        outcome,
        lines=lines,
        discounts=discounts,
        uses=_keep_given_uses(
            outcome, [*_spent_on_discounts(discounts), *((p.promotion_id, p.value_amount) for p in payments)]
        ),
        points_payments=payments,
        points_to_redeem=sum(payment.points for payment in payments),
        points_value_amount=sum(payment.value_amount for payment in payments),
        subtotal_amount=subtotal,
        discount_amount=discount,
        total_amount=subtotal - discount,
        wallet_to_redeem_amount=wallet,
        gift_card_to_redeem_amount=gift_cards,
        payable_amount=charged.payable_amount,
    )
    return recompute_earnings(context, facts), {"computed": outcome.payable_amount, "charged": charged.payable_amount}


def _charge_line(line: OutcomeLine, paid: int) -> OutcomeLine:
    """Return the line as charged; a unit was free only where the till gave the whole discount of its line."""
    ours = min(line.discount_amount, max(0, line.subtotal_amount - paid))
    units = line.units_paid if ours == line.discount_amount and line.units_paid else None
    return line._replace(subtotal_amount=paid + ours, discount_amount=ours, total_amount=paid, units_paid=units)


def _cap_points_payments(lines: Sequence[OutcomeLine], outcome: Outcome) -> tuple[PointsPayment, ...]:
    """Let points pay no more of a line than it cost; what they would have paid beyond it stays with the member."""
    room = {line.line_id: line.total_amount for line in lines}
    payments = []
    for payment in outcome.points_payments:
        shares = []
        for share in payment.lines:
            amount = min(share.amount, room[share.line_id])
            room[share.line_id] -= amount
            points = share.points if amount == share.amount else -(-share.points * amount // share.amount)
            shares.append(PointsShare(share.line_id, points, amount))
        points, value = sum(s.points for s in shares), sum(s.amount for s in shares)
        payments.append(replace(payment, points=points, value_amount=value, lines=tuple(shares)))
    return tuple(payments)


def _add_points(lines: Sequence[OutcomeLine], payments: Sequence[PointsPayment]) -> list[OutcomeLine]:
    points: dict[str, int] = {}
    value: dict[str, int] = {}
    for share in (share for payment in payments for share in payment.lines):
        points[share.line_id] = points.get(share.line_id, 0) + share.points
        value[share.line_id] = value.get(share.line_id, 0) + share.amount
    return [
        line._replace(points_redeemed=points.get(line.line_id, 0), points_value_amount=value.get(line.line_id, 0))
        for line in lines
    ]


def _share_stored_value(lines: Sequence[OutcomeLine], outcome: Outcome) -> tuple[tuple[OutcomeLine, ...], int, int]:
    """Share wallet money and gift cards over the lines as charged, and never more than there was to pay."""
    room = [max(0, line.total_amount - line.points_value_amount) for line in lines]
    due = max(0, sum(room) + (outcome.bill or NO_BILL).added_amount)
    wallet = min(outcome.wallet_to_redeem_amount, due)
    gift_cards = min(outcome.gift_card_to_redeem_amount, due - wallet)
    shares = zip(lines, *stored_value_shares(room, wallet, gift_cards), strict=True)
    paid = tuple(line._replace(wallet_amount=w, gift_card_amount=g) for line, w, g in shares)
    return paid, wallet, gift_cards


def _trim_discounts(outcome: Outcome, given: Mapping[str, int]) -> tuple[Discount, ...]:
    """Cut the discounts to what each line was really given, the first one first."""
    left = dict(given)
    kept = []
    for discount in outcome.discounts:
        shares = []
        for share in discount.lines:
            amount = min(share.amount, left[share.line_id])
            left[share.line_id] -= amount
            if amount:
                shares.append(Share(share.line_id, amount))
        if shares:
            kept.append(replace(discount, amount=sum(s.amount for s in shares), lines=tuple(shares)))
    return tuple(kept)


def _spent_on_discounts(discounts: Sequence[Discount]) -> list[tuple[str, int]]:
    return [(discount.promotion_id, discount.amount) for discount in discounts]


def _keep_given_uses(outcome: Outcome, given: Sequence[tuple[str, int]]) -> tuple[PromotionSpend, ...]:
    """Keep the uses of given discounts; one given in part takes its part of the budget."""
    computed = {discount.promotion_id for discount in outcome.discounts}
    amounts = dict(given)
    return tuple(
        replace(use, spend=amounts.get(use.promotion_id, use.spend))
        for use in outcome.uses
        if use.promotion_id in amounts or use.promotion_id not in computed
    )


def recompute_earnings(context: PricingContext, outcome: Outcome) -> Outcome:
    """Return the outcome with what its lines earn at the prices that were paid, under the rules of its own time."""
    return earn_on_paid(
        outcome,
        build_member_state(context),
        context.promotions,
        context.sale_time.local_at,
        engine_settings(context.merchant, context.promotions),
        outlet_id=str(context.till.outlet.id),
    )
