"""The test mail: what a campaign will look like, sent to one of the staff only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from campaigns.facts import CampaignFacts
from campaigns.models import Campaign, Delivery
from campaigns.operations.drafts import content_errors
from campaigns.queries.campaigns import campaign as campaign_by_id
from campaigns.queries.draws import in_control
from campaigns.wording import field_error
from common.emails import EmailError, email_key, normalise_email
from common.errors import BadInput, Missing, Refusal
from members.queries import find_member
from merchants.facts import Actor, MerchantFacts
from merchants.operations import record_audit
from merchants.queries import staff
from messaging.queries import address_hash


class ControlGetsNoTest(Refusal):
    """The address belongs to a member of the campaign's control group, who gets no mail of it, not even a test."""

    code = "test_to_control"


def request_test(
    *, merchant: MerchantFacts, campaign_id: UUID, user_id: UUID, at: datetime, actor: Actor
) -> CampaignFacts:
    """Check that the mail can be written and that `user_id` may get it; then call `campaigns.tasks.queue_test_mail`.

    The mail carries a sample code that no till takes. Raises Missing('campaign_not_found'), BadInput (subject, body,
    user_id when it is not active staff), ControlGetsNoTest.
    """
    facts = campaign_by_id(merchant=merchant, campaign_id=campaign_id)
    errors = content_errors(facts.content, has_coupon=facts.coupon is not None, complete=True)
    if errors:
        raise BadInput(errors)
    address, _ = staff_address(merchant=merchant, user_id=user_id)
    _refuse_control(merchant, facts, address)
    record_audit(
        merchant=merchant,
        actor=actor,
        action="campaign.test_requested",
        at=at,
        subject=("campaign", campaign_id),
        after={"user": user_id},
    )
    return facts


def staff_address(*, merchant: MerchantFacts, user_id: UUID) -> tuple[str, str]:
    """Return (address, name) of an active member of staff. Raises BadInput (user_id)."""
    for one in staff(merchant=merchant):
        if one.user_id == user_id and one.is_active:
            return one.email, one.name
    raise BadInput([field_error("user_id", "not_staff")])


def record_test(*, merchant: MerchantFacts, campaign_id: UUID, outcome: str, at: datetime) -> None:
    """Save how the last test ended, "accepted" or the refusal, for the checklist before scheduling."""
    Campaign.objects.filter(merchant_id=merchant.id, id=campaign_id).update(tested_at=at, test_outcome=outcome[:120])


def _refuse_control(merchant: MerchantFacts, facts: CampaignFacts, address: str) -> None:
    try:
        key = email_key(normalise_email(address))
    except EmailError:
        return
    hashed = address_hash(merchant=merchant, email_key=key)
    mine = Delivery.objects.filter(merchant_id=merchant.id, campaign_id=facts.id, address_hash=hashed)
    if mine.filter(place="control").exists():
        raise ControlGetsNoTest
    try:
        member = find_member(merchant=merchant, identifier=address)
    except Missing:
        return
    if in_control(merchant=merchant, campaign_id=facts.id, member_id=member.id, control_percent=facts.control_percent):
        raise ControlGetsNoTest
