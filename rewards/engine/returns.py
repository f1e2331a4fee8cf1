"""What a return by line takes back, from nothing but the outcome stored with the sale.

Every share is a difference of cumulative shares, so returns in any order and any portions add up to the whole.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rewards.engine.basket import Basket
from rewards.engine.capping import cut_to_caps
from rewards.engine.conditions import cart_refusal
from rewards.engine.course import Course
from rewards.engine.definitions import stored_definition
from rewards.engine.earning import Earn
from rewards.engine.offer import Offer
from rewards.engine.pipeline import in_order
from rewards.engine.registry import KINDS
from rewards.engine.shares import Ratio, money_of_points
from rewards.facts import Cart, Cashback, Definition, Earned, Line, Outcome, OutcomeLine, PointsShare, Settings, Share


def share_of_line(amount: int, quantity: int, returned_before: int, returned_now: int) -> int:
    """The part of a line's `amount` that goes with `returned_now` of its units, after `returned_before` went back.

    Works for money and points alike; the parts of all units add up to `amount`.
    """
    if returned_before < 0 or returned_now < 0 or returned_before + returned_now > quantity:
        raise ValueError(f"{returned_before} + {returned_now} of {quantity} units")
    return amount * (returned_before + returned_now) // quantity - amount * returned_before // quantity


@dataclass(frozen=True, slots=True)
class LineReturn:
    """What goes back with some units of one line. `money_amount` is handed back in money.

    goods = money + points value + wallet + gift cards; `points` are the redeemed points to return; `discounts` by
    promotion id.
    """

    line_id: str
    quantity: int
    discount_amount: int
    points_value_amount: int
    wallet_amount: int
    gift_card_amount: int
    money_amount: int
    points: int
    discounts: Mapping[str, int]

    @property
    def goods_amount(self) -> int:
        return self.money_amount + self.points_value_amount + self.wallet_amount + self.gift_card_amount


def line_return(outcome: Outcome, line_id: str, returned_before: int, returned_now: int) -> LineReturn:
    """The exact share of one stored line. ValueError when more goes back than was sold, KeyError when unknown."""
    line = _line(outcome, line_id)

    def share(amount: int) -> int:
        return share_of_line(amount, line.quantity, returned_before, returned_now)

    discounts: dict[str, int] = {}
    for discount in outcome.discounts:
        for part in discount.lines:
            if part.line_id == line_id:
                discounts[discount.promotion_id] = discounts.get(discount.promotion_id, 0) + share(part.amount)
    return LineReturn(
        line_id=line_id,
        quantity=returned_now,
        discount_amount=share(line.discount_amount),
        points_value_amount=share(line.points_value_amount),
        wallet_amount=share(line.wallet_amount),
        gift_card_amount=share(line.gift_card_amount),
        money_amount=share(line.total_amount - line.points_value_amount - line.wallet_amount - line.gift_card_amount),
        points=share(line.points_redeemed),
        discounts=discounts,
    )


def _line(outcome: Outcome, line_id: str) -> OutcomeLine:
    for line in outcome.lines:
        if line.line_id == line_id:
            return line
    raise KeyError(line_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the goods that stay still earn, by promotion id; never more than the sale earned under it."""

    points_by_promotion: Mapping[str, int]
    cashback_by_promotion: Mapping[str, int]

    @property
    def points(self) -> int:
        return sum(self.points_by_promotion.values())

    @property
    def cashback_amount(self) -> int:
        return sum(self.cashback_by_promotion.values())


def earned_by_remaining(outcome: Outcome, remaining: Mapping[str, int]) -> Kept:
    """What the units that were not returned (`remaining`, by line id; absent is none) earn under the stored rules.

    Thresholds are measured again on what stays; who, when and where are as they were at the sale.
    """
    stored: dict[str, Earned | Cashback] = {item.promotion_id: item for item in outcome.earned}
    stored.update({item.promotion_id: item for item in outcome.cashback})
    points = {item.promotion_id: 0 for item in outcome.earned}
    cashback = {item.promotion_id: 0 for item in outcome.cashback}
    course = _course_of_rest(outcome, remaining)
    if course is not None:
        for definition in _earning_order(outcome):
            was = stored[definition.id]
            now = _earned_again(course, definition, was, outcome, remaining)
            if isinstance(was, Earned):
                points[definition.id] = min(now, was.points)
            else:
                cashback[definition.id] = min(now, was.amount)
    return Kept(points, cashback)


