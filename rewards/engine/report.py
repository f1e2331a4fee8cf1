"""Turns a finished run into an `Outcome`: figures by line, discounts, earnings, decisions, hints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rewards.engine.basket import Basket
from rewards.engine.benefit import APPLIED, Benefit
from rewards.engine.bill import share_bill
from rewards.engine.evaluation_state import EvaluationContext, EvaluationState
from rewards.engine.facts import (
    NO_BILL,
    Cart,
    Cashback,
    CouponClaim,
    CouponResult,
    CouponToIssue,
    Decision,
    Definition,
    Discount,
    Earned,
    Hint,
    Outcome,
    OutcomeLine,
    PointsPayment,
    PointsShare,
    PromotionSpend,
    Share,
    StampEarned,
)
from rewards.engine.pipeline import RunProgress, group_of, is_best_only
from rewards.engine.registry import KINDS, Stage
from rewards.engine.return_prices import REPRICE, STAYS_USED, acts_on_units
from rewards.engine.shares import split_by_weight, stored_value_shares

HINTED = frozenset({"min_spend_not_met", "min_qty_not_met", "insufficient_free_units"})
UNUSABLE = "coupon_not_usable"
# What a return takes back by asking the rule again, so that the rule is kept with the sale.
_TAKEN_BACK = frozenset({"points", "wallet", "stamps", "coupon"})


@dataclass(slots=True)
class Columns:
    """Figures per line, by index into the basket."""

    off: list[int]
    points_value: list[int]
    points_used: list[int]
    wallet: list[int]
    gift_cards: list[int]
    earned: list[int]
    cashback: list[int]
    tax: list[int]
    service: list[int]


def report(
    cart: Cart,
    ordered: Sequence[Definition],
    context: EvaluationContext,
    progress: RunProgress,
    coupons: tuple[CouponClaim, ...],
    *,
    discounted: Sequence[int],
    wallet: int,
    gift_cards: int,
) -> Outcome:
    """Report the outcome; `discounted` is each line's rest before points, `wallet`, `gift_cards` what these paid."""
    basket = progress.state.basket
    payments = tuple(_make_payment(basket, *pair) for pair in progress.applied if pair[1].gives == "payment")
    columns = _make_columns(cart, basket, progress, payments, discounted, wallet, gift_cards)
    total, points_value = sum(discounted), sum(payment.value_amount for payment in payments)
    earned = tuple(_make_earned(basket, *pair) for pair in progress.applied if pair[1].gives == "points")
    cashback = tuple(_make_cashback(basket, *pair) for pair in progress.applied if pair[1].gives == "wallet")
    used_codes = {claim.promotion_id: claim.code for claim in context.claims.values() if claim.usable}
    return Outcome(
        subtotal_amount=sum(basket.price_gross),
        discount_amount=sum(basket.price_gross) - total,
        total_amount=total,
        points_to_earn=sum(item.points for item in earned),
        cashback_to_earn_amount=sum(item.amount for item in cashback),
        points_to_redeem=sum(payment.points for payment in payments),
        points_value_amount=points_value,
        wallet_to_redeem_amount=wallet,
        payable_amount=total + (cart.bill or NO_BILL).added_amount - points_value - wallet - gift_cards,
        lines=_make_lines(cart, basket, columns, progress.state),
        discounts=tuple(
            _make_discount(basket, *pair, used_codes.get(pair[0].id))
            for pair in progress.applied
            if pair[1].gives == "money_off" and pair[1].shares
        ),
        free_items=tuple(
            replace(benefit.gift, promotion_id=d.id) for d, benefit in progress.applied if benefit.gift is not None
        ),
        earned=earned,
        cashback=cashback,
        points_payments=payments,
        stamps=_stamps_of_run(progress),
        coupons_to_issue=_coupons_to_issue(progress),
        coupons=_make_coupon_results(coupons, context, progress),
        decisions=_make_decisions(ordered, progress),
        hints=_make_hints(ordered, progress),
        uses=_uses_of_run(progress),
        rules=_rules_of_run(progress),
        money_rounding=context.settings.money_rounding,
        gift_card_to_redeem_amount=gift_cards,
        point_value=_point_value(progress),
        closed_groups=_closed_groups(progress),
        earning_blocked=progress.state.earning_blocked,
        bill=cart.bill,
    )


