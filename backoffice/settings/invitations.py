"""The mail to someone who was asked to work for a store: where they say yes, or choose a password first.

It is handed over to messaging in the transaction of the invitation; what it says is written when it is sent. The link
for a password is allauth's own: it is used once, runs out, and ends on allauth's own page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from backoffice.context import ROLE_WORDS
from common.errors import Missing
from common.ids import new_id
from common.links import public_url
from merchants.facts import MerchantFacts, Role
from merchants.operations import InvitedStaff
from merchants.queries import staff_member, user_by_id
from messaging.facts import Content, MessageFacts, MessageReason, MessageState, StaffMail, StaffMessageDraft, Unsayable
from messaging.operations import queue_staff_message
from messaging.queries import find_suppression, latest_staff_mails
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


_SEND_AGAIN: Final = _("Not sent: the store was brought back from a backup meanwhile. Send the invitation again.")
_BLOCKED: Final = _("Not sent: this address is blocked. Unblock it under Blocked addresses, then send it again.")
_NO_SUCH_ADDRESS: Final = _("Not delivered: the address does not exist. Withdraw it and invite the right address.")
_REFUSED: Final = _("Not delivered: the mail server refused it. Check the address, then send the invitation again.")
_UNKNOWN: Final = _("The mail may have arrived or not. Send it again if it did not.")
_TRIED_AGAIN: Final = _("The mail server has not taken the mail yet. It is tried again.")
# A reason goes before its state: what was stopped for another reason says what its state says.
_TROUBLE: Final[Mapping[str, Promise]] = {
    MessageReason.NEEDS_REVIEW: _SEND_AGAIN,
    MessageReason.SUPPRESSED: _BLOCKED,
    MessageReason.HARD_BOUNCE: _NO_SUCH_ADDRESS,
    MessageReason.BAD_ADDRESS: _NO_SUCH_ADDRESS,
    MessageState.FAILED: _REFUSED,
    MessageState.UNCERTAIN: _UNKNOWN,
    MessageState.DEFERRED: _TRIED_AGAIN,
}


def invitation_troubles(*, merchant: MerchantFacts, emails: Collection[str]) -> Mapping[str, str]:
    """Say what is wrong with the newest invitation of each address, and what to do; well ones are left out."""
    mails = latest_staff_mails(merchant=merchant, template_key=INVITATION, emails=emails) if emails else {}
    said = {email: _describe_trouble(mail) for email, mail in mails.items()}
    return {email: words for email, words in said.items() if words}


def _describe_trouble(mail: StaffMail) -> str:
    return str(_TROUBLE.get(mail.reason) or _TROUBLE.get(mail.state) or "")


def why_not_mailed(*, merchant: MerchantFacts, email: str) -> str:
    """Say why this address gets no invitation at all, and what to do; "" when it gets one."""
    if find_suppression(merchant=merchant, email=email) is None:
        return ""
    return gettext(
        "Nothing is sent to this address: it is blocked. Unblock it under Blocked addresses, or write another address."
    )


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
