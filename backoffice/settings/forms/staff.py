"""Forms about the people who work for a merchant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from backoffice.form_fields import AddressField
from merchants.facts import OutletFacts, Role
from merchants.rules import ROLE_PERMISSIONS, may_give

OFFERED_ROLES: Final = tuple(role for role in ROLE_WORDS if ROLE_PERMISSIONS[role])
"""Roles that open a page; one without any leads anyone who accepts it nowhere."""


def roles_to_give(giver: Role) -> list[tuple[str, Promise]]:
    """Return the roles that someone of this role may give, as choices."""
    return [(role.value, ROLE_WORDS[role]) for role in OFFERED_ROLES if may_give(giver, role)]


class _OutletsField(forms.MultipleChoiceField):
    """The outlets a person is tied to; none ticked: all."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Outlets"),
            required=False,
            help_text=_(
                "Tick none for all outlets. Tied to some, a person sees and returns only receipts of these, and only "
                "their tills. Members are the whole store's. An owner works everywhere."
            ),
            widget=forms.CheckboxSelectMultiple,
        )

    def clean(self, value: Any) -> list[UUID]:
        return [UUID(one) for one in super().clean(value)]


def _offer_outlets(form: forms.Form, outlets: Sequence[OutletFacts], *, is_tied: bool) -> None:
    """Offer the outlets; a store with one outlet is not asked. Who `is_tied` to some gives at least one of these."""
    field: Any = form.fields["outlets"]
    if len(outlets) < 2 and not is_tied:
        del form.fields["outlets"]
        return
    field.choices = [(str(one.id), one.name) for one in outlets]
    if is_tied:
        field.required, field.help_text = True, ""
        field.initial = [str(one.id) for one in outlets]


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = AddressField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("The invitation goes there, and the person signs in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), initial=Role.CARE.value)
    outlets = _OutletsField()

    def __init__(
        self, *args: Any, giver: Role, outlets: Sequence[OutletFacts], is_tied: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        _offer_outlets(self, outlets, is_tied=is_tied)
        self.fields["role"].choices = roles_to_give(giver)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """`current`: the role the person has now stays in the list, also when it is offered to no one else."""

    role = forms.ChoiceField(label=_("Role"))
    outlets = _OutletsField()

    def __init__(
        self,
        *args: Any,
        giver: Role,
        current: Role,
        outlets: Sequence[OutletFacts],
        is_tied: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        _offer_outlets(self, outlets, is_tied=is_tied)
        kept = [] if current in OFFERED_ROLES else [(current.value, ROLE_WORDS[current])]
        self.fields["role"].choices = [*kept, *roles_to_give(giver)]  # type: ignore[attr-defined]
