"""Nights by date: which are due, in which order, who makes them, and what a merchant finds in the morning."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.business_days import day_bounds
from loyalty import nightly
from loyalty.nightly import DayNotOver, Night, NightOutOfOrder, due_nights, run_night
from merchants.facts import SYSTEM, MerchantFacts
from merchants.models import Merchant, NightRun
from merchants.operations import (
    NIGHT_LEASE,
    LeaseLost,
    change_merchant_settings,
    finish_night,
    take_night,
)
from merchants.queries import latest_finished_night
from merchants.tenancy import merchant_scope
from segments.facts import Segment
from segments.invariants import verify
from segments.models import SegmentRun
from segments.queries import explain_member, history, latest_run
from tests.buyers import BuyersShop, add_members, add_purchases, days_before, open_shop
from tests.nights import run_due_nights, tick

SIGNED_UP = datetime(2026, 1, 31, 17, 0, tzinfo=UTC)  # 1 February in Jakarta
FIRST_DAY = date(2026, 2, 1)


@pytest.fixture
def shop(db: None) -> BuyersShop:
    return open_shop(at=SIGNED_UP)


def morning_after(merchant: MerchantFacts, day: date) -> datetime:
    """Return five minutes into the next business day."""
    return merchant.bounds_of(day)[1] + timedelta(minutes=5)


def finished_days(merchant: MerchantFacts) -> list[date]:
    with merchant_scope(merchant.id):
        rows = NightRun.objects.filter(merchant_id=merchant.id, finished_at__isnull=False)
        return list(rows.order_by("finished_at", "id").values_list("business_date", flat=True))


def only_mark(merchant: MerchantFacts, day: date, now: datetime) -> None:
    """Make a night without its work, where only the calendar matters."""
    lease = take_night(merchant=merchant, business_date=day, now=now)
    assert lease is not None
    finish_night(merchant=merchant, lease=lease, now=now)


# --- the calendar ------------------------------------------------------------------------------------------------


def ticks(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield instants at which a scheduler might look: irregular hours, in the long run all of the day's."""
    now = start
    while now < end:
        yield now
        now += timedelta(hours=19, minutes=5)


@pytest.mark.parametrize(
    ("zone", "day_starts_at", "days"),
    [
        ("America/New_York", time(2, 30), 90),  # left out in spring
        pytest.param("America/New_York", time(2, 30), 730, marks=[pytest.mark.proof, pytest.mark.short_proof]),
        pytest.param(
            "Australia/Lord_Howe", time(0), 730, marks=[pytest.mark.proof, pytest.mark.short_proof]
        ),  # clocks change by half an hour
        pytest.param("America/New_York", time(0), 730, marks=pytest.mark.proof),
        pytest.param("America/New_York", time(1, 30), 730, marks=pytest.mark.proof),  # comes twice in autumn
        pytest.param("Europe/Paris", time(4), 730, marks=pytest.mark.proof),
        pytest.param("Asia/Jakarta", time(0), 730, marks=pytest.mark.proof),
    ],
)
def test_years_have_one_night_per_local_date(db: None, zone: str, day_starts_at: time, days: int) -> None:
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    end = start + timedelta(days=days)
    merchant = open_shop(timezone=zone, at=start, day_starts_at=day_starts_at).merchant
    made: list[date] = []
    with merchant_scope(merchant.id):
        for now in ticks(start, end):
            for day in due_nights(merchant=merchant, now=now):
                assert day_bounds(day, zone, day_starts_at)[1] <= now
                only_mark(merchant, day, now)
                made.append(day)
    assert made == [made[0] + timedelta(days=n) for n in range(len(made))]
    assert len(made) in (days - 1, days)


def test_a_change_of_zone_loses_and_doubles_no_date(shop: BuyersShop) -> None:
    """WIB -> WIT -> WIB, at awkward hours: days get shorter and longer, dates stay."""
    merchant, made = shop.merchant, []
    changes = {30: "Asia/Jayapura", 61: "Asia/Jakarta", 90: "Pacific/Kiritimati", 91: "America/Los_Angeles"}
    with merchant_scope(merchant.id):
        for step, now in enumerate(ticks(SIGNED_UP, SIGNED_UP + timedelta(days=60))):
            if step in changes:
                change_merchant_settings(merchant=merchant, changes={"timezone": changes[step]}, at=now, actor=SYSTEM)
                merchant = replace(merchant, timezone=changes[step])
            for day in due_nights(merchant=merchant, now=now):
                only_mark(merchant, day, now)
                made.append(day)
    assert made == [FIRST_DAY + timedelta(days=n) for n in range(len(made))]
    assert len(made) in (58, 59)


