"""Forms of a merchant's settings and of the two rules every program starts with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.audit_words import (
    EXPIRY_ROUNDING_WORDS,
    EXPIRY_WORDS,
    LANGUAGE_WORDS,
    MONEY_ROUNDING_WORDS,
    REFUND_POLICY_WORDS,
    REMAINDER_WORDS,
    ROUND_AT_WORDS,
)
from backoffice.form_fields import (
    AmountField,
    ClockField,
    DayField,
    NeedsByChoice,
    PercentField,
    PointsField,
    WholeField,
    instant_of,
    mark_asked_with,
)
from backoffice.products.forms.goods import TextsField
from common.quantities import currency_digits
from merchants.facts import ExpiryKind, MerchantFacts
from merchants.rules import SETTINGS, settings_seen
from rewards.engine.facts import Definition

MOST_POINTS: Final = ("most_points_per_sale", "most_points_per_day", "most_points_per_month")
STORE: Final = ("name", "language", "day_starts_at")
POINTS: Final = (
    "points_name",
    "points_expiry",
    "points_valid_months",
    "points_rounding",
    "points_end_month",
    "points_kept_years",
    "pending_days",
    "join_bonus_points",
    "stored_value_valid_months",
)
LIMITS: Final = (
    *MOST_POINTS,
    "refund_policy",
    "max_debt_points",
    "till_debt_limit_amount",
    "return_grace_days",
    "claim_days",
)
STACKING: Final = ("adding_groups", "money_rounding", "round_at", "remainder")
"""The settings of one page each."""
CAPS: Final = ("per_sale", "per_member_day", "per_member_month")
POINTS_SHOWN: Final = 100
"""People think of what a hundred points are worth; the rule holds the value of one."""


class SettingsForm(forms.Form):
    name = forms.CharField(
        label=_("Name of your store"), max_length=120, help_text=_("On every page, mail and card a member sees.")
    )
    language = forms.ChoiceField(
        label=_("Language of mails and tills"),
        choices=list(LANGUAGE_WORDS.items()),
        help_text=_("Where somebody has not chosen their own."),
    )
    points_name = forms.CharField(
        label=_("Your word for points"), max_length=30, help_text=_("Such as points, stars or beans.")
    )
    points_expiry = forms.ChoiceField(
        label=_("When points lapse"), choices=list(EXPIRY_WORDS.items()), widget=forms.RadioSelect
    )
    points_valid_months = WholeField(
        label=_("Points are valid for"),
        unit=_("months"),
        min_value=1,
        max_value=120,
        required=False,
        help_text=_("Counted from the day they were earned, or from the last purchase. Empty: they never expire."),
    )
    points_rounding = forms.ChoiceField(label=_("Their last day is"), choices=list(EXPIRY_ROUNDING_WORDS.items()))
    points_end_month = forms.TypedChoiceField(
        label=_("They lapse at the end of"), choices=list(MONTHS.items()), coerce=int
    )
    points_kept_years = WholeField(
        label=_("So many years after the year they were earned in"),
        unit=_("years"),
        min_value=0,
        max_value=5,
        help_text=_(
            "1: what was earned this year lapses next year. 0: it lapses this year, or next year if that is over."
        ),
    )
    stored_value_valid_months = WholeField(
        label=_("Money paid in is valid for"),
        unit=_("months"),
        min_value=1,
        max_value=120,
        required=False,
        help_text=_("Top-ups and gift cards, from the day they were paid for. Empty: they never expire."),
    )
    pending_days = WholeField(
        label=_("Waiting days of new points"),
        unit=_("days"),
        min_value=0,
        max_value=90,
        help_text=_("So long new points wait before they can be spent, while goods may still come back."),
    )
    join_bonus_points = PointsField(
        label=_("Points for joining"),
        least_points=0,
        most_points=1_000_000,
        help_text=_("Given once, when somebody joins. 0: none."),
    )
    refund_policy = forms.ChoiceField(
        label=_("Points of returned goods"),
        choices=list(REFUND_POLICY_WORDS.items()),
        widget=forms.RadioSelect,
        help_text=_("Which of the points a purchase had earned are taken back when it is returned."),
    )
    max_debt_points = PointsField(
        label=_("Highest debt of a member"),
        least_points=0,
        most_points=10**9,
        help_text=_("Beyond it the loss is yours. Later purchases repay a debt before anything can be spent."),
    )
    till_debt_limit_amount = AmountField(
        currency="IDR",
        label=_("Highest debt from one till in a day"),
        help_text=_(
            "A till without a connection takes points that are spent elsewhere already. What its members owe by that "
            "on one day ends here; beyond it the loss is yours."
        ),
    )
    return_grace_days = WholeField(
        label=_("Days for points given back late"),
        unit=_("days"),
        min_value=1,
        max_value=365,
        help_text=_("Points that were spent, come back with a return and would have expired are valid so long."),
    )
    claim_days = WholeField(
        label=_("Days to claim a receipt"),
        unit=_("days"),
        min_value=0,
        max_value=365,
        help_text=_("So long a member may still claim a receipt that was rung up without them."),
    )
    most_points_per_sale = PointsField(
        label=_("Most points of one purchase"),
        required=False,
        help_text=_("Of all promotions together. Empty: no limit."),
    )
    most_points_per_day = PointsField(
        label=_("Most points of a member in a day"),
        required=False,
        help_text=_("Counted from purchases after it is saved. Empty: no limit."),
    )
    most_points_per_month = PointsField(
        label=_("Most points of a member in a month"),
        required=False,
        help_text=_("Counted from purchases after it is saved. Empty: no limit."),
    )
    money_rounding = forms.ChoiceField(label=_("Rounding of discounts"), choices=list(MONEY_ROUNDING_WORDS.items()))
    round_at = forms.ChoiceField(
        label=_("Discounts are rounded"),
        choices=list(ROUND_AT_WORDS.items()),
        help_text=_("A promotion may say otherwise."),
    )
    remainder = forms.ChoiceField(label=_("What rounding leaves over"), choices=list(REMAINDER_WORDS.items()))
    adding_groups = TextsField(
        label=_("Groups that add up"),
        required=False,
        help_text=_("With commas. Of every other group of promotions only the one worth most to the customer acts."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, merchant: MerchantFacts, at: datetime, names: Collection[str], *args: Any, **kwargs: Any
    ) -> None:
        now = {name: getattr(merchant, name) for name in SETTINGS}
        kwargs["initial"] = {**now, "seen": settings_seen(merchant)}
        super().__init__(*args, **kwargs)
        self.names = names
        self.fields["day_starts_at"] = ClockField(
            label=_("Start of the business day"),
            zone=merchant.timezone,
            at=at,
            help_text=_("Sales before it count to the day before: 04.00 for a café that closes at 02.00."),
        )
        self.fields["till_debt_limit_amount"].for_currency(merchant.currency)  # type: ignore[attr-defined]
        for name in ("join_bonus_points", "max_debt_points", *MOST_POINTS):
            self.fields[name].unit_after = merchant.points_name  # type: ignore[attr-defined]
        for name in MOST_POINTS:
            self.fields[name].is_plain = True  # type: ignore[attr-defined]
        for name in ("points_valid_months", "points_rounding"):
            mark_asked_with(self.fields[name], "points_expiry", "months")
        for name in ("points_end_month", "points_kept_years"):
            mark_asked_with(self.fields[name], "points_expiry", ExpiryKind.CALENDAR)
        for name in self.fields.keys() - {*names, "seen"}:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_endless = "points_valid_months" in cleaned and cleaned["points_valid_months"] is None
        if cleaned.get("points_expiry") == ExpiryKind.INACTIVITY and is_endless:
            self.add_error("points_valid_months", gettext("Say after how many months without a purchase they lapse."))
        return cleaned

    def clean_adding_groups(self) -> list[str]:
        return sorted(self.cleaned_data["adding_groups"])

    def changes(self, merchant: MerchantFacts) -> dict[str, Any]:
        """Return fields whose value differs from the merchant's settings now."""
        given = {name: self.cleaned_data[name] for name in self.names}
        return {name: value for name, value in given.items() if value != getattr(merchant, name)}


