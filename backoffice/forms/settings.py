"""Forms of a merchant's settings and of the two rules every programme starts with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.audit_words import LANGUAGE_WORDS, REFUND_POLICY_WORDS
from backoffice.forms.fields import (
    AmountField,
    ClockField,
    DayField,
    NeedsByChoice,
    PointsField,
    WholeField,
    instant_of,
    mark_asked_with,
)
from common.quantities import currency_digits
from merchants.facts import MerchantFacts
from merchants.rules import SETTINGS, settings_seen
from rewards.facts import Definition

POINTS_SHOWN: Final = 100
"""People think of what a hundred points are worth; the rule holds the value of one."""


class SettingsForm(forms.Form):
    name = forms.CharField(
        label=_("Name of your store"), max_length=120, help_text=_("On every page, mail and card a member sees.")
    )
    language = forms.ChoiceField(
        label=_("Language of mails and tills"), choices=list(LANGUAGE_WORDS.items()),
        help_text=_("Where somebody has not chosen their own."),
    )  # fmt: skip
    points_name = forms.CharField(
        label=_("Your word for points"), max_length=30, help_text=_("Such as points, stars or beans.")
    )
    points_valid_months = WholeField(
        label=_("Points are valid for"), unit=_("months"), min_value=1, max_value=120, required=False,
        help_text=_("Counted from the day they were earned. Empty: they never expire."),
    )  # fmt: skip
    stored_value_valid_months = WholeField(
        label=_("Money paid in is valid for"), unit=_("months"), min_value=1, max_value=120, required=False,
        help_text=_("Top-ups and gift cards, from the day they were paid for. Empty: they never expire."),
    )  # fmt: skip
    pending_days = WholeField(
        label=_("Waiting days of new points"), unit=_("days"), min_value=0, max_value=90,
        help_text=_("So long new points wait before they can be spent, while goods may still come back."),
    )  # fmt: skip
    join_bonus_points = PointsField(
        label=_("Points for joining"), least_points=0, most_points=1_000_000,
        help_text=_("Given once, when somebody joins. 0: none."),
    )  # fmt: skip
    refund_policy = forms.ChoiceField(
        label=_("Points of returned goods"), choices=list(REFUND_POLICY_WORDS.items()), widget=forms.RadioSelect,
        help_text=_("Which of the points a purchase had earned are taken back when it is returned."),
    )  # fmt: skip
    max_debt_points = PointsField(
        label=_("Highest debt of a member"), least_points=0, most_points=10**9,
        help_text=_("Beyond it the loss is yours. Later purchases repay a debt before anything can be spent."),
    )  # fmt: skip
    return_grace_days = WholeField(
        label=_("Days for points given back late"), unit=_("days"), min_value=1, max_value=365,
        help_text=_("Points that were spent, come back with a return and would have expired are valid so long."),
    )  # fmt: skip
    claim_days = WholeField(
        label=_("Days to claim a receipt"), unit=_("days"), min_value=0, max_value=365,
        help_text=_("So long a member may still claim a receipt that was rung up without them."),
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, merchant: MerchantFacts, at: datetime, *args: Any, **kwargs: Any) -> None:
        now = {name: getattr(merchant, name) for name in SETTINGS}
        kwargs["initial"] = {**now, "seen": settings_seen(merchant)}
        super().__init__(*args, **kwargs)
        self.fields["day_starts_at"] = ClockField(
            label=_("Start of the business day"), zone=merchant.timezone, at=at,
            help_text=_("Sales before it count to the day before: 04.00 for a café that closes at 02.00."),
        )  # fmt: skip
        for name in ("join_bonus_points", "max_debt_points"):
            self.fields[name].unit_after = merchant.points_name  # type: ignore[attr-defined]

    def changes(self, merchant: MerchantFacts) -> dict[str, Any]:
        """Fields whose value differs from how the merchant stands now."""
        given = {name: self.cleaned_data[name] for name in SETTINGS}
        return {name: value for name, value in given.items() if value != getattr(merchant, name)}


class RulesForm(NeedsByChoice):
    NEEDS = {"start": {"later": ("day", "clock")}}

    spend_amount = AmountField(currency="IDR", label=_("For every"), least_amount=1)
    points = PointsField(label=_("a member gets"), most_points=1_000_000)
    value_amount = AmountField(currency="IDR", label=_("What 100 points are worth as payment"), least_amount=1)
    minimum_points = PointsField(label=_("Fewest points that can be used at once"), least_points=0, most_points=10**9)
    start = forms.ChoiceField(
        label=_("From when"), choices=[("now", _("At once")), ("later", _("From a day and time"))],
        widget=forms.RadioSelect, initial="later",
    )  # fmt: skip
    day = DayField(label=_("Day"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, merchant: MerchantFacts, at: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.merchant, self.at = merchant, at
        for name in ("spend_amount", "value_amount"):
            self.fields[name].for_currency(merchant.currency)  # type: ignore[attr-defined]
        for name in ("points", "minimum_points"):
            self.fields[name].unit_after = merchant.points_name  # type: ignore[attr-defined]
        self.fields["clock"] = ClockField(label=_("Time"), zone=merchant.timezone, at=at, required=False)
        mark_asked_with(self.fields["clock"], "start", "later")

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

    def earn_definition(self, now: Definition) -> Mapping[str, Any]:
        per_amount = {"spend": self.cleaned_data["spend_amount"], "points": self.cleaned_data["points"]}
        return {**now.to_json(), "per_amount": per_amount}

    def redeem_definition(self, now: Definition) -> Mapping[str, Any]:
        value = Decimal(self.cleaned_data["value_amount"]) / POINTS_SHOWN
        return {
            **now.to_json(),
            "value_per_point": f"{value.normalize():f}",
            "minimum_points": self.cleaned_data["minimum_points"],
        }


def example_amounts(currency: str) -> tuple[int, ...]:
    """Purchases to work out as examples, in the currency's smallest unit."""
    if currency == "IDR":
        return (45_000, 185_000, 1_250_000)
    unit = 10 ** currency_digits(currency)
    return (5 * unit, 18 * unit, 125 * unit)
