"""What messaging asks about a campaign's message before it is sent: is it still due, and what does it say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from campaigns.facts import CampaignKind, CampaignState, ExclusionReason, MemberOccasion
from campaigns.mailer.compose import CompiledMail, compile_campaign, fill_mail
from campaigns.models import Campaign
from campaigns.operations.audiences import issue_campaign_coupons
from campaigns.queries.campaigns import facts_of
from campaigns.queries.recipients import Recipient, recipients
from campaigns.rules.merge_fields import ValueMissingError
from campaigns.rules.schedules import is_stale
from merchants.facts import MerchantFacts
from messaging.facts import Content, MessageFacts, Unsayable


def still_due(*, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime) -> Mapping[UUID, str]:
    """Return why messages are over: their campaign was cancelled, or an automation's message is a day late."""
    rows = _campaigns_of(merchant, messages)
    over = {}
    for message in messages:
        row = rows[message.dispatch_id]
        if row.state == CampaignState.CANCELLED.value:
            over[message.id] = ExclusionReason.CAMPAIGN_CANCELLED.value
        elif row.kind != CampaignKind.CAMPAIGN.value and is_stale(message.due_at, now):
            over[message.id] = ExclusionReason.STALE.value
    return over


def render(
    *, merchant: MerchantFacts, messages: Sequence[MessageFacts], now: datetime
) -> Mapping[UUID, Content | Unsayable]:
    """Return what each member reads, with today's figures; an automation's coupons are issued here, from today on."""
    said: dict[UUID, Content | Unsayable] = {}
    for campaign_id, row in _campaigns_of(merchant, messages).items():
        mine = [message for message in messages if message.dispatch_id == campaign_id]
        wanted = [_recipient_of(message) for message in mine]
        if row.kind != CampaignKind.CAMPAIGN.value:
            issue_campaign_coupons(merchant=merchant, row=row, recipients=wanted, at=now)
        facts = facts_of(row, merchant=merchant)
        compiled = compile_campaign(merchant, facts)
        people = recipients(
            merchant=merchant,
            campaign=facts,
            wanted=wanted,
            fields=compiled.fields,
            business_date=merchant.day_of(now),
        )
        said |= {message.id: _content_for(compiled, people.get(_recipient_of(message))) for message in mine}
    return said


def content_of(compiled: CompiledMail, person: Recipient) -> Content:
    """Return the mail to one person. Raises ValueMissingError where a field has neither a value nor a fallback."""
    filled = fill_mail(compiled, person.values)
    return Content(
        subject=filled.subject,
        text=filled.text,
        html=filled.html,
        unsubscribe_url=person.values["unsubscribe_url"],
    )


def _content_for(compiled: CompiledMail, person: Recipient | None) -> Content | Unsayable:
    if person is None:
        return Unsayable(ExclusionReason.NO_ADDRESS.value)
    try:
        return content_of(compiled, person)
    except ValueMissingError as missing:
        lacks_card = missing.field == "card_link"
        return Unsayable((ExclusionReason.CARD_MISSING if lacks_card else ExclusionReason.COUPON_MISSING).value)


def _campaigns_of(merchant: MerchantFacts, messages: Sequence[MessageFacts]) -> dict[UUID, Campaign]:
    wanted = sorted({message.dispatch_id for message in messages})
    rows = Campaign.objects.filter(merchant_id=merchant.id, id__in=wanted).order_by("id")
    return {row.id: row for row in rows}


def _recipient_of(message: MessageFacts) -> MemberOccasion:
    assert message.member_id is not None, "a campaign writes to members only"
    return MemberOccasion(message.member_id, message.occasion_key)
