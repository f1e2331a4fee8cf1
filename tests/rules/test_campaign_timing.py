"""How late is too late."""

from datetime import UTC, datetime, timedelta

from campaigns.rules.schedules import is_stale

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_late_is_more_than_a_day() -> None:
    assert not is_stale(START, START + timedelta(hours=24))
    assert is_stale(START, START + timedelta(hours=24, seconds=1))
