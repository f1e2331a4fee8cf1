"""Searches by name at tills, counted per till and day: who harvests members leaves a figure behind."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from common.ids import new_id
from merchants.facts import MerchantFacts

_COUNT: Final = """
    INSERT INTO members_namesearch AS counted (merchant_id, id, till_id, business_date, searches, shown)
    VALUES (%(merchant)s, %(id)s, %(till)s, %(day)s, 1, %(shown)s)
    ON CONFLICT (merchant_id, till_id, business_date) DO UPDATE
    SET searches = counted.searches + 1, shown = counted.shown + excluded.shown"""


def count_name_search(*, merchant: MerchantFacts, till_id: UUID, business_date: date, shown: int) -> None:
    values: dict[str, Any] = {
        "merchant": merchant.id,
        "id": new_id(),
        "till": till_id,
        "day": business_date,
        "shown": shown,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
