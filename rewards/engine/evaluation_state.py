"""The state of one evaluation: who is at the till, when, and what promotions have done so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from rewards.engine.basket import NO_LINES, Basket
from rewards.engine.benefit import PointsRow
from rewards.engine.facts import Cart, CouponClaim, MemberState, Settings
from rewards.engine.shares import Ratio


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """What does not change while promotions act. `at` is in the outlet's zone; `claims` by promotion id."""

    member: MemberState | None
    at: datetime
    day: date
    minute: int
    outlet_id: str | None
    claims: Mapping[str, CouponClaim]
    settings: Settings

    @classmethod
    def of(
        cls, cart: Cart, member: MemberState | None, coupons: tuple[CouponClaim, ...], at: datetime, settings: Settings
    ) -> "EvaluationContext":
        claims: dict[str, CouponClaim] = {}
        for claim in coupons:
            if claim.promotion_id is None:
                continue
            known = claims.get(claim.promotion_id)
            if known is None or (claim.usable and not known.usable):
                claims[claim.promotion_id] = claim
        return cls(member, at, at.date(), at.hour * 60 + at.minute, cart.outlet_id, claims, settings)


def no_points() -> int:
    return 0


@dataclass(slots=True)
class EvaluationState:
    """`points_asked` and `points_available` shrink as points are used; `rows` collects amount-based points.

    `points_earnable` tells what this order would earn were no points used for it. `point_value` is what a point is
    worth as payment at this shop; None where points pay for nothing. `never_discounted` and `never_earns` are lines of
    goods that take no part in discounts and payments with points, or in what is earned. `points_given` are those of
    this sale so far.
    """

    settings: Settings
    basket: Basket
    points_asked: int = 0
    points_available: int = 0
    rows: list[PointsRow] = field(default_factory=list)
    earning_blocked: bool = False
    points_earnable: Callable[[], int] = no_points
    point_value: Ratio | None = None
    never_discounted: frozenset[int] = NO_LINES
    never_earns: frozenset[int] = NO_LINES
    member: MemberState | None = None
    points_given: int = 0

    def copy(self) -> "EvaluationState":
        return replace(
            self, basket=self.basket.copy(), rows=list(self.rows), earning_blocked=False, points_earnable=no_points
        )
