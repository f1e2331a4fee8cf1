"""The form about what is known of one member."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.audit_words import LANGUAGE_WORDS
from backoffice.members.attribute_fields import add_fields, changed_values, field_name
from backoffice.members.forms import ONE_IS_ENOUGH, PersonBoxes
from members.facts import AttributeFacts, MemberFacts, ProfileChanges
from members.rules import mask_email, mask_phone, show_phone
from merchants.facts import OutletFacts

PROFILE_BOXES: Final = frozenset({"name", "phone", "email", "birth_date", "area", "language", "outlet", "notes"})


class EditMemberForm(PersonBoxes):
    """What is known of a member. Who may not see contacts writes a new one without reading the old."""

    area = forms.CharField(label=_("Area"), max_length=80, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=list(LANGUAGE_WORDS.items()))
    outlet = forms.ChoiceField(label=_("Outlet"), required=False)
    notes = forms.CharField(
        label=_("Internal note"),
        max_length=2_000,
        required=False,
        help_text=_("Only staff see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        found: MemberFacts,
        outlets: Sequence[OutletFacts],
        data: Any = None,
        *,
        definitions: Sequence[AttributeFacts] = (),
        seen: str,
        sees_contacts: bool,
    ) -> None:
        self.found, self.definitions = found, definitions
        super().__init__(
            data,
            initial={
                "name": found.name,
                "phone": (sees_contacts and show_phone(found.phone)) or "",
                "email": (sees_contacts and found.email) or "",
                "birth_date": found.birth_date,
                "area": found.area,
                "language": found.language,
                "outlet": str(found.outlet_id or ""),
                "notes": found.notes,
                "seen": seen,
            },
        )
        add_fields(self, definitions, found.attributes)
        for name, hidden in (("phone", mask_phone(found.phone)), ("email", mask_email(found.email))):
            self.fields[name].template_name = ONE_IS_ENOUGH  # type: ignore[attr-defined]
            if hidden and not sees_contacts:
                self.fields[name].help_text = gettext("Now %(hidden)s. Leave this empty to keep it.") % {
                    "hidden": escape(hidden)
                }
        choices = [(str(outlet.id), outlet.name) for outlet in outlets]
        if found.outlet_id is None:
            choices.insert(0, ("", gettext("No outlet")))
        elif found.outlet_id not in {outlet.id for outlet in outlets}:
            choices.insert(0, (str(found.outlet_id), gettext("A closed outlet")))
        self.fields["outlet"].choices = choices  # type: ignore[attr-defined]

    @property
    def changes(self) -> ProfileChanges:
        """Return what was typed other than it is stored."""
        typed = {name: self.cleaned_data[name] for name in self.changed_data if name in PROFILE_BOXES}
        outlet = typed.pop("outlet", None)
        birth_date = typed.pop("birth_date", None)
        return ProfileChanges(
            **typed,
            birth_date=birth_date,
            clear_birth_date="birth_date" in self.changed_data and birth_date is None,
            outlet_id=UUID(outlet) if outlet else None,
            attributes=changed_values(self, self.definitions) or None,
        )

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """Return the boxes of the store's own fields, for the template."""
        return [self[field_name(definition)] for definition in self.definitions]

    @property
    def renamed(self) -> dict[str, str]:
        """Return under which box the problem of a value is shown."""
        return {f"attributes/{definition.key}": field_name(definition) for definition in self.definitions}
