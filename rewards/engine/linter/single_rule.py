"""What a promotion says about itself: conditions that contradict each other, limits that leave nothing to give."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from rewards.engine.facts import Definition, Finding, Level, Settings, Surroundings, When
from rewards.engine.linter.overlap import filters_of, in_moment, running_days
from rewards.engine.names import name_key
from rewards.engine.shares import Ratio

ONE = Ratio(1, 1)


def findings_alone(
    draft: Definition, *, surroundings: Surroundings, settings: Settings, first_day: date
) -> Iterator[Finding]:
    yield from _find_time_problems(draft.when, settings, first_day)
    yield from _find_people_problems(draft.when, surroundings)
    yield from _find_goods_problems(draft)
    yield from _find_limit_problems(draft)
    yield from _find_benefit_problems(draft)


def finding_of_code(draft: Definition) -> Iterator[Finding]:
    """Yield a finding for a promotion that asks for a code although no coupon opens it: it could never act."""
    if draft.when.code:
        yield _make_refusal("code_without_coupon", "/when/code")


def _make_refusal(code: str, pointer: str, **figures: Any) -> Finding:
    return Finding(code, Level.REFUSE, pointer, figures)


def _make_warning(code: str, pointer: str, **figures: Any) -> Finding:
    return Finding(code, Level.WARN, pointer, figures)


def _find_time_problems(when: When, settings: Settings, first_day: date) -> Iterator[Finding]:
    if when.valid_to is not None and when.valid_to < first_day:
        yield _make_refusal("over", "/when/valid_to", day=when.valid_to)
        return
    if when.moment is not None and not settings.moments.get(when.moment):
        yield _make_refusal("moment_unknown", "/when/moment", moment=when.moment)
        return
    if any(running_days(when, settings, first_day)):
        return
    if when.moment is not None and (when.valid_to is None or when.weekdays is None):
        if when.valid_to is None and not any(last >= first_day for _, last in settings.moments[when.moment]):
            yield _make_warning("moment_not_ahead", "/when/moment", moment=when.moment)
            return
        if not _moment_falls_in(when, settings, first_day):
            yield _make_refusal("moment_outside_dates", "/when/moment", moment=when.moment)
            return
    yield _make_refusal("weekday_outside_dates", "/when/weekdays")


def _moment_falls_in(when: When, settings: Settings, first_day: date) -> bool:
    bare = When(valid_from=when.valid_from, valid_to=when.valid_to)
    return any(in_moment(when, settings, day) for day in running_days(bare, settings, first_day))


def _find_people_problems(when: When, surroundings: Surroundings) -> Iterator[Finding]:
    if when.first_purchase and when.segments_any and when.segments_any <= surroundings.lifecycle:
        yield _make_refusal("first_purchase_of_buyers", "/when/first_purchase")
    for name, there in (
        ("tiers_any", surroundings.tiers),
        ("segments_any", surroundings.segments),
        ("personas_any", surroundings.personas),
        ("outlets", surroundings.outlets),
    ):
        wanted: frozenset[str] | None = getattr(when, name)
        known = frozenset(map(name_key, there))
        unknown = sorted((wanted or frozenset()) - known)
        if unknown:
            level = Level.REFUSE if wanted and not wanted & known else Level.WARN
            yield Finding(
                f"unknown_{name}", level, f"/when/{name}", {"names": ", ".join(unknown), "count": len(unknown)}
            )


def _find_goods_problems(draft: Definition) -> Iterator[Finding]:
    for pointer, goods in filters_of(draft):
        named = goods.skus or goods.categories
        if named and goods.skus <= goods.exclude_skus and goods.categories <= goods.exclude_categories:
            yield _make_refusal("goods_cancel_out", pointer)
    if draft.kind == "buy_get":
        terms = draft.terms
        wanted = terms.get.qty if terms.get else 1
        if terms.require_full_get and terms.max_get_units is not None and terms.max_get_units < wanted:
            yield _make_refusal("free_units_never_full", "/max_get_units", most=terms.max_get_units, wanted=wanted)


def _find_limit_problems(draft: Definition) -> Iterator[Finding]:
    usage, budget = draft.usage, draft.budget
    for name, value in (
        ("/usage/limit", usage.limit),
        ("/usage/per_member_limit", usage.per_member_limit),
        ("/budget/limit", budget.limit if budget else None),
    ):
        if value == 0:
            yield _make_refusal("limit_of_nothing", name)
    if usage.limit and usage.per_member_limit and usage.per_member_limit > usage.limit:
        yield _make_warning("per_member_above_limit", "/usage/per_member_limit", limit=usage.limit)
    fixed = _fixed_spend(draft)
    if budget and budget.type == "spend" and budget.on_exceed == "reject" and fixed and 0 < budget.limit < fixed:
        unit = "points" if draft.kind == "earn_bonus" else "money"
        yield _make_refusal("budget_below_one_use", "/budget/limit", limit=budget.limit, needed=fixed, unit=unit)


def _fixed_spend(draft: Definition) -> int | None:
    """Return what each use costs at least, where it is always the same; a discount may be less on a cheap cart."""
    if draft.kind == "earn_bonus":
        points: int = draft.terms.points
        return points
    if draft.kind == "gift_line":
        gift = draft.terms.gift
        return int(gift.list_amount * gift.qty)
    if draft.kind == "cashback" and draft.terms.value is not None:
        return int(min(draft.terms.value, draft.terms.cap or draft.terms.value))
    return None


def _find_benefit_problems(draft: Definition) -> Iterator[Finding]:
    terms, kind = draft.terms, draft.kind
    if kind == "earn_multiplier" and terms.factor == ONE:
        yield _make_refusal("changes_nothing", "/factor")
    if kind == "gift_line" and terms.gift.list_amount == 0:
        yield _make_warning("gift_without_value", "/gift/list_amount", name=terms.gift.name)
    if kind == "redeem_points":
        yield from _find_redemption_problems(terms)
    yield from _gives_too_much(draft)
    yield from _cap_from_the_start(draft)


def _find_redemption_problems(terms: Any) -> Iterator[Finding]:
    rate = terms.value_per_point
    if rate is None or terms.amount_limit is None:
        return
    least = max(terms.minimum_points, terms.step)
    if least * rate.num // rate.den > terms.amount_limit:
        yield _make_refusal("minimum_above_cap", "/minimum_points", points=least, cap=terms.amount_limit)


def _gives_too_much(draft: Definition) -> Iterator[Finding]:
    terms, when = draft.terms, draft.when
    sets = getattr(terms, "for_each", ())
    bound = getattr(terms, "filter", None) is not None or sets or when.code or draft.usage != type(draft.usage)()
    free = getattr(terms, "value", None)
    if draft.kind in ("percent_off", "percent_off_unit") and free == ONE and not bound and terms_cap(terms) is None:
        yield _make_warning("gives_everything", "/value")
    if draft.kind in ("new_unit_price", "new_order_price") and free == 0 and not bound:
        yield _make_warning("gives_everything", "/value")
    if draft.kind == "amount_off" and (when.min_subtotal or 0) <= terms.value and terms.filter is None and not sets:
        yield _make_warning(
            "discount_above_minimum", "/when/min_subtotal", value=terms.value, minimum=when.min_subtotal or 0
        )


def terms_cap(terms: Any) -> int | None:
    cap: int | None = getattr(terms, "cap", None)
    return cap


def _cap_from_the_start(draft: Definition) -> Iterator[Finding]:
    """Find a cap that is reached at the minimum spend already, so that the percentage never applies in full."""
    terms, minimum = draft.terms, draft.when.min_subtotal
    share = getattr(terms, "percent", None) if draft.kind == "cashback" else getattr(terms, "value", None)
    cap = terms_cap(terms)
    if draft.kind not in ("cashback", "percent_off") or not isinstance(share, Ratio) or not cap or not minimum:
        return
    if draft.when.subtotal_filter == getattr(terms, "filter", None) and minimum * share.num >= cap * share.den:
        yield _make_warning("cap_from_the_start", "/cap", cap=cap, minimum=minimum)
