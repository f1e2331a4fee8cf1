"""The list pages of a shop of 200,000 members and 1,000,000 sales against those of one of 200 members and 1,000 sales.

Each address is served whole by Django to a signed-in owner. Prints, for each, the median time in both shops, their
ratio, the statements, and the page's size. The bars: at most 12 statements, the large shop's first byte within 5 x of
the small one's, no page over 200 kB. Statements that open and close the transaction are not counted.

BENCH_MEMBERS and BENCH_SALES make it smaller; BENCH_ONLY=/members/ measures only the addresses that begin so.
"""

from __future__ import annotations

import os
import re
import statistics
import time
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import overview
from bench.database import bench_database
from bench.merchant_of_size import SizedMerchant, vacuum
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import PostingJob, lock_accounts, post_many
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, create_user
from merchants.queries import user_by_email
from merchants.tenancy import allow_long_statements, merchant_scope

BAR_STATEMENTS: Final = 12
BAR_RATIO: Final = 5.0
BAR_BYTES: Final = 200_000
FLOOR_SECONDS: Final = 0.02
"""The small shop's time counts as at least this: below it the clock of a noisy machine is most of what is measured."""
ROUNDS: Final = 3
AT_ONCE: Final = 2_000
ONLY: Final = os.environ.get("BENCH_ONLY", "/")

ADDRESSES: Final = (
    "/members/",
    "/members/?sort=name",
    "/members/?sort=-balance",
    "/members/?sort=-last",
    "/members/?sort=-spend",
    "/members/?segment=lapsed",
    "/members/?segment=loyal&sort=-spend",
    "/members/?tier=gold",
    "/members/?q=member%201234",
    "/members/?q=0812345",
    "/members/?q=m77",
    "/members/?birthday=this-month",
    "/members/?birthday=next-7-days",
    "/members/?lapsing=30",
    "/members/?outlet={outlet}",
    "/members/?joined_from=2020-01-01",
    "/members/?bought_from=2026-01-01",
    "/members/?last_to=2026-06-01&segment=lapsed",
    "/members/?balance_from=20",
    "/members/?zone=dormant",
    "/members/duplicates/",
    "/segments/",
    "/segments/loyal/",
    "/segments/lapsed/",
    "/segments/new/",
    "/loyalty/ledger/",
    "/loyalty/ledger/?kind=earn",
    "/program/tiers/",
    "/program/tiers/silver/near/",
    "/program/tiers/moves/",
    "/products/",
    "/rewards/",
    "/offers/coupons/",
    "/offers/promotions/",
    "/campaigns/",
    "/loyalty/gift-cards/",
    "/loyalty/referrals/",
    "/receipts/late/",
    "/receipts/",
    "/settings/audit/",
    "/settings/data-requests/",
    "/jobs/",
    "/search/?q=member%20123",
    "/search/?q=0811",
)
OPENING: Final = re.compile(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET )", re.IGNORECASE)


def give_points(built: SizedMerchant, *, today: date, now: datetime) -> None:
    """One movement of points for each member, on one of the last 300 days; every third birthday is known."""
    with merchant_scope(built.merchant.id), connection.cursor() as cursor:
        allow_long_statements(300)
        cursor.execute(
            "UPDATE members_member SET birth_date = date '1970-01-01' + (hashtext(number) & 8191)"
            " WHERE merchant_id = %s AND hashtext(number) %% 3 = 0",
            [built.merchant.id],
        )
        cursor.execute("SELECT id FROM members_member WHERE merchant_id = %s ORDER BY id", [built.merchant.id])
        owners = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(owners), AT_ONCE):
        day = today - timedelta(days=300 - 300 * start // len(owners))
        with merchant_scope(built.merchant.id):
            allow_long_statements(300)
            accounts = lock_accounts(
                merchant=built.merchant, owner_ids=owners[start : start + AT_ONCE], business_date=day, at=now
            )
            post_many(
                merchant=built.merchant,
                jobs=[
                    PostingJob(
                        account=account,
                        postings=[
                            Posting(
                                kind=EntryKind.BONUS,
                                unit=Unit.POINTS,
                                change=10 + place % 50,
                                source_kind="adjustment",
                                source_id=owner,
                                lot=LotDraft(10 + place % 50, day, day + timedelta(days=330), now),
                            )
                        ],
                        at=now,
                        business_date=day,
                    )
                    for place, (owner, account) in enumerate(accounts.items())
                ],
            )


def open_door(built: SizedMerchant) -> Client:
    """Return a browser in which the shop's owner is signed in."""
    email = f"owner-{built.merchant.id.hex}@bench.example"
    with merchant_scope(built.merchant.id):
        user = create_user(email=email, name="Bench", password=None, language="id")
        add_staff(merchant=built.merchant, user_id=user.id, role=Role.OWNER, at=timezone.now(), actor=SYSTEM)
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    client.force_login(user_by_email(email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def measure(client: Client, path: str) -> tuple[int, float, int, int]:
    """(the answer's status, median seconds, statements, bytes) of one address, after one request that warms it."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    statements = sum(1 for query in captured.captured_queries if not OPENING.match(query["sql"]))
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get(path)
        took.append(time.perf_counter() - started)
    return answer.status_code, statistics.median(took), statements, len(answer.content)


def run(database: str) -> int:
    now = timezone.now()
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    shops = []
    for members, sales in ((overview.MEMBERS // 1000, overview.SALES // 1000), (overview.MEMBERS, overview.SALES)):
        started = time.perf_counter()
        built = overview.build(members=members, sales=sales, now=now, database=database)
        give_points(built, today=now.date(), now=now)
        vacuum(database)
        print(
            f"lists: {members:,} members, {sales:,} sales, built in {time.perf_counter() - started:.0f} s", flush=True
        )
        shops.append((built, open_door(built)))
    missed = 0
    for address in (one for one in ADDRESSES if one.startswith(ONLY)):
        small, large = (measure(door, address.format(outlet=built.outlet_id)) for built, door in shops)
        ratio = large[1] / max(small[1], FLOOR_SECONDS)
        faults = [
            fault
            for fault, is_so in (
                (f"answered {small[0]}, {large[0]}", (small[0], large[0]) != (200, 200)),
                ("TOO SLOW", ratio > BAR_RATIO),
                ("TOO MANY STATEMENTS", large[2] > BAR_STATEMENTS),
                ("TOO LARGE", large[3] > BAR_BYTES),
            )
            if is_so
        ]
        missed += bool(faults)
        print(
            f"lists: {address:44} {small[1] * 1000:5.0f} ms {large[1] * 1000:6.0f} ms {ratio:5.1f} x "
            f"{large[2]:3} statements {large[3] // 1000:4} kB  {', '.join(faults) or 'ok'}",
            flush=True,
        )
    return 1 if missed else 0


def main() -> int:
    with bench_database() as database:
        return run(database)
