"""The days a page of figures looks at."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import DayField
from backoffice.members.forms import FILTER_FIELD


class DaysForm(forms.Form):
    """First and last business day, both included; `days` is None where the page's own period holds."""

    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.template_name = FILTER_FIELD  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first day."))
        return cleaned

    def days(self) -> tuple[date, date] | None:
        """Return both ends as asked for, None when one is missing or cannot be read."""
        if not self.is_valid() or not (self.cleaned_data["first"] and self.cleaned_data["last"]):
            return None
        return self.cleaned_data["first"], self.cleaned_data["last"]
