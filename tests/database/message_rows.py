"""Raw SQL as the application role on deliveries, messages and attempts, and what refuses it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection

from common.ids import new_id
from merchants.tenancy import merchant_scope
from tests.campaign_shop import NOW, CampaignShop

INSERT_ATTEMPT = """
INSERT INTO messaging_attempt (merchant_id, id, message_id, number, state, header_id, started_at, leased_until,
                               reply_text, consent_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', %s)
"""


def sql(shop: CampaignShop, statement: str, *values: Any) -> None:
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(shop: CampaignShop, statement: str, *values: Any, by: str) -> None:
    with pytest.raises((IntegrityError, ProgrammingError), match=by):
        sql(shop, statement, *values)


def delivery(shop: CampaignShop, campaign_id: UUID, state: str) -> tuple[UUID, UUID]:
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, member_id FROM campaigns_recipient WHERE merchant_id = %s AND campaign_id = %s AND state = %s "
            "ORDER BY id LIMIT 1",
            [shop.merchant.id, campaign_id, state],
        )
        found: tuple[UUID, UUID] | None = cursor.fetchone()
        assert found is not None
        return found


def claim(shop: CampaignShop, delivery_id: UUID) -> None:
    sql(
        shop,
        "UPDATE messaging_message SET state = 'sending' WHERE merchant_id = %s AND id = %s",
        shop.merchant.id,
        delivery_id,
    )


def attempt(shop: CampaignShop, delivery_id: UUID, *, number: int = 1, state: str = "sending") -> tuple[Any, ...]:
    return (
        INSERT_ATTEMPT,
        shop.merchant.id,
        new_id(),
        delivery_id,
        number,
        state,
        f"<{delivery_id.hex}@x>",
        NOW,
        NOW + timedelta(minutes=5),
        new_id(),
    )
