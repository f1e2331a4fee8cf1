"""The worker that makes a night is killed at random instants; the result equals an undisturbed night.

Two shops with the same members and purchases: one is left in peace, the other's worker is killed (SIGKILL, a process of
its own, real commits) and started again until its night is finished.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.invariants import verify as verify_ledger
from ledger.operations import lock_accounts, post
from loyalty.nightly import run_night
from merchants.models import NightRun
from merchants.operations import NIGHT_LEASE
from merchants.tenancy import merchant_scope
from segments.invariants import verify as verify_segments
from tests.buyers import BuyersShop, add_members, add_purchases, open_shop
from tests.product_server import environment_for

FIRST_NIGHT = date(2026, 7, 2)
EXPIRING_POINTS = 70
MEMBERS_AT_ONCE = 300
pytestmark = pytest.mark.usefixtures("real_commits")


def fill(shop: BuyersShop, count: int, rng: random.Random) -> list[UUID]:
    """Members with purchases over a year; every third has points whose last day is the first night's."""
    members: list[UUID] = []
    for begin in range(0, count, MEMBERS_AT_ONCE):
        with merchant_scope(shop.merchant.id):
            added = add_members(shop, min(MEMBERS_AT_ONCE, count - begin))
        purchases = {member: history(rng) for member in added}
        with merchant_scope(shop.merchant.id):
            add_purchases(shop, purchases)
            give_expiring_points(shop, added[::3])
        members += added
    return members


def history(rng: random.Random) -> list[tuple[date, int]]:
    times = rng.choice((0, 1, 1, 2, 3, 5, 8, 13))
    return [(FIRST_NIGHT - timedelta(days=rng.randrange(0, 370)), rng.randrange(20_000, 900_000)) for _ in range(times)]


def give_expiring_points(shop: BuyersShop, members: list[UUID]) -> None:
    at = datetime.combine(FIRST_NIGHT - timedelta(days=30), datetime.min.time(), tzinfo=UTC)
    accounts = lock_accounts(
        merchant=shop.merchant, owner_ids=members, unit=Unit.POINTS, business_date=at.date(), at=at
    )
    for owner_id, account in accounts.items():
        given = Posting(
            kind=EntryKind.BONUS,
            unit=Unit.POINTS,
            change=EXPIRING_POINTS,
            source_kind="test",
            source_id=owner_id,
            lot=LotDraft(amount=EXPIRING_POINTS, available_on=at.date(), expires_on=FIRST_NIGHT, earned_at=at),
        )
        post(merchant=shop.merchant, account=account, postings=[given], at=at, business_date=at.date())


