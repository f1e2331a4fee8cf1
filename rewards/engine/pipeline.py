"""The order in which promotions act: stage by stage, by priority and id, with groups, exclusivity and budgets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from rewards.engine.basket import Basket, UnitOff
from rewards.engine.capping import cut_to_caps, gives_points
from rewards.engine.conditions import MEMBER_REQUIRED, audience_refusal, cart_refusal
from rewards.engine.course import Course, Visit
from rewards.engine.names import name_key
from rewards.engine.offer import Offer, Refusal, trimmed
from rewards.engine.registry import KINDS, Stage
from rewards.engine.shares import Ratio
from rewards.engine.unlocking import offer_per_set
from rewards.facts import NO_CONDITIONS, Definition, Settings

BEST_ONLY = "best_only"
BEATEN = "better_discount_applied"
NOT_COMBINABLE = Refusal("not_combinable")


@dataclass(slots=True)
class Run:
    """What has been decided so far: offers that were applied, in order, and the refusals of the others by id."""

    course: Course
    applied: list[tuple[Definition, Offer]] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    settled_groups: set[str] = field(default_factory=set)
    group_winners: set[str] = field(default_factory=set)

    def copy(self) -> "Run":
        return replace(
            self,
            course=self.course.copy(),
            applied=list(self.applied),
            refused=dict(self.refused),
            stopped=set(self.stopped),
            settled_groups=set(self.settled_groups),
            group_winners=set(self.group_winners),
        )


Stages = dict[Stage, list[Definition]]
STAGES = tuple(Stage)


def in_order(promotions: Iterable[Definition]) -> list[Definition]:
    return sorted(promotions, key=attrgetter("priority", "id"))


def admit(ordered: Sequence[Definition], visit: Visit, run: Run) -> Stages:
    """Sort out whom the visit does not concern before any goods are looked at; the rest by stage."""
    stages: Stages = {stage: [] for stage in STAGES}
    for definition in ordered:
        refusal = admission_refusal(definition, visit)
        if refusal is None:
            stages[KINDS[definition.kind].stage_of(definition.terms)].append(definition)
        else:
            run.refused[definition.id] = refusal
    return stages


def admission_refusal(definition: Definition, visit: Visit) -> Refusal | None:
    """Why the promotion cannot act on this visit, whatever is in the cart."""
    waits = visit.member is not None and visit.member.only_earns and gives_now(definition)
    refusal = audience_refusal(definition, visit, waits=waits)
    if refusal is None and visit.member is None and KINDS[definition.kind].needs_member(definition.terms):
        return MEMBER_REQUIRED
    return refusal


def gives_now(definition: Definition) -> bool:
    """Whether it lowers what is paid or adds goods, in contrast to what is earned."""
    return KINDS[definition.kind].stage_of(definition.terms) < Stage.EARN


def run_stages(run: Run, stages: Stages, wanted: Iterable[Stage]) -> None:
    course = run.course
    for stage in wanted:
        waiting = stages[stage]
        course.basket.close(course.never_earns if stage >= Stage.EARN else course.never_discounted)
        for position, definition in enumerate(waiting):
            # A group settles its later members ahead of their turn.
            if definition.id not in run.refused and definition.id not in run.group_winners:
                if definition.group is None:
                    _act(run, stage, definition)
                else:
                    _act_in_group(run, stages, stage, position)


def _act(run: Run, stage: Stage, definition: Definition) -> None:
    if run.stopped or run.course.earning_blocked:
        refusal = _barred(run, stage, definition)
        if refusal is not None:
            run.refused[definition.id] = refusal
            return
    offer = _offer(run.course, definition)
    if isinstance(offer, Refusal):
        run.refused[definition.id] = offer
    else:
        _apply(run, stage, definition, offer)


def _act_in_group(run: Run, stages: Stages, stage: Stage, position: int) -> None:
    definition = stages[stage][position]
    if not is_best_only(definition, run.course.settings):
        _act(run, stage, definition)
        return
    group = group_of(definition, stage)
    refusal = _barred(run, stage, definition)
    if refusal is None and group in run.settled_groups:
        refusal = Refusal(BEATEN)
    if refusal is not None:
        run.refused[definition.id] = refusal
        return
    later = [
        rival for rival in stages[stage][position + 1 :] if rival.group is not None
        and group_of(rival, stage) == group and rival.id not in run.refused and rival.id not in run.group_winners
    ]  # fmt: skip
    _settle_group(run, stages, stage, [definition, *later])


def _barred(run: Run, stage: Stage, definition: Definition) -> Refusal | None:
    if stage.family in run.stopped:
        return NOT_COMBINABLE
    if run.course.earning_blocked and gives_points(definition):
        return NOT_COMBINABLE
    return None


def is_best_only(definition: Definition, settings: Settings) -> bool:
    """Does only the best of its group apply? It does, unless the shop lets this group add up."""
    if definition.group is None:
        return False
    return not settings.groups or settings.groups.get(name_key(definition.group), BEST_ONLY) == BEST_ONLY


def group_of(definition: Definition, stage: Stage) -> str:
    """Points as payment are the member's own and no gift: those rules are weighed among themselves."""
    key = name_key(definition.group or "")
    return f"payment:{key}" if stage is Stage.PAYMENT else key


