"""Freezing a campaign's audience at its time: one statement chooses the members and draws the control group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.facts import CampaignState, DeliveryPlace, MemberOccasion, PauseReason
from campaigns.models import Campaign, Delivery
from campaigns.operations.campaign_states import move, pause_campaign
from campaigns.operations.deliveries import INSERT_DRAWN, queue_campaign_messages
from campaigns.queries.audience import OF_SEGMENT, audience_parameters, drawn_audience
from campaigns.queries.campaigns import facts_of
from campaigns.queries.given_coupons import coupon_problem
from campaigns.rules.schedules import is_stale
from members.operations import lock_present
from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import allow_long_statements
from messaging.facts import MessageDraft
from rewards.coupons.operations import issue_coupons

COUPON_CHUNK: Final = 1_000
"""Coupons per call: a sixth of a second, so that the transaction is never idle for long between statements."""


def begin_freezing(*, merchant: MerchantFacts, campaign_id: UUID, now: datetime) -> bool:
    """Take a campaign whose time has come; committed before the work, so that pages show it being prepared.

    Return False when there is nothing to freeze: not due, unscheduled, or too late (it pauses for a person to decide).
    """
    row = Campaign.objects.select_for_update(no_key=True).filter(merchant_id=merchant.id, id=campaign_id).first()
    if row is None:
        return False
    if row.state == CampaignState.PREPARING.value:
        return True
    if row.state != CampaignState.SCHEDULED.value or row.scheduled_at is None or row.scheduled_at > now:
        return False
    if is_stale(row.scheduled_at, now):
        move(
            merchant=merchant,
            row=row,
            to=CampaignState.PAUSED,
            action="campaign.paused",
            at=now,
            actor=SYSTEM,
            pause_reason=PauseReason.STALE.value,
        )
        return False
    move(merchant=merchant, row=row, to=CampaignState.PREPARING, action="campaign.preparing", at=now, actor=SYSTEM)
    return True


def freeze_audience(*, merchant: MerchantFacts, campaign_id: UUID, now: datetime) -> int | None:
    """Write a row per matched member, issue coupons to the treated and start the campaign: all or nothing.

    Return how many members matched; None when another worker is at it, it is no longer to be prepared, or its coupon
    can no longer be given: then it pauses, and a person decides.
    """
    row = (
        Campaign.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(merchant_id=merchant.id, id=campaign_id, state=CampaignState.PREPARING.value)
        .first()
    )
    if row is None:
        return None
    if coupon_problem(merchant=merchant, campaign=facts_of(row, merchant=merchant), now=now) is not None:
        pause_campaign(merchant=merchant, campaign_id=row.id, at=now, actor=SYSTEM, reason=PauseReason.COUPON_OVER)
        return None
    allow_long_statements(120)
    parameters = audience_parameters(
        merchant=merchant,
        campaign_id=row.id,
        control_percent=row.control_percent,
        cap_days=row.frequency_cap_days,
        at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            drawn_audience(OF_SEGMENT) + INSERT_DRAWN.format(due_at="%(at)s"),
            {**parameters, "segment": row.segment, "occasion": ""},
        )
        matched = int(cursor.rowcount)
    move(
        merchant=merchant,
        row=row,
        to=CampaignState.RUNNING,
        action="campaign.started",
        at=now,
        actor=SYSTEM,
        audit_details={"matched": matched},
        frozen_at=now,
    )
    for treated in _treated_in_chunks(merchant, row.id):
        recipients = [MemberOccasion(one.member_id, one.occasion_key) for one in treated]
        issue_campaign_coupons(merchant=merchant, row=row, recipients=recipients, at=now)
        queue_campaign_messages(merchant=merchant, row=row, drafts=_drafts_of(treated, due_at=now), at=now)
    return matched


def issue_campaign_coupons(
    *, merchant: MerchantFacts, row: Campaign, recipients: Sequence[MemberOccasion], at: datetime
) -> None:
    """Issue one coupon per member and occasion, however often it is called (I20); never to the control group.

    None to who was merged away or erased since they were drawn: their mail goes to no one.

    The campaign is their source, so that what it gave is known where others give coupons of the same batch.
    """
    if row.batch_id is None:
        return
    today = merchant.day_of(at)
    present = lock_present(merchant=merchant, member_ids=[recipient.member_id for recipient in recipients])
    for occasion_key in sorted({recipient.occasion_key for recipient in recipients}):
        issue_coupons(
            merchant=merchant,
            batch_id=row.batch_id,
            member_ids=[member_id for member_id, key in recipients if key == occasion_key and member_id in present],
            source_id=row.id,
            occasion_key=occasion_key,
            valid_from=today,
            at=at,
        )


def _treated_in_chunks(merchant: MerchantFacts, campaign_id: UUID) -> Iterator[list[Delivery]]:
    """Yield the deliveries that get a message, in chunks by id; control and excluded have other places."""
    rows = Delivery.objects.filter(
        merchant_id=merchant.id, campaign_id=campaign_id, place=DeliveryPlace.TREATED.value
    ).order_by("id")
    last: UUID | None = None
    while True:
        chunk = list((rows.filter(id__gt=last) if last else rows)[:COUPON_CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1].id


def _drafts_of(treated: Sequence[Delivery], *, due_at: datetime) -> list[MessageDraft]:
    return [
        MessageDraft(
            id=one.id,
            member_id=one.member_id,
            address_hash=bytes(one.address_hash or b""),
            due_at=due_at,
            occasion_key=one.occasion_key,
        )
        for one in treated
    ]
