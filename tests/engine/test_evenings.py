"""On which earlier evening the hours began that still run after midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from rewards.engine import began_earlier
from rewards.engine.facts import HourRange, When

LATE = (HourRange(time(22), time(2)),)
NIGHT = datetime(2026, 11, 28, 1, tzinfo=UTC)
"""Saturday, one o'clock; the evening before is Friday's."""
EVENING = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("when", "began"),
    [
        ({}, EVENING),
        ({"hours": ()}, None),
        ({"valid_from": EVENING}, EVENING),
        ({"valid_from": date(2026, 11, 28)}, None),
        ({"valid_to": EVENING}, EVENING),
        ({"valid_to": date(2026, 11, 26)}, None),
        ({"weekdays": frozenset({5})}, EVENING),
        ({"weekdays": frozenset({6})}, None),
        ({"weekdays": frozenset({5}), "valid_to": date(2026, 11, 26)}, None),
    ],
)
def test_the_evening_has_to_be_a_day_of_the_offer(when: dict[str, Any], began: date | None) -> None:
    assert began_earlier(When(**{"hours": LATE} | when), NIGHT) == began


@pytest.mark.parametrize("at", [datetime(2026, 11, 28, 2, tzinfo=UTC), datetime(2026, 11, 28, 22, tzinfo=UTC)])
def test_hours_that_ended_or_begin_today_began_on_no_earlier_evening(at: datetime) -> None:
    assert began_earlier(When(hours=LATE), at) is None
