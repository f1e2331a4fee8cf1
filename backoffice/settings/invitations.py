"""The mail to someone who was asked to work for a store: where they say yes, or choose a password first.

It is handed over to messaging in the transaction of the invitation; what it says is written when it is sent. The link
for a password is allauth's own: it is used once, runs out, and ends on allauth's own page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from functools import partial
from typing import Any, Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from backoffice.context import ROLE_WORDS
from common.errors import Missing
from common.ids import new_id
from common.links import public_url
from merchants.facts import MerchantFacts, Role
from merchants.operations import InvitedStaff
from merchants.queries import staff_member, user_by_id
from messaging.facts import Content, MessageFacts, StaffMessageDraft, Unsayable
from messaging.operations import queue_staff_message
from messaging.tasks import hint_senders

INVITATION: Final = "staff_invitation"
NO_LONGER_INVITED: Final = "not_invited"


def hand_over_invitation(
    *, merchant: MerchantFacts, invited: InvitedStaff, by: str, reply_to: str, at: datetime
) -> None:
    """Asks for the mail in the transaction of the invitation; a mail server that is away is tried for three days."""
    draft = StaffMessageDraft(
        id=new_id(),
        name="",
        address=invited.email,
        template_key=INVITATION,
        fields={
            "user_id": str(invited.user_id),
            "email": invited.email,
            "language": invited.language,
            "role": invited.role.value,
            "needs_password": "yes" if invited.needs_password else "",
            "by": by,
            "reply_to": reply_to,
        },
    )
    dispatch_id = queue_staff_message(merchant=merchant, draft=draft, at=at)
    transaction.on_commit(partial(hint_senders, merchant=merchant, dispatch_id=dispatch_id), robust=True)


def invitation_still_due(
    *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
) -> Mapping[UUID, str]:
    """Who answered, or whose invitation was taken back, is not asked any more."""
    return {
        message.id: NO_LONGER_INVITED for message in messages if not _is_invited(merchant, message.fields["user_id"])
    }


def render_invitation(
    *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
) -> Mapping[UUID, Content | Unsayable]:
    return {message.id: _write_invitation(merchant, message.fields) for message in messages}


def password_link(user: Any, *, next_path: str = "") -> str:
    """A link to choose a password: opened by the one who reads the account's address, it proves that address too."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link = str(get_adapter().get_reset_password_from_key_url(key))
    return f"{link}?next={next_path}" if next_path else link


def _is_invited(merchant: MerchantFacts, user_id: str) -> bool:
    try:
        return staff_member(merchant=merchant, user_id=UUID(user_id)).invited_at is not None
    except Missing:
        return False


def _write_invitation(merchant: MerchantFacts, known: Mapping[str, str]) -> Content:
    stores = reverse("backoffice:stores")
    with override(known["language"]):
        url = public_url(stores)
        if known["needs_password"]:
            url = password_link(user_by_id(UUID(known["user_id"])), next_path=stores)
        context = {
            "store_name": merchant.name,
            "by": known["by"],
            "url": url,
            "needs_password": bool(known["needs_password"]),
            "role": ROLE_WORDS[Role(known["role"])],
            "email": known["email"],
        }
        return Content(
            subject=" ".join(render_to_string("account/email/invitation_subject.txt", context).split()),
            text=render_to_string("account/email/invitation_message.txt", context).strip(),
            html=render_to_string("account/email/invitation_message.html", context).strip(),
            sender_name=_sender_name(merchant),
            reply_to=known["reply_to"],
        )


def _sender_name(merchant: MerchantFacts) -> str:
    """The store's name before the product's: "Toko Melati (Loyalty)"."""
    product, _ = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return " ".join(f"{merchant.name} ({product or 'Loyalty'})".split())