class RulesForm(NeedsByChoice):
    NEEDS = {"start": {"later": ("day", "clock")}}

    spend_amount = AmountField(currency="IDR", label=_("For every"), least_amount=1)
    points = PointsField(label=_("a member gets"), most_points=1_000_000)
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
    per_sale = PointsField(
        label=_("Most points of one purchase"), required=False, help_text=_("By this rule. Empty: no limit.")
    )
    per_member_day = PointsField(label=_("Most points of a member in a day"), required=False)
    per_member_month = PointsField(label=_("Most points of a member in a month"), required=False)
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
        for name in ("spend_amount", "value_amount"):
            self.fields[name].for_currency(merchant.currency)  # type: ignore[attr-defined]
        for name in ("points", "minimum_points", *CAPS):
            self.fields[name].unit_after = merchant.points_name  # type: ignore[attr-defined]
        for name in (*CAPS, "percent_limit", "last_point_pays_rest"):
            self.fields[name].is_plain = True  # type: ignore[attr-defined]
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
        made = {**now.to_json(), "per_amount": per_amount}
        cap = {name: self.cleaned_data[name] for name in CAPS if self.cleaned_data[name]}
        return _with_fields(made, points_cap=cap or None)

    def redeem_definition(self, now: Definition) -> Mapping[str, Any]:
        value = Decimal(self.cleaned_data["value_amount"]) / POINTS_SHOWN
        limit = self.cleaned_data["percent_limit"]
        return _with_fields(
            now.to_json(),
            value_per_point=f"{value.normalize():f}",
            minimum_points=self.cleaned_data["minimum_points"],
            percent_limit=None if limit is None else f"{limit.normalize():f}",
            last_point_pays_rest=self.cleaned_data["last_point_pays_rest"] or None,
        )

    @property
    def opens_paying(self) -> bool:
        return _says_something(self, ("percent_limit", "last_point_pays_rest"))

    @property
    def opens_caps(self) -> bool:
        return _says_something(self, CAPS)


def _says_something(form: forms.Form, names: Sequence[str]) -> bool:
    return any(form[name].errors or form[name].value() for name in names)


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
