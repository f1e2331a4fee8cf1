"""Forms about what a member asks of their data."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.consent_words import METHOD_WORDS
from backoffice.form_fields import DayField
from backoffice.privacy.words import (
    ASKER_WORDS,
    DONE_WORDS,
    GROUND_WORDS,
    IDENTITY_WORDS,
    RELATION_WORDS,
    REQUEST_WORDS,
)
from members.facts import (
    ConsentMethod,
    DataRequestDraft,
    DataRequestFacts,
    DataRequestKind,
    GuardianDraft,
    GuardianRelation,
    IdentityCheck,
    RequestAsker,
)
from members.rules import BY_HAND, MAY_CLOSE


class DataRequestForm(forms.Form):
    """What is asked, by whom, how it came, and how staff verified who asks."""

    kind = forms.ChoiceField(label=_("What the member asks for"), choices=list(REQUEST_WORDS.items()))
    asker = forms.ChoiceField(label=_("Who asks"), choices=list(ASKER_WORDS.items()), widget=forms.RadioSelect)
    method = forms.ChoiceField(label=_("How it came"), choices=list(METHOD_WORDS.items()), widget=forms.RadioSelect)
    received_on = DayField(label=_("Came on"), help_text=_("The deadline runs from this day on."))
    identity = forms.ChoiceField(
        label=_("How you verified who asks"), choices=list(IDENTITY_WORDS.items()), widget=forms.RadioSelect
    )

    def __init__(self, data: Any, *, today: date, kind: str) -> None:
        initial = {"received_on": today, "asker": RequestAsker.MEMBER.value, "kind": kind}
        super().__init__(data, initial=initial)

    def draft(self) -> DataRequestDraft:
        """Return what was written; needs a valid form."""
        given = self.cleaned_data
        return DataRequestDraft(
            kind=DataRequestKind(given["kind"]),
            asker=RequestAsker(given["asker"]),
            method=ConsentMethod(given["method"]),
            identity=IdentityCheck(given["identity"]),
            received_on=given["received_on"],
        )


class GuardianForm(forms.Form):
    """Who agreed for a child; no more is kept of them than the name."""

    name = forms.CharField(label=_("Name of the parent or guardian"), max_length=120)
    relation = forms.ChoiceField(
        label=_("Relation to the child"), choices=list(RELATION_WORDS.items()), widget=forms.RadioSelect
    )
    method = forms.ChoiceField(label=_("How it was said"), choices=list(METHOD_WORDS.items()), widget=forms.RadioSelect)
    agreed_on = DayField(label=_("Said on"))

    def __init__(self, data: Any, *, today: date) -> None:
        super().__init__(data, initial={"agreed_on": today, "relation": GuardianRelation.PARENT.value})

    def draft(self) -> GuardianDraft:
        """Return what was written; needs a valid form."""
        given = self.cleaned_data
        return GuardianDraft(
            name=given["name"],
            relation=GuardianRelation(given["relation"]),
            method=ConsentMethod(given["method"]),
            agreed_on=given["agreed_on"],
        )


class CloseRequestForm(forms.Form):
    """What was done, or on which ground nothing was."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, help_text=_("Only staff see it. Write no name and no number.")
    )

    def __init__(self, data: Any, asked: DataRequestFacts) -> None:
        super().__init__(data)
        by_hand = BY_HAND & MAY_CLOSE[asked.kind]
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            *((done, word) for done, word in DONE_WORDS.items() if done in by_hand),
            *((f"refused:{ground}", _("Refused: %(why)s") % {"why": word}) for ground, word in GROUND_WORDS.items()),
        ]