def _settle_group(run: Run, stages: Stages, stage: Stage, rivals: Sequence[Definition]) -> None:
    """A group acts where its first member stands: all are weighed on what is left there, the first wins a tie.

    Where one of a later stage (points, after discounts) is worth more, those of this stage stand back for it.
    """
    course = run.course
    offers: list[tuple[Definition, Offer]] = []
    for rival in rivals:
        offer = _offer(course, rival)
        if isinstance(offer, Refusal):
            run.refused[rival.id] = offer
        else:
            offers.append((rival, offer))
    if not offers:
        return
    best = max(offers, key=lambda pair: gain_of(pair[1], course.point_value))  # the first of equals
    group = group_of(best[0], stage)
    later = _best_later(run, stages, stage, group)
    stands_back = later is not None and gain_of(later, course.point_value) > gain_of(best[1], course.point_value)
    winner = later if later is not None and stands_back else best[1]
    for rival, offer in offers:
        if stands_back or rival.id != best[0].id:
            run.refused[rival.id] = Refusal(BEATEN, *_compared(offer, winner, course.point_value))
    if not stands_back:
        run.settled_groups.add(group)
        run.group_winners.add(best[0].id)
        _apply(run, stage, *best)


def _best_later(run: Run, stages: Stages, stage: Stage, group: str) -> Offer | None:
    """What the best of the group gives that has its turn in a later stage, as things are now."""
    if stage is Stage.PAYMENT:
        return None
    best: Offer | None = None
    for later in (Stage.EARN, Stage.MULTIPLY, Stage.REWARD):
        mine = [d for d in stages.get(later, ()) if later > stage and d.group and group_of(d, later) == group
                and d.id not in run.refused and _barred(run, later, d) is None]  # fmt: skip
        course = _course_with_points(run, stages, group) if mine and later is Stage.MULTIPLY else run.course
        for definition in mine:
            offer = _offer(course, definition)
            if isinstance(offer, Offer) and (
                best is None or gain_of(offer, course.point_value) > gain_of(best, course.point_value)
            ):
                best = offer
    return best


def _course_with_points(run: Run, stages: Stages, group: str) -> Course:
    """A course on trial on which the rules per amount outside the group have had their turn: points to multiply."""
    trial = run.copy()
    others = [d for d in stages.get(Stage.EARN, ()) if not d.group or group_of(d, Stage.EARN) != group]
    run_stages(trial, {Stage.EARN: others}, (Stage.EARN,))
    return trial.course


