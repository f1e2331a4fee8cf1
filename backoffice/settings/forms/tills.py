"""Forms about outlets, tills and their keys."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.account.forms import ZONES
from merchants.facts import OutletFacts
from merchants.rules import TILL_SCOPES

SCOPES = (
    ("read_members", _("Look up members")),
    ("members:write", _("Confirm members' cards")),
    ("record_sales", _("Enrol members; quote, record and refund sales")),
    ("redeem", _("Redeem rewards and check coupons")),
    ("write_products", _("Write products and their costs (for an ERP)")),
)
TILL_SCOPES_AT_FIRST = [code for code, _word in SCOPES if code in TILL_SCOPES]


class OutletForm(forms.Form):
    name = forms.CharField(label=_("Name of the outlet"), max_length=120)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=ZONES)


class OutletNameForm(forms.Form):
    name = forms.CharField(label=_("Name of the outlet"), max_length=120)


class TillForm(forms.Form):
    name = forms.CharField(label=_("Name of the till"), max_length=80)
    outlet = forms.ChoiceField(label=_("Outlet"))

    def __init__(self, outlets: Sequence[OutletFacts], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["outlet"].choices = [(str(o.id), o.name) for o in outlets]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        label=_("What the key may do"),
        choices=SCOPES,
        initial=TILL_SCOPES_AT_FIRST,
        widget=forms.CheckboxSelectMultiple,
    )
