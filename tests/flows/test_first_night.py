"""Nights of a shop that brought its history along in one go: many rows without planner statistics."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from common.pace import MOST_DIVISOR, Pace
from loyalty import nightly
from loyalty.nightly import Night, due_nights, run_night
from merchants.facts import MerchantFacts
from merchants.models import NightRun
from merchants.tenancy import merchant_scope
from segments import tasks
from segments.facts import Occasion
from segments.models import SegmentMembership
from segments.operations import label_members
from segments.tasks import count_now
from tests.buyers import BuyersShop, open_shop
from tests.crowds import add_crowd
from tests.nights import run_due_nights, tick

pytestmark = pytest.mark.gate

LAST = date(2026, 2, 10)
SIGNED_UP = datetime(2026, 2, 9, tzinfo=UTC)
MORNING = datetime(2026, 2, 10, 17, 5, tzinfo=UTC)


@pytest.fixture
def shop(db: None) -> BuyersShop:
    return open_shop(at=SIGNED_UP)


def crowd(shop: BuyersShop, members: int) -> None:
    with merchant_scope(shop.merchant.id):
        add_crowd(shop, members=members, sales_each=2, last=LAST, days=300)


# --- labels of thousands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("members", [1_500, pytest.param(23_570, marks=[pytest.mark.proof, pytest.mark.timeout(900)])])
def test_a_first_night_reads_each_standing_a_few_times(
    shop: BuyersShop, members: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planner knows only another shop; with its figures it would read a new shop's standings once per member."""
    other = open_shop(at=SIGNED_UP)
    crowd(other, 300)
    assert run_night(merchant=other.merchant, business_date=LAST, now=MORNING)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    monkeypatch.setattr("segments.operations.refresh_statistics", lambda *tables: None)
    crowd(shop, members)
    before = _rows_read("segments_segmentmembership")
    assert run_night(merchant=shop.merchant, business_date=LAST, now=MORNING)
    assert _rows_read("segments_segmentmembership") - before < 8 * members
    with merchant_scope(shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM members_standing WHERE merchant_id = %s AND segment IS NOT NULL", [shop.merchant.id]
        )
        assert cursor.fetchone() == (members,)