def test_no_night_is_due_before_the_first_day_is_over(shop: BuyersShop) -> None:
    end_of_first_day = datetime(2026, 2, 1, 17, 0, tzinfo=UTC)
    with merchant_scope(shop.merchant.id):
        assert due_nights(merchant=shop.merchant, now=SIGNED_UP) == []
        assert due_nights(merchant=shop.merchant, now=end_of_first_day - timedelta(seconds=1)) == []
        assert due_nights(merchant=shop.merchant, now=end_of_first_day) == [FIRST_DAY]


def test_a_cafe_that_closes_late_has_its_night_at_four(db: None) -> None:
    cafe = open_shop(at=SIGNED_UP, day_starts_at=time(4, 0)).merchant
    with merchant_scope(cafe.id):
        signed_up_day = date(2026, 1, 31)  # 00:00 on 1 February still belongs to the day before
        assert due_nights(merchant=cafe, now=datetime(2026, 1, 31, 20, 59, tzinfo=UTC)) == []
        assert due_nights(merchant=cafe, now=datetime(2026, 1, 31, 21, 0, tzinfo=UTC)) == [signed_up_day]


def test_a_long_absence_is_not_made_up_for_day_by_day(shop: BuyersShop) -> None:
    now = SIGNED_UP + timedelta(days=400)
    with merchant_scope(shop.merchant.id):
        due = due_nights(merchant=shop.merchant, now=now)
    assert len(due) == nightly.CAUGHT_UP_DAYS
    assert due[-1] == date(2027, 3, 7)


# --- making them -------------------------------------------------------------------------------------------------


def test_three_missed_days_are_made_up_for_in_order_and_once(shop: BuyersShop) -> None:
    merchant = shop.merchant
    now = morning_after(merchant, FIRST_DAY + timedelta(days=3))
    assert run_due_nights(merchant=merchant, now=now) == [FIRST_DAY + timedelta(days=n) for n in range(4)]
    assert run_due_nights(merchant=merchant, now=now) == []
    assert finished_days(merchant) == [FIRST_DAY + timedelta(days=n) for n in range(4)]
    with merchant_scope(merchant.id):
        assert SegmentRun.objects.filter(merchant_id=merchant.id).count() == 4


def test_a_story_of_one_member_by_date(shop: BuyersShop) -> None:
    """Joins, buys, comes back, becomes loyal, stays away, is lost, returns."""
    merchant = shop.merchant
    with merchant_scope(merchant.id):
        [member] = add_members(shop, 1, at=SIGNED_UP)
        visits = [FIRST_DAY + timedelta(days=days) for days in (0, 20, 40, 60, 80, 100, 200)]
        add_purchases(shop, {member: [(day, 400_000) for day in visits]})
    expected = {
        0: "new",
        30: "new",
        31: "active",
        100: "loyal",
        180: "loyal",
        190: "active",
        191: "lapsed",
        200: "loyal",
    }
    for days, segment in expected.items():
        day = FIRST_DAY + timedelta(days=days)
        assert run_night(merchant=merchant, business_date=day, now=morning_after(merchant, day))
        with merchant_scope(merchant.id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT segment, tier_code FROM members_standing WHERE merchant_id = %s AND member_id = %s",
                [merchant.id, member],
            )
            carried, tier = cursor.fetchone()
            found = explain_member(merchant=merchant, member_id=member)
            assert found is not None
            assert (carried, found.segment, found.as_of) == (segment, Segment(segment), day)
            assert verify(merchant=merchant) == []
    assert tier == "silver"
    with merchant_scope(merchant.id):
        steps = [step.target.value for step in history(merchant=merchant, member_id=member) if step.target]
    assert steps == ["loyal", "lapsed", "active", "loyal", "active", "new"]


def test_a_night_made_twice_changes_nothing(shop: BuyersShop) -> None:
    merchant = shop.merchant
    now = morning_after(merchant, FIRST_DAY)
    assert run_night(merchant=merchant, business_date=FIRST_DAY, now=now)
    with merchant_scope(merchant.id):
        before = latest_run(merchant=merchant)
    assert run_night(merchant=merchant, business_date=FIRST_DAY, now=now + timedelta(hours=1))
    with merchant_scope(merchant.id):
        assert latest_run(merchant=merchant) == before


def test_a_day_that_is_not_over_and_a_day_gone_by_are_refused(shop: BuyersShop) -> None:
    merchant = shop.merchant
    second = FIRST_DAY + timedelta(days=1)
    with pytest.raises(DayNotOver):
        run_night(merchant=merchant, business_date=second, now=morning_after(merchant, FIRST_DAY))
    assert run_night(merchant=merchant, business_date=second, now=morning_after(merchant, second))
    with pytest.raises(NightOutOfOrder):
        run_night(merchant=merchant, business_date=FIRST_DAY, now=morning_after(merchant, second))


