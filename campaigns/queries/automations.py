"""Automations as pages show them, and the members they would have written to had they been on before."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection

from campaigns.facts import AutomationFacts, CampaignState, MemberOccasion, TriggerName
from campaigns.models import Automation
from campaigns.queries.campaigns import facts_of
from campaigns.queries.triggers import TRIGGERS
from merchants.facts import MerchantFacts


def automation_of(*, merchant: MerchantFacts, trigger: TriggerName) -> AutomationFacts | None:
    """Return the automation of one trigger; None if it has not been written yet."""
    row = (
        Automation.objects.select_related("campaign")
        .filter(merchant_id=merchant.id, campaign__trigger=trigger.value)
        .first()
    )
    if row is None:
        return None
    facts = facts_of(row.campaign, merchant=merchant)
    return AutomationFacts(
        campaign=facts,
        delay_minutes=row.delay_minutes,
        is_on=facts.state is CampaignState.RUNNING,
        on_since=row.on_since,
    )


# A member with a place for that occasion, also as control or left out, was not missed; no offer goes to a child.
_MISSED: Final = """
FROM members_contact m
WHERE m.merchant_id = %(merchant)s AND m.promo_email AND m.email IS NOT NULL AND {missed}
  AND (m.adult_at IS NULL OR m.adult_at <= %(since)s)
  AND NOT EXISTS (
      SELECT FROM campaigns_delivery d
      JOIN campaigns_campaign c ON c.merchant_id = %(merchant)s AND c.id = d.campaign_id AND c.trigger = %(trigger)s
      WHERE d.merchant_id = %(merchant)s AND d.member_id = m.member_id AND d.occasion_key = {occasion}
  )
"""


def missed_members(
    *, merchant: MerchantFacts, trigger: TriggerName, since: datetime, limit: int = 1_000
) -> list[MemberOccasion]:
    """Return members with consent who became due since then but have no place, those who joined last first.

    For the question "send it to these, too?": pass the chosen ones to `queue_missed_members`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.member_id, {TRIGGERS[trigger].missed_occasion} {_select_missed(trigger)} "
            "ORDER BY m.joined_at DESC, m.member_id LIMIT %(limit)s",
            {"merchant": merchant.id, "trigger": trigger.value, "since": since, "limit": limit},
        )
        return [MemberOccasion(*row) for row in cursor.fetchall()]


def count_missed_members(*, merchant: MerchantFacts, trigger: TriggerName, since: datetime) -> int:
    """Return how many `missed_members` would list without a limit."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) {_select_missed(trigger)}",
            {"merchant": merchant.id, "trigger": trigger.value, "since": since},
        )
        return int(cursor.fetchone()[0])


def _select_missed(trigger: TriggerName) -> str:
    return _MISSED.format(missed=TRIGGERS[trigger].missed, occasion=TRIGGERS[trigger].missed_occasion)
