"""The order in which promotions act: stage by stage, by priority and id, with groups, exclusivity and budgets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from rewards.engine.basket import Basis, Basket, UnitOff
from rewards.engine.benefit import Benefit, Ineligibility, trimmed
from rewards.engine.conditions import MEMBER_REQUIRED, audience_refusal, cart_refusal
from rewards.engine.evaluation_state import EvaluationContext, EvaluationState
from rewards.engine.facts import NO_CONDITIONS, Definition, Settings
from rewards.engine.names import name_key
from rewards.engine.points_caps import cut_to_caps, gives_points
from rewards.engine.registry import KINDS, Stage
from rewards.engine.shares import Ratio
from rewards.engine.unlocks import benefit_per_set

BEST_ONLY = "best_only"
BEATEN = "better_discount_applied"
NOT_COMBINABLE = Ineligibility("not_combinable")


@dataclass(slots=True)
class RunProgress:
    """What has been decided so far: offers that were applied, in order, and the refusals of the others by id."""

    state: EvaluationState
    applied: list[tuple[Definition, Benefit]] = field(default_factory=list)
    refused: dict[str, Ineligibility] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    settled_groups: set[str] = field(default_factory=set)
    group_winners: set[str] = field(default_factory=set)

    def copy(self) -> "RunProgress":
        return replace(
            self,
            state=self.state.copy(),
            applied=list(self.applied),
            refused=dict(self.refused),
            stopped=set(self.stopped),
            settled_groups=set(self.settled_groups),
            group_winners=set(self.group_winners),
        )


PromotionsByStage = dict[Stage, list[Definition]]
_BASES = {
    Stage.DISCOUNT.family: Basis.DISCOUNTS,
    Stage.PAYMENT.family: Basis.PRICE,
    Stage.EARN.family: Basis.EARNING,
}
STAGES = tuple(Stage)


def in_order(promotions: Iterable[Definition]) -> list[Definition]:
    return sorted(promotions, key=attrgetter("priority", "id"))


def admit_promotions(
    ordered: Sequence[Definition], context: EvaluationContext, progress: RunProgress
) -> PromotionsByStage:
    """Sort out whom the visit does not concern before any goods are looked at; the rest by stage."""
    stages: PromotionsByStage = {stage: [] for stage in STAGES}
    for definition in ordered:
        refusal = admission_refusal(definition, context)
        if refusal is None:
            stages[KINDS[definition.kind].stage_of(definition.terms)].append(definition)
        else:
            progress.refused[definition.id] = refusal
    return stages


def admission_refusal(definition: Definition, context: EvaluationContext) -> Ineligibility | None:
    """Return why the promotion cannot act on this visit, whatever is in the cart."""
    waits = context.member is not None and context.member.only_earns and gives_now(definition)
    refusal = audience_refusal(definition, context, waits=waits)
    if refusal is None and context.member is None and KINDS[definition.kind].needs_member(definition.terms):
        return MEMBER_REQUIRED
    return refusal


def gives_now(definition: Definition) -> bool:
    """Return whether it lowers what is paid or adds goods, in contrast to what is earned."""
    return KINDS[definition.kind].stage_of(definition.terms) < Stage.EARN


def run_stages(progress: RunProgress, stages: PromotionsByStage, wanted: Iterable[Stage]) -> None:
    state = progress.state
    for stage in wanted:
        waiting = stages[stage]
        state.basket.measure_by(_BASES[stage.family])
        state.basket.close(state.never_earns if stage >= Stage.EARN else state.never_discounted)
        for position, definition in enumerate(waiting):
            # A group settles its later members ahead of their turn.
            if definition.id not in progress.refused and definition.id not in progress.group_winners:
                if definition.group is None:
                    _run_promotion(progress, stage, definition)
                else:
                    _act_in_group(progress, stages, stage, position)


def _run_promotion(progress: RunProgress, stage: Stage, definition: Definition) -> None:
    if progress.stopped or progress.state.earning_blocked:
        refusal = _find_bar(progress, stage, definition)
        if refusal is not None:
            progress.refused[definition.id] = refusal
            return
    benefit = _work_out_benefit(progress.state, definition)
    if isinstance(benefit, Ineligibility):
        progress.refused[definition.id] = benefit
    else:
        _apply_benefit(progress, stage, definition, benefit)


def _act_in_group(progress: RunProgress, stages: PromotionsByStage, stage: Stage, position: int) -> None:
    definition = stages[stage][position]
    if not is_best_only(definition, progress.state.settings):
        _run_promotion(progress, stage, definition)
        return
    group = group_of(definition, stage)
    refusal = _find_bar(progress, stage, definition)
    if refusal is None and group in progress.settled_groups:
        refusal = Ineligibility(BEATEN)
    if refusal is not None:
        progress.refused[definition.id] = refusal
        return
    later = [
        rival
        for rival in stages[stage][position + 1 :]
        if rival.group is not None
        and group_of(rival, stage) == group
        and rival.id not in progress.refused
        and rival.id not in progress.group_winners
    ]
    _settle_group(progress, stages, stage, [definition, *later])


def _find_bar(progress: RunProgress, stage: Stage, definition: Definition) -> Ineligibility | None:
    if stage.family in progress.stopped:
        return NOT_COMBINABLE
    if progress.state.earning_blocked and gives_points(definition):
        return NOT_COMBINABLE
    return None


def is_best_only(definition: Definition, settings: Settings) -> bool:
    """Return whether only the best of its group applies: always, unless the shop lets this group add up."""
    if definition.group is None:
        return False
    return not settings.groups or settings.groups.get(name_key(definition.group), BEST_ONLY) == BEST_ONLY


def group_of(definition: Definition, stage: Stage) -> str:
    """Return its group; points as payment are the member's own and no gift, so those rules have their own."""
    key = name_key(definition.group or "")
    return f"payment:{key}" if stage is Stage.PAYMENT else key


