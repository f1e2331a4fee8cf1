"""The mail to someone who was asked to work for a store: where they say yes, or choose a password first.

The link for a password is allauth's own: it is used once, runs out, and ends on allauth's own page.
"""

from __future__ import annotations

from email.utils import formataddr, parseaddr
from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core.context import request_context
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, override

from backoffice.context import ROLE_WORDS
from common.links import public_url
from merchants.facts import MerchantFacts
from merchants.operations import InvitedStaff
from merchants.queries import user_by_id

log = structlog.get_logger("loyalty.invitations")


def mail_after_commit(
    request: HttpRequest, merchant: MerchantFacts, invited: InvitedStaff, *, by: str, reply_to: str
) -> None:
    """Sends once the invitation is committed: no one waits for a mail server with rows locked.

    A mail server that is away leaves the invitation waiting and a warning on the next page.
    """

    def send() -> None:
        try:
            _send_mail(request, merchant, invited, by, reply_to)
        except (OSError, SMTPException):
            log.exception("an invitation could not be mailed", merchant=str(merchant.id), user=str(invited.user_id))
            messages.warning(request, gettext("The mail could not be sent. Send it again from the person's page."))

    transaction.on_commit(send)


def password_link(user: Any, *, next_path: str = "") -> str:
    """A link to choose a password: opened by the one who reads the account's address, it proves that address too."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link = str(get_adapter().get_reset_password_from_key_url(key))
    return f"{link}?next={next_path}" if next_path else link


def _send_mail(request: HttpRequest, merchant: MerchantFacts, invited: InvitedStaff, by: str, reply_to: str) -> None:
    stores = reverse("backoffice:stores")
    with request_context(request), override(invited.language):
        url = public_url(stores)
        if invited.needs_password:
            url = password_link(user_by_id(invited.user_id), next_path=stores)
        context = {
            "store_name": merchant.name,
            "by": by,
            "url": url,
            "needs_password": invited.needs_password,
            "role": ROLE_WORDS[invited.role],
            "email": invited.email,
        }
        message = get_adapter(request).render_mail("account/email/invitation", invited.email, context)
        message.from_email = sender_for(merchant)
        message.reply_to = [reply_to] if reply_to else []
        message.send()


def sender_for(merchant: MerchantFacts) -> str:
    """The store's name before the product's address: "Toko Melati (Loyalty) <loyalty@...>"."""
    product, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((" ".join(f"{merchant.name} ({product or 'Loyalty'})".split()), address))
