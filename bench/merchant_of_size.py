"""A merchant with as many members and sales as a bench asks for, written set-based in the tables' own shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg2
from django.conf import settings
from django.db import connection
from django.db.models import Model

from common.ids import new_id
from ledger.operations import open_accounts, open_house_accounts
from members.models import Member
from members.operations import open_default_tiers
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import add_outlet, add_till, create_merchant
from merchants.tenancy import allow_long_statements, merchant_scope
from sales.models import Sale, SaleLine
from tests.databases import database_url

CHUNK = 100_000
BUILDING_SECONDS = 600
FILLED = ("members_member", "sales_sale", "sales_saleline", "ledger_account")

MEMBER_COLUMNS = {
    "merchant_id": "%(merchant)s",
    "id": "uuidv7()",
    "number": "lpad(n::text, 10, '0')",
    "name": "'Member ' || n",
    "phone": "'+62811' || lpad(n::text, 8, '0')",
    "email": "'m' || n || '@example.com'",
    "email_key": "'m' || n || '@example.com'",
    "joined_at": "%(at)s",
    "joined_on": "%(on)s",
    "referral_code": "lpad(n::text, 13, 'R')",
    "tier_id": "%(tier)s",
    "tier_since_on": "%(on)s",
}
EVERY_MEMBER = "generate_series(%(from)s::int, %(to)s::int) AS n"

SALE_COLUMNS = {
    "merchant_id": "%(merchant)s",
    "id": "uuidv7()",
    "till_id": "%(till)s",
    "outlet_id": "%(outlet)s",
    "reference": "'B-' || n",
    "request_fingerprint": "sha256(n::text::bytea)",
    "member_id": "buyer.id",
    "occurred_at": "sold.at",
    "received_at": "sold.at",
    "recorded_at": "sold.at",
    "business_date": "sold.at::date",
    "subtotal_amount": "sold.amount",
    "discount_amount": "0",
    "total_amount": "sold.amount",
    "payable_amount": "sold.amount",
    "points_earned": "sold.amount / 10000",
}
# Few members buy often and many seldom: the product of two uniform numbers picks them.
EVERY_SALE = """
    (SELECT n, %(first)s::date + ((n - %(begin)s)::bigint * %(days)s / %(count)s)::int + time '05:00' AS at,
            1 + floor(%(members)s * random() * random())::int AS rank, (2000 + random() * 300000)::bigint AS amount
     FROM generate_series(%(from)s::int, %(to)s::int) AS n) AS sold
    JOIN bench_buyers AS buyer ON buyer.rank = sold.rank
    ORDER BY n
"""


def insert_statement(model: type[Model], expressions: dict[str, str], source: str) -> tuple[str, dict[str, Any]]:
    """INSERT ... SELECT with an expression for some columns and the model's own default for all others."""
    defaults: dict[str, Any] = {}
    selected = []
    for field in model._meta.local_concrete_fields:
        assert field.column is not None
        if field.generated:
            continue
        if field.column not in expressions:
            value = field.get_default() if field.has_default() else ("" if not field.null else None)
            defaults[f"default_{field.column}"] = field.get_db_prep_save(value, connection)
        selected.append((field.column, expressions.get(field.column, f"%(default_{field.column})s")))
    columns, values = (", ".join(part) for part in zip(*selected, strict=True))
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {values} FROM {source}", defaults


@dataclass
class SizedMerchant:
    """The merchant, where it sells, and how many sales it has so far."""

    merchant: MerchantFacts
    outlet_id: UUID
    till_id: UUID
    members: int
    sales: int
    database: str


def build_merchant(*, members: int, sales: int, first_day: date, last_day: date, database: str) -> SizedMerchant:
    """Members joined on `first_day`; sales spread evenly over the days in time order, as a shop would write them."""
    at = datetime.combine(first_day, datetime.min.time(), tzinfo=UTC)
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        merchant = create_merchant(
            merchant_id=merchant_id, name="Bench", currency="IDR", timezone="UTC", language="id", at=at
        )
        open_house_accounts(merchant=merchant)
        base = open_default_tiers(merchant=merchant)[0]
        outlet = add_outlet(merchant=merchant, name="Pusat", timezone="UTC", at=at, actor=SYSTEM)
        till = add_till(merchant=merchant, outlet_id=outlet.id, name="Kasir", at=at, actor=SYSTEM)
    built = SizedMerchant(merchant, outlet.id, till, members, 0, database)
    for start in range(1, members + 1, CHUNK):
        values = {"merchant": merchant.id, "at": at, "on": first_day, "tier": base.id}
        statement, defaults = insert_statement(Member, MEMBER_COLUMNS, EVERY_MEMBER)
        bounds = {"from": start, "to": min(start + CHUNK - 1, members)}
        _execute_in_scope(built, statement, {**defaults, **values, **bounds})
    _open_accounts(built)
    _insert_sales(built, first_day, (last_day - first_day).days + 1, sales)
    vacuum(database)
    return built


