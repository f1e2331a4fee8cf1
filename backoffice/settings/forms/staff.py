"""Forms about the people who work for a merchant."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from backoffice.form_fields import AddressField
from merchants.facts import Role
from merchants.rules import ROLE_PERMISSIONS, may_give

OFFERED_ROLES: Final = tuple(role for role in ROLE_WORDS if ROLE_PERMISSIONS[role])
"""Roles that open a page; one without any leads anyone who accepts it nowhere."""


def roles_to_give(giver: Role) -> list[tuple[str, Promise]]:
    """Return the roles that someone of this role may give, as choices."""
    return [(role.value, ROLE_WORDS[role]) for role in OFFERED_ROLES if may_give(giver, role)]


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = AddressField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The invitation goes there, and the person signs in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.CARE.value)

    def __init__(self, *args: Any, giver: Role, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = roles_to_give(giver)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """`current`: the role the person has now stays in the list, also when it is offered to no one else."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, giver: Role, current: Role, **options: Any) -> None:
        super().__init__(*args, **options)
        kept = [] if current in OFFERED_ROLES else [(current.value, ROLE_WORDS[current])]
        self.fields["role"].choices = [*kept, *roles_to_give(giver)]  # type: ignore[attr-defined]
