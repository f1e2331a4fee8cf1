"""The forms a merchant signs up with: what the store is, then, behind the mailed link, a password."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from backoffice.form_fields import AddressField
from common.quantities import CURRENCY_DIGITS

ZONES: Final = (
    ("Asia/Jakarta", _("WIB – Jakarta, Sumatra, Java")),
    ("Asia/Makassar", _("WITA – Bali, Makassar, Balikpapan")),
    ("Asia/Jayapura", _("WIT – Maluku, Papua")),
    ("Asia/Singapore", "Singapore"),
    ("Asia/Kuala_Lumpur", "Kuala Lumpur"),
    ("Europe/London", "London"),
    ("America/New_York", "New York"),
)


class SignUpForm(forms.Form):
    store = forms.CharField(label=_("Name of your store"), max_length=120)
    person = forms.CharField(label=_("Your name"), max_length=120)
    email = AddressField(label=_("E-mail"), help_text=_("We send a link there. You sign in with this address."))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=ZONES, initial="Asia/Jakarta")
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCY_DIGITS], initial="IDR")


class FirstPasswordForm(forms.Form):
    """`email` and `name` are of the person who chooses: a password may not repeat them."""

    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )

    def __init__(self, *args: Any, email: str, name: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._person = get_user_model()(email=email, name=name)

    def clean_password(self) -> Any:
        password = self.cleaned_data["password"]
        validate_password(password, user=self._person)
        return password
