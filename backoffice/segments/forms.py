"""The four numbers of the lifecycle."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import WholeField
from segments.facts import Thresholds
from segments.rules import MAX_DAYS, MAX_PURCHASES


class ThresholdsForm(forms.Form):
    lapsed_after_days = WholeField(
        label=_("Lapsed: no purchase for more than"), unit=_("days"), min_value=1, max_value=MAX_DAYS
    )
    new_within_days = WholeField(
        label=_("New: first purchase at most this long ago"), unit=_("days"), min_value=1, max_value=MAX_DAYS
    )
    loyal_purchases = WholeField(
        label=_("Loyal: bought at least this often"), unit=_("purchases"), min_value=1, max_value=MAX_PURCHASES
    )
    loyal_window_days = WholeField(label=_("Loyal: within the last"), unit=_("days"), min_value=1, max_value=MAX_DAYS)

    @property
    def fingerprint(self) -> str:
        """Return the mark of what a preview was shown for; a confirmation of other numbers is shown again."""
        return "-".join(str(self.cleaned_data[name]) for name in self.fields)

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(**{name: self.cleaned_data[name] for name in self.fields})
