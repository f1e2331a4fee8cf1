"""`evaluate`: a cart, a person and the live promotions in; what they are given, and why, out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from rewards.engine.basket import Basket
from rewards.engine.course import Course, Visit, no_points
from rewards.engine.offer import Offer, Refusal
from rewards.engine.pipeline import Run, Stages, admission_refusal, admit, gives_now, in_order, points_of, run_stages
from rewards.engine.redemption import point_rate
from rewards.engine.registry import Stage
from rewards.engine.report import report
from rewards.engine.shares import Ratio
from rewards.facts import Cart, CouponClaim, Definition, Line, MemberState, Outcome, Settings

BEFORE_PAYMENT = (Stage.DISCOUNT,)
EARNING = (Stage.EARN, Stage.MULTIPLY, Stage.REWARD)


def evaluate(  # noqa: PLR0917 - the six that every caller has at hand, in the order people say them
    cart: Cart,
    member: MemberState | None,
    promotions: Iterable[Definition],
    coupons: Sequence[CouponClaim],
    at: datetime,
    settings: Settings,
    *,
    redeem_points: int = 0,
    redeem_wallet_amount: int = 0,
    gift_card_amount: int = 0,
) -> Outcome:
    """The outcome of this cart under these promotions; the same input always gives the same outcome.

    `at` is an aware instant in the outlet's zone. `redeem_points` and `redeem_wallet_amount` are what the till asks to
    use; the outcome says what is used. More points than the member has are refused (`insufficient_points`); wallet
    money is cut to what is there and to what is payable. `gift_card_amount` is what the gift cards shown hold: they
    pay last, as much as is left to pay.
    """
    ordered = in_order(promotions)
    weighed = weigh(cart, member, ordered, coupons, at, settings, redeem_points=redeem_points)
    left = weighed.run.course.basket.total_left
    wallet = 0 if member is None else min(redeem_wallet_amount, member.wallet_available, left)
    return report(
        cart, ordered, weighed.visit, weighed.run, tuple(coupons), discounted=weighed.discounted, wallet=wallet,
        gift_cards=min(gift_card_amount, left - wallet),
    )  # fmt: skip


class BeforeEarning(NamedTuple):
    """How far a run was when discounts and payments were done: offers applied by then, groups closed by then."""

    applied: int
    settled_groups: frozenset[str]
    group_winners: frozenset[str]


NO_GROUPS: frozenset[str] = frozenset()


class Weighed(NamedTuple):
    """What promotions did to a cart, before it is written out line by line: a quarter of the work of an `Outcome`.

    `discounted` is what was left of each line before points were used, by index into the basket's lines.
    """

    visit: Visit
    run: Run
    discounted: list[int]
    before_earning: BeforeEarning

    @property
    def lines(self) -> list[Line]:
        return self.run.course.basket.lines

    @property
    def subtotal_amount(self) -> int:
        return self.run.course.basket.total_gross

    @property
    def total_amount(self) -> int:
        return sum(self.discounted)

    @property
    def applied(self) -> list[tuple[Definition, Offer]]:
        return self.run.applied

    @property
    def refused(self) -> Mapping[str, Refusal]:
        return self.run.refused


def weigh(  # noqa: PLR0917 - as `evaluate`
    cart: Cart,
    member: MemberState | None,
    ordered: Sequence[Definition],
    coupons: Sequence[CouponClaim],
    at: datetime,
    settings: Settings,
    *,
    redeem_points: int = 0,
) -> Weighed:
    """As `evaluate`, for whoever walks many carts: promotions come `in_order`, figures are not written out."""
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant in the outlet's zone")
    visit = Visit.of(cart, member, tuple(coupons), at, settings)
    course = _begin_course(cart, ordered, settings, redeem_points, member)
    run = Run(course)
    stages = admit(ordered, visit, run)
    run_stages(run, stages, BEFORE_PAYMENT)
    discounted = list(course.basket.left)
    course.points_earnable = lambda: _earnable(run, stages)
    run_stages(run, stages, (Stage.PAYMENT,))
    course.points_earnable = no_points  # let go of the run: a circle would wait for the garbage collector
    before = BeforeEarning(
        len(run.applied),
        frozenset(run.settled_groups) if run.settled_groups else NO_GROUPS,
        frozenset(run.group_winners) if run.group_winners else NO_GROUPS,
    )
    run_stages(run, stages, EARNING)
    return Weighed(visit, run, discounted, before)


def _begin_course(
    cart: Cart, ordered: Sequence[Definition], settings: Settings, redeem_points: int, member: MemberState | None
) -> Course:
    given = settings.point_value
    course = Course(
        settings, Basket(cart), redeem_points, 0 if member is None else member.points_available,
        point_value=point_rate(ordered) if given is None else Ratio(*given), member=member,
    )  # fmt: skip
    for name in ("never_discounted", "never_earns"):
        goods = getattr(settings, name)
        if goods is not None:
            setattr(course, name, frozenset(course.basket.matching(goods)))
    return course


def refusal_without_cart(
    definition: Definition,
    member: MemberState | None,
    coupons: Sequence[CouponClaim],
    at: datetime,
    settings: Settings,
    *,
    outlet_id: str | None,
) -> Refusal | None:
    """Why the promotion does not act here and now for this member whatever is in the cart; None when the cart decides.

    A promotion that only members can use is refused `member_required` as long as none is named.
    """
    return admission_refusal(definition, Visit.of(Cart((), outlet_id=outlet_id), member, tuple(coupons), at, settings))


def earn_again(weighed: Weighed, ordered: Sequence[Definition]) -> Weighed:
    """The same cart, member and discounts under other rules of earning: `ordered` are all that earn, `in_order`.

    What `weigh` gives with these in place of the rules of earning it was given: earning changes nothing before it, as
    long as none of them shares a group with a discount.
    """
    course, before = weighed.run.course, weighed.before_earning
    again = replace(course, rows=[], points_given=0)
    run = Run(
        again,
        applied=weighed.run.applied[: before.applied],
        stopped={family for family in weighed.run.stopped if family < Stage.EARN.family},
        settled_groups=set(before.settled_groups),
        group_winners=set(before.group_winners),
    )
    run_stages(run, admit(ordered, weighed.visit, run), EARNING)
    return Weighed(weighed.visit, run, weighed.discounted, before)


def earns(rule: Definition) -> bool:
    """Whether the rule acts after discounts and payments, and so changes neither."""
    return not gives_now(rule)


def _earnable(run: Run, stages: Stages) -> int:
    trial = run.copy()
    run_stages(trial, stages, EARNING)
    return points_of(trial)
