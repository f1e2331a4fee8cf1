"""Forms about one member."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

REASONS: Final = (
    ("missed_sale", _("A purchase was not recorded")),
    ("goodwill", _("Goodwill")),
    ("correction", _("Correction of a mistake")),
    ("promotion", _("Promised in a promotion")),
)


class AdjustPointsForm(forms.Form):
    direction = forms.ChoiceField(
        label=_("What to do"), choices=[("add", _("Add points")), ("take", _("Take points"))], widget=forms.RadioSelect
    )
    points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=10**9, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    note = forms.CharField(label=_("Internal note"), max_length=200, required=False, help_text=_("Only staff see it."))
    key = forms.UUIDField(widget=forms.HiddenInput)

    @property
    def change(self) -> int:
        points: int = self.cleaned_data["points"]
        return points if self.cleaned_data["direction"] == "add" else -points


class NewMemberForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=32,
        required=False,
        help_text=_("In any form: 0812…, 62812… or +62 812-…"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    birth_date = forms.DateField(
        label=_("Birthday"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    promo_consent = forms.BooleanField(label=_("Agrees to offers by e-mail"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("phone", _("Give a mobile number or an e-mail address."))
        return cleaned