def points_to_take_back(outcome: Outcome, remaining: Mapping[str, int], taken_before: int) -> int:
    """Earned less what the rest earns, less what earlier returns took back; nothing below zero."""
    return max(0, outcome.points_to_earn - earned_by_remaining(outcome, remaining).points - taken_before)


def cashback_to_take_back(outcome: Outcome, remaining: Mapping[str, int], taken_before: int) -> int:
    """The same for wallet money."""
    kept = earned_by_remaining(outcome, remaining).cashback_amount
    return max(0, outcome.cashback_to_earn_amount - kept - taken_before)


@dataclass(frozen=True, slots=True)
class KeptGifts:
    """What the goods that stay would still bring besides points: stamps by promotion id, promotions with a coupon."""

    stamps: Mapping[str, int]
    coupons: frozenset[str]


def gifts_of_remaining(outcome: Outcome, remaining: Mapping[str, int]) -> KeptGifts:
    """Stamps and coupons for the units that were not returned; thresholds as in `earned_by_remaining`.

    Never more than the sale gave. A promotion that the outcome keeps no rule of gives nothing once goods came back.
    """
    course = _course_of_rest(outcome, remaining)
    given = {item.promotion_id: item.stamps for item in outcome.stamps}
    coupons = {item.promotion_id for item in outcome.coupons_to_issue}
    if course is None:
        return KeptGifts(dict.fromkeys(given, 0), frozenset())
    stamps = dict.fromkeys(given, 0)
    kept = set()
    for definition in _rules(outcome, {*given, *coupons}):
        offer = None
        if cart_refusal(definition.when, course.basket) is None:
            offer = KINDS[definition.kind].offer(course, definition.terms)
        if not isinstance(offer, Offer):
            continue
        if definition.id in given:
            stamps[definition.id] = min(offer.stamps, given[definition.id])
        elif offer.coupon is not None:
            kept.add(definition.id)
    return KeptGifts(stamps, frozenset(kept))


def spend_of_remaining(outcome: Outcome, remaining: Mapping[str, int]) -> dict[str, int]:
    """What each promotion's spend still stands at when only `remaining` stays; by promotion id.

    Depends on what stays and not on the way there, so what returns in any order give back adds up. A gift stays spent:
    it was given. Never more than the sale took.
    """
    sold = {line.line_id: line.quantity for line in outcome.lines}

    def kept(parts: Iterable[Share | PointsShare]) -> int:
        return sum(
            part.amount
            - share_of_line(part.amount, sold[part.line_id], 0, sold[part.line_id] - remaining.get(part.line_id, 0))
            for part in parts
        )

    rest = earned_by_remaining(outcome, remaining)
    in_money = {rule["id"] for rule in outcome.rules if rule["kind"] == "cashback"} if outcome.point_value else set()
    points = {
        promotion_id: money_of_points(kept, _point_value(outcome)) if promotion_id in in_money else kept
        for promotion_id, kept in rest.points_by_promotion.items()
    }
    stands = {discount.promotion_id: kept(discount.lines) for discount in outcome.discounts}
    stands |= {payment.promotion_id: kept(payment.lines) for payment in outcome.points_payments}
    stands |= points
    stands |= rest.cashback_by_promotion
    return {use.promotion_id: min(use.spend, stands.get(use.promotion_id, use.spend)) for use in outcome.uses}


def _earning_order(outcome: Outcome) -> list[Definition]:
    earning = {item.promotion_id for item in outcome.earned} | {item.promotion_id for item in outcome.cashback}
    rules = in_order(_rules(outcome, earning))
    return sorted(rules, key=lambda rule: KINDS[rule.kind].stage_of(rule.terms))


def _rules(outcome: Outcome, promotion_ids: Collection[str]) -> list[Definition]:
    return [stored_definition(rule) for rule in outcome.rules if rule["id"] in promotion_ids]


