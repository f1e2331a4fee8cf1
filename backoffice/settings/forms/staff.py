"""Forms about the people who work for a merchant."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from backoffice.form_fields import AddressField
from merchants.facts import Role
from merchants.rules import ROLE_PERMISSIONS

OFFERED_ROLES: Final = tuple(role for role in ROLE_WORDS if ROLE_PERMISSIONS[role])
"""Roles that open a page; one without any leads anyone who accepts it nowhere."""

ROLES: Final = [(role.value, ROLE_WORDS[role]) for role in OFFERED_ROLES]


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = AddressField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The invitation goes there, and the person signs in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, initial=Role.CARE.value)


class RoleForm(forms.Form):
    """`current`: the role the person has now stays in the list, also when it is offered to no one else."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES)

    def __init__(self, *args: Any, current: Role, **options: Any) -> None:
        super().__init__(*args, **options)
        if current not in OFFERED_ROLES:
            self.fields["role"].choices = [(current.value, ROLE_WORDS[current]), *ROLES]  # type: ignore[attr-defined]