def test_one_worker_has_a_night_at_a_time(shop: BuyersShop) -> None:
    merchant, now = shop.merchant, morning_after(shop.merchant, FIRST_DAY)
    with merchant_scope(merchant.id):
        assert take_night(merchant=merchant, business_date=FIRST_DAY, now=now) is not None
    assert run_night(merchant=merchant, business_date=FIRST_DAY, now=now + NIGHT_LEASE / 2) is False
    assert run_due_nights(merchant=merchant, now=now) == []
    assert run_night(merchant=merchant, business_date=FIRST_DAY, now=now + NIGHT_LEASE + timedelta(seconds=1))


def test_a_worker_that_slept_past_its_lease_is_fenced_off(shop: BuyersShop) -> None:
    """Its first batch after waking is rolled back whole: no second run, no second effect."""
    merchant, now = shop.merchant, morning_after(shop.merchant, FIRST_DAY)
    with merchant_scope(merchant.id):
        [member] = add_members(shop, 1, at=SIGNED_UP)
        add_purchases(shop, {member: days_before(FIRST_DAY, 0)})
        asleep = take_night(merchant=merchant, business_date=FIRST_DAY, now=now)
    assert asleep is not None
    later = now + NIGHT_LEASE + timedelta(seconds=1)
    assert run_night(merchant=merchant, business_date=FIRST_DAY, now=later)
    night = Night(merchant, FIRST_DAY, asleep, later, is_stale=False, now=lambda: later)
    with pytest.raises(LeaseLost):
        nightly._walk_steps(night)
    with merchant_scope(merchant.id):
        assert SegmentRun.objects.filter(merchant_id=merchant.id).count() == 1
        assert NightRun.objects.filter(merchant_id=merchant.id).count() == 1
        assert latest_finished_night(merchant=merchant) == FIRST_DAY


def test_one_merchants_failure_does_not_stop_the_others(shop: BuyersShop) -> None:
    """The first merchant's zone no longer exists, which really breaks its night."""
    broken, healthy = open_shop("Rusak", at=SIGNED_UP).merchant, open_shop("Sehat", at=SIGNED_UP).merchant
    Merchant.objects.filter(id=broken.id).update(timezone="Mars/Phobos")
    now = morning_after(healthy, FIRST_DAY)
    tick(now, broken, healthy, shop.merchant)
    assert finished_days(healthy) == finished_days(shop.merchant) == [FIRST_DAY]
    assert finished_days(broken) == []


# --- the command -------------------------------------------------------------------------------------------------


def night_command(*arguments: str) -> str:
    output = StringIO()
    call_command("night", *arguments, stdout=output, stderr=output)
    return output.getvalue()


def test_the_command_makes_what_is_due_and_says_so(shop: BuyersShop) -> None:
    at = morning_after(shop.merchant, FIRST_DAY).isoformat()
    said = night_command("--merchant", shop.merchant.slug, "--at", at)
    assert "night of 2026-02-01" in said
    assert "segments of 2026-02-01: new 0, active 0, loyal 0, lapsed 0" in said
    assert "night of" not in night_command("--merchant", str(shop.merchant.id), "--at", at).replace("latest night", "")


def test_the_command_makes_one_day_in_the_past_and_counts_again_after_an_import(shop: BuyersShop) -> None:
    """History is made night by night; what an import brings afterwards is counted at once."""
    merchant = shop.merchant
    old, at = date(2025, 6, 1), morning_after(merchant, FIRST_DAY).isoformat()
    night_command("--merchant", merchant.slug, "--date", old.isoformat(), "--at", at)
    with merchant_scope(merchant.id):
        [member] = add_members(shop, 1, at=SIGNED_UP)
        add_purchases(shop, {member: days_before(old, 3)})
    said = night_command("--merchant", merchant.slug, "--date", old.isoformat(), "--now", "--at", at)
    assert "counted again as of 2025-06-01" in said
    assert "new 1" in said
    with merchant_scope(merchant.id):
        assert verify(merchant=merchant) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--merchant", "nobody"], "there is no merchant 'nobody'"),
        (["--date", "2026-02-01"], "--date needs --merchant"),
        (["--merchant", "SLUG", "--date", "2026-02-05", "--at", "2026-02-05T12:00:00+07:00"], "not finished"),
        (["--date", "yesterday"], "YYYY-MM-DD"),
        (["--at", "2026-02-05T12:00:00"], "needs a zone"),
    ],
)
def test_the_command_says_what_is_wrong(shop: BuyersShop, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        night_command(*[shop.merchant.slug if word == "SLUG" else word for word in arguments])