def _course_of_rest(outcome: Outcome, remaining: Mapping[str, int]) -> Course | None:
    """The rest of the sale as a basket: prices and what was paid, each the exact share of the units that stay."""
    stays = [(line, remaining.get(line.line_id, 0)) for line in outcome.lines]
    if not any(quantity for _, quantity in stays):
        return None
    lines = [Line(line.line_id, line.sku, "", quantity, 0, line.category) for line, quantity in stays if quantity]
    basket = Basket(Cart(tuple(lines)))
    paid = {line.line_id: line.total_amount - line.points_value_amount for line, _ in stays}
    price = {line.line_id: line.subtotal_amount for line, _ in stays}
    sold = {line.line_id: line.quantity for line, _ in stays}
    basket.left = [_kept(paid, sold, line) for line in basket.lines]
    basket.gross = [_kept(price, sold, line) for line in basket.lines]
    basket.total_left, basket.total_gross = sum(basket.left), sum(basket.gross)
    never_earns = {line.line_id for line, _ in stays if line.never_earns}
    basket.close(frozenset(i for i, line in enumerate(basket.lines) if line.line_id in never_earns))
    return Course(Settings(money_rounding=outcome.money_rounding), basket, point_value=_point_value(outcome))


def _point_value(outcome: Outcome) -> Ratio:
    """Sales of the time when cashback gave one point for each smallest unit of money are returned as they were sold."""
    return Ratio(*outcome.point_value) if outcome.point_value else Ratio(1, 1)


def _kept(amounts: Mapping[str, int], sold: Mapping[str, int], line: Line) -> int:
    quantity = sold[line.line_id]
    gone = share_of_line(amounts[line.line_id], quantity, 0, quantity - line.quantity)
    return amounts[line.line_id] - gone


def _earned_again(
    course: Course,
    definition: Definition,
    was: Earned | Cashback,
    outcome: Outcome,
    remaining: Mapping[str, int],
) -> int:
    if cart_refusal(definition.when, course.basket) is not None:
        return 0
    if isinstance(definition.terms, Earn) and definition.terms.per_unit is not None:
        return _units_kept(was, outcome, remaining)
    offer = KINDS[definition.kind].offer(course, definition.terms)
    if isinstance(offer, Offer):
        offer = cut_to_caps(course, definition, offer)
    if not isinstance(offer, Offer):
        return 0
    if offer.earned_row is not None:
        course.rows.append(offer.earned_row)
    if offer.multiplied_rows is not None:
        course.rows = offer.multiplied_rows
    return offer.worth


def _units_kept(was: Earned | Cashback, outcome: Outcome, remaining: Mapping[str, int]) -> int:
    """Points per unit go back unit by unit, whichever units of the line were free."""
    sold = {line.line_id: line.quantity for line in outcome.lines}
    kept = 0
    for part in was.lines:
        quantity = sold[part.line_id]
        kept += part.amount - share_of_line(part.amount, quantity, 0, quantity - remaining.get(part.line_id, 0))
    return kept


def cost_of(outcome: Outcome) -> dict[str, int]:
    """What each promotion gave away in the sale, by id: discounts, and gifts at their list price."""
    costs: dict[str, int] = {}
    for discount in outcome.discounts:
        costs[discount.promotion_id] = costs.get(discount.promotion_id, 0) + discount.amount
    for gift in outcome.free_items:
        costs[gift.promotion_id] = costs.get(gift.promotion_id, 0) + gift.quantity * gift.list_amount
    return {promotion_id: amount for promotion_id, amount in costs.items() if amount}


def cost_left(outcome: Outcome, remaining: Mapping[str, int]) -> dict[str, int]:
    """What of `cost_of` stays given with the units that stay; gifts stay as long as anything does."""
    sold = {line.line_id: line.quantity for line in outcome.lines}
    left = dict.fromkeys(cost_of(outcome), 0)
    for discount in outcome.discounts:
        for part in discount.lines:
            quantity = sold[part.line_id]
            gone = share_of_line(part.amount, quantity, 0, quantity - remaining.get(part.line_id, 0))
            left[discount.promotion_id] += part.amount - gone
    for gift in outcome.free_items:
        if gift.promotion_id in left and any(remaining.get(line_id, 0) for line_id in sold):
            left[gift.promotion_id] += gift.quantity * gift.list_amount
    return left
