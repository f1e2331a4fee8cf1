"""Forms about the people who work for a merchant."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from backoffice.forms.fields import AddressField

ROLES = [(role.value, word) for role, word in ROLE_WORDS.items()]


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = AddressField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The invitation goes there, and the person signs in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial="cashier")


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
