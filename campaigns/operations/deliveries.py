"""Deliveries and their messages: chosen and drawn in the same statement that writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from campaigns.facts import DeliveryPlace
from campaigns.models import Campaign
from campaigns.queries.audience import OF_MEMBERS, audience_parameters, drawn_audience
from merchants.facts import MerchantFacts
from messaging.facts import MessageDraft, Purpose
from messaging.operations import queue_messages

INSERT_DRAWN: Final = """
INSERT INTO campaigns_delivery (merchant_id, id, campaign_id, member_id, occasion_key, address_hash, place, reason,
                                measured_from, created_at)
SELECT %(merchant)s, uuidv7(), %(campaign)s, member_id, %(occasion)s,
       CASE WHEN reason IS NULL THEN address_hash END,
       CASE WHEN reason IS NOT NULL THEN 'excluded' WHEN is_control THEN 'control' ELSE 'treated' END,
       coalesce(reason, ''), {due_at}, %(at)s
FROM drawn
"""

# A member who has a place for this occasion already, by name or by inbox, keeps it (I17).
_INSERT_NEW: Final = (
    INSERT_DRAWN.format(due_at="%(due_at)s") + "ON CONFLICT DO NOTHING RETURNING id, member_id, address_hash, place"
)


def add_deliveries(
    *,
    merchant: MerchantFacts,
    row: Campaign,
    member_ids: Sequence[UUID],
    occasion_key: str,
    due_at: datetime,
    now: datetime,
) -> int:
    """Give these members a place in an automation for one occasion; return how many are new.

    A treated member gets a message, due at `due_at`. Called again, or by two at once, it gives no second place.
    Members who cannot be written to are recorded as left out with the reason, and the control group is drawn, as when
    an audience freezes.
    """
    parameters = audience_parameters(
        merchant=merchant, campaign_id=row.id, control_percent=row.control_percent, cap_days=0, at=now
    )
    with connection.cursor() as cursor:
        cursor.execute(
            drawn_audience(OF_MEMBERS) + _INSERT_NEW,
            {**parameters, "members": list(member_ids), "occasion": occasion_key, "due_at": due_at},
        )
        added = cursor.fetchall()
    drafts = [
        MessageDraft(
            id=delivery_id,
            member_id=member_id,
            address_hash=bytes(address_hash),
            due_at=due_at,
            occasion_key=occasion_key,
        )
        for delivery_id, member_id, address_hash, place in added
        if place == DeliveryPlace.TREATED.value
    ]
    queue_campaign_messages(merchant=merchant, row=row, drafts=drafts, at=now)
    return len(added)


def queue_campaign_messages(
    *, merchant: MerchantFacts, row: Campaign, drafts: Sequence[MessageDraft], at: datetime
) -> None:
    """Queue one message for each treated delivery, in the transaction that drew it; the campaign runs already."""
    queue_messages(
        merchant=merchant,
        dispatch_id=row.id,
        purpose=Purpose.PROMO,
        template_key=str(row.id),
        drafts=drafts,
        cap_days=row.frequency_cap_days,
        at=at,
    )
