"""A million coupon codes made and stored, against COPY of the very same rows: at least a quarter of its speed.

Both sides write into the product's table with its indexes and foreign keys, chunk by chunk in turn. The product's
side makes the codes, hashes and encrypts them and writes under row security; COPY cannot do that, so its side is
spared it: it runs as the owner with the policies lifted, which makes the bar higher, not lower.
"""

from __future__ import annotations

import os
import time
from io import StringIO
from typing import Any, Final

import psycopg2
from django.conf import settings
from django.db import connection
from django.utils import timezone

from bench.database import bench_database
from common.ids import new_id
from merchants.tenancy import allow_long_statements, merchant_scope
from onboarding.operations import open_merchant
from rewards.coupons.models import Coupon
from rewards.coupons.operations import create_coupon_batch, make_codes, order_codes
from rewards.coupons.operations.coupon_codes import CHUNK
from tests.databases import database_url

CODES: Final = int(os.environ.get("BENCH_CODES", "1000000"))
BAR: Final = 0.25
OFFER: Final = {"kind": "percent_off", "value": 10}


def opened(name: str) -> Any:
    merchant_id = new_id()
    with merchant_scope(merchant_id):
        return open_merchant(
            merchant_id=merchant_id,
            name=name,
            owner_name="Bench",
            email=f"{merchant_id.hex}@example.com",
            password=None,
            at=timezone.now(),
        ).merchant


def rows_as_text(merchant: Any, batch_id: Any, *, into: Any, into_batch: Any, after: Any) -> tuple[str, Any]:
    """The chunk that was just made, as COPY takes it, for the other merchant; and the last id of it."""
    columns = [f.column for f in Coupon._meta.concrete_fields if f.column]
    selected = ", ".join({"merchant_id": "%s::uuid", "batch_id": "%s::uuid"}.get(c, c) for c in columns)
    with merchant_scope(merchant.id), connection.cursor() as cursor:
        allow_long_statements(60)
        order = [c for c in columns if c in {"merchant_id", "batch_id"}]
        values = [{"merchant_id": into.id, "batch_id": into_batch}[c] for c in order]
        statement = cursor.mogrify(
            f"COPY (SELECT {selected} FROM rewards_coupon"
            " WHERE merchant_id = %s AND batch_id = %s AND id > %s ORDER BY id) TO STDOUT",
            [*values, merchant.id, batch_id, after],
        )
        out = StringIO()
        cursor.copy_expert(statement, out)
        cursor.execute("SELECT max(id::text) FROM rewards_coupon WHERE merchant_id = %s", [merchant.id])
        return out.getvalue(), cursor.fetchone()[0]


def run(database: str) -> int:
    ours, raw = opened("Codes"), opened("Raw")
    with merchant_scope(ours.id):
        batch_id = order_codes(merchant=ours, title="Codes", definition=OFFER, count=CODES, at=timezone.now())
    with merchant_scope(raw.id):
        raw_batch = create_coupon_batch(merchant=raw, title="Raw", definition=OFFER, at=timezone.now())
    owner = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, database))
    with owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE rewards_coupon NO FORCE ROW LEVEL SECURITY")
    columns = ", ".join(f.column for f in Coupon._meta.concrete_fields if f.column)
    ours_took = raw_took = 0.0
    left: int | None = CODES
    after: Any = new_id()
    while left:
        started = time.perf_counter()
        with merchant_scope(ours.id):
            allow_long_statements(60)
            left = make_codes(merchant=ours, batch_id=batch_id, at=timezone.now(), limit=CHUNK)
        ours_took += time.perf_counter() - started
        text, after = rows_as_text(ours, batch_id, into=raw, into_batch=raw_batch, after=after)
        started = time.perf_counter()
        with owner, owner.cursor() as cursor:
            cursor.copy_expert(f"COPY rewards_coupon ({columns}) FROM STDIN", StringIO(text))
        raw_took += time.perf_counter() - started
    counts = []
    for merchant in (ours, raw):
        with merchant_scope(merchant.id):
            counts.append(Coupon.objects.filter(merchant_id=merchant.id).count())
    owner.close()
    ratio = raw_took / ours_took
    good = ratio >= BAR and counts == [CODES, CODES]
    print(
        f"codes: {CODES:,} made and stored in {ours_took:.1f} s ({CODES / ours_took:,.0f}/s), COPY of the same rows "
        f"{raw_took:.1f} s: {ratio:.0%} of its speed (bar {BAR:.0%}), rows {counts[0]:,} and {counts[1]:,} "
        f"{'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
