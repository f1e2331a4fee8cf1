"""Forms of allauth that do one thing more."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from django import forms

from common.text import clean_address
from merchants.operations import set_proved_password


class _TypedAddress:
    """Takes an address as people paste it: with invisible signs, in other widths."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["login" if "login" in self.fields else "email"]
        check = field.clean
        field.clean = lambda value: check(clean_address(value) if isinstance(value, str) else value)  # type: ignore[method-assign]


class SignInForm(_TypedAddress, LoginForm):  # type: ignore[misc]
    pass


class NewPasswordForm(_TypedAddress, ResetPasswordForm):  # type: ignore[misc]
    pass


class NewAddressForm(_TypedAddress, AddEmailForm):  # type: ignore[misc]
    pass


class ChoosePasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """Behind a link that went to the account's address: the password counts, and the address is proved."""

    def save(self) -> None:
        set_proved_password(user_id=self.user.pk, password=self.cleaned_data["password1"])
        self.user.refresh_from_db()
