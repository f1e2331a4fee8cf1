"""The overview of a large shop against a small one's: 200,000 members and 1,000,000 sales, 200 members and 1,000 sales.

Prints the median time of the page, served whole by Django to a signed-in owner, after a night has sorted the members.
The bar: the large shop's page at most 10 x the small one's, and never a 500.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.database import bench_database
from bench.merchant_of_size import SizedMerchant, build_merchant, vacuum
from common.business_days import last_ended_day
from loyalty.nightly import run_night
from members.operations import recount_purchases
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, create_user
from merchants.queries import user_by_email
from merchants.tenancy import allow_long_statements, merchant_scope

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "200000"))
SALES = int(os.environ.get("BENCH_SALES", "1000000"))
BAR_RATIO = 10.0
DAYS = 730
ROUNDS = 5
MEMBERS_AT_ONCE = 10_000


def build(*, members: int, sales: int, now: datetime, database: str) -> SizedMerchant:
    """A shop that has sold for two years up to now, with its members' figures and segments as a night leaves them."""
    last = last_ended_day(now, "UTC", datetime.min.time())
    built = build_merchant(
        members=members, sales=sales, first_day=last - timedelta(days=DAYS - 1), last_day=last, database=database
    )
    with merchant_scope(built.merchant.id), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM members_member WHERE merchant_id = %s ORDER BY id", [built.merchant.id])
        ids = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(ids), MEMBERS_AT_ONCE):
        with merchant_scope(built.merchant.id):
            allow_long_statements(300)
            part = ids[start : start + MEMBERS_AT_ONCE]
            recount_purchases(merchant=built.merchant, member_ids=part, source_view="sales_spend")
    run_night(merchant=built.merchant, business_date=last, now=now)
    vacuum(database)  # as the server does by itself within a minute
    return built


def measure(built: SizedMerchant) -> float:
    """Median seconds of the page; raises SystemExit on any answer but 200."""
    email = f"owner-{built.merchant.id.hex}@bench.example"
    with merchant_scope(built.merchant.id):
        user = create_user(email=email, name="Bench", password=None, language="id")
        add_staff(merchant=built.merchant, user_id=user.id, role=Role.OWNER, at=timezone.now(), actor=SYSTEM)
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    client.force_login(user_by_email(email), backend="allauth.account.auth_backends.AuthenticationBackend")
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get("/")
        took.append(time.perf_counter() - started)
        if answer.status_code != 200:
            raise SystemExit(f"bench overview: the page answered {answer.status_code}")
    return statistics.median(took)


def run(database: str) -> int:
    now = timezone.now()
    small = measure(build(members=MEMBERS // 1000, sales=SALES // 1000, now=now, database=database))
    started = time.perf_counter()
    built = build(members=MEMBERS, sales=SALES, now=now, database=database)
    print(f"overview: {MEMBERS:,} members, {SALES:,} sales, built in {time.perf_counter() - started:.0f} s")
    large = measure(built)
    ratio = large / small
    verdict = "ok" if ratio <= BAR_RATIO else "TOO SLOW"
    print(
        f"overview: small shop {small * 1000:.0f} ms, large shop {large * 1000:.0f} ms = {ratio:.1f} x "
        f"(bar {BAR_RATIO:.0f} x) {verdict}"
    )
    return 0 if ratio <= BAR_RATIO else 1


def main() -> int:
    with bench_database() as database:
        return run(database)
