"""Forms about the fields of a member that the store defines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import NeedsByChoice
from members.facts import AttributeDraft, AttributeFacts, AttributeKind

KIND_WORDS = {
    AttributeKind.TEXT.value: _("Free text"),
    AttributeKind.NUMBER.value: _("Whole number"),
    AttributeKind.CHOICE.value: _("One of several"),
    AttributeKind.DATE.value: _("Day"),
}


class ChoicesField(forms.CharField):
    """What can be chosen, one per line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 5}), **options)

    def to_python(self, value: Any) -> Any:
        return tuple((super().to_python(value) or "").splitlines()) or None

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple | list) else value


class NewAttributeForm(NeedsByChoice):
    NEEDS = {"kind": {"choice": ("choices",)}}

    label = forms.CharField(label=_("Name"), max_length=40, help_text=_("As staff read it, such as Shoe size."))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=list(KIND_WORDS.items()),
        widget=forms.RadioSelect,
        help_text=_("It stays: values that members have would fit no other."),
    )
    choices = ChoicesField(label=_("What can be chosen"), required=False, help_text=_("One per line."))
    key = forms.CharField(
        label=_("Name for tills"),
        max_length=40,
        required=False,
        help_text=_("What your POS sends it by. Left empty it is made of the name. It stays, too."),
    )

    @property
    def draft(self) -> AttributeDraft:
        return AttributeDraft(
            label=self.cleaned_data["label"],
            kind=AttributeKind(self.cleaned_data["kind"]),
            key=self.cleaned_data["key"],
            choices=self.cleaned_data["choices"] or (),
        )


class AttributeForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput)
    label = forms.CharField(label=_("Name"), max_length=40)
    choices = ChoicesField(
        label=_("What can be chosen"),
        help_text=_("One per line. Members keep a value that you take off this list."),
    )
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        help_text=_("Switched off it is asked for no more and tills may send anything by its name; values stay."),
    )

    def __init__(self, found: AttributeFacts, data: Any = None, *, seen: str) -> None:
        stored = {"label": found.label, "choices": found.choices, "is_active": found.is_active}
        super().__init__(data, initial={**stored, "seen": seen})
        if found.kind is not AttributeKind.CHOICE:
            del self.fields["choices"]
