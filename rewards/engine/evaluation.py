"""`evaluate`: a cart, a person and the live promotions in; what they are given, and why, out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from rewards.engine.basket import Basis, Basket
from rewards.engine.benefit import Benefit, Ineligibility
from rewards.engine.bill import with_bases
from rewards.engine.evaluation_state import EvaluationContext, EvaluationState, no_points
from rewards.engine.facts import NO_BILL, NO_LIMITS, Cart, CouponClaim, Definition, Line, MemberState, Outcome, Settings
from rewards.engine.pipeline import (
    PromotionsByStage,
    RunProgress,
    admission_refusal,
    admit_promotions,
    gives_now,
    in_order,
    points_of,
    run_stages,
)
from rewards.engine.redemption import point_rate
from rewards.engine.registry import Stage
from rewards.engine.report import report
from rewards.engine.shares import Ratio

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
    """Return the outcome of this cart under these promotions; the same input always gives the same outcome.

    `at` is an aware instant in the outlet's zone. `redeem_points` and `redeem_wallet_amount` are what the till asks to
    use; the outcome says what is used. More points than the member has are refused (`insufficient_points`); wallet
    money is cut to what is there and to what is payable. `gift_card_amount` is what the gift cards shown hold: they
    pay last, as much as is left to pay. Points pay for goods, wallet money and gift cards for all of the bill.
    """
    ordered = in_order(promotions)
    run = run_promotions(cart, member, ordered, coupons, at, settings, redeem_points=redeem_points)
    left = max(0, sum(run.progress.state.basket.price_left) + (cart.bill or NO_BILL).added_amount)
    wallet = 0 if member is None else min(redeem_wallet_amount, member.wallet_available, left)
    return report(
        cart,
        ordered,
        run.context,
        run.progress,
        tuple(coupons),
        discounted=run.discounted,
        wallet=wallet,
        gift_cards=min(gift_card_amount, left - wallet),
    )


class BeforeEarning(NamedTuple):
    """How far a run was when discounts and payments were done: offers applied by then, groups closed by then."""

    applied: int
    settled_groups: frozenset[str]
    group_winners: frozenset[str]


NO_GROUPS: frozenset[str] = frozenset()


class PromotionRun(NamedTuple):
    """What promotions did to a cart, before it is written out line by line: a quarter of the work of an `Outcome`.

    `discounted` is what was left of each line before points were used, by index into the basket's lines.
    """

    context: EvaluationContext
    progress: RunProgress
    discounted: list[int]
    before_earning: BeforeEarning

    @property
    def lines(self) -> list[Line]:
        return self.progress.state.basket.lines

    @property
    def subtotal_amount(self) -> int:
        return sum(self.progress.state.basket.price_gross)

    @property
    def total_amount(self) -> int:
        return sum(self.discounted)

    @property
    def applied(self) -> list[tuple[Definition, Benefit]]:
        return self.progress.applied

    @property
    def refused(self) -> Mapping[str, Ineligibility]:
        return self.progress.refused


def run_promotions(  # noqa: PLR0917 - as `evaluate`
    cart: Cart,
    member: MemberState | None,
    ordered: Sequence[Definition],
    coupons: Sequence[CouponClaim],
    at: datetime,
    settings: Settings,
    *,
    redeem_points: int = 0,
) -> PromotionRun:
    """Run promotions as `evaluate`, for many carts: promotions come `in_order`, figures are not written out."""
    if at.tzinfo is None:
        raise ValueError("`at` must be an aware instant in the outlet's zone")
    context = EvaluationContext.of(cart, member, tuple(coupons), at, settings)
    state = _begin_state(with_bases(cart, settings.bill), ordered, settings, redeem_points, member)
    progress = RunProgress(state)
    stages = admit_promotions(ordered, context, progress)
    run_stages(progress, stages, BEFORE_PAYMENT)
    state.basket.measure_by(Basis.PRICE)
    discounted = list(state.basket.left)
    state.points_earnable = lambda: _earnable_points(progress, stages)
    run_stages(progress, stages, (Stage.PAYMENT,))
    state.points_earnable = no_points  # let go of the run: a circle would wait for the garbage collector
    before = BeforeEarning(
        len(progress.applied),
        frozenset(progress.settled_groups) if progress.settled_groups else NO_GROUPS,
        frozenset(progress.group_winners) if progress.group_winners else NO_GROUPS,
    )
    run_stages(progress, stages, EARNING)
    return PromotionRun(context, progress, discounted, before)


def _begin_state(
    cart: Cart, ordered: Sequence[Definition], settings: Settings, redeem_points: int, member: MemberState | None
) -> EvaluationState:
    given = settings.point_value
    state = EvaluationState(
        settings,
        Basket(cart),
        redeem_points,
        0 if member is None else member.points_available,
        point_value=point_rate(ordered) if given is None else Ratio(*given),
        member=member,
    )
    for name in ("never_discounted", "never_earns"):
        goods = getattr(settings, name)
        if goods is not None:
            setattr(state, name, frozenset(state.basket.matching(goods)))
    return state


def refusal_without_cart(
    definition: Definition,
    member: MemberState | None,
    coupons: Sequence[CouponClaim],
    at: datetime,
    settings: Settings,
    *,
    outlet_id: str | None,
) -> Ineligibility | None:
    """Return why the promotion cannot act here and now for this member; None when the cart decides.

    A promotion that only members can use is refused `member_required` as long as none is named.
    """
    return admission_refusal(
        definition, EvaluationContext.of(Cart((), outlet_id=outlet_id), member, tuple(coupons), at, settings)
    )


def earn_again(run: PromotionRun, ordered: Sequence[Definition]) -> PromotionRun:
    """Earn again on the same cart and discounts by other rules: `ordered` are all that earn, `in_order`.

    What `run_promotions` gives with these in place of the rules of earning it was given: earning changes nothing
    before it, as long as none of them shares a group with a discount.
    """
    state, before = run.progress.state, run.before_earning
    again = replace(state, rows=[], points_given=0)
    progress = RunProgress(
        again,
        applied=run.progress.applied[: before.applied],
        stopped={family for family in run.progress.stopped if family < Stage.EARN.family},
        settled_groups=set(before.settled_groups),
        group_winners=set(before.group_winners),
    )
    run_stages(progress, admit_promotions(ordered, run.context, progress), EARNING)
    return PromotionRun(run.context, progress, run.discounted, before)


def earns(rule: Definition) -> bool:
    """Return whether the rule acts after discounts and payments, and so changes neither."""
    return not gives_now(rule)


def without_limits(rule: Definition) -> Definition:
    """Return the rule without limits and budget where it lowers what is paid; one that only earns keeps them."""
    return rule if earns(rule) else replace(rule, usage=NO_LIMITS, budget=None)


def _earnable_points(progress: RunProgress, stages: PromotionsByStage) -> int:
    trial = progress.copy()
    run_stages(trial, stages, EARNING)
    return points_of(trial)