def report_earnings(sold: Outcome, ordered: Sequence[Definition], progress: RunProgress) -> Outcome:
    """Report a sale's outcome with what `progress`, in which only earning acted, gives instead of the old earnings."""
    basket, asked = progress.state.basket, {definition.id for definition in ordered}
    points, money = (_sum_shares(progress, gives, len(basket.lines)) for gives in ("points", "wallet"))
    row = {line_id: i for i, line_id in enumerate(basket.line_ids)}
    earned = tuple(_make_earned(basket, *pair) for pair in progress.applied if pair[1].gives == "points")
    cashback = tuple(_make_cashback(basket, *pair) for pair in progress.applied if pair[1].gives == "wallet")
    return replace(
        sold,
        points_to_earn=sum(item.points for item in earned),
        cashback_to_earn_amount=sum(item.amount for item in cashback),
        lines=tuple(
            line._replace(points_earned=points[row[line.line_id]], cashback_amount=money[row[line.line_id]])
            for line in sold.lines
        ),
        earned=earned,
        cashback=cashback,
        stamps=_stamps_of_run(progress),
        coupons_to_issue=_coupons_to_issue(progress),
        decisions=_decided_again(sold.decisions, _make_decisions(ordered, progress)),
        uses=(*(use for use in sold.uses if use.promotion_id not in asked), *_uses_of_run(progress)),
        rules=(*(rule for rule in sold.rules if rule["id"] not in asked), *_rules_of_run(progress)),
        point_value=_point_value(progress),
    )


def _decided_again(before: Sequence[Decision], again: Sequence[Decision]) -> tuple[Decision, ...]:
    """Return new decisions in the place of those they change; one of the same reason keeps its figures."""
    new = {decision.promotion_id: decision for decision in again}
    kept = []
    for decision in before:
        now = new.pop(decision.promotion_id, decision)
        kept.append(decision if not now.applied and now.reason == decision.reason else now)
    return (*kept, *new.values())


def _closed_groups(progress: RunProgress) -> tuple[tuple[str, str], ...]:
    settings = progress.state.settings
    return tuple(
        (definition.id, group_of(definition, Stage.DISCOUNT))
        for definition, _ in progress.applied
        if definition.group is not None
        and is_best_only(definition, settings)
        and KINDS[definition.kind].stage_of(definition.terms) is Stage.DISCOUNT
    )


def _stamps_of_run(progress: RunProgress) -> tuple[StampEarned, ...]:
    return tuple(StampEarned(d.id, benefit.card, benefit.stamps) for d, benefit in progress.applied if benefit.stamps)


def _coupons_to_issue(progress: RunProgress) -> tuple[CouponToIssue, ...]:
    return tuple(CouponToIssue(d.id, benefit.coupon) for d, benefit in progress.applied if benefit.coupon is not None)


def _uses_of_run(progress: RunProgress) -> tuple[PromotionSpend, ...]:
    return tuple(PromotionSpend(d.id, benefit.spend, d.version) for d, benefit in progress.applied)


def _rules_of_run(progress: RunProgress) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        d.source for d, benefit in progress.applied if benefit.gives in _TAKEN_BACK or _asks_on_return(d, benefit)
    )


def _point_value(progress: RunProgress) -> tuple[int, int] | None:
    return next((benefit.point_value for _, benefit in progress.applied if benefit.point_value), None)


def _asks_on_return(definition: Definition, benefit: Benefit) -> bool:
    is_priced_anew = definition.on_return == REPRICE and benefit.gives == "money_off"
    return is_priced_anew or acts_on_units(benefit) or definition.coupon_on_return == STAYS_USED


def _make_columns(  # noqa: PLR0917 - the payments stand in the order in which they are taken
    cart: Cart,
    basket: Basket,
    progress: RunProgress,
    payments: Sequence[PointsPayment],
    discounted: Sequence[int],
    wallet: int,
    gift_cards: int,
) -> Columns:
    size = len(basket.lines)
    by_wallet, by_gift_cards = stored_value_shares(basket.price_left, wallet, gift_cards)
    tax, service = [0] * size, [0] * size
    if cart.bill is not None:
        tax, service = share_bill(cart.bill, basket.lines, discounted)
    used = [0] * size
    for payment in payments:
        by_line = {share.line_id: share.points for share in payment.lines}
        for i, line in enumerate(basket.lines):
            used[i] += by_line.get(line.line_id, 0)
    return Columns(
        off=[gross - left for gross, left in zip(basket.price_gross, discounted, strict=True)],
        points_value=[before - left for before, left in zip(discounted, basket.price_left, strict=True)],
        points_used=used,
        wallet=by_wallet,
        gift_cards=by_gift_cards,
        earned=_sum_shares(progress, "points", size),
        cashback=_sum_shares(progress, "wallet", size),
        tax=tax,
        service=service,
    )


def _sum_shares(progress: RunProgress, gives: str, size: int) -> list[int]:
    sums = [0] * size
    for _, benefit in progress.applied:
        if benefit.gives == gives:
            for i, amount in benefit.shares:
                sums[i] += amount
    return sums


