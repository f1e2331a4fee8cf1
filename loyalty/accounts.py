"""How staff accounts differ from allauth's defaults.

No one makes an account alone: a person comes in with a store, by a link that was mailed to them. An account's first
address is proved by choosing a password through such a link, so a password that was set before is worth nothing. A
further address is proved by a link too, opened by the person who is signed in to that account.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext

from backoffice.settings.invitations import password_link
from common.links import public_url
from loyalty import sign_in_limits
from merchants.operations import take_over_address
from merchants.queries import has_account
from merchants.rules import login_address


class StaffAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(login_address(email)))

    # ---- what is mailed ----------------------------------------------------------------------------------------------

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return public_url(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC) -> str:
        return public_url(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, {**context, "sign_in_url": public_url(reverse("account_login"))})

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC, signup: bool
    ) -> None:
        """Send, for an account's first address, a link to choose a password: the old one may be another person's."""
        address = emailconfirmation.email_address
        if address.email == address.user.email:
            self.send_mail("account/email/first_address", address.email, {"url": password_link(address.user)})
        else:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Send only to the account's own address: one that it merely claims resets nothing."""
        if login_address(email) == user.email:
            super().send_password_reset_mail(user, email, context)
        elif not has_account(email):
            send_unknown_account_mail(self.request, email)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Send the one notice that counts: to the old address, that another has taken its place."""
        if template_prefix == "account/email/email_changed" and email:
            self.send_mail(template_prefix, email, context or {})

    # ---- proving a further address -----------------------------------------------------------------------------------

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm only for the person signed in to the account, so that a stranger's request cannot be confirmed."""
        if request.user.pk != email_address.user_id:
            messages.error(request, gettext("Sign in first, then open the link from the mail again."))
            return False
        with transaction.atomic():
            if take_over_address(user_id=email_address.user_id, email=email_address.email):
                return bool(super().confirm_email(request, email_address))
        messages.error(request, gettext("This address belongs to another account. Sign in there, or use another one."))
        return False

    # ---- signing in --------------------------------------------------------------------------------------------------

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if not sign_in_limits.may_try(request, str(credentials.get("email", ""))):
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in_limits.note_failure(request, str(credentials.get("email", "")))

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        sign_in_limits.forgive(request, str(credentials.get("email", "")))

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        sign_in_limits.forgive(request, user.email)
        sign_in_limits.know_device(request, response, user.email)
        return response
