"""Deliveries written into the queue: set-based, judged and drawn in the statement that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.facts import CAMPAIGN_WORK
from campaigns.models import Campaign
from campaigns.queries.audience import OF_MEMBERS, audience_parameters, drawn_audience
from merchants.facts import MerchantFacts
from merchants.operations import enqueue_work

INSERT_DRAWN: Final = """
INSERT INTO campaigns_delivery (merchant_id, id, campaign_id, member_id, occasion_key, address_hash, state, reason,
                                due_at, measured_from, tries, deferrals, created_at)
SELECT %(merchant)s, uuidv7(), %(campaign)s, member_id, %(occasion)s,
       CASE WHEN reason IS NULL THEN address_hash END,
       CASE WHEN reason IS NOT NULL THEN 'excluded' WHEN is_control THEN 'control' ELSE 'queued' END,
       coalesce(reason, ''), {due_at}, {due_at}, 0, 0, %(at)s
FROM drawn
"""

# Whoever is on the list for this occasion already, by name or by inbox, keeps the place they have (I17).
_INSERT_NEW: Final = INSERT_DRAWN.format(due_at="%(due_at)s") + "ON CONFLICT DO NOTHING"


def add_deliveries(
    *,
    merchant: MerchantFacts,
    row: Campaign,
    member_ids: Sequence[UUID],
    occasion_key: str,
    due_at: datetime,
    now: datetime,
) -> int:
    """Gives these members a place in a standing campaign for one occasion, due at `due_at`; returns how many got one.

    Called again, or by two at once, it gives nobody a second place. Members who cannot be written to are recorded as
    left out with the reason, and the control group is drawn, as when an audience freezes.
    """
    parameters = audience_parameters(
        merchant=merchant, campaign_id=row.id, control_percent=row.control_percent, cap_days=0, at=now
    )
    with connection.cursor() as cursor:
        cursor.execute(
            drawn_audience(OF_MEMBERS) + _INSERT_NEW,
            {**parameters, "members": list(member_ids), "occasion": occasion_key, "due_at": due_at},
        )
        added = int(cursor.rowcount)
    if added:
        enqueue_work(merchant=merchant, kind=CAMPAIGN_WORK, subject_id=row.id, due_at=due_at)
    return added
