"""The order in which promotions act: stage by stage, by priority and id, with groups, exclusivity and budgets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from rewards.engine.basket import UnitOff
from rewards.engine.conditions import MEMBER_REQUIRED, audience_refusal, cart_refusal
from rewards.engine.course import Course, Visit
from rewards.engine.offer import Offer, Refusal, trimmed
from rewards.engine.registry import KINDS, Stage
from rewards.engine.unlocking import offer_per_set
from rewards.facts import NO_CONDITIONS, Definition, Settings

BEST_ONLY = "best_only"
NOT_COMBINABLE = Refusal("not_combinable")
POINT_KINDS = frozenset({"earn", "earn_multiplier", "earn_bonus"})


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
        kind = KINDS[definition.kind]
        refusal = audience_refusal(definition, visit)
        if refusal is None and visit.member is None and kind.needs_member(definition.terms):
            refusal = MEMBER_REQUIRED
        if refusal is None:
            stages[kind.stage_of(definition.terms)].append(definition)
        else:
            run.refused[definition.id] = refusal
    return stages


def run_stages(run: Run, stages: Stages, wanted: Iterable[Stage]) -> None:
    for stage in wanted:
        waiting = stages[stage]
        for position, definition in enumerate(waiting):
            # A group settles its later members ahead of their turn.
            if definition.id not in run.refused and definition.id not in run.group_winners:
                _act(run, stage, definition, waiting[position + 1 :] if definition.group else ())


def _act(run: Run, stage: Stage, definition: Definition, later: Sequence[Definition]) -> None:
    if run.stopped or run.course.earning_blocked or definition.group:
        refusal = _barred(run, stage, definition)
        if refusal is not None:
            run.refused[definition.id] = refusal
            return
    if definition.group and is_best_only(definition, stage, run.course.settings):
        rivals = [rival for rival in later if rival.group == definition.group and rival.id not in run.refused]
        _settle_group(run, stage, [definition, *rivals])
        return
    offer = _offer(run.course, definition)
    if isinstance(offer, Refusal):
        run.refused[definition.id] = offer
    else:
        _apply(run, stage, definition, offer)


def _barred(run: Run, stage: Stage, definition: Definition) -> Refusal | None:
    if stage.family in run.stopped:
        return NOT_COMBINABLE
    if run.course.earning_blocked and gives_points(definition):
        return NOT_COMBINABLE
    if definition.group in run.settled_groups and is_best_only(definition, stage, run.course.settings):
        return Refusal("better_discount_applied")
    return None


def gives_points(definition: Definition) -> bool:
    return definition.kind in POINT_KINDS or getattr(definition.terms, "credit", None) == "points"


def is_best_only(definition: Definition, stage: Stage, settings: Settings) -> bool:
    """Does only the best of its group apply? Earn rules in one group never add up unless the group is set to "all"."""
    if definition.group is None:
        return False
    return settings.groups.get(definition.group, BEST_ONLY if stage is Stage.EARN else "all") == BEST_ONLY


def _settle_group(run: Run, stage: Stage, rivals: Sequence[Definition]) -> None:
    """A group acts where its first member stands: all are weighed on what is left there, the first wins a tie."""
    best: tuple[Definition, Offer] | None = None
    offers: list[tuple[Definition, Offer]] = []
    for rival in rivals:
        offer = _offer(run.course, rival)
        if isinstance(offer, Refusal):
            run.refused[rival.id] = offer
            continue
        offers.append((rival, offer))
        if best is None or offer.worth > best[1].worth:
            best = (rival, offer)
    if best is None:
        return
    for rival, offer in offers:
        if rival.id != best[0].id:
            run.refused[rival.id] = Refusal("better_discount_applied", offer.worth, best[1].worth)
    run.settled_groups.add(str(best[0].group))
    run.group_winners.add(best[0].id)
    _apply(run, stage, *best)


def _offer(course: Course, definition: Definition) -> Offer | Refusal:
    if definition.when is not NO_CONDITIONS:
        refusal = cart_refusal(definition.when, course.basket)
        if refusal is not None:
            return refusal
    offer = offer_of_kind(course, definition)
    if isinstance(offer, Refusal):
        return offer
    budget = definition.budget
    if budget is None or budget.type != "spend" or offer.worth <= budget.left:
        return offer
    exhausted = Refusal("budget_exhausted", budget.left, offer.worth)
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
    if offer.set_units:
        course.basket.take_from_units([UnitOff(pick, 0) for pick in offer.set_units], serve=True)
    if offer.units:
        course.basket.take_from_units(offer.units, serve=offer.serves)
    elif offer.gives in ("money_off", "payment"):
        course.basket.take_from_lines(offer.shares)
    if offer.gives == "payment":
        course.points_asked -= offer.points_used
        course.points_available -= offer.points_used
        course.earning_blocked = course.earning_blocked or offer.blocks_earning
    if offer.earned_row is not None:
        course.rows.append(offer.earned_row)
    if offer.multiplied_rows is not None:
        course.rows = offer.multiplied_rows


def points_of(run: Run) -> int:
    """Points earned by the offers applied in this run."""
    return sum(offer.worth for _, offer in run.applied if offer.gives == "points")
