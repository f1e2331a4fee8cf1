"""Promotions as their owner sees them: their latest wording, whether it is in force or ahead, and what they gave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from merchants.facts import MerchantFacts
from rewards.engine import validate_definition
from rewards.facts import Definition

_LATEST = """
SELECT DISTINCT ON (p.id) p.id, p.title, p.state, v.definition::text, v.number, v.starts_at
FROM rewards_promotion p
JOIN rewards_promotionversion v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
WHERE p.merchant_id = %s AND v.merchant_id = %s AND p.state <> 'ended' AND NOT p.needs_coupon
ORDER BY p.id, v.number DESC
"""


@dataclass(frozen=True)
class Wording:
    """A promotion that is not over, in its latest wording."""

    id: UUID
    title: str
    state: str
    definition: Definition
    number: int
    starts_at: datetime


def latest_wordings(*, merchant: MerchantFacts) -> list[Wording]:
    """Every promotion that is not over and acts without a coupon, oldest first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [merchant.id, merchant.id])
        rows = cursor.fetchall()
    return [Wording(row[0], row[1], row[2], parsed(row[3]), row[4], row[5]) for row in rows]


def parsed(text: str) -> Definition:
    """A stored wording; versions are validated before they are stored."""
    return validate_definition(json.loads(text, parse_float=Decimal))


def as_written(definition: Definition) -> Mapping[str, Any]:
    """The JSON of a wording without its id, as it is edited, exported and imported."""
    return {name: value for name, value in definition.to_json().items() if name != "id"}
