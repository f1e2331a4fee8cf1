"""The form about what a member said to staff."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.consent_words import METHOD_WORDS, subject_of_consent
from backoffice.form_fields import DayField
from members.facts import Topic
from members.wording import CONSENT_CHANNELS


class ConsentForm(forms.Form):
    """What the member said, about which wording, how and when."""

    wording = forms.ChoiceField(label=_("What it is about"))
    said = forms.ChoiceField(
        label=_("What the member said"),
        choices=[("yes", _("Yes, agrees")), ("no", _("No, no more"))],
        widget=forms.RadioSelect,
    )
    method = forms.ChoiceField(label=_("How it was said"), choices=list(METHOD_WORDS.items()), widget=forms.RadioSelect)
    said_on = DayField(label=_("Said on"))
    sentence_known = forms.BooleanField(
        label=_("The member heard or read the sentence above"),
        required=False,
        help_text=_("Needed for a yes."),
    )

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"said_on": today})
        self.fields["wording"].choices = [  # type: ignore[attr-defined]
            (version, subject_of_consent(Topic.PROMO, channel)) for version, channel in CONSENT_CHANNELS.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("said") == "yes" and not cleaned.get("sentence_known"):
            self.add_error("sentence_known", gettext("Read the sentence to the member first."))
        return cleaned
