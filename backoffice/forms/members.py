"""Forms about one member."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.forms.fields import DayField, PointsField
from backoffice.words import REASON_WORDS

ONE_IS_ENOUGH = "backoffice/parts/contact_field.html"
"""Draws a field of which one of two is enough: not required, and not marked as optional either."""


class AdjustPointsForm(forms.Form):
    direction = forms.ChoiceField(
        label=_("What to do"), choices=[("add", _("Add points")), ("take", _("Take points"))], widget=forms.RadioSelect
    )
    points = PointsField(label=_("Points"), most_points=10**9)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASON_WORDS.items()))
    note = forms.CharField(label=_("Internal note"), max_length=200, required=False, help_text=_("Only staff see it."))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, points_name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].unit_after = points_name  # type: ignore[attr-defined]

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
    birth_date = DayField(label=_("Birthday"), required=False)
    promo_consent = forms.BooleanField(label=_("Agrees to offers by e-mail"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("phone", "email"):
            self.fields[name].template_name = ONE_IS_ENOUGH  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("email") and "email" not in self.errors:
            self.add_error("phone", _("Give a mobile number or an e-mail address."))
        return cleaned