LINE_COLUMNS = {
    "merchant_id": "sale.merchant_id",
    "id": "uuidv7()",
    "sale_id": "sale.id",
    "position": "k - 1",
    "line_id": "k::text",
    "sku": "'SKU-' || mod((hashtext(sale.reference) & 1023) + k, 500)",
    "name": "'Barang'",
    "category": "'rak-' || (hashtext(sale.reference) & 7)",
    "quantity": "1",
    "unit_amount": "share.amount",
    "subtotal_amount": "share.amount",
    "discount_amount": "0",
    "total_amount": "share.amount",
}
# Three lines a receipt; the first one takes what does not divide.
EVERY_LINE = """
    sales_sale AS sale CROSS JOIN generate_series(1, 3) AS k
    CROSS JOIN LATERAL (
        SELECT sale.subtotal_amount / 3 + CASE WHEN k = 1 THEN mod(sale.subtotal_amount, 3) ELSE 0 END AS amount
    ) AS share
    WHERE sale.merchant_id = %(merchant)s AND sale.business_date BETWEEN %(first)s AND %(last)s
"""


def add_lines(built: SizedMerchant, *, first_day: date, last_day: date) -> None:
    """Three lines for each sale of these days, month by month."""
    statement, defaults = insert_statement(SaleLine, LINE_COLUMNS, EVERY_LINE)
    day = first_day
    while day <= last_day:
        until = min(day + timedelta(days=59), last_day)
        _execute_in_scope(built, statement, {**defaults, "merchant": built.merchant.id, "first": day, "last": until})
        day = until + timedelta(days=1)
    vacuum(built.database)


def sell_one_day(built: SizedMerchant, *, day: date, sales: int) -> None:
    """One more day of sales."""
    _insert_sales(built, day, 1, sales)


def _insert_sales(built: SizedMerchant, first_day: date, days: int, sales: int) -> None:
    begin = built.sales + 1
    for start in range(begin, begin + sales, CHUNK):
        statement, defaults = insert_statement(Sale, SALE_COLUMNS, EVERY_SALE)
        values = {
            **defaults,
            "merchant": built.merchant.id,
            "till": built.till_id,
            "outlet": built.outlet_id,
            "members": built.members,
            "first": first_day,
            "days": days,
            "count": sales,
            "begin": begin,
            "from": start,
            "to": min(start + CHUNK, begin + sales) - 1,
        }
        _execute_in_scope(built, statement, values)
    built.sales += sales


def _execute_in_scope(built: SizedMerchant, statement: str, values: dict[str, Any]) -> None:
    """As the application role, in the merchant's scope, past all guards."""
    with merchant_scope(built.merchant.id), connection.cursor() as cursor:
        allow_long_statements(BUILDING_SECONDS)
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        if "bench_buyers" in statement:
            cursor.execute(
                "CREATE TEMPORARY TABLE bench_buyers ON COMMIT DROP AS "
                "SELECT id, row_number() OVER (ORDER BY id) AS rank FROM members_member WHERE merchant_id = %s",
                [built.merchant.id],
            )
            cursor.execute("ANALYZE bench_buyers")
        cursor.execute(statement, values)


def _open_accounts(built: SizedMerchant) -> None:
    with merchant_scope(built.merchant.id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM members_member WHERE merchant_id = %s ORDER BY id", [built.merchant.id])
        owners = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(owners), 20_000):
        with merchant_scope(built.merchant.id):
            allow_long_statements(BUILDING_SECONDS)
            open_accounts(merchant=built.merchant, owner_ids=owners[start : start + 20_000])


def vacuum(database: str) -> None:
    """What autovacuum does in a shop that grew over two years. Only the owner may."""
    owner = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, database))
    owner.autocommit = True
    with owner.cursor() as cursor:
        for table in FILLED:
            cursor.execute(f"VACUUM ANALYZE {table}")
    owner.close()
