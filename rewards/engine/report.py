"""Turns a finished run into an `Outcome`: figures by line, discounts, earnings, decisions, hints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rewards.engine.basket import Basket
from rewards.engine.course import Course, Visit
from rewards.engine.offer import APPLIED, Offer
from rewards.engine.pipeline import Run, group_of, is_best_only
from rewards.engine.registry import KINDS, Stage
from rewards.engine.repricing import REPRICE, STAYS_USED, acts_on_units
from rewards.engine.shares import split_by_weight, stored_value_shares
from rewards.facts import (
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
    PromotionUse,
    Share,
    StampEarned,
)

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


def report(
    cart: Cart,
    ordered: Sequence[Definition],
    visit: Visit,
    run: Run,
    coupons: tuple[CouponClaim, ...],
    *,
    discounted: Sequence[int],
    wallet: int,
    gift_cards: int,
) -> Outcome:
    """`discounted` is what was left of each line before points were used; `wallet`, `gift_cards` what these paid."""
    basket = run.course.basket
    payments = tuple(_payment(basket, *pair) for pair in run.applied if pair[1].gives == "payment")
    columns = _columns(basket, run, payments, discounted, wallet, gift_cards)
    total, points_value = sum(discounted), sum(payment.value_amount for payment in payments)
    earned = tuple(_earned(basket, *pair) for pair in run.applied if pair[1].gives == "points")
    cashback = tuple(_cashback(basket, *pair) for pair in run.applied if pair[1].gives == "wallet")
    used_codes = {claim.promotion_id: claim.code for claim in visit.claims.values() if claim.usable}
    return Outcome(
        subtotal_amount=basket.total_gross,
        discount_amount=basket.total_gross - total,
        total_amount=total,
        points_to_earn=sum(item.points for item in earned),
        cashback_to_earn_amount=sum(item.amount for item in cashback),
        points_to_redeem=sum(payment.points for payment in payments),
        points_value_amount=points_value,
        wallet_to_redeem_amount=wallet,
        payable_amount=total - points_value - wallet - gift_cards,
        lines=_lines(cart, basket, columns, run.course),
        discounts=tuple(
            _discount(basket, *pair, used_codes.get(pair[0].id))
            for pair in run.applied
            if pair[1].gives == "money_off" and pair[1].shares
        ),
        free_items=tuple(replace(offer.gift, promotion_id=d.id) for d, offer in run.applied if offer.gift is not None),
        earned=earned,
        cashback=cashback,
        points_payments=payments,
        stamps=_stamps_of_run(run),
        coupons_to_issue=_coupons_to_issue(run),
        coupons=_coupons(coupons, visit, run),
        decisions=_decisions(ordered, run),
        hints=_hints(ordered, run),
        uses=_uses_of_run(run),
        rules=_rules_of_run(run),
        money_rounding=visit.settings.money_rounding,
        gift_card_to_redeem_amount=gift_cards,
        point_value=_point_value(run),
        closed_groups=_closed_groups(run),
        earning_blocked=run.course.earning_blocked,
    )


def report_earnings(sold: Outcome, ordered: Sequence[Definition], run: Run) -> Outcome:
    """The outcome of a sale with what `run`, in which only earning acted, gives in place of what it had earned."""
    basket, asked = run.course.basket, {definition.id for definition in ordered}
    points, money = (_sum_shares(run, gives, len(basket.lines)) for gives in ("points", "wallet"))
    row = {line_id: i for i, line_id in enumerate(basket.line_ids)}
    earned = tuple(_earned(basket, *pair) for pair in run.applied if pair[1].gives == "points")
    cashback = tuple(_cashback(basket, *pair) for pair in run.applied if pair[1].gives == "wallet")
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
        stamps=_stamps_of_run(run),
        coupons_to_issue=_coupons_to_issue(run),
        decisions=_decided_again(sold.decisions, _decisions(ordered, run)),
        uses=(*(use for use in sold.uses if use.promotion_id not in asked), *_uses_of_run(run)),
        rules=(*(rule for rule in sold.rules if rule["id"] not in asked), *_rules_of_run(run)),
        point_value=_point_value(run),
    )


def _decided_again(before: Sequence[Decision], again: Sequence[Decision]) -> tuple[Decision, ...]:
    """New decisions in the place of those they change; one of the same reason keeps its figures."""
    new = {decision.promotion_id: decision for decision in again}
    kept = []
    for decision in before:
        now = new.pop(decision.promotion_id, decision)
        kept.append(decision if not now.applied and now.reason == decision.reason else now)
    return (*kept, *new.values())


def _closed_groups(run: Run) -> tuple[tuple[str, str], ...]:
    settings = run.course.settings
    return tuple(
        (definition.id, group_of(definition, Stage.DISCOUNT))
        for definition, _ in run.applied
        if definition.group is not None
        and is_best_only(definition, settings)
        and KINDS[definition.kind].stage_of(definition.terms) is Stage.DISCOUNT
    )


def _stamps_of_run(run: Run) -> tuple[StampEarned, ...]:
    return tuple(StampEarned(d.id, offer.card, offer.stamps) for d, offer in run.applied if offer.stamps)


def _coupons_to_issue(run: Run) -> tuple[CouponToIssue, ...]:
    return tuple(CouponToIssue(d.id, offer.coupon) for d, offer in run.applied if offer.coupon is not None)


def _uses_of_run(run: Run) -> tuple[PromotionUse, ...]:
    return tuple(PromotionUse(d.id, offer.spend, d.version) for d, offer in run.applied)


def _rules_of_run(run: Run) -> tuple[Mapping[str, Any], ...]:
    return tuple(d.source for d, offer in run.applied if offer.gives in _TAKEN_BACK or _asks_on_return(d, offer))


def _point_value(run: Run) -> tuple[int, int] | None:
    return next((offer.point_value for _, offer in run.applied if offer.point_value), None)


def _asks_on_return(definition: Definition, offer: Offer) -> bool:
    is_priced_anew = definition.on_return == REPRICE and offer.gives == "money_off"
    return is_priced_anew or acts_on_units(offer) or definition.coupon_on_return == STAYS_USED


def _columns(  # noqa: PLR0917 - the payments stand in the order in which they are taken
    basket: Basket, run: Run, payments: Sequence[PointsPayment], discounted: Sequence[int], wallet: int, gift_cards: int
) -> Columns:
    size = len(basket.lines)
    by_wallet, by_gift_cards = stored_value_shares(basket.left, wallet, gift_cards)
    used = [0] * size
    for payment in payments:
        by_line = {share.line_id: share.points for share in payment.lines}
        for i, line in enumerate(basket.lines):
            used[i] += by_line.get(line.line_id, 0)
    return Columns(
        off=[gross - left for gross, left in zip(basket.gross, discounted, strict=True)],
        points_value=[before - left for before, left in zip(discounted, basket.left, strict=True)],
        points_used=used,
        wallet=by_wallet,
        gift_cards=by_gift_cards,
        earned=_sum_shares(run, "points", size),
        cashback=_sum_shares(run, "wallet", size),
    )


def _sum_shares(run: Run, gives: str, size: int) -> list[int]:
    sums = [0] * size
    for _, offer in run.applied:
        if offer.gives == gives:
            for i, amount in offer.shares:
                sums[i] += amount
    return sums


def _lines(cart: Cart, basket: Basket, columns: Columns, course: Course) -> tuple[OutcomeLine, ...]:
    made: dict[str, OutcomeLine] = {}
    for i, line in enumerate(basket.lines):
        gross, off = basket.gross[i], columns.off[i]
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
            i in course.never_earns,
            i in course.never_discounted,
            basket.units_paid(i),
        )
    return tuple(made[line.line_id] for line in cart.lines)


def _shares(basket: Basket, offer: Offer) -> tuple[Share, ...]:
    ids = basket.line_ids
    return tuple(map(_SHARE, [(ids[i], amount) for i, amount in offer.shares]))


# A sale has hundreds of shares and decisions; made from ready tuples they take a third of the time of Share(...).
_SHARE: Callable[[tuple[str, int]], Share] = partial(tuple.__new__, Share)
_DECISION: Callable[[tuple[Any, ...]], Decision] = partial(tuple.__new__, Decision)


def _discount(basket: Basket, definition: Definition, offer: Offer, code: str | None) -> Discount:
    took_part = tuple(Share(basket.line_ids[i], cost) for i, cost in offer.took_part)
    return Discount(definition.id, definition.title, offer.worth, _shares(basket, offer), code, took_part)


def _earned(basket: Basket, definition: Definition, offer: Offer) -> Earned:
    return Earned(definition.id, definition.title, offer.worth, _shares(basket, offer), offer.after_days)


def _cashback(basket: Basket, definition: Definition, offer: Offer) -> Cashback:
    return Cashback(definition.id, definition.title, offer.worth, offer.after_days, _shares(basket, offer))


def _payment(basket: Basket, definition: Definition, offer: Offer) -> PointsPayment:
    points = split_by_weight(offer.points_used, [amount for _, amount in offer.shares])
    shares = tuple(
        PointsShare(basket.lines[i].line_id, part, amount)
        for (i, amount), part in zip(offer.shares, points, strict=True)
    )
    return PointsPayment(definition.id, offer.points_used, offer.worth, shares)


def _decisions(ordered: Sequence[Definition], run: Run) -> tuple[Decision, ...]:
    refused = run.refused
    plain = (True, APPLIED, None, None, None, None)
    short = {d.id: (True, APPLIED, *offer.shortfall) for d, offer in run.applied if offer.shortfall is not None}
    return tuple(
        [
            _DECISION(
                (d.id, d.title, False, *refused[d.id]) if d.id in refused else (d.id, d.title, *short.get(d.id, plain))
            )
            for d in ordered
        ]
    )


def _hints(ordered: Sequence[Definition], run: Run) -> tuple[Hint, ...]:
    """What little is missing: only for promotions open to this visit, and only once the cart has begun on them."""
    hints = []
    for definition in ordered:
        refusal = run.refused.get(definition.id)
        if refusal is None or refusal.reason not in HINTED:
            continue
        measured, needed = refusal.measured, refusal.needed
        if isinstance(measured, int) and isinstance(needed, int) and 0 < measured < needed:
            hints.append(Hint(definition.id, refusal.reason, needed - measured))
    return tuple(hints)


def _coupons(coupons: tuple[CouponClaim, ...], visit: Visit, run: Run) -> tuple[CouponResult, ...]:
    """One result per code, in the order shown: a code that opens several promotions is applied when one of them is."""
    applied = {definition.id for definition, _ in run.applied}
    results: dict[str, CouponResult] = {}
    for claim in coupons:
        chosen = claim.promotion_id is not None and visit.claims.get(claim.promotion_id) is claim
        result = _coupon(claim, applied, run, chosen=chosen)
        if claim.code not in results or result.status == "applied":
            results[claim.code] = result
    return tuple(results.values())


def _coupon(claim: CouponClaim, applied: set[str], run: Run, *, chosen: bool) -> CouponResult:
    """One code per promotion is used; a second one for the same promotion is not combinable."""
    target = claim.promotion_id
    if target is None or not claim.usable:
        return CouponResult(claim.code, target, "rejected", claim.reason or UNUSABLE)
    if not chosen:
        return CouponResult(claim.code, target, "rejected", "not_combinable")
    if target in applied:
        return CouponResult(claim.code, target, "applied")
    refusal = run.refused.get(target)
    return CouponResult(claim.code, target, "rejected", UNUSABLE if refusal is None else refusal.reason)