def test_a_large_counting_renews_the_picture_of_its_tables(shop: BuyersShop) -> None:
    crowd(shop, 1_200)
    assert run_night(merchant=shop.merchant, business_date=LAST, now=MORNING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::int FROM pg_class WHERE relname = %s", [SegmentMembership._meta.db_table])
        assert cursor.fetchone()[0] >= 1_200


def _rows_read(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s", [table])
        return int(cursor.fetchone()[0])


# --- batches that take too long ----------------------------------------------------------------------------------


def slow_above(most: int, rows: int) -> int:
    """Let the batch's statement time out while it takes more than `most` rows; return the rows taken."""
    if rows > most:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '40ms'")
            cursor.execute("SELECT pg_sleep(60)")
    return rows


@pytest.fixture
def every_batch_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes no batch slow; only the time limit does."""
    monkeypatch.setattr("common.pace.SLOW_SECONDS", 3600.0)
    monkeypatch.setattr("common.pace.QUICK_SECONDS", 3600.0)


@pytest.mark.usefixtures("every_batch_is_quick")
def test_a_batch_that_is_timed_out_is_tried_again_in_smaller_pieces(db: None) -> None:
    pace = Pace()
    assert pace.run(lambda: slow_above(200, pace.rows(2_000))) == 2_000 // 16
    assert pace.run(lambda: slow_above(10**9, pace.rows(2_000))) == 2_000 // 8  # a quick one lets them grow again


def test_a_batch_that_took_long_makes_the_next_one_smaller(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.pace.SLOW_SECONDS", 0.0)
    pace = Pace()
    sizes = [pace.run(lambda: slow_above(10**9, pace.rows(2_000))) for _ in range(5)]
    assert sizes == [2_000, 500, 125, 31, 31]


def test_what_is_too_slow_in_the_smallest_pieces_is_reported(db: None) -> None:
    pace = Pace()
    with pytest.raises(OperationalError):
        pace.run(lambda: slow_above(0, pace.rows(2_000)))
    assert pace.divisor == MOST_DIVISOR


def test_another_error_is_not_tried_again(db: None) -> None:
    tries = []

    def broken() -> None:
        tries.append(1)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(0), 1 / 0")

    with pytest.raises(Exception, match="division by zero"):
        Pace().run(broken)
    assert tries == [1]


@pytest.mark.usefixtures("every_batch_is_quick")
def test_a_night_goes_on_when_a_batch_is_timed_out(shop: BuyersShop, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(shop, 30)
    taken: list[int] = []

    def slow_labels(night: Night, after: str | None) -> str | None:
        limit = night.pace.rows(2_000)
        slow_above(200, limit)
        taken.append(limit)
        return nightly._label_members(night, after)

    steps = tuple((name, slow_labels if name == "label_members" else batch) for name, batch in nightly.STEPS)
    monkeypatch.setattr(nightly, "STEPS", steps)
    assert run_night(merchant=shop.merchant, business_date=LAST, now=MORNING)
    assert taken == [2_000 // 16]


# --- counted again by request ------------------------------------------------------------------------------------


def test_counting_again_gives_labels_the_time_a_night_has(shop: BuyersShop, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(shop, 30)
    seen = []

    def watched(**given: object) -> str | None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            seen.append(cursor.fetchone()[0])
        return label_members(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(tasks, "label_members", watched)
    count_now(merchant=shop.merchant, occasion=Occasion.RULE, now=MORNING)
    assert set(seen) == {"1min"}


# --- a history by date -------------------------------------------------------------------------------------------


def morning_after(merchant: MerchantFacts, day: date) -> datetime:
    return merchant.bounds_of(day)[1] + timedelta(minutes=5)


def finished(merchant: MerchantFacts) -> list[date]:
    with merchant_scope(merchant.id):
        rows = NightRun.objects.filter(merchant_id=merchant.id, finished_at__isnull=False)
        return list(rows.order_by("business_date").values_list("business_date", flat=True))


def test_the_timetable_goes_on_with_a_history_where_the_command_left_it(shop: BuyersShop) -> None:
    begun = LAST - timedelta(days=90)
    call_command(
        "night",
        "--merchant",
        shop.merchant.slug,
        "--date",
        begun.isoformat(),
        "--at",
        MORNING.isoformat(),
        stdout=StringIO(),
    )
    with merchant_scope(shop.merchant.id):
        assert due_nights(merchant=shop.merchant, now=MORNING) == [begun + timedelta(days=n) for n in range(1, 91)]
    made = run_due_nights(merchant=shop.merchant, now=MORNING)
    assert made == [begun + timedelta(days=n) for n in range(1, 91)]
    assert finished(shop.merchant) == [begun, *made]


def test_the_command_goes_on_day_by_day_beside_the_timetable(shop: BuyersShop) -> None:
    """Each day by hand, a tick between any two: no day is refused and none is left out."""
    begun = LAST - timedelta(days=60)
    for n in range(8):
        day = begun + timedelta(days=n)
        call_command(
            "night",
            "--merchant",
            shop.merchant.slug,
            "--date",
            day.isoformat(),
            "--at",
            MORNING.isoformat(),
            stdout=StringIO(),
        )
        tick(MORNING, shop.merchant)
    assert finished(shop.merchant)[:8] == [begun + timedelta(days=n) for n in range(8)]


def test_a_long_history_lets_other_merchants_have_their_night(
    shop: BuyersShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_shop(at=SIGNED_UP)
    assert run_night(merchant=shop.merchant, business_date=LAST - timedelta(days=20), now=MORNING)
    order: list[MerchantFacts] = []
    real = nightly.run_night

    def noted(*, merchant: MerchantFacts, business_date: date, now: datetime) -> bool:
        order.append(merchant)
        return real(merchant=merchant, business_date=business_date, now=now)

    monkeypatch.setattr(nightly, "run_night", noted)
    monkeypatch.setattr("merchants.tasks.due_work.TURN_SECONDS", 0)
    for _ in range(2):
        tick(MORNING, shop.merchant, other.merchant)
    assert [merchant.id for merchant in order[:3]] == [shop.merchant.id, other.merchant.id, shop.merchant.id]
    monkeypatch.undo()
    tick(MORNING, shop.merchant, other.merchant)
    assert len(finished(shop.merchant)) == 21
    with merchant_scope(shop.merchant.id):
        assert due_nights(merchant=shop.merchant, now=MORNING) == []
