"""Mails."""

from __future__ import annotations

from typing import Final

from loyalty.planted.plant import Plant, change, delete

CAMPAIGNS: Final = (
    Plant(
        "a mail to somebody who was held back", "campaigns", "I19", "campaigns_attempt",
        change("campaigns_delivery", "state = 'control'",
                "id IN (SELECT delivery_id FROM campaigns_attempt a WHERE a.merchant_id = %(m)s)",
                "(SELECT a.id FROM campaigns_attempt a WHERE a.merchant_id = %(m)s "
                "AND a.delivery_id = campaigns_delivery.id ORDER BY 1 LIMIT 1)"),
    ),
    Plant(
        "a mail that was never sent and says it was", "campaigns", "I18", "campaigns_delivery",
        delete("campaigns_attempt", "state = 'accepted'", "delivery_id"),
    ),
    Plant(
        "a mail nobody consented to", "campaigns", "I19", "campaigns_attempt",
        change("campaigns_attempt", "consent_id = NULL"),
    ),
    Plant(
        "somebody slipped into an audience", "campaigns", "I17", "campaigns_delivery",
        change("campaigns_delivery", "created_at = created_at + interval '1 day'"),
    ),
)  # fmt: skip