def gain_of(offer: Offer, point_value: Ratio | None) -> tuple[int, int]:
    """What an offer is worth to the customer, to be compared: money, gifts at list price, points at what they pay for.

    Points that pay for nothing are worth less than any money; stamps and coupons for later count as nothing.
    """
    if offer.gives != "points":
        return offer.worth * (1 if point_value is None else point_value.den), 0
    return (0, offer.worth) if point_value is None else (offer.worth * point_value.num, 0)


def _compared(offer: Offer, winner: Offer, point_value: Ratio | None) -> tuple[int | None, int | None]:
    """The two worths in one unit: as they stand, or in money where points meet money."""
    if (offer.gives == "points") == (winner.gives == "points"):
        return offer.worth, winner.worth
    if point_value is None:
        return None, None
    den = point_value.den
    return gain_of(offer, point_value)[0] // den, gain_of(winner, point_value)[0] // den


def _offer(course: Course, definition: Definition) -> Offer | Refusal:
    if definition.when is not NO_CONDITIONS:
        refusal = cart_refusal(definition.when, course.basket)
        if refusal is not None:
            return refusal
    offer = offer_of_kind(course, definition)
    if isinstance(offer, Offer):
        offer = cut_to_caps(course, definition, offer)
    if isinstance(offer, Refusal):
        return offer
    budget = definition.budget
    if budget is None or budget.type != "spend" or offer.spend <= budget.left:
        return offer
    exhausted = Refusal("budget_exhausted", budget.left, offer.spend)
    if budget.on_exceed == "reject" or offer.gives == "payment":
        return exhausted
    return trimmed(offer, budget.left) or exhausted


def offer_of_kind(course: Course, definition: Definition) -> Offer | Refusal:
    """What the kind answers on its own: no conditions, no budget."""
    kind, terms = KINDS[definition.kind], definition.terms
    if getattr(terms, "for_each", ()):
        return offer_per_set(course, kind.offer, terms)
    return kind.offer(course, terms)


def _apply(run: Run, stage: Stage, definition: Definition, offer: Offer) -> None:
    course = run.course
    run.applied.append((definition, offer))
    if definition.exclusive:
        run.stopped.add(stage.family)
    if offer.set_units or offer.together or (offer.serves and offer.units):
        offer.took_part = _cost_of_units(course.basket, offer)
    take_off(course.basket, offer)
    if offer.gives == "payment":
        course.points_asked -= offer.points_used
        course.points_available -= offer.points_used
        course.earning_blocked = course.earning_blocked or offer.blocks_earning
    if offer.gives == "points":
        course.points_given += offer.worth
    if offer.earned_row is not None:
        course.rows.append(offer.earned_row)
    if offer.multiplied_rows is not None:
        course.rows = offer.multiplied_rows


def take_off(basket: Basket, offer: Offer) -> None:
    """Takes what the offer gives off the goods, and the units it used up out of reach of others."""
    if offer.set_units:
        basket.take_from_units([UnitOff(pick, 0) for pick in offer.set_units], serve=True)
    if offer.units:
        basket.take_from_units(offer.units, serve=offer.serves)
    elif offer.gives in ("money_off", "payment"):
        basket.take_from_lines(offer.shares)


def _cost_of_units(basket: Basket, offer: Offer) -> list[tuple[int, int]]:
    """What the units that made the offer together cost before it acts, by line."""
    picks = [*offer.set_units, *(offer.together or [off.pick for off in offer.units])]
    cost: dict[int, int] = {}
    for pick in picks:
        cost[pick.line] = cost.get(pick.line, 0) + pick.left * pick.number
    if not offer.units:
        cost |= {index: basket.left[index] for index, _ in offer.shares}
    return sorted(cost.items())


def points_of(run: Run) -> int:
    """Points earned by the offers applied in this run."""
    return sum(offer.worth for _, offer in run.applied if offer.gives == "points")
