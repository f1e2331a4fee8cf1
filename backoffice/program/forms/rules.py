"""The two rules that every program starts with: what a purchase earns, and what points pay for. Each has a start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import (
    AmountField,
    ClockField,
    DayField,
    NeedsByChoice,
    PercentField,
    PointsField,
    instant_of,
    mark_asked_with,
)
from backoffice.promotions.forms.field_bindings import decimal_of
from common.quantities import currency_digits
from merchants.facts import MerchantFacts
from rewards.engine.facts import Definition

CAPS: Final = ("per_sale", "per_member_day", "per_member_month")
POINTS_SHOWN: Final = 100
"""People think of what a hundred points are worth; the rule holds the value of one."""


class RuleForm(NeedsByChoice):
    """A rule with the start of its new version; those that derive from it say which boxes it has and what they make."""

    NEEDS = {"start": {"later": ("day", "clock")}}
    MONEY: ClassVar[Sequence[str]] = ()
    POINTS: ClassVar[Sequence[str]] = ()
    FOLDED: ClassVar[Sequence[str]] = ()
    """Boxes of money, of points, and those that most shops leave empty."""

    start = forms.ChoiceField(
        label=_("From when"),
        choices=[("now", _("At once")), ("later", _("From a day and time"))],
        widget=forms.RadioSelect,
        initial="later",
    )
    day = DayField(label=_("Day"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, merchant: MerchantFacts, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant, self.at = merchant, at
        for name in self.MONEY:
            self.fields[name].for_currency(merchant.currency)  # type: ignore[attr-defined]
        for name in self.POINTS:
            self.fields[name].unit_after = merchant.points_name  # type: ignore[attr-defined]
        for name in self.FOLDED:
            self.fields[name].is_plain = True  # type: ignore[attr-defined]
        self.fields["clock"] = ClockField(label=_("Time"), zone=merchant.timezone, at=at, required=False)
        mark_asked_with(self.fields["clock"], "start", "later")

    @classmethod
    def initial_of(cls, now: Definition, merchant: MerchantFacts, at: datetime) -> dict[str, Any]:
        """Return today's values, to start with tomorrow's business day."""
        start = {"day": merchant.day_of(at) + timedelta(days=1), "clock": merchant.day_starts_at}
        return {**cls.values_of(now.source), **start}

    @staticmethod
    def values_of(source: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def definition(self, now: Definition) -> Mapping[str, Any]:
        """Return the rule as it would be, for the engine to read."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("start") == "later":
            day, clock = cleaned.get("day"), cleaned.get("clock")
            if day and clock is not None:
                cleaned["starts_at"] = instant_of(day, clock, self.merchant.timezone)
                if cleaned["starts_at"] <= self.at:
                    self.add_error("day", _("This moment has passed. Choose a later one, or At once."))
        else:
            cleaned["starts_at"] = self.at
        return cleaned

    @property
    def preview_mark(self) -> str:
        """Return the mark of what a preview showed. A start "at once" is the moment of saving, not of showing."""
        later = self.cleaned_data.get("starts_at") if self.cleaned_data.get("start") == "later" else ""
        shown = [name for name in self.fields if name not in {"seen", "day", "clock"}]
        return "|".join([*(str(self.cleaned_data.get(name)) for name in shown), str(later)])

    @property
    def opens_folded(self) -> bool:
        return any(self[name].errors or self[name].value() for name in self.FOLDED)


class EarnForm(RuleForm):
    MONEY = ("spend_amount",)
    POINTS = ("points", *CAPS)
    FOLDED = CAPS

    spend_amount = AmountField(currency="IDR", label=_("For every"), least_amount=1)
    points = PointsField(label=_("a member gets"), most_points=1_000_000)
    per_sale = PointsField(
        label=_("Most points of one purchase"), required=False, help_text=_("By this rule. Empty: no limit.")
    )
    per_member_day = PointsField(label=_("Most points of a member in a day"), required=False)
    per_member_month = PointsField(label=_("Most points of a member in a month"), required=False)

    @staticmethod
    def values_of(source: Mapping[str, Any]) -> dict[str, Any]:
        per_amount = source["per_amount"]
        return {
            "spend_amount": int(per_amount["spend"]),
            "points": int(per_amount["points"]),
            **(source.get("points_cap") or {}),
        }

    def definition(self, now: Definition) -> Mapping[str, Any]:
        per_amount = {"spend": self.cleaned_data["spend_amount"], "points": self.cleaned_data["points"]}
        made = {**now.to_json(), "per_amount": per_amount}
        cap = {name: self.cleaned_data[name] for name in CAPS if self.cleaned_data[name]}
        return _with_fields(made, points_cap=cap or None)


class RedeemForm(RuleForm):
    MONEY = ("value_amount",)
    POINTS = ("minimum_points",)
    FOLDED = ("percent_limit", "last_point_pays_rest")

    value_amount = AmountField(currency="IDR", label=_("What 100 points are worth as payment"), least_amount=1)
    minimum_points = PointsField(label=_("Fewest points that can be used at once"), least_points=0, most_points=10**9)
    percent_limit = PercentField(
        label=_("Points pay at most so much of a purchase"), required=False, help_text=_("Empty: all of it.")
    )
    last_point_pays_rest = forms.BooleanField(
        label=_("One more point may pay a rest below its value"),
        required=False,
        help_text=_("What is left of that point is lost, and the till says so."),
    )

    @staticmethod
    def values_of(source: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "value_amount": int(Decimal(str(source["value_per_point"])) * POINTS_SHOWN),
            "minimum_points": int(source.get("minimum_points", 0)),
            "percent_limit": decimal_of(source["percent_limit"]) if source.get("percent_limit") else None,
            "last_point_pays_rest": bool(source.get("last_point_pays_rest")),
        }

    def definition(self, now: Definition) -> Mapping[str, Any]:
        value = Decimal(self.cleaned_data["value_amount"]) / POINTS_SHOWN
        limit = self.cleaned_data["percent_limit"]
        return _with_fields(
            now.to_json(),
            value_per_point=f"{value.normalize():f}",
            minimum_points=self.cleaned_data["minimum_points"],
            percent_limit=None if limit is None else f"{limit.normalize():f}",
            last_point_pays_rest=self.cleaned_data["last_point_pays_rest"] or None,
        )


def _with_fields(definition: Mapping[str, Any], **fields: Any) -> Mapping[str, Any]:
    """Return the definition with these fields; None leaves one out."""
    made = {**definition, **fields}
    return {name: value for name, value in made.items() if name not in fields or value is not None}


def example_amounts(currency: str) -> tuple[int, ...]:
    """Return purchases to work out as examples, in the currency's smallest unit."""
    if currency == "IDR":
        return (45_000, 185_000, 1_250_000)
    unit = 10 ** currency_digits(currency)
    return (5 * unit, 18 * unit, 125 * unit)
