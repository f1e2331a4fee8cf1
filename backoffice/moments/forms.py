"""A moment's name and rhythm, and the days of one of its comings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import DayField, NeedsByChoice, WholeField
from common.quantities import MONTHS
from rewards.moments.facts import Repeat, Rhythm

REPEATS = [
    (Repeat.YEARLY.value, _("Every year on the same day")),
    (Repeat.MONTHLY.value, _("Every month")),
    (Repeat.DATED.value, _("Only on days I write down")),
]


class MomentForm(NeedsByChoice):
    """`name` is left out for a standard moment, whose name everybody knows."""

    NEEDS = {"repeats": {"yearly": ("month", "first_day", "days"), "monthly": ("first_day", "last_day")}}

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("For example: our shop's birthday."))
    repeats = forms.ChoiceField(label=_("When does it come?"), choices=REPEATS, widget=forms.RadioSelect)
    month = forms.TypedChoiceField(label=_("Month"), coerce=int, required=False, empty_value=None)
    first_day = WholeField(label=_("First day"), min_value=1, max_value=31, required=False)
    days = WholeField(label=_("Lasts"), unit=_("days"), min_value=1, max_value=92, required=False)
    last_day = WholeField(
        label=_("Last day"),
        min_value=1,
        max_value=31,
        required=False,
        help_text=_("A smaller number than the first day is in the next month."),
    )

    def __init__(self, language: str, *args: Any, standard: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months: Any = self.fields["month"]
        months.choices = list(enumerate(MONTHS["id" if language == "id" else "en"], start=1))
        if standard:
            del self.fields["name"]
            repeats: Any = self.fields["repeats"]
            repeats.choices = [choice for choice in REPEATS if choice[0] == Repeat.MONTHLY.value]

    @property
    def rhythm(self) -> Rhythm:
        data = self.cleaned_data
        if data["repeats"] == Repeat.YEARLY.value:
            return Rhythm(Repeat.YEARLY, month=data["month"], first_day=data["first_day"], days=data["days"])
        if data["repeats"] == Repeat.MONTHLY.value:
            return Rhythm(Repeat.MONTHLY, first_day=data["first_day"], last_day=data["last_day"])
        return Rhythm(Repeat.DATED)


class MomentDatesForm(forms.Form):
    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"))
