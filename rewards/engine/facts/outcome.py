"""What the engine decided for one cart. Stored with the sale as JSON, so that a return reverses exactly its share.

Lines, shares and decisions are named tuples because a quote makes hundreds of them: a third of the time of a dataclass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

from rewards.engine.facts.bill import AS_PRICED, Bill, LineBases
from rewards.engine.facts.cart import Line
from rewards.engine.facts.measure import Measure


class Share(NamedTuple):
    """One line's part of an amount: money for discounts and cashback, points for earnings."""

    line_id: str
    amount: int


class OutcomeLine(NamedTuple):
    """A line after everything. Points value, wallet and gift card amounts are its share of those payments.

    `goods_name` is the name of goods without a code, by which a return knows them again; empty for others.
    `measure` is what one unit measures, as `Measure` writes it. `tax_amount` and `service_amount` are the line's part
    of the bill, in its price or on top; wallet money and gift cards pay the goods first. `bases`: what of it counts.
    `never_earns`: goods that bring nothing, whatever the rules say, `never_discounted`: goods that are in no offer; a
    return goes by both. `units_paid` are the units that still cost something after discounts and points.
    """

    line_id: str
    sku: str
    category: str | None
    quantity: int
    subtotal_amount: int
    discount_amount: int
    total_amount: int
    points_value_amount: int = 0
    points_redeemed: int = 0
    wallet_amount: int = 0
    points_earned: int = 0
    cashback_amount: int = 0
    gift_card_amount: int = 0
    never_earns: bool = False
    never_discounted: bool = False
    units_paid: int | None = None
    goods_name: str = ""
    measure: str = ""
    tax_amount: int = 0
    service_amount: int = 0
    bases: LineBases = AS_PRICED

    def sold_as(self, quantity: int, unit_amount: int = 0) -> Line:
        """Return so many of the goods as a line of a cart again."""
        measure = Measure.of_text(self.measure) if self.measure else None
        gone = self.quantity - quantity
        bases = self.bases
        if gone and bases != AS_PRICED:
            bases = LineBases(*(amount - amount * gone // self.quantity for amount in bases))
        return Line(
            self.line_id, self.sku, self.goods_name, quantity, unit_amount, self.category, measure=measure, bases=bases
        )

    def to_plain(self) -> dict[str, Any]:
        """Return the fields by name, without those of which there is nothing to say."""
        plain = self._asdict()
        for name in ("goods_name", "measure", "tax_amount", "service_amount"):
            if not plain[name]:
                del plain[name]
        if self.bases == AS_PRICED:
            del plain["bases"]
        else:
            plain["bases"] = list(self.bases)
        return plain


@dataclass(frozen=True, slots=True)
class Discount:
    promotion_id: str
    title: str
    amount: int
    lines: tuple[Share, ...]
    coupon_code: str | None = None
    took_part: tuple[Share, ...] = ()
    """What the units that made the offer together cost when it acted; empty where each unit got its own discount."""


@dataclass(frozen=True, slots=True)
class FreeItem:
    """A line the promotion adds at no charge. `list_amount` is what one would have cost."""

    promotion_id: str
    sku: str
    name: str
    quantity: int
    list_amount: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """Points one promotion gives for this sale, with each line's share."""

    promotion_id: str
    title: str
    points: int
    lines: tuple[Share, ...]
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class Cashback:
    """Wallet money one promotion gives, spendable `after_days` days after the sale."""

    promotion_id: str
    title: str
    amount: int
    after_days: int
    lines: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class PointsShare:
    line_id: str
    points: int
    amount: int


@dataclass(frozen=True, slots=True)
class PointsPayment:
    """Points used as payment under one rule and the money they stand for."""

    promotion_id: str
    points: int
    value_amount: int
    lines: tuple[PointsShare, ...]


@dataclass(frozen=True, slots=True)
class StampEarned:
    promotion_id: str
    card: Any
    stamps: int


@dataclass(frozen=True, slots=True)
class CouponToIssue:
    promotion_id: str
    coupon: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CouponResult:
    """What became of a code shown at the till; `status` is "applied" or "rejected"."""

    code: str
    promotion_id: str | None
    status: str
    reason: str | None = None


class Decision(NamedTuple):
    """Why a promotion applied or not. `measured` against `needed`: money, units, points, days or codes, by reason.

    `period` is "day", "month" or "sale" where a limit of one is meant; `unit` is "points" where points are counted.
    One that applied has figures where it gave less than it would have: points given of points earned, under a cap, or
    the money that the last point paid of what it is worth.
    """

    promotion_id: str
    title: str
    applied: bool
    reason: str
    measured: int | str | None = None
    needed: int | str | None = None
    period: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """What is missing for a promotion: `missing` money for "min_spend_not_met", units or points for the others."""

    promotion_id: str
    reason: str
    missing: int


@dataclass(frozen=True, slots=True)
class PromotionSpend:
    """What an applied promotion takes from its counters: one use, and `spend` from a budget (money, or points).

    `version` is the wording that priced it.
    """

    promotion_id: str
    spend: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a cart was given. total = subtotal - discount; payable = total - points value - wallet - gift cards,
    and what the `bill` adds.

    `rules` are the definitions, as JSON, that gave points, cashback, stamps or coupons, discounts that are priced
    again, or discounts on units that no other offer may use: a return asks them again.
    `point_value` is what a point was worth, as numerator and denominator, where cashback was given in points.
    `closed_groups` are the groups of which only the best counts that a discount has won: (promotion id, group).
    `earning_blocked`: points that paid left nothing to earn.
    """

    subtotal_amount: int
    discount_amount: int
    total_amount: int
    points_to_earn: int
    cashback_to_earn_amount: int
    points_to_redeem: int
    points_value_amount: int
    wallet_to_redeem_amount: int
    payable_amount: int
    lines: tuple[OutcomeLine, ...]
    discounts: tuple[Discount, ...] = ()
    free_items: tuple[FreeItem, ...] = ()
    earned: tuple[Earned, ...] = ()
    cashback: tuple[Cashback, ...] = ()
    points_payments: tuple[PointsPayment, ...] = ()
    stamps: tuple[StampEarned, ...] = ()
    coupons_to_issue: tuple[CouponToIssue, ...] = ()
    coupons: tuple[CouponResult, ...] = ()
    decisions: tuple[Decision, ...] = ()
    hints: tuple[Hint, ...] = ()
    uses: tuple[PromotionSpend, ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()
    money_rounding: str = "half_up"
    gift_card_to_redeem_amount: int = 0
    point_value: tuple[int, int] | None = None
    closed_groups: tuple[tuple[str, str], ...] = ()
    earning_blocked: bool = False
    bill: Bill | None = None

    @property
    def spend_change_amount(self) -> int:
        """Return by how much what counts as the buyer's spending differs from the total: as minimums count it."""
        change = sum(line.bases.minimums for line in self.lines)
        return max(change, -self.total_amount) if self.total_amount else 0

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and integers; `from_json` reads it back to an equal value."""
        plain: dict[str, Any] = _to_plain(self)
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outcome":
        values = dict(data)
        for name, item_type in _ITEMS.items():
            values[name] = tuple(_read_item(item_type, item) for item in values.get(name, ()))
        values["rules"] = tuple(values.get("rules", ()))
        values["closed_groups"] = tuple(tuple(pair) for pair in values.get("closed_groups", ()))
        if values.get("point_value"):
            values["point_value"] = tuple(values["point_value"])
        if values.get("bill"):
            values["bill"] = Bill(**values["bill"])
        return cls(**values)


_ITEMS: dict[str, type] = {
    "lines": OutcomeLine,
    "discounts": Discount,
    "free_items": FreeItem,
    "earned": Earned,
    "cashback": Cashback,
    "points_payments": PointsPayment,
    "stamps": StampEarned,
    "coupons_to_issue": CouponToIssue,
    "coupons": CouponResult,
    "decisions": Decision,
    "hints": Hint,
    "uses": PromotionSpend,
}


def _to_plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value  # most values are, and to ask a class whether it is a dataclass takes longer
    if is_dataclass(value):
        return {item.name: _to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, OutcomeLine):
        return value.to_plain()
    if isinstance(value, (Share, Decision)):
        return value._asdict()
    if isinstance(value, (list, tuple)):
        return [_to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _to_plain(item) for key, item in value.items()}
    return value


def _read_item(item_type: type, data: Mapping[str, Any]) -> Any:
    values = dict(data)
    if "lines" in values:
        share_type = PointsShare if item_type is PointsPayment else Share
        values["lines"] = tuple(share_type(**share) for share in values["lines"])
    if "took_part" in values:
        values["took_part"] = tuple(Share(**share) for share in values["took_part"])
    if "bases" in values:
        values["bases"] = LineBases(*values["bases"])
    return item_type(**values)
