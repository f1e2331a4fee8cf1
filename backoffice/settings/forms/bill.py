"""The form of what counts of tax, service charge and tip."""

from __future__ import annotations

import json
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.words import BILL_WORDS
from merchants.facts import BillChoices
from rewards.engine.facts import SERVICE, TAX

IN_PRICES: Final = [(TAX, _("Tax that is in the price")), (SERVICE, _("Service charge that is in the price"))]
PARTS: Final = list(BILL_WORDS.items())


class BillForm(forms.Form):
    """Three questions: what discounts reach, what minimums count, what members earn on."""

    discounts = forms.MultipleChoiceField(
        label=_("Discounts reach"),
        choices=IN_PRICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Left out, a percentage is taken of the price without them, and goods that are free still cost their tax. "
            "What is added at the till is never discounted: the till works it out from what discounts left."
        ),
    )
    minimums = forms.MultipleChoiceField(
        label=_("Minimums count"),
        choices=PARTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_('For conditions such as "from Rp 100.000", and for what members spend towards a tier.'),
    )
    earning = forms.MultipleChoiceField(
        label=_("Members earn on"),
        choices=PARTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Points and cashback that go by the amount."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, now: BillChoices, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {**now.to_json(), "seen": json.dumps(now.to_json(), sort_keys=True)}
        super().__init__(*args, **kwargs)
        for name in ("discounts", "minimums", "earning"):
            self.fields[name].is_plain = True  # type: ignore[attr-defined]

    def clean_seen(self) -> BillChoices:
        try:
            return BillChoices.from_json(json.loads(self.cleaned_data["seen"]))
        except (ValueError, AttributeError, TypeError):
            return BillChoices()

    @property
    def choices(self) -> BillChoices:
        """Return what is ticked, in the order of the boxes; once the form is valid."""
        return BillChoices(*(tuple(self.cleaned_data[name]) for name in ("discounts", "minimums", "earning")))
