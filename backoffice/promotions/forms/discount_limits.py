"""From which share on discounts are warned of."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import WholeField
from insights.facts import DiscountLimits


class LimitsForm(forms.Form):
    of_sales = WholeField(label=_("Discounts of all sales"), unit="%", min_value=1, max_value=100)
    of_basket = WholeField(label=_("Discount of one receipt"), unit="%", min_value=1, max_value=100)
    of_visits = WholeField(label=_("Discounted visits of one member"), unit="%", min_value=1, max_value=100)

    def limits(self) -> DiscountLimits:
        return DiscountLimits(**self.cleaned_data)
