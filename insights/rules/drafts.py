"""A draft by changing a live rule a little: its rate, its minimum, what is excluded, for which tiers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAIN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "earn": ("spend", "points", "percent_of_amount", "per_unit"),
    "earn_multiplier": ("factor",),
    "earn_bonus": ("points",),
    "redeem_points": ("value_per_point",),
    "percent_off": ("percent",),
    "percent_off_unit": ("percent",),
    "cheapest_percent_off": ("percent",),
    "amount_off": ("amount",),
    "amount_off_per_unit": ("amount",),
    "amount_off_per_line": ("amount",),
    "amount_off_per_measure": ("amount",),
    "cheapest_amount_off": ("amount",),
    "cashback": ("percent", "amount"),
}
"""What the small form can change of each kind, beside the conditions that all kinds have."""


@dataclass(frozen=True, slots=True)
class Variation:
    """New values of a rule by field of the form; what is not in `figures` stays. Amounts in the smallest unit.

    `min_amount` None takes the minimum away; `excluded` are categories; no `tiers` means all.
    """

    figures: Mapping[str, Any]
    min_amount: int | None
    excluded: Sequence[str]
    tiers: Sequence[str]


def figures_of(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a rule that the form shows, by the form's field."""
    kind = source["kind"]
    found: dict[str, Any] = {}
    if kind == "earn":
        per_amount = source.get("per_amount")
        if per_amount:
            found = {"spend": per_amount["spend"], "points": per_amount["points"]}
        for name in ("percent_of_amount", "per_unit"):
            if source.get(name) is not None:
                found[name] = source[name]
    elif kind == "cashback":
        for name, key in (("percent", "percent"), ("amount", "value")):
            if source.get(key) is not None:
                found[name] = source[key]
    else:
        for name in MAIN_FIELDS.get(kind, ()):
            key = {"percent": "value", "amount": "value"}.get(name, name)
            if source.get(key) is not None:
                found[name] = source[key]
    return found


def vary(source: Mapping[str, Any], change: Variation) -> dict[str, Any]:
    """Return the rule's JSON with the new values; its id stays, so that it takes the rule's place."""
    varied = dict(source)
    figures = dict(change.figures)
    if "spend" in figures and source["kind"] == "earn":
        varied["per_amount"] = {"spend": figures.pop("spend"), "points": figures.pop("points")}
    for name, value in figures.items():
        key = name
        if name in {"percent", "amount"}:
            key = "percent" if name == "percent" and source["kind"] == "cashback" else "value"
        varied[key] = value
    when = dict(source.get("when") or {})
    _set_or_remove(when, "min_subtotal", change.min_amount)
    _set_or_remove(when, "tiers_any", list(change.tiers) or None)
    goods = dict(source.get("filter") or {})
    _set_or_remove(goods, "exclude_categories", list(change.excluded) or None)
    _set_or_remove(varied, "when", when or None)
    if goods or "filter" in source:
        _set_or_remove(varied, "filter", goods or None)
    return varied


def _set_or_remove(into: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        into.pop(name, None)
    else:
        into[name] = value
