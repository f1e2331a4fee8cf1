"""Sending one test mail to one member of staff; it touches no delivery and no coupon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext

from campaigns.mailer.compose import compile_campaign
from campaigns.operations import content_of, record_test, staff_address
from campaigns.queries import Recipient, campaign, sample_values
from common.errors import BadInput
from common.ids import new_id
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from messaging.mailer.link import LinkError, MailServer, SmtpLink, sender_address, sender_domain
from messaging.mailer.message import BadAddressError, header_id_of, write_message
from messaging.queries import sending_policy


def send_trial(
    *, merchant: MerchantFacts, campaign_id: UUID, user_id: UUID, server: MailServer, clock: Callable[[], datetime]
) -> str:
    """Send one test; return "accepted" or why not, which the campaign keeps."""
    now = clock()
    with merchant_scope(merchant.id):
        facts = campaign(merchant=merchant, campaign_id=campaign_id)
        policy = sending_policy(merchant=merchant)
        try:
            address, name = staff_address(merchant=merchant, user_id=user_id)
        except BadInput:
            return "not_staff"
    today = merchant.day_of(now)
    values = sample_values(merchant=merchant, coupon=facts.coupon, name=name, today=today)
    with translation.override(merchant.language):
        marked = replace(facts.content, subject=f"[{gettext('Test')}] {facts.content.subject}")
    person = Recipient(member_id=user_id, name=name, address=address, values=values)
    try:
        content, envelope = write_message(
            content_of(compile_campaign(merchant, replace(facts, content=marked)), person),
            policy=policy,
            recipient_name=name,
            address=address,
            header_id=header_id_of(new_id(), sender_domain()),
            at=now,
        )
        outcome = _hand_over(SmtpLink(server), content, envelope)
    except BadAddressError:
        outcome = "bad_address"
    with merchant_scope(merchant.id):
        record_test(merchant=merchant, campaign_id=campaign_id, outcome=outcome, at=now)
    return outcome


def _hand_over(link: SmtpLink, content: bytes, envelope: str) -> str:
    try:
        link.open()
        reply = link.offer(sender=sender_address(), recipient=envelope) or link.deliver(content)
    except LinkError as failure:
        reply = failure.reply
    finally:
        link.close()
    if 200 <= reply.code < 300:
        return "accepted"
    return f"{reply.stage.value}: {reply.code} {reply.enhanced}".strip() if reply.code else f"{reply.stage.value}: -"
