"""Campaigns as pages list and show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from campaigns.facts import (
    CampaignFacts,
    CampaignKind,
    CampaignRow,
    CampaignState,
    DeliveryState,
    MailContent,
    MemberMail,
    TriggerName,
)
from campaigns.models import Campaign
from campaigns.queries.coupons import CampaignCouponResult, coupon_results
from common.errors import Missing
from common.word_searches import holds_words
from merchants.facts import MerchantFacts
from rewards.coupons.facts import BatchFacts
from rewards.coupons.queries import batches_by_id

PAGE: Final = 50


def campaign(*, merchant: MerchantFacts, campaign_id: UUID) -> CampaignFacts:
    """Return one campaign or welcome. Raises Missing('campaign_not_found')."""
    row = Campaign.objects.filter(merchant_id=merchant.id, id=campaign_id).first()
    if row is None:
        raise Missing("campaign_not_found")
    return facts_of(row, merchant=merchant)


def facts_of(
    row: Campaign, *, merchant: MerchantFacts, batches: Mapping[UUID, BatchFacts] | None = None
) -> CampaignFacts:
    """Return the campaign; `batches` are the coupons of many, read before: without it they cost a statement."""
    if batches is None:
        batches = _read_batches(merchant, [row])
    return CampaignFacts(
        id=row.id,
        kind=CampaignKind(row.kind),
        trigger=TriggerName(row.trigger) if row.trigger else None,
        name=row.name,
        state=CampaignState(row.state),
        segment=row.segment,
        content=MailContent(subject=row.subject, preview_text=row.preview_text, body=row.body),
        coupon=batches.get(row.batch_id) if row.batch_id else None,
        control_percent=row.control_percent,
        frequency_cap_days=row.frequency_cap_days,
        measure_days=row.measure_days,
        scheduled_at=row.scheduled_at,
        zone=row.zone or merchant.timezone,
        frozen_at=row.frozen_at,
        finished_at=row.finished_at,
        pause_reason=row.pause_reason,
        last_error=row.last_error,
        tested_at=row.tested_at,
        test_outcome=row.test_outcome,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def campaign_list(
    *, merchant: MerchantFacts, states: Sequence[CampaignState] = (), before: UUID | None = None, limit: int = PAGE
) -> list[CampaignRow]:
    """Return the newest `limit` campaigns (no automations) with counts; `before` is the last id of the page before.

    Four statements, however many campaigns and recipients.
    """
    rows = Campaign.objects.filter(merchant_id=merchant.id, kind=CampaignKind.CAMPAIGN.value)
    if states:
        rows = rows.filter(state__in=[state.value for state in states])
    if before is not None:
        rows = rows.filter(id__lt=before)
    page = list(rows.order_by("-id")[:limit])
    frozen = [row.id for row in page if row.frozen_at is not None]
    counts = _count_deliveries(merchant, frozen)
    coupons = coupon_results(merchant=merchant, campaign_ids=frozen)
    batches = _read_batches(merchant, page)
    return [
        _make_row(
            facts_of(row, merchant=merchant, batches=batches),
            counts.get(row.id, {}),
            coupons.get(row.id, CampaignCouponResult()).redeemed,
        )
        for row in page
    ]


def campaigns_named(*, merchant: MerchantFacts, text: str, limit: int = 5) -> list[CampaignFacts]:
    """Return campaigns whose name has every word of the text, newest first, no automations."""
    rows = Campaign.objects.filter(
        holds_words("name", text), merchant_id=merchant.id, kind=CampaignKind.CAMPAIGN.value
    ).order_by("-id")
    found = list(rows[:limit])
    batches = _read_batches(merchant, found)
    return [facts_of(row, merchant=merchant, batches=batches) for row in found]


def campaign_count(*, merchant: MerchantFacts, states: Sequence[CampaignState] = ()) -> int:
    """Return how many campaigns there are, all or of some states; automations do not count."""
    rows = Campaign.objects.filter(merchant_id=merchant.id, kind=CampaignKind.CAMPAIGN.value)
    if states:
        rows = rows.filter(state__in=[state.value for state in states])
    return rows.count()


def _read_batches(merchant: MerchantFacts, rows: Sequence[Campaign]) -> dict[UUID, BatchFacts]:
    return batches_by_id(merchant=merchant, batch_ids=[row.batch_id for row in rows if row.batch_id])


def _make_row(facts: CampaignFacts, counts: dict[str, int], redeemed: int) -> CampaignRow:
    matched, control = sum(counts.values()), counts.get(DeliveryState.CONTROL.value, 0)
    return CampaignRow(
        campaign=facts,
        matched=matched,
        treated=matched - control - counts.get(DeliveryState.EXCLUDED.value, 0),
        control=control,
        accepted=counts.get(DeliveryState.ACCEPTED.value, 0),
        redeemed=redeemed,
    )


def _count_deliveries(merchant: MerchantFacts, campaign_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    counts: dict[UUID, dict[str, int]] = {}
    if not campaign_ids:
        return counts
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT campaign_id, state, count(*) FROM campaigns_recipient "
            "WHERE merchant_id = %s AND campaign_id = ANY(%s::uuid[]) GROUP BY 1, 2",
            [merchant.id, list(campaign_ids)],
        )
        for campaign_id, state, count in cursor.fetchall():
            counts.setdefault(campaign_id, {})[state] = count
    return counts


def members_of_campaign(
    *,
    merchant: MerchantFacts,
    campaign_id: UUID,
    state: DeliveryState | None = None,
    reason: str = "",
    after: UUID | None = None,
    limit: int = PAGE,
) -> list[tuple[UUID, UUID, DeliveryState, str]]:
    """Return (delivery id, member id, state, reason): the people behind a figure of the report, by delivery id.

    `after` is the last delivery id of the page before.
    """
    conditions = "merchant_id = %(merchant)s AND campaign_id = %(campaign)s"
    given: dict[str, Any] = {"merchant": merchant.id, "campaign": campaign_id, "limit": limit}
    for column, wanted in (("state", state.value if state else ""), ("reason", reason)):
        if wanted:
            conditions += f" AND {column} = %({column})s"
            given[column] = wanted
    if after is not None:
        conditions += " AND id > %(after)s"
        given["after"] = after
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, member_id, state, reason FROM campaigns_recipient WHERE {conditions} "  # noqa: S608 - constants
            "ORDER BY id LIMIT %(limit)s",
            given,
        )
        found = cursor.fetchall()
    return [(delivery, member, DeliveryState(code), why) for delivery, member, code, why in found]


_MAILS: Final = """
SELECT r.campaign_id, c.name, r.state, r.reason, coalesce(r.sent_at, r.created_at) AS at
FROM campaigns_recipient r
JOIN campaigns_campaign c ON c.merchant_id = %(merchant)s AND c.id = r.campaign_id
WHERE r.merchant_id = %(merchant)s AND r.member_id = %(member)s
  AND (%(until)s::timestamptz IS NULL OR coalesce(r.sent_at, r.created_at) <= %(until)s::timestamptz)
ORDER BY at DESC, r.id DESC LIMIT %(limit)s
"""


def mails_of_member(
    *, merchant: MerchantFacts, member_id: UUID, until: datetime | None = None, limit: int = PAGE
) -> list[MemberMail]:
    """Return what campaigns did with one member, newest first, also as control or excluded."""
    with connection.cursor() as cursor:
        cursor.execute(_MAILS, {"merchant": merchant.id, "member": member_id, "until": until, "limit": limit})
        return [
            MemberMail(campaign_id=campaign_id, campaign_name=name, state=DeliveryState(state), reason=reason, at=at)
            for campaign_id, name, state, reason, at in cursor.fetchall()
        ]