def state_of(shop: BuyersShop, members: list[UUID]) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything a night decides, with members named by their place: equal for twin shops."""
    statements = {
        "members": "SELECT member_id, segment, tier_code, tier_since_on FROM members_standing WHERE merchant_id = %s",
        "standings": (
            "SELECT member_id, segment, first_purchase_on, last_purchase_on, purchase_count, window_purchases, "
            "spend_amount, recency, frequency, monetary, from_run, until_run FROM segments_segmentmembership "
            "WHERE merchant_id = %s"
        ),
        "moves": (
            "SELECT member_id, run_number, business_date, from_segment, to_segment FROM segments_segmentmove "
            "WHERE merchant_id = %s"
        ),
        "tier moves": "SELECT member_id, business_date, cause, measured FROM members_tiermove WHERE merchant_id = %s",
        "points": "SELECT owner_id, balance, seq FROM ledger_account WHERE merchant_id = %s AND owner_id IS NOT NULL",
    }
    runs = (
        "SELECT r.number, r.business_date, r.occasion, r.buyer_count, c.segment, c.member_count, c.spend_amount "
        "FROM segments_segmentrun r JOIN segments_segmentcount c ON c.merchant_id = r.merchant_id AND c.run_id = r.id "
        "WHERE r.merchant_id = %s ORDER BY r.number, c.segment"
    )
    place = {member: number for number, member in enumerate(members)}
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        found = {}
        for name, statement in statements.items():
            cursor.execute(statement, [shop.merchant.id])
            found[name] = sorted((place[row[0]], *map(str, row[1:])) for row in cursor.fetchall())
        cursor.execute(runs, [shop.merchant.id])
        found["runs"] = cursor.fetchall()
        nights = NightRun.objects.filter(merchant_id=shop.merchant.id, finished_at__isnull=False)
        found["nights"] = list(nights.order_by("business_date").values_list("business_date"))
    return found


def fence_of(shop: BuyersShop, day: date) -> int:
    with merchant_scope(shop.merchant.id):
        rows = NightRun.objects.filter(merchant_id=shop.merchant.id, business_date=day)
        return rows.values_list("fence", flat=True).first() or 0


def start_worker(shop: BuyersShop, day: date, at: datetime) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "manage.py", "night", "--merchant", shop.merchant.slug),
            *("--date", day.isoformat(), "--at", at.isoformat()),
        ],
        cwd=settings.BASE_DIR,
        env=environment_for(str(settings.DATABASES["default"]["NAME"])),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_while_at_it(shop: BuyersShop, day: date, at: datetime, delay: float) -> bool:
    """Starts a worker and kills it `delay` seconds after it took the night; False when it had ended before."""
    before = fence_of(shop, day)
    worker = start_worker(shop, day, at)
    while worker.poll() is None and fence_of(shop, day) == before:
        time.sleep(0.005)
    time.sleep(delay)
    ended = worker.poll() is not None
    worker.kill()
    worker.wait()
    return not ended


def make_disturbed(shop: BuyersShop, day: date, *, kills: int, within: float, rng: random.Random) -> int:
    """Kills up to `kills` workers at random instants of the night, then lets one finish; how many died at work.

    The first one dies as soon as it has the night. Each worker comes after the dead one's lease has run out.
    """
    at = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    killed = 0
    while killed < kills and kill_while_at_it(shop, day, at, rng.uniform(0, within / 2) if killed else 0):
        killed += 1
        at += NIGHT_LEASE + timedelta(minutes=5)
    for _ in range(5):
        if start_worker(shop, day, at).wait(timeout=120) == 0:
            return killed
        at += NIGHT_LEASE + timedelta(minutes=5)
    raise AssertionError("the night could not be finished")


def play(*, members: int, kills: int, seed: int) -> None:
    """Play night after night, until that many workers were killed at work; then compare both shops."""
    peaceful, disturbed = open_shop("Damai"), open_shop("Ribut")
    ids = {shop.merchant.id: fill(shop, members, random.Random(seed)) for shop in (peaceful, disturbed)}
    rng = random.Random(seed + 1)
    killed, day = 0, FIRST_NIGHT
    while killed < kills:
        now = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
        started = time.monotonic()
        assert run_night(merchant=peaceful.merchant, business_date=day, now=now)
        took = time.monotonic() - started
        killed += make_disturbed(disturbed, day, kills=kills - killed, within=took, rng=rng)
        day += timedelta(days=1)
    print(f"seed {seed}: {killed} workers were killed at work in {(day - FIRST_NIGHT).days} nights")
    left, right = (state_of(shop, ids[shop.merchant.id]) for shop in (peaceful, disturbed))
    for name, rows in left.items():
        assert right[name] == rows, f"{name} differ (seed {seed})"
    for shop in (peaceful, disturbed):
        with merchant_scope(shop.merchant.id):
            assert verify_segments(merchant=shop.merchant) == []
            assert verify_ledger(merchant=shop.merchant) == []


@pytest.mark.gate
@pytest.mark.timeout(300)
def test_a_night_survives_kills() -> None:
    play(members=200, kills=2, seed=random.randrange(10**6))


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_a_night_survives_twenty_kills() -> None:
    play(members=4000, kills=20, seed=random.randrange(10**6))
