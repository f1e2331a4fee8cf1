"""Whom and what a promotion reaches: on which days and hours, for which people, on which goods."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from rewards.engine.bundles import Part
from rewards.engine.facts import Definition, Filter, Settings, When

HORIZON = timedelta(days=400)
"""Long enough for every moment that comes once a year."""
WHOLE_DAY = (1 << 24 * 60) - 1


@dataclass(frozen=True, slots=True)
class Overlap:
    """When and for whom it runs. `spans`: days within the horizon, each with minutes of those days as bits.

    Hours past midnight make a second span on the days after those they begin on.
    """

    definition: Definition
    spans: tuple[tuple[frozenset[date], int], ...]

    def meets(self, other: "Overlap") -> bool:
        """Return whether one visit may fall under both, as far as conditions say."""
        mine, theirs = self.definition.when, other.definition.when
        return (
            any(
                minutes & theirs_minutes and not days.isdisjoint(theirs_days)
                for days, minutes in self.spans
                for theirs_days, theirs_minutes in other.spans
            )
            and people_meet(mine, theirs)
            and goods_meet(self.definition, other.definition)
        )

    def covers(self, other: "Overlap") -> bool:
        """Return whether every visit under `other` falls under this one too, and always will: no limit, no code."""
        mine, theirs = self.definition, other.definition
        return (
            all(
                any(not theirs_minutes & ~minutes and theirs_days <= days for days, minutes in self.spans)
                for theirs_days, theirs_minutes in other.spans
            )
            and mine.usage.limit is None
            and mine.usage.per_member_limit is None
            and mine.budget is None
            and not mine.when.code
            and _always_gives(mine)
            and people_within(theirs, mine.when)
            and thresholds_within(theirs.when, mine.when)
            and all(goods_within(goods, mine_goods) for goods in goods_of(theirs) for mine_goods in goods_of(mine))
        )


STEADY_KINDS: Final = frozenset(
    {
        "percent_off",
        "percent_off_unit",
        "amount_off",
        "amount_off_per_unit",
        "amount_off_per_line",
        "cashback",
        "earn_bonus",
        "issue_coupon",
    }
)


def _always_gives(definition: Definition) -> bool:
    """Return whether it gives something on every cart with its goods, not only for sets, steps or requests."""
    if definition.kind == "gift_line":
        return definition.terms.per is None
    terms = definition.terms
    for_sets = getattr(terms, "per_bundle", None) is not None or bool(getattr(terms, "for_each", ()))
    return definition.kind in STEADY_KINDS and not for_sets


def overlap_of(definition: Definition, settings: Settings, first_day: date) -> Overlap:
    days = frozenset(running_days(definition.when, settings, first_day))
    on_the_day, past_midnight = minutes_of(definition.when)
    spans = [(days, on_the_day)] if on_the_day else []
    if past_midnight:
        spans.append((frozenset(day + timedelta(days=1) for day in days if day < date.max), past_midnight))
    return Overlap(definition, tuple(spans))


def running_days(when: When, settings: Settings, first_day: date) -> Iterator[date]:
    """Yield the days from `first_day` on within the horizon on which the conditions of time hold."""
    first = max(first_day, when.valid_from or first_day)
    last = min(when.valid_to or date.max, first + HORIZON)
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if (when.weekdays is None or day.isoweekday() in when.weekdays) and in_moment(when, settings, day):
            yield day


def in_moment(when: When, settings: Settings, day: date) -> bool:
    if when.moment is None:
        return True
    before, after = timedelta(days=when.moment_days_before), timedelta(days=when.moment_days_after)
    return any(first - before <= day <= last + after for first, last in settings.moments.get(when.moment, ()))


def minutes_of(when: When) -> tuple[int, int]:
    """Return the minutes on the day on which the hours begin, and those past its midnight."""
    if not when.hours:
        return WHOLE_DAY, 0
    bits = later = 0
    for span in when.hours:
        start = span.start.hour * 60 + span.start.minute
        end = 24 * 60 if span.end is None else span.end.hour * 60 + span.end.minute
        if start < end:
            bits |= _bits_between(start, end)
        else:
            bits |= _bits_between(start, 24 * 60)
            later |= _bits_between(0, end)
    return bits, later


def _bits_between(start: int, end: int) -> int:
    return ((1 << end) - 1) & ~((1 << start) - 1)


def _audience_sets(when: When) -> tuple[Collection[str] | None, ...]:
    return when.members_any, when.segments_any, when.personas_any, when.tiers_any, when.outlets


def people_meet(mine: When, theirs: When) -> bool:
    """Return whether a member may fit both: each has one segment and tier, so lists without a common name do not."""
    for a, b in zip(_audience_sets(mine), _audience_sets(theirs), strict=True):
        if a is not None and b is not None and set(a).isdisjoint(b):
            return False
    pairs = ((mine.referred, theirs.referred), (mine.first_purchase, theirs.first_purchase))
    return all(a is None or b is None or a == b for a, b in pairs)


def people_within(theirs: Definition, mine: When) -> bool:
    """Return whether all members for whom `theirs` is are let in by `mine`."""
    when = theirs.when
    for a, b in zip(_audience_sets(mine), _audience_sets(when), strict=True):
        if a is not None and (b is None or not set(b) <= set(a)):
            return False
    for wanted, given in ((mine.referred, when.referred), (mine.first_purchase, when.first_purchase)):
        if wanted is not None and wanted != given:
            return False
    window = mine.birthday_window_days
    if window is not None and (when.birthday_window_days is None or when.birthday_window_days > window):
        return False
    return not mine.members_only or names_members(when)


def names_members(when: When) -> bool:
    lists = (when.members_any, when.segments_any, when.personas_any, when.tiers_any)
    return (
        when.members_only
        or any(names is not None for names in lists)
        or when.first_purchase is not None
        or when.birthday_window_days is not None
        or when.referred is not None
    )


def thresholds_within(theirs: When, mine: When) -> bool:
    """Return whether all who reach the thresholds of `theirs` reach those of `mine`, if `mine` is asked first."""
    if mine.min_subtotal and not (
        (theirs.min_subtotal or 0) >= mine.min_subtotal and theirs.subtotal_filter == mine.subtotal_filter
    ):
        return False
    return not mine.min_qty or ((theirs.min_qty or 0) >= mine.min_qty and theirs.qty_filter == mine.qty_filter)


def goods_of(definition: Definition) -> list[Filter | None]:
    """Return the goods that a promotion acts on; None is everything."""
    terms = definition.terms
    if definition.kind == "buy_get":
        return [terms.buy.filter, terms.get.filter if terms.get else terms.buy.filter]
    per = getattr(terms, "parts", ()) or getattr(terms, "per_bundle", None)
    if isinstance(per, tuple):
        return [part.filter for part in per]
    return [getattr(terms, "filter", None)]


def filters_of(definition: Definition) -> Iterator[tuple[str, Filter]]:
    """Yield every filter that is written in the definition, with its pointer."""
    for pointer, value in (
        ("/when/subtotal_filter", definition.when.subtotal_filter),
        ("/when/qty_filter", definition.when.qty_filter),
        *_filters_in(definition.terms),
    ):
        if value is not None:
            yield pointer, value


def _filters_in(terms: Any) -> Iterator[tuple[str, Filter | None]]:
    yield "/filter", getattr(terms, "filter", None)
    for name in ("buy", "get", "per"):
        part = getattr(terms, name, None)
        if isinstance(part, Part):
            yield f"/{name}/filter", part.filter
    for name in ("per_bundle", "parts", "for_each"):
        parts = getattr(terms, name, None)
        if isinstance(parts, tuple):
            yield from ((f"/{name}/{n}/filter", part.filter) for n, part in enumerate(parts))


def goods_meet(mine: Definition, theirs: Definition) -> bool:
    return any(_filters_meet(a, b) for a in goods_of(mine) for b in goods_of(theirs))


def _filters_meet(a: Filter | None, b: Filter | None) -> bool:
    """Return whether filters may meet: a sku here and a category there could be the same goods."""
    if a is None or b is None:
        return True
    for one, other in ((a, b), (b, a)):
        names = one.skus or one.categories
        if names and one.skus <= other.exclude_skus and one.categories <= other.exclude_categories:
            return False
    if not (a.skus or a.categories) or not (b.skus or b.categories):
        return True
    if (a.skus and b.categories) or (a.categories and b.skus):
        return True
    return not (a.skus.isdisjoint(b.skus) and a.categories.isdisjoint(b.categories))


def goods_within(theirs: Filter | None, mine: Filter | None) -> bool:
    if mine is None:
        return True
    if theirs is None:
        return False
    excluded = mine.exclude_skus <= theirs.exclude_skus and mine.exclude_categories <= theirs.exclude_categories
    if not (mine.skus or mine.categories):
        return excluded
    named = bool(theirs.skus or theirs.categories)
    return excluded and named and theirs.skus <= mine.skus and theirs.categories <= mine.categories