def _make_lines(cart: Cart, basket: Basket, columns: Columns, state: EvaluationState) -> tuple[OutcomeLine, ...]:
    made: dict[str, OutcomeLine] = {}
    for i, line in enumerate(basket.lines):
        gross, off = basket.price_gross[i], columns.off[i]
        made[line.line_id] = OutcomeLine(
            line.line_id,
            line.sku,
            line.category,
            line.quantity,
            gross,
            off,
            gross - off,
            columns.points_value[i],
            columns.points_used[i],
            columns.wallet[i],
            columns.earned[i],
            columns.cashback[i],
            columns.gift_cards[i],
            i in state.never_earns,
            i in state.never_discounted,
            basket.units_paid(i),
            "" if line.sku else line.name,
            str(line.measure or ""),
            columns.tax[i],
            columns.service[i],
            line.bases,
        )
    return tuple(made[line.line_id] for line in cart.lines)


def _make_shares(basket: Basket, benefit: Benefit) -> tuple[Share, ...]:
    ids = basket.line_ids
    return tuple(map(_SHARE, [(ids[i], amount) for i, amount in benefit.shares]))


# A sale has hundreds of shares and decisions; made from ready tuples they take a third of the time of Share(...).
_SHARE: Callable[[tuple[str, int]], Share] = partial(tuple.__new__, Share)
_DECISION: Callable[[tuple[Any, ...]], Decision] = partial(tuple.__new__, Decision)


def _make_discount(basket: Basket, definition: Definition, benefit: Benefit, code: str | None) -> Discount:
    took_part = tuple(Share(basket.line_ids[i], cost) for i, cost in benefit.took_part)
    return Discount(definition.id, definition.title, benefit.worth, _make_shares(basket, benefit), code, took_part)


def _make_earned(basket: Basket, definition: Definition, benefit: Benefit) -> Earned:
    return Earned(definition.id, definition.title, benefit.worth, _make_shares(basket, benefit), benefit.after_days)


def _make_cashback(basket: Basket, definition: Definition, benefit: Benefit) -> Cashback:
    return Cashback(definition.id, definition.title, benefit.worth, benefit.after_days, _make_shares(basket, benefit))


def _make_payment(basket: Basket, definition: Definition, benefit: Benefit) -> PointsPayment:
    points = split_by_weight(benefit.points_used, [amount for _, amount in benefit.shares])
    shares = tuple(
        PointsShare(basket.lines[i].line_id, part, amount)
        for (i, amount), part in zip(benefit.shares, points, strict=True)
    )
    return PointsPayment(definition.id, benefit.points_used, benefit.worth, shares)


def _make_decisions(ordered: Sequence[Definition], progress: RunProgress) -> tuple[Decision, ...]:
    refused = progress.refused
    plain = (True, APPLIED, None, None, None, None)
    short = {
        d.id: (True, APPLIED, *benefit.shortfall) for d, benefit in progress.applied if benefit.shortfall is not None
    }
    return tuple(
        [
            _DECISION(
                (d.id, d.title, False, *refused[d.id]) if d.id in refused else (d.id, d.title, *short.get(d.id, plain))
            )
            for d in ordered
        ]
    )


def _make_hints(ordered: Sequence[Definition], progress: RunProgress) -> tuple[Hint, ...]:
    """Return what little is missing: only for promotions open to this visit that the cart has begun on."""
    hints = []
    for definition in ordered:
        refusal = progress.refused.get(definition.id)
        if refusal is None or refusal.reason not in HINTED:
            continue
        measured, needed = refusal.measured, refusal.needed
        if isinstance(measured, int) and isinstance(needed, int) and 0 < measured < needed:
            hints.append(Hint(definition.id, refusal.reason, needed - measured))
    return tuple(hints)


def _make_coupon_results(
    coupons: tuple[CouponClaim, ...], context: EvaluationContext, progress: RunProgress
) -> tuple[CouponResult, ...]:
    """Return one result per code, in the order shown; a code of several promotions applies when one of them does."""
    applied = {definition.id for definition, _ in progress.applied}
    results: dict[str, CouponResult] = {}
    for claim in coupons:
        chosen = claim.promotion_id is not None and context.claims.get(claim.promotion_id) is claim
        result = _make_coupon_result(claim, applied, progress, chosen=chosen)
        if claim.code not in results or result.status == "applied":
            results[claim.code] = result
    return tuple(results.values())


def _make_coupon_result(claim: CouponClaim, applied: set[str], progress: RunProgress, *, chosen: bool) -> CouponResult:
    """Return the code's result: one code per promotion is used, a second one is not combinable."""
    target = claim.promotion_id
    if target is None or not claim.usable:
        return CouponResult(claim.code, target, "rejected", claim.reason or UNUSABLE)
    if not chosen:
        return CouponResult(claim.code, target, "rejected", "not_combinable")
    if target in applied:
        return CouponResult(claim.code, target, "applied")
    refusal = progress.refused.get(target)
    return CouponResult(claim.code, target, "rejected", UNUSABLE if refusal is None else refusal.reason)
