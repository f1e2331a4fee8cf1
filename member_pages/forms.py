"""Forms of the member pages. What a field may hold is said by members' own operations, in their words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.facts import StopReason

REASONS = {
    StopReason.TOO_MANY: _("Too many messages"),
    StopReason.NOT_INTERESTING: _("The offers do not interest me"),
    StopReason.NEVER_ASKED: _("I never asked for them"),
    StopReason.OTHER: _("Another reason"),
}


class ContactField(forms.CharField):
    """One of two is enough: not required, and not marked as optional either."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.template_name = "member_pages/contact_field.html"


class JoinForm(forms.Form):
    """Phone or e-mail, one is enough; consent is never ticked beforehand."""

    name = forms.CharField(
        label=_("Name"), max_length=120, strip=True, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = ContactField(
        label=_("Mobile number"),
        max_length=40,
        help_text=_("For example 0812 3456 7890"),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    email = ContactField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"type": "email", "inputmode": "email", "autocomplete": "email"}),
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        help_text=_("For offers around your birthday, when the store has any."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"],
    )
    referral_code = forms.CharField(
        label=_("Code of the friend who told you about us"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    promo_consent = forms.BooleanField(required=False)

    def __init__(self, *args: Any, consent_text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["promo_consent"].label = consent_text


class StopForm(forms.Form):
    """Why someone stops; saying so is optional."""

    reason = forms.ChoiceField(
        label=_("Why do you stop?"),
        required=False,
        choices=[("", _("I would rather not say")), *((reason.value, words) for reason, words in REASONS.items())],
    )

    @property
    def stop_reason(self) -> StopReason | None:
        """Return the reason of a valid form; a wrong one counts as none: it must not keep a person from stopping."""
        given = self.cleaned_data.get("reason", "") if self.is_valid() else ""
        return StopReason(given) if given else None
