"""Forms with which staff give a member something: what, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import WholeField
from backoffice.words import REASON_WORDS

Choices = Sequence[tuple[str, str]]


class GiveForm(forms.Form):
    """What is given, chosen by id, with a reason: it is worth money."""

    what = forms.TypedChoiceField(coerce=UUID)
    reason = forms.ChoiceField(label=_("Reason"), choices=list(REASON_WORDS.items()))

    def __init__(self, label: Any, choices: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what: Any = self.fields["what"]
        what.label, what.choices = label, choices


class GiveStampsForm(GiveForm):
    """The same, with how many stamps."""

    stamps = WholeField(
        label=_("Stamps"),
        min_value=1,
        max_value=1_000,
        initial=1,
        unit=_("stamps"),
        error_messages={"min_value": _("Write 1 or more."), "max_value": _("Write 1.000 or less.")},
    )
    field_order = ("what", "stamps", "reason")


class GiveRewardForm(GiveForm):
    """The same, with the outlet where a gift to be fetched waits."""

    outlet = forms.TypedChoiceField(
        label=_("Where it is fetched"),
        coerce=UUID,
        empty_value=None,
        required=False,
        help_text=_("Only for a gift that is fetched."),
    )
    field_order = ("what", "outlet", "reason")

    def __init__(self, label: Any, choices: Choices, outlets: Choices, *args: Any, **kwargs: Any) -> None:
        super().__init__(label, choices, *args, **kwargs)
        outlet: Any = self.fields["outlet"]
        outlet.choices = [("", "–"), *outlets]
