"""The settings of a store and its program: one form, of which each page shows its own boxes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
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
    PointsField,
    WholeField,
    mark_asked_with,
)
from backoffice.products.forms.goods import TextsField
from merchants.facts import ExpiryKind, MerchantFacts
from merchants.rules import SETTINGS, settings_seen

MOST_POINTS: Final = ("most_points_per_sale", "most_points_per_day", "most_points_per_month")
STORE: Final = ("name", "language", "day_starts_at")
POINTS: Final = (
    "points_name",
    "points_expiry",
    "points_valid_months",
    "points_rounding",
    "points_end_month",
    "points_kept_years",
)
JOINING: Final = ("join_bonus_points", "pending_days")
WALLET: Final = ("stored_value_valid_months",)
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


class SettingsForm(forms.Form):
    name = forms.CharField(
        label=_("Name of your store"), max_length=120, help_text=_("On every page, mail and card a member sees.")
    )
    language = forms.ChoiceField(
        label=_("Language of mails and tills"),
        choices=list(LANGUAGE_WORDS.items()),
        help_text=_("For people who have not chosen their own."),
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
        help_text=_("New points wait this long before they can be spent, while goods may still come back."),
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
