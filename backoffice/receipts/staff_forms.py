"""Forms with which staff change a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import WholeField
from common.quantities import format_number
from merchants.facts import TillPlace
from sales.facts import LineFacts

LINE_BOX = "units-"
"""The name of a line's box begins so; its place in the receipt follows."""


class ReceiptReasonForm(forms.Form):
    """Why a receipt is changed; asked of everyone, since money or points depend on it."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class ClaimForm(ReceiptReasonForm):
    """Why a receipt is given away, and what the person has seen of it."""

    seen = forms.CharField(widget=forms.HiddenInput)


class VoidForm(ReceiptReasonForm):
    """Where the goods are, what of the receipt the person has seen, and why."""

    till = forms.TypedChoiceField(
        label=_("Taken back at"),
        coerce=UUID,
        help_text=_("The money counts in the day of this till."),
    )
    seen = forms.CharField(widget=forms.HiddenInput)
    field_order = ("till", "reason", "seen")

    def __init__(self, places: Sequence[TillPlace], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        till: Any = self.fields["till"]
        till.choices = [(str(place.id), _place_name(place)) for place in places]


class RefundForm(VoidForm):
    """The same, with how many units of each line come back."""

    def __init__(self, lines: Sequence[LineFacts], places: Sequence[TillPlace], *args: Any, **kwargs: Any) -> None:
        super().__init__(places, *args, **kwargs)
        self.lines = [
            (f"{LINE_BOX}{number}", line, left)
            for number, line in enumerate(lines)
            if (left := line.quantity - line.returned_quantity) > 0
        ]
        for name, line, left in self.lines:
            self.fields[name] = WholeField(
                label=line.name or line.sku,
                required=False,
                min_value=0,
                max_value=left,
                unit=ngettext("of %(left)s unit", "of %(left)s units", left) % {"left": format_number(left)},
                error_messages={
                    "max_value": ngettext(
                        "Only %(left)s unit is left of it. Take that or less.",
                        "Only %(left)s units are left of it. Take that or less.",
                        left,
                    )
                    % {"left": format_number(left)},
                    "min_value": _("Write 0 or more."),
                },
            )
            self.fields[name].is_plain = True  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["inputmode"] = "numeric"

    @property
    def line_boxes(self) -> list[forms.BoundField]:
        return [self[name] for name, _, _ in self.lines]

    @property
    def quantities(self) -> Mapping[str, int]:
        """Return the units to take back by line id; a line left empty or 0 is not in it."""
        return {line.line_id: units for name, line, _ in self.lines if (units := self.cleaned_data.get(name))}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.lines and not self.errors and not any(cleaned.get(name) for name, _, _ in self.lines):
            self.add_error(self.lines[0][0], gettext("Write how many units come back, of one line at least."))
        return cleaned


def _place_name(place: TillPlace) -> str:
    if place.kind == "import":
        return gettext("%(outlet)s, imported file") % {"outlet": place.outlet_name}
    return f"{place.outlet_name}, {place.name}"
