"""The mail with the link of a member's card, sent because the member asked staff for it.

It goes by messaging like every mail to members: with consent, and not to a blocked address. The link is written when
the mail is sent, and is never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from common.emails import email_key
from common.errors import Refusal
from common.ids import new_id
from common.languages import reader_language
from common.quantities import format_instant
from members.facts import MemberFacts
from members.operations import lock_member, note_link_sent
from members.queries import card_token_in_force, contacts, unsubscribe_token
from merchants.facts import Actor, MerchantFacts
from messaging.facts import Content, MessageDraft, MessageFacts, MessageReason, MessageState, ProgramMail, Unsayable
from messaging.operations import queue_program_message
from messaging.queries import address_hash, find_suppression, latest_program_mail
from messaging.tasks import hint_senders

CARD_LINK: Final = "card_link"
ON_ITS_WAY: Final = frozenset({MessageState.QUEUED, MessageState.SENDING, MessageState.DEFERRED})
NO_CARD: Final = "no_card"

_STATE_WORDS: Final[Mapping[MessageState, Promise]] = {
    MessageState.QUEUED: _("The mail with the link is on its way since %(at)s."),
    MessageState.SENDING: _("The mail with the link is on its way since %(at)s."),
    MessageState.DEFERRED: _("The mail server has not taken the mail of %(at)s yet. It is tried again."),
    MessageState.ACCEPTED: _("The link was sent by e-mail on %(at)s."),
    MessageState.UNCERTAIN: _("The mail of %(at)s may have arrived or not. Send the link again if it did not."),
    MessageState.FAILED: _("The mail of %(at)s was not delivered. Check the address, then send the link again."),
    MessageState.SUPPRESSED: _("The mail of %(at)s was not sent: the address, the consent or the member changed."),
    MessageState.CANCELLED: _("The mail of %(at)s was not sent: the card had ended, or the store was brought back."),
}


class CardMailNotPossible(Refusal):
    """No mail with the link goes to this member; `why` says why, in words."""

    code = "card_mail_not_possible"


def why_no_card_mail(*, merchant: MerchantFacts, member: MemberFacts) -> str:
    """Say why the link cannot be sent to the member, and what to do; "" when it can."""
    if member.is_restricted:
        return gettext("No mail can be sent: the data of this member may only be kept.")
    if member.is_blocked:
        return gettext("No mail can be sent: this member is blocked. Unblock the member first.")
    if not member.email:
        return gettext("No mail can be sent: this member has no e-mail address. Add one, or show the QR code.")
    if not member.promo_email:
        return gettext(
            "No mail can be sent: this member has not agreed to e-mail. Record the consent, or show the QR code."
        )
    if find_suppression(merchant=merchant, email=member.email) is not None:
        return gettext("No mail can be sent: this address is blocked. Unblock it under Blocked addresses.")
    if card_token_in_force(merchant=merchant, member_id=member.id) is None:
        return gettext("No mail can be sent: there is no card in force. Make a card first.")
    return ""


def card_mail_in_words(*, merchant: MerchantFacts, member_id: UUID) -> str:
    """Say what became of the newest mail with the link; "" where there was none."""
    found = latest_program_mail(merchant=merchant, template_key=CARD_LINK, member_id=member_id)
    if found is None:
        return ""
    at = format_instant(found.asked_at, merchant.timezone, reader_language())
    return str(_STATE_WORDS[found.state]) % {"at": at}


def send_card_link(*, merchant: MerchantFacts, member_id: UUID, at: datetime, actor: Actor) -> None:
    """Ask for the mail and leave an audit entry; one that is on its way comes first. Raises CardMailNotPossible."""
    member = lock_member(merchant=merchant, member_id=member_id)
    why = why_no_card_mail(merchant=merchant, member=member)
    if why:
        raise CardMailNotPossible(why=why)
    latest = latest_program_mail(merchant=merchant, template_key=CARD_LINK, member_id=member.id)
    if latest is not None and _is_on_its_way(latest):
        raise CardMailNotPossible(why=gettext("A mail with the link is on its way already."))
    message_id = new_id()
    draft = MessageDraft(
        id=message_id,
        member_id=member.id,
        address_hash=address_hash(merchant=merchant, email_key=email_key(str(member.email))),
        due_at=at,
        occasion_key=str(message_id),
    )
    dispatch_id = queue_program_message(merchant=merchant, draft=draft, template_key=CARD_LINK, at=at)
    note_link_sent(merchant=merchant, member_id=member.id, at=at, actor=actor)
    transaction.on_commit(partial(hint_senders, merchant=merchant, dispatch_id=dispatch_id), robust=True)


def _is_on_its_way(mail: ProgramMail) -> bool:
    return mail.state in ON_ITS_WAY


def card_link_still_due(
    *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
) -> Mapping[UUID, str]:
    """Return the messages whose member has no card in force any more."""
    return {
        message.id: NO_CARD
        for message in messages
        if message.member_id is None or card_token_in_force(merchant=merchant, member_id=message.member_id) is None
    }


def render_card_link(
    *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
) -> Mapping[UUID, Content | Unsayable]:
    """Return what each mail says, with the link of the card that is in force now."""
    return {message.id: _write_mail(merchant, message.member_id) for message in messages}


def _write_mail(merchant: MerchantFacts, member_id: UUID | None) -> Content | Unsayable:
    person = contacts(merchant=merchant, member_ids=[member_id]).get(member_id) if member_id else None
    token = card_token_in_force(merchant=merchant, member_id=member_id) if member_id else None
    if person is None or token is None or member_id is None:
        return Unsayable(MessageReason.MEMBER_GONE.value)
    base = f"{settings.PUBLIC_URL}/m/{merchant.slug}"
    with override(person.language or merchant.language):
        context = {
            "store_name": merchant.name,
            "name": person.name,
            "url": f"{base}/card/{token}",
            "unsubscribe_url": f"{base}/u/{unsubscribe_token(merchant=merchant, member_id=member_id)}",
            "preferences_url": f"{base}/card/{token}/preferences",
        }
        return Content(
            subject=gettext("Your member card of %(store)s") % {"store": merchant.name},
            text=render_to_string("email/card_link.txt", context).strip(),
            html=render_to_string("email/card_link.html", context).strip(),
            unsubscribe_url=context["unsubscribe_url"],
        )
