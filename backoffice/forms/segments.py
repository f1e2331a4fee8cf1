"""The four numbers of the lifecycle."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from segments.facts import Thresholds

NUMERIC = {"inputmode": "numeric"}


class ThresholdsForm(forms.Form):
    new_within_days = forms.IntegerField(
        label=_("New: first purchase at most this many days ago"), widget=forms.TextInput(attrs=NUMERIC)
    )
    lapsed_after_days = forms.IntegerField(
        label=_("Lapsed: no purchase for more than this many days"), widget=forms.TextInput(attrs=NUMERIC)
    )
    loyal_purchases = forms.IntegerField(
        label=_("Loyal: at least this many purchases"), widget=forms.TextInput(attrs=NUMERIC)
    )
    loyal_window_days = forms.IntegerField(label=_("… within this many days"), widget=forms.TextInput(attrs=NUMERIC))

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(**{name: self.cleaned_data[name] for name in self.fields})
