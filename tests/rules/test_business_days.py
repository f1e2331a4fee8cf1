"""Business days: which one an instant belongs to, where clocks change and where the day starts late."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.business_days import business_date, day_bounds, last_ended_day

ZONES = ["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Asia/Jakarta", "Asia/Beirut", "America/Havana"]


@pytest.mark.parametrize(
    ("zone", "starts", "day", "begins"),
    [
        ("Asia/Jakarta", time(0), date(2026, 3, 5), "2026-03-04T17:00:00"),
        ("Asia/Jakarta", time(4), date(2026, 3, 5), "2026-03-04T21:00:00"),
        ("America/New_York", time(0), date(2027, 3, 14), "2027-03-14T05:00:00"),
        ("America/New_York", time(2, 30), date(2027, 3, 14), "2027-03-14T07:00:00"),  # 02:30 never comes
        ("America/New_York", time(2, 30), date(2027, 3, 15), "2027-03-15T06:30:00"),
        ("America/New_York", time(1, 30), date(2026, 11, 1), "2026-11-01T05:30:00"),  # 01:30 comes twice: the first
        ("Australia/Lord_Howe", time(2, 15), date(2026, 10, 4), "2026-10-03T15:30:00"),  # half an hour is left out
        ("Asia/Beirut", time(0), date(2026, 3, 29), "2026-03-28T22:00:00"),  # midnight never comes
    ],
)
def test_when_a_day_begins(zone: str, starts: time, day: date, begins: str) -> None:
    start = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert day_bounds(day, zone, starts)[0] == start
    assert day_bounds(day - timedelta(days=1), zone, starts)[1] == start
    assert business_date(start, zone, starts) == day
    assert business_date(start - timedelta(microseconds=1), zone, starts) == day - timedelta(days=1)


@given(
    at=st.integers(0, 2 * 366 * 24 * 3600).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)),
    zone=st.sampled_from(ZONES),
    starts=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
@example(at=datetime(2026, 11, 1, 6, 10, tzinfo=UTC), zone="America/New_York", starts=time(1, 30))
@example(at=datetime(2027, 3, 14, 7, 10, tzinfo=UTC), zone="America/New_York", starts=time(2, 30))
def test_every_instant_belongs_to_the_day_whose_bounds_hold_it(at: datetime, zone: str, starts: time) -> None:
    day = business_date(at, zone, starts)
    start, end = day_bounds(day, zone, starts)
    assert start <= at < end
    assert timedelta(hours=22) < end - start < timedelta(hours=26)
    assert last_ended_day(at, zone, starts) == day - timedelta(days=1)