def _settle_group(progress: RunProgress, stages: PromotionsByStage, stage: Stage, rivals: Sequence[Definition]) -> None:
    """Settle a group at the place of its first member: all are compared on what is left, the first wins a tie.

    Where one of a later stage (points, after discounts) is worth more, those of this stage stand back for it.
    """
    state = progress.state
    benefits: list[tuple[Definition, Benefit]] = []
    for rival in rivals:
        benefit = _work_out_benefit(state, rival)
        if isinstance(benefit, Ineligibility):
            progress.refused[rival.id] = benefit
        else:
            benefits.append((rival, benefit))
    if not benefits:
        return
    best = max(benefits, key=lambda pair: gain_of(pair[1], state.point_value))  # the first of equals
    group = group_of(best[0], stage)
    later = _best_later(progress, stages, stage, group)
    stands_back = later is not None and gain_of(later, state.point_value) > gain_of(best[1], state.point_value)
    winner = later if later is not None and stands_back else best[1]
    for rival, benefit in benefits:
        if stands_back or rival.id != best[0].id:
            progress.refused[rival.id] = Ineligibility(BEATEN, *_compare_worths(benefit, winner, state.point_value))
    if not stands_back:
        progress.settled_groups.add(group)
        progress.group_winners.add(best[0].id)
        _apply_benefit(progress, stage, *best)


def _best_later(progress: RunProgress, stages: PromotionsByStage, stage: Stage, group: str) -> Benefit | None:
    """Return what the best of the group gives whose turn is in a later stage, as things are now."""
    if stage is Stage.PAYMENT:
        return None
    best: Benefit | None = None
    for later in (Stage.EARN, Stage.MULTIPLY, Stage.REWARD):
        mine = [
            d
            for d in stages.get(later, ())
            if later > stage
            and d.group
            and group_of(d, later) == group
            and d.id not in progress.refused
            and _find_bar(progress, later, d) is None
        ]
        state = _state_with_points(progress, stages, group) if mine and later is Stage.MULTIPLY else progress.state
        for definition in mine:
            benefit = _work_out_benefit(state, definition)
            if isinstance(benefit, Benefit) and (
                best is None or gain_of(benefit, state.point_value) > gain_of(best, state.point_value)
            ):
                best = benefit
    return best


def _state_with_points(progress: RunProgress, stages: PromotionsByStage, group: str) -> EvaluationState:
    """Return a trial state after the rules per amount outside the group have acted: points to multiply."""
    trial = progress.copy()
    others = [d for d in stages.get(Stage.EARN, ()) if not d.group or group_of(d, Stage.EARN) != group]
    run_stages(trial, {Stage.EARN: others}, (Stage.EARN,))
    return trial.state


