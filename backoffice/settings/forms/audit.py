"""The days of the audit trail's filter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import DayField
from backoffice.members.forms import FILTER_FIELD


class AuditDaysForm(forms.Form):
    """Two days, both included, either of which may be left open; in the address they are `from` and `to`."""

    def __init__(self, address: Mapping[str, Any]) -> None:
        super().__init__(address, auto_id="%s")
        self.fields["from"] = DayField(label=_("From"), required=False, any_year=True)
        self.fields["to"] = DayField(label=_("To"), required=False, any_year=True)
        for field in self.fields.values():
            field.template_name = FILTER_FIELD  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        days = super().clean() or {}
        if days.get("from") and days.get("to") and days["to"] < days["from"]:
            self.add_error("to", _("The last day is before the first day."))
        return days

    @property
    def since(self) -> date | None:
        return self._read_day("from")

    @property
    def until(self) -> date | None:
        return self._read_day("to")

    def _read_day(self, name: str) -> date | None:
        """Return the day of a box that could be read; None where it is empty or has a note."""
        self.is_valid()
        day: date | None = self.cleaned_data.get(name)
        return day
