"""May a promotion act at all? First who, when and how often, which needs no goods; then the thresholds of the cart."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from rewards.engine.basket import Basket
from rewards.engine.benefit import REASONS, Ineligibility
from rewards.engine.evaluation_state import EvaluationContext
from rewards.engine.facts import NO_CONDITIONS, NO_LIMITS, Definition, HourRange, MemberState, When
from rewards.engine.names import name_key

MEMBER_REQUIRED = Ineligibility("member_required")
CODE_REQUIRED = Ineligibility("code_required")
CARD_NOT_CONFIRMED = Ineligibility("card_not_confirmed")


def audience_refusal(
    definition: Definition, context: EvaluationContext, *, waits: bool = False
) -> Ineligibility | None:
    """Return the first condition that this visit fails, or None: days, hours, outlet, person, code, counters.

    `waits`: by an unconfirmed card nothing is given now for being this member, and nothing of them is shown.
    """
    when = definition.when
    if when is not NO_CONDITIONS:
        refusal = _time_refusal(when, context)
        if refusal is None and not waits:
            refusal = _person_refusal(when, context)
        if refusal is None and not (waits and is_personal(definition)):
            refusal = _code_refusal(definition, context)
        if refusal is not None:
            return refusal
    if waits and is_personal(definition):
        return CARD_NOT_CONFIRMED
    if definition.usage is NO_LIMITS and definition.budget is None:
        return None
    return _counter_refusal(definition, context.member)


def _time_refusal(when: When, context: EvaluationContext) -> Ineligibility | None:
    refusal = _day_refusal(when, context, context.day) if not when.hours else _hours_refusal(when, context)
    if refusal is not None:
        return refusal
    if when.outlets is not None and context.outlet_id not in when.outlets:
        return Ineligibility("wrong_outlet", context.outlet_id)
    return None


def _hours_refusal(when: When, context: EvaluationContext) -> Ineligibility | None:
    """Return why the hours do not fit; hours past midnight belong to the day on which they begin."""
    days = hours_began_on(when.hours, context.day, context.minute)
    if not days:
        return _day_refusal(when, context, context.day) or Ineligibility(
            "outside_hours", _write_clock(context.minute), ", ".join(map(_span_text, when.hours))
        )
    refusals = [_day_refusal(when, context, day) for day in days]
    return None if None in refusals else refusals[0]


def hours_began_on(hours: Sequence[HourRange], day: date, minute: int) -> list[date]:
    """Return the days on which those hours began that run at this minute of the day; none outside of them."""
    days: list[date] = []
    for span in hours:
        start = span.start.hour * 60 + span.start.minute
        end = 24 * 60 if span.end is None else span.end.hour * 60 + span.end.minute
        if start <= minute and (minute < end or end <= start):
            days.append(day)
        elif end <= start and minute < end and day > date.min:
            days.append(day - timedelta(days=1))
    return days


def began_earlier(when: When, at: datetime) -> date | None:
    """Return the earlier day, one of the offer's, on which the hours began that run at `at` (outlet's zone).

    None where no hours of an earlier day run, so that only the calendar's day counts.
    """
    days = hours_began_on(when.hours, at.date(), at.hour * 60 + at.minute)
    return min((day for day in days if day < at.date() and _has_day(when, day)), default=None)


def _has_day(when: When, day: date) -> bool:
    is_within = (when.valid_from is None or when.valid_from <= day) and (when.valid_to is None or day <= when.valid_to)
    return is_within and (when.weekdays is None or day.isoweekday() in when.weekdays)


def _day_refusal(when: When, context: EvaluationContext, day: date) -> Ineligibility | None:
    if when.valid_from is not None and day < when.valid_from:
        return Ineligibility("not_started", day.isoformat(), when.valid_from.isoformat())
    if when.valid_to is not None and day > when.valid_to:
        return Ineligibility("expired", day.isoformat(), when.valid_to.isoformat())
    if when.moment is not None:
        refusal = _moment_refusal(when, context.settings.moments.get(when.moment, ()), day)
        if refusal is not None:
            return refusal
    if when.weekdays is not None and day.isoweekday() not in when.weekdays:
        return Ineligibility("outside_hours", day.isoweekday(), ", ".join(map(str, sorted(when.weekdays))))
    return None


def _moment_refusal(when: When, runs: tuple[tuple[date, date], ...], day: date) -> Ineligibility | None:
    before, after = timedelta(days=when.moment_days_before), timedelta(days=when.moment_days_after)
    if any(first - before <= day <= last + after for first, last in runs):
        return None
    coming = [first - before for first, _ in runs if first - before > day]
    if coming or not runs:
        return Ineligibility("not_started", day.isoformat(), min(coming).isoformat() if coming else None)
    return Ineligibility("expired", day.isoformat(), (max(last for _, last in runs) + after).isoformat())


@lru_cache(maxsize=1024)
def _span_text(span: HourRange) -> str:
    return f"{span.start:%H:%M}-{'24:00' if span.end is None else format(span.end, '%H:%M')}"


def _write_clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _person_refusal(when: When, context: EvaluationContext) -> Ineligibility | None:
    member = context.member
    if member is None:
        return MEMBER_REQUIRED if _names_people(when) else None
    if when.members_any is not None and member.id not in when.members_any:
        return Ineligibility("wrong_segment")
    for wanted in (when.segments_any, when.personas_any):
        if wanted is not None and wanted.isdisjoint(map(name_key, member.segments)):
            return Ineligibility("wrong_segment", _join_names(member.segments), _join_names(wanted))
    if when.tiers_any is not None and (member.tier is None or name_key(member.tier) not in when.tiers_any):
        return Ineligibility("wrong_tier", member.tier, _join_names(when.tiers_any))
    if when.referred is not None and member.referred != when.referred:
        return Ineligibility("wrong_segment")
    if when.first_purchase is not None and (member.purchase_count == 0) != when.first_purchase:
        return Ineligibility("wrong_segment", member.purchase_count, 0 if when.first_purchase else 1)
    if when.birthday_window_days is not None:
        away = _days_from_birthday_then(when, member, context)
        if away is None or away > when.birthday_window_days:
            return Ineligibility("wrong_segment", away, when.birthday_window_days)
    return None


def _days_from_birthday_then(when: When, member: MemberState, context: EvaluationContext) -> int | None:
    """Count from the day on which the hours began, as everything else of hours past midnight."""
    days = [context.day]
    if when.hours:
        days = [
            day
            for day in hours_began_on(when.hours, context.day, context.minute)
            if _day_refusal(when, context, day) is None
        ]
    away = [days_from_birthday(member.birth_date, day) for day in days]
    return min((one for one in away if one is not None), default=None)


def is_personal(definition: Definition) -> bool:
    """Return whether it asks who the member is, or counts what this member had."""
    return _names_people(definition.when) or definition.usage.limits_members


def _names_people(when: When) -> bool:
    return when.members_only or any(
        condition is not None
        for condition in (
            when.members_any,
            when.segments_any,
            when.personas_any,
            when.tiers_any,
            when.referred,
            when.first_purchase,
            when.birthday_window_days,
        )
    )


def _join_names(codes: frozenset[str]) -> str:
    return ", ".join(sorted(codes))


def days_from_birthday(birth_date: date | None, day: date) -> int | None:
    """Return days to the nearest birthday, before or after; 29 February is kept on the 28th of other years."""
    if birth_date is None:
        return None
    return min(abs((_birthday_in(birth_date, year) - day).days) for year in _years_around(day))


def _years_around(day: date) -> range:
    return range(max(1, day.year - 1), min(9999, day.year + 1) + 1)


def _birthday_in(birth_date: date, year: int) -> date:
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _code_refusal(definition: Definition, context: EvaluationContext) -> Ineligibility | None:
    if not definition.when.code:
        return None
    claim = context.claims.get(definition.id)
    if claim is None:
        return CODE_REQUIRED
    if claim.usable:
        return None
    return Ineligibility(claim.reason) if claim.reason in REASONS and claim.reason is not None else CODE_REQUIRED


def _counter_refusal(definition: Definition, member: MemberState | None) -> Ineligibility | None:
    usage, budget = definition.usage, definition.budget
    if usage.limit is not None and usage.used >= usage.limit:
        return Ineligibility("usage_limit_reached", usage.used, usage.limit)
    if usage.per_day_limit is not None and usage.used_today >= usage.per_day_limit:
        return Ineligibility("usage_limit_reached", usage.used_today, usage.per_day_limit, "day")
    if usage.limits_members:
        refusal = _member_limit_refusal(definition, member)
        if refusal is not None:
            return refusal
    if budget is not None and budget.left <= 0:
        return Ineligibility("budget_exhausted", budget.used, budget.limit)
    return None


def _member_limit_refusal(definition: Definition, member: MemberState | None) -> Ineligibility | None:
    if member is None:
        return MEMBER_REQUIRED
    usage = definition.usage
    used, today = member.uses.get(definition.id, 0), member.uses_today.get(definition.id, 0)
    if usage.per_member_limit is not None and used >= usage.per_member_limit:
        return Ineligibility("per_member_limit_reached", used, usage.per_member_limit)
    if usage.per_member_day_limit is not None and today >= usage.per_member_day_limit:
        return Ineligibility("per_member_limit_reached", today, usage.per_member_day_limit, "day")
    return None


def cart_refusal(when: When, basket: Basket) -> Ineligibility | None:
    """Return why the cart fails minimum spend or quantity, on what earlier promotions left or the original."""
    if when.min_subtotal is not None:
        measured = _subtotal_of(when, basket)
        if measured < when.min_subtotal:
            return Ineligibility("min_spend_not_met", measured, when.min_subtotal)
    if when.min_qty is not None:
        units = basket.quantity_on(basket.matching(when.qty_filter))
        if units < when.min_qty:
            return Ineligibility("min_qty_not_met", units, when.min_qty)
    return None


def _subtotal_of(when: When, basket: Basket) -> int:
    original = when.subtotal_basis == "original"
    if when.subtotal_filter is None and basket.bases is None:
        return basket.open_gross if original else basket.open_left
    indexes = basket.matching(when.subtotal_filter)
    measured = basket.gross_on(indexes) if original else basket.left_on(indexes)
    return measured if basket.bases is None else max(0, measured + basket.minimum_change(indexes))