def gain_of(benefit: Benefit, point_value: Ratio | None) -> tuple[int, int]:
    """Return what an offer is worth to the customer: money, gifts at list price, points at what they pay for.

    Points that pay for nothing are worth less than any money; stamps and coupons for later count as nothing.
    """
    if benefit.gives != "points":
        return benefit.worth * (1 if point_value is None else point_value.den), 0
    return (0, benefit.worth) if point_value is None else (benefit.worth * point_value.num, 0)


def _compare_worths(benefit: Benefit, winner: Benefit, point_value: Ratio | None) -> tuple[int | None, int | None]:
    """Return the two worths in one unit: as they are, or in money where points meet money."""
    if (benefit.gives == "points") == (winner.gives == "points"):
        return benefit.worth, winner.worth
    if point_value is None:
        return None, None
    den = point_value.den
    return gain_of(benefit, point_value)[0] // den, gain_of(winner, point_value)[0] // den


def _work_out_benefit(state: EvaluationState, definition: Definition) -> Benefit | Ineligibility:
    if definition.when is not NO_CONDITIONS:
        refusal = cart_refusal(definition.when, state.basket)
        if refusal is not None:
            return refusal
    benefit = offer_of_kind(state, definition)
    if isinstance(benefit, Benefit):
        benefit = cut_to_caps(state, definition, benefit)
    if isinstance(benefit, Ineligibility):
        return benefit
    budget = definition.budget
    if budget is None or budget.type != "spend" or benefit.spend <= budget.left:
        return benefit
    exhausted = Ineligibility("budget_exhausted", budget.left, benefit.spend)
    if budget.on_exceed == "reject" or benefit.gives == "payment":
        return exhausted
    return trimmed(benefit, budget.left) or exhausted


def offer_of_kind(state: EvaluationState, definition: Definition) -> Benefit | Ineligibility:
    """Return what the kind answers on its own: no conditions, no budget."""
    kind, terms = KINDS[definition.kind], definition.terms
    if getattr(terms, "for_each", ()):
        return benefit_per_set(state, kind.benefit, terms)
    return kind.benefit(state, terms)


def _apply_benefit(progress: RunProgress, stage: Stage, definition: Definition, benefit: Benefit) -> None:
    state = progress.state
    progress.applied.append((definition, benefit))
    if definition.exclusive:
        progress.stopped.add(stage.family)
    if benefit.set_units or benefit.together or (benefit.serves and benefit.units):
        benefit.took_part = _cost_of_units(state.basket, benefit)
    take_off(state.basket, benefit)
    if benefit.gives == "payment":
        state.points_asked -= benefit.points_used
        state.points_available -= benefit.points_used
        state.earning_blocked = state.earning_blocked or benefit.blocks_earning
    if benefit.gives == "points":
        state.points_given += benefit.worth
    if benefit.earned_row is not None:
        state.rows.append(benefit.earned_row)
    if benefit.multiplied_rows is not None:
        state.rows = benefit.multiplied_rows


def take_off(basket: Basket, benefit: Benefit) -> None:
    """Take what the offer gives off the goods, and the units it used up out of reach of others."""
    if benefit.set_units:
        basket.take_from_units([UnitOff(pick, 0) for pick in benefit.set_units], serve=True)
    if benefit.units:
        basket.take_from_units(benefit.units, serve=benefit.serves)
    elif benefit.gives in ("money_off", "payment"):
        basket.take_from_lines(benefit.shares)


def _cost_of_units(basket: Basket, benefit: Benefit) -> list[tuple[int, int]]:
    """Return what the units that made the offer together cost before it acts, by line."""
    picks = [*benefit.set_units, *(benefit.together or [off.pick for off in benefit.units])]
    cost: dict[int, int] = {}
    for pick in picks:
        cost[pick.line] = cost.get(pick.line, 0) + pick.left * pick.number
    if not benefit.units:
        cost |= {index: basket.left[index] for index, _ in benefit.shares}
    return sorted(cost.items())


def points_of(progress: RunProgress) -> int:
    """Return points earned by the offers applied in this run."""
    return sum(benefit.worth for _, benefit in progress.applied if benefit.gives == "points")
