"""Shops with members for tests: the owner's shop, and a stranger's beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from common.ids import new_id
from members.facts import EnrolDraft, MemberFacts
from members.operations import enrol, open_default_tiers
from merchants.facts import Actor, MerchantFacts, Role
from merchants.operations import create_merchant
from merchants.tenancy import merchant_scope

NOW = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
TODAY = date(2026, 3, 5)
OWNER = Actor(user_id=None, label="owner@kopi.example", role=Role.OWNER)
PURCHASES = "test_purchases"
_serial = count(1)


def open_shop(
    name: str = "Kopi Pagi", currency: str = "IDR", timezone: str = "Asia/Jakarta", language: str = "id"
) -> MerchantFacts:
    """A merchant with the default tiers."""
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        merchant = create_merchant(
            merchant_id=merchant_id, name=name, currency=currency, timezone=timezone, language=language, at=NOW
        )
        open_default_tiers(merchant=merchant)
    return merchant


def join(merchant: MerchantFacts, *, at: datetime = NOW, **fields: Any) -> MemberFacts:
    """Enrol a person in the open scope; a phone of their own unless a contact is given."""
    if not fields.keys() & {"phone", "email", "external_ref"}:
        fields["phone"] = f"0812{next(_serial):08d}"
    draft = EnrolDraft(**{"name": "Budi Santoso", **fields})
    on = merchant.day_of(at)
    return enrol(merchant=merchant, draft=draft, at=at, business_date=on)


@contextmanager
def purchases(merchant: MerchantFacts, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Make a relation shaped like the sales' view, with these rows; yield its name. Needs an open scope."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {PURCHASES} (merchant_id uuid, member_id uuid, occurred_at timestamptz, "
            "business_date date, net_amount bigint, points_earned bigint, is_purchase boolean)"
        )
        for row in rows:
            net = row["net_amount"]
            cursor.execute(
                f"INSERT INTO {PURCHASES} VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [
                    merchant.id,
                    row["member_id"],
                    row.get("occurred_at", datetime.combine(row["business_date"], NOW.timetz())),
                    row["business_date"],
                    net,
                    row.get("points_earned", int(Decimal(net) / 10_000)),
                    row.get("is_purchase", net > 0),
                ],
            )
    yield PURCHASES
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {PURCHASES}")
