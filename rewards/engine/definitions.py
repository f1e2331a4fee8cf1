"""Reading a promotion's JSON into a `Definition`: everything wrong with it is named, nothing unknown is let through."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rewards.engine import fields
from rewards.engine.facts import Budget, Definition, PromotionFunding, Usage, When
from rewards.engine.fields import DefinitionError, Problem, Reader
from rewards.engine.points_caps import cap_problems, read_points_cap
from rewards.engine.registry import KINDS, Stage
from rewards.engine.unlocks import set_problems

WHEN: Mapping[str, Reader] = {
    "min_subtotal": fields.amount,
    "subtotal_filter": fields.goods,
    "subtotal_basis": fields.choice("remaining", "original"),
    "min_qty": fields.count,
    "qty_filter": fields.goods,
    "members_only": fields.flag,
    "members_any": fields.texts_or_none,
    "segments_any": fields.names_or_none,
    "personas_any": fields.names_or_none,
    "tiers_any": fields.names_or_none,
    "referred": fields.flag,
    "code": fields.code,
    "valid_from": fields.day,
    "valid_to": fields.day,
    "weekdays": fields.weekdays,
    "hours": fields.hours,
    "outlets": fields.texts_or_none,
    "first_purchase": fields.flag,
    "birthday_window_days": fields.whole_number(0, "not_days", "Give 0 to 182 days.", 182),
    "moment": fields.text,
    "moment_days_before": fields.whole_number(0, "not_moment_days", "Give 0 to 60 days.", 60),
    "moment_days_after": fields.whole_number(0, "not_moment_days", "Give 0 to 60 days.", 60),
}
USAGE: Mapping[str, Reader] = {
    "limit": fields.count,
    "used": fields.count,
    "per_member_limit": fields.count,
    "per_day_limit": fields.quantity,
    "used_today": fields.count,
    "per_member_day_limit": fields.quantity,
}
BUDGET: Mapping[str, Reader] = {
    "type": fields.choice("spend", "uses"),
    "limit": fields.count,
    "used": fields.count,
    "on_exceed": fields.choice("reject", "trim"),
}
FUNDING: Mapping[str, Reader] = {"partner_id": fields.identifier, "percent": fields.share_in_percent}
COMMON: Mapping[str, Reader] = {
    "id": fields.text,
    "title": fields.text,
    "kind": fields.text,
    "priority": fields.priority,
    "group": fields.text,
    "exclusive": fields.flag,
    "when": lambda value, pointer: fields.read_object(When, value, pointer, WHEN),
    "usage": lambda value, pointer: fields.read_object(Usage, value, pointer, USAGE),
    "budget": lambda value, pointer: fields.read_object(Budget, value, pointer, BUDGET),
    "points_cap": read_points_cap,
    "funding": lambda value, pointer: fields.read_object(PromotionFunding, value, pointer, FUNDING),
    "on_return": fields.choice("share", "reprice"),
    "coupon_on_return": fields.choice("comes_back", "stays_used"),
}


def validate_definition(data: Mapping[str, Any]) -> Definition:
    """Return the promotion of `data`. Raises `DefinitionError` with every problem found, each with its pointer."""
    return _read_definition(data, list(fields.unprintable(data)) if isinstance(data, Mapping) else [])


def stored_definition(data: Mapping[str, Any]) -> Definition:
    """Return the same for a stored wording: what may no longer be written since then is read as it was meant."""
    return _read_definition(data, [])


def _read_definition(data: Mapping[str, Any], problems: list[Problem]) -> Definition:
    if not isinstance(data, Mapping):
        raise fields.fail("", "not_an_object", "A promotion must be an object with named fields.")
    values = _read_common(data, problems)
    values["terms"] = _read_terms(data, problems)
    if "when" in values:
        problems.extend(_find_impossible_days(values["when"]))
    if problems:
        raise DefinitionError(problems)
    return Definition(source=_without_decimals(data), **values)


def _read_common(data: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, read in COMMON.items():
        if data.get(name) is not None:
            try:
                values[name] = read(data[name], f"/{name}")
            except DefinitionError as error:
                problems.extend(error.problems)
        elif name in ("id", "title", "kind"):
            problems.append(Problem(f"/{name}", "required", "This field is required."))
    return values


def _read_terms(data: Mapping[str, Any], problems: list[Problem]) -> Any:
    name = data.get("kind")
    if not isinstance(name, str):
        return None
    kind = KINDS.get(name)
    if kind is None:
        problems.append(Problem("/kind", "unknown_kind", f"There is no kind of promotion called {name}."))
        return None
    try:
        terms = fields.read_object(kind.terms, {key: data[key] for key in data if key not in COMMON}, "")
    except DefinitionError as error:
        problems.extend(error.problems)
        return None
    problems.extend(kind.problems(terms))
    problems.extend(set_problems(terms, name))
    if data.get("points_cap") is not None:
        problems.extend(cap_problems(terms, kind.name))
    if data.get("funding") is not None and kind.stage_of(terms) is not Stage.DISCOUNT:
        problems.append(Problem("/funding", "not_fundable", "A partner can share in discounts and gifts only."))
    if data.get("on_return") == "reprice" and (kind.stage_of(terms) is not Stage.DISCOUNT or name == "gift_line"):
        problems.append(Problem("/on_return", "not_repriceable", "Only discounts can be priced anew on a return."))
    return terms


def _find_impossible_days(when: When) -> list[Problem]:
    problems = []
    if when.valid_from is not None and when.valid_to is not None and when.valid_to < when.valid_from:
        problems.append(Problem("/when/valid_to", "ends_before_start", "The last day is before the first day."))
    for name in ("moment_days_before", "moment_days_after"):
        if when.moment is None and getattr(when, name):
            problems.append(Problem(f"/when/{name}", "no_moment", "Days around a moment need the moment."))
    return problems


def _without_decimals(value: Any) -> Any:
    """Return the same JSON with decimals as strings, so that storing it never makes them binary."""
    if isinstance(value, Mapping):
        return {str(key): _without_decimals(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_decimals(item) for item in value]
    return str(value) if isinstance(value, (Decimal, float)) else value
