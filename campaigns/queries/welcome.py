"""The welcome as pages show it, and who joined without being met by it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.facts import CampaignKind, CampaignState, WelcomeFacts
from campaigns.models import Automation
from campaigns.queries.campaigns import facts_of
from merchants.facts import MerchantFacts


def welcome(*, merchant: MerchantFacts) -> WelcomeFacts | None:
    """The welcome automation, or None while nobody has written one."""
    row = (
        Automation.objects.select_related("campaign")
        .filter(merchant_id=merchant.id, campaign__kind=CampaignKind.WELCOME.value)
        .first()
    )
    if row is None:
        return None
    facts = facts_of(row.campaign, merchant=merchant)
    return WelcomeFacts(
        campaign=facts,
        delay_minutes=row.delay_minutes,
        is_on=facts.state is CampaignState.RUNNING,
        on_since=row.on_since,
    )


_NOT_WELCOMED: Final = """
FROM members_contact m
WHERE m.merchant_id = %(merchant)s AND m.joined_at >= %(since)s AND m.status = 'active'
  AND m.promo_email AND m.email IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM campaigns_delivery d
      JOIN campaigns_automation a ON a.merchant_id = %(merchant)s AND a.campaign_id = d.campaign_id
      WHERE d.merchant_id = %(merchant)s AND d.member_id = m.member_id
  )
"""


def members_not_welcomed(*, merchant: MerchantFacts, since: datetime, limit: int = 1_000) -> list[UUID]:
    """Members with consent who joined since then and have no place in the welcome, newest first.

    For the question "send it to these, too?": hand those that are wanted to `welcome_recent_members`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.member_id {_NOT_WELCOMED} ORDER BY m.joined_at DESC, m.member_id LIMIT %(limit)s",
            {"merchant": merchant.id, "since": since, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


def count_members_not_welcomed(*, merchant: MerchantFacts, since: datetime) -> int:
    """How many `members_not_welcomed` would list without a limit."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_NOT_WELCOMED}", {"merchant": merchant.id, "since": since})
        return int(cursor.fetchone()[0])
