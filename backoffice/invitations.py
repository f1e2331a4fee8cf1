"""The mail to somebody who was let in: a link to set a password, or to sign in with the one they have.

The link is allauth's own reset link, so it is used once, runs out, and ends on allauth's own page.
"""

from __future__ import annotations

from smtplib import SMTPException

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core.context import request_context
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, override

from merchants.facts import MerchantFacts
from merchants.operations import InvitedStaff
from merchants.queries import user_by_email

log = structlog.get_logger("loyalty.invitations")


def mail_after_commit(request: HttpRequest, merchant: MerchantFacts, invited: InvitedStaff, by: str) -> None:
    """Sends once the access is committed: nobody waits for a mail server with rows locked, nobody is told of nothing.

    A mail server that is away leaves the access standing and a warning on the next page.
    """

    def send() -> None:
        try:
            _send(request, merchant, invited, by)
        except (OSError, SMTPException):
            log.exception("an invitation could not be mailed", merchant=str(merchant.id), user=str(invited.user_id))
            messages.warning(request, gettext("The mail could not be sent. Send it again from the person's page."))

    transaction.on_commit(send)


def _send(request: HttpRequest, merchant: MerchantFacts, invited: InvitedStaff, by: str) -> None:
    url = request.build_absolute_uri(reverse("account_login"))
    with request_context(request), override(invited.language):
        adapter = get_adapter(request)
        if invited.needs_password:
            user = user_by_email(invited.email)
            key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
            url = adapter.get_reset_password_from_key_url(key)
        context = {"store_name": merchant.name, "by": by, "url": url, "needs_password": invited.needs_password}
        adapter.send_mail("account/email/invitation", invited.email, context)
