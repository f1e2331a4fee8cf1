"""What a promotion does beside others that may act on the same visit: add up, stop, beat, or be stopped and beaten."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from rewards.engine.facts import Definition, Finding, Level, Settings
from rewards.engine.linter.overlap import Overlap, goods_of, overlap_of
from rewards.engine.names import name_key
from rewards.engine.pipeline import is_best_only
from rewards.engine.redemption import point_rate
from rewards.engine.registry import KINDS, Stage
from rewards.engine.shares import Ratio

UNIT_KINDS = frozenset({"buy_get", "bundle_price", "cheapest_free", "cheapest_percent_off", "cheapest_amount_off"})
LARGER_IS_BETTER = ("percent_off", "percent_off_unit", "amount_off", "amount_off_per_unit", "amount_off_per_line")
ALL_OF_IT = Ratio(1, 1)


@dataclass(frozen=True, slots=True)
class Pair:
    """The draft and one rival whom it may meet."""

    mine: Overlap
    theirs: Overlap
    settings: Settings

    @property
    def draft(self) -> Definition:
        return self.mine.definition

    @property
    def rival(self) -> Definition:
        return self.theirs.definition

    @property
    def rival_first(self) -> bool:
        return _turn_key(self.rival) < _turn_key(self.draft)

    @property
    def one_group(self) -> bool:
        """Return whether only the better of the two applies."""
        mine, theirs = self.draft.group, self.rival.group
        if mine is None or theirs is None or name_key(mine) != name_key(theirs):
            return False
        return is_best_only(self.draft, self.settings)


def findings_together(
    draft: Definition, rivals: Sequence[Definition], *, settings: Settings, first_day: date
) -> Iterator[Finding]:
    """Yield one finding per kind of meeting, naming every promotion it is about."""
    family = [rival for rival in rivals if _stage_of(rival).family == _stage_of(draft).family]
    reaches = [overlap_of(rival, settings, first_day) for rival in family]
    yield from findings_among(overlap_of(draft, settings, first_day), reaches, rivals, settings=settings)


def findings_among(
    mine: Overlap, theirs: Sequence[Overlap], rivals: Sequence[Definition], *, settings: Settings
) -> Iterator[Finding]:
    """Yield the same where the reaches are known; `theirs` may leave out those of another family."""
    draft = mine.definition
    ordered = sorted(theirs, key=lambda reach: (reach.definition.priority, reach.definition.id))
    pairs = [
        pair
        for reach in ordered
        if _stage_of(reach.definition).family == _stage_of(draft).family
        and (pair := Pair(mine, reach, settings)).mine.meets(pair.theirs)
    ]
    for code, level, pointer, holds in CHECKS:
        met = [pair for pair in pairs if holds(pair)]
        if met:
            yield Finding(code, level, pointer, _figures_of(code, met), tuple((p.rival.id, p.rival.title) for p in met))
    yield from _find_same_names(draft, rivals)
    if draft.kind == "cashback" and draft.terms.credit == "points" and point_rate(rivals) is None:
        yield Finding("points_without_value", Level.REFUSE, "/credit")
    if draft.kind == "earn_multiplier" and not any(_amount_based(rival) for rival in rivals):
        yield Finding("nothing_to_multiply", Level.WARN, "/factor")


def _stage_of(definition: Definition) -> Stage:
    return KINDS[definition.kind].stage_of(definition.terms)


def _turn_key(definition: Definition) -> tuple[int, int, str]:
    return int(_stage_of(definition)), definition.priority, definition.id


def _amount_based(definition: Definition) -> bool:
    terms = definition.terms
    return definition.kind == "earn" and (terms.per_amount is not None or terms.percent_of_amount is not None)


# --- exclusive ---------------------------------------------------------------------------------------------------


def _never_after(pair: Pair) -> bool:
    return pair.rival.exclusive and pair.rival_first and not pair.one_group and pair.theirs.covers(pair.mine)


def _sometimes_after(pair: Pair) -> bool:
    return pair.rival.exclusive and pair.rival_first and not pair.one_group and not pair.theirs.covers(pair.mine)


def _stops_rival(pair: Pair) -> bool:
    return pair.draft.exclusive and not pair.rival_first and not pair.one_group


def _by_chance(pair: Pair) -> bool:
    both = pair.draft.exclusive and pair.rival.exclusive
    return both and pair.draft.priority == pair.rival.priority and not pair.one_group


# --- groups ------------------------------------------------------------------------------------------------------


def _always_beaten(pair: Pair) -> bool:
    return (
        pair.one_group and pair.theirs.covers(pair.mine) and _at_least_as_good(pair.rival, pair.draft, pair.rival_first)
    )


def _always_beats(pair: Pair) -> bool:
    first = not pair.rival_first
    return pair.one_group and pair.mine.covers(pair.theirs) and _at_least_as_good(pair.draft, pair.rival, first)


def _at_least_as_good(better: Definition, worse: Definition, goes_first: bool) -> bool:
    """Return whether the first gives at least as much on every cart; the one that goes first wins a tie."""
    if better.kind != worse.kind or better.kind not in LARGER_IS_BETTER:
        return False
    a, b = better.terms, worse.terms
    for name in ("max_units", "max_units_per_line", "per_bundle", "for_each", "multiplies", "unit_pick", "round_at"):
        if getattr(a, name, None) != getattr(b, name, None):
            return False
    cap, other = getattr(a, "cap", None), getattr(b, "cap", None)
    if cap is not None and (other is None or cap < other):
        return False
    mine, theirs = _comparable_figure(a.value), _comparable_figure(b.value)
    return mine > theirs or (mine == theirs and goes_first)


def _comparable_figure(value: Any) -> Any:
    """Return a figure by which percentages compare exactly."""
    return Fraction(*value) if isinstance(value, Ratio) else value


# --- adding up ---------------------------------------------------------------------------------------------------


def _adds_up(pair: Pair) -> bool:
    alone = pair.draft.exclusive or pair.rival.exclusive or pair.one_group
    return not alone and _stage_of(pair.draft) is Stage.DISCOUNT and not _nothing_left(pair) and not _units_taken(pair)


def _points_add_up(pair: Pair) -> bool:
    return not pair.one_group and _amount_based(pair.draft) and _amount_based(pair.rival)


def _units_taken(pair: Pair) -> bool:
    return not pair.one_group and _is_of_units(pair.draft) and _is_of_units(pair.rival)


def _is_of_units(definition: Definition) -> bool:
    terms = definition.terms
    for_sets = getattr(terms, "per_bundle", None) is not None or bool(getattr(terms, "for_each", ()))
    return definition.kind in UNIT_KINDS or for_sets


def _nothing_left(pair: Pair) -> bool:
    """Return whether the rival takes all of the goods' price before the draft's turn."""
    terms = pair.rival.terms
    everything = (
        pair.rival.kind in ("percent_off", "percent_off_unit")
        and terms.value == ALL_OF_IT
        and getattr(terms, "cap", None) is None
        and getattr(terms, "max_units", None) is None
        and getattr(terms, "max_units_per_line", None) is None
        and getattr(terms, "per_bundle", None) is None
    )
    acts_on_money = pair.draft.kind != "gift_line" and bool(goods_of(pair.draft))
    return everything and acts_on_money and pair.rival_first and not pair.one_group and pair.theirs.covers(pair.mine)


Holds = Callable[[Pair], bool]
CHECKS: tuple[tuple[str, Level, str, Holds], ...] = (
    ("never_after_exclusive", Level.REFUSE, "/priority", _never_after),
    ("always_beaten", Level.REFUSE, "/group", _always_beaten),
    ("nothing_left", Level.REFUSE, "/priority", _nothing_left),
    ("sometimes_after_exclusive", Level.WARN, "/priority", _sometimes_after),
    ("stops_others", Level.WARN, "/exclusive", _stops_rival),
    ("order_by_chance", Level.WARN, "/priority", _by_chance),
    ("always_beats", Level.WARN, "/group", _always_beats),
    ("adds_up", Level.WARN, "/group", _adds_up),
    ("points_add_up", Level.WARN, "/group", _points_add_up),
    ("shares_units", Level.WARN, "/priority", _units_taken),
)
"""(code, level, where it is fixed, when it holds)."""


def _figures_of(code: str, met: Sequence[Pair]) -> dict[str, Any]:
    """Return, for percentages that add up, what all of them take off together, in hundredths of a percent."""
    if code != "adds_up":
        return {}
    definitions = [met[0].draft, *(pair.rival for pair in met)]
    shares = [d.terms.value for d in definitions if d.kind == "percent_off" and d.terms.cap is None]
    if len(shares) != len(definitions):
        return {}
    num, den = 1, 1
    for share in shares:
        num, den = num * (share.den - share.num), den * share.den
    return {"basis_points": 10_000 - -(-10_000 * num // den)}


def _find_same_names(draft: Definition, rivals: Sequence[Definition]) -> Iterator[Finding]:
    """Find two of one name that look the same on a receipt; one shared code opens both."""
    title = name_key(draft.title)
    alike = tuple((r.id, r.title) for r in rivals if name_key(r.title) == title)
    if alike:
        yield Finding("same_title", Level.WARN, "/title", others=alike)
    code = draft.when.code
    if isinstance(code, str):
        shared = tuple(
            (r.id, r.title) for r in rivals if isinstance(r.when.code, str) and name_key(r.when.code) == name_key(code)
        )
        if shared:
            yield Finding("same_code", Level.WARN, "/when/code", {"code": code}, shared)
