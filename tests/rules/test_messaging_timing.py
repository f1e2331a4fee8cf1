"""Retries, quiet hours and how long a server is left alone."""

from datetime import UTC, datetime, time, timedelta

import pytest

from messaging.rules.pauses import after_quiet_hours, hold_after, is_quiet, next_try

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NIGHT = {"zone": "Asia/Jakarta", "quiet_from": time(21), "quiet_until": time(7)}


def test_retries_start_after_half_an_hour_and_end_after_three_days() -> None:
    now, tries = START, 0
    while (again := next_try(deferrals=tries + 1, first_tried_at=START, now=now)) is not None:
        tries += 1
        assert timedelta(minutes=30) <= again - now <= timedelta(hours=12) or again == START + timedelta(hours=72)
        now = again
    assert now == START + timedelta(hours=72)
    assert 8 <= tries <= 14


def test_waits_grow() -> None:
    waits = [next_try(deferrals=n, first_tried_at=START, now=START) for n in (1, 2, 3, 4)]
    assert [w - START for w in waits if w] == [timedelta(minutes=m) for m in (30, 60, 120, 240)]


def test_a_server_that_is_away_is_left_alone_ever_longer() -> None:
    assert [hold_after(n) // timedelta(minutes=1) for n in (1, 2, 3, 4, 5, 6, 7, 99)] == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    ("local", "quiet", "free"),
    [
        ("2026-11-20T20:59", False, "2026-11-20T20:59"),
        ("2026-11-20T21:00", True, "2026-11-21T07:00"),
        ("2026-11-20T23:30", True, "2026-11-21T07:00"),
        ("2026-11-21T00:10", True, "2026-11-21T07:00"),
        ("2026-11-21T06:59", True, "2026-11-21T07:00"),
        ("2026-11-21T07:00", False, "2026-11-21T07:00"),
    ],
)
def test_quiet_hours_in_jakarta(local: str, quiet: bool, free: str) -> None:
    at, expected = datetime.fromisoformat(f"{local}+07:00"), datetime.fromisoformat(f"{free}+07:00")
    assert is_quiet(at.astimezone(UTC), **NIGHT) is quiet  # type: ignore[arg-type]
    assert after_quiet_hours(at.astimezone(UTC), **NIGHT) == expected  # type: ignore[arg-type]


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = datetime.fromisoformat("2026-11-20T12:30+07:00")
    assert is_quiet(noon, zone="Asia/Jakarta", quiet_from=time(12), quiet_until=time(13))
    assert not is_quiet(noon, zone="Asia/Jakarta", quiet_from=time(7), quiet_until=time(7))
