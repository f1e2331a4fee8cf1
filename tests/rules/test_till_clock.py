"""Whose time counts: a till's clock corrected, bounded, flagged (B76, T55), late sales (A9), returns (B64)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sales.facts import SaleWarning
from sales.rules import believed_return_time, believed_time, late_warning, offers_time

NOW = datetime(2026, 11, 28, 16, 27, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ago(*, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
    return NOW - timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


CLOCKS = [
    # claimed, the till's clock, believed, flags
    (None, None, NOW, []),
    (None, ago(hours=3), NOW, []),
    (None, ago(days=9), NOW, []),
    (ago(hours=2), None, ago(hours=2), []),
    (ago(minutes=-5), None, ago(minutes=-5), []),
    (ago(minutes=-5, seconds=-1), None, NOW, ["clock_future"]),
    (ago(days=400), None, ago(days=400), []),
    (ago(days=400, seconds=1), None, NOW, ["clock_past"]),
    (EPOCH, None, NOW, ["clock_past"]),
    # Up to 5 minutes off, the till is taken at its word.
    (ago(hours=2), ago(minutes=5), ago(hours=2), []),
    (ago(hours=2), ago(minutes=-5), ago(hours=2), []),
    # B76: a day behind, two hours before by that clock.
    (ago(days=1, hours=2), ago(days=1), ago(hours=2), ["clock_corrected"]),
    # The same over a line that takes two seconds.
    (ago(days=1, hours=2), ago(days=1, seconds=2), ago(hours=2, seconds=-2), ["clock_corrected"]),
    (ago(minutes=7), ago(minutes=5, seconds=1), ago(minutes=1, seconds=59), ["clock_corrected"]),
    (ago(hours=-3), ago(hours=-3), NOW, ["clock_corrected"]),
    (ago(hours=-1), ago(hours=-3), ago(hours=2), ["clock_corrected"]),
    (ago(days=-1), ago(days=-1), NOW, ["clock_corrected"]),
    # Corrected first; what is still ahead of us then is booked now.
    (ago(hours=-9), ago(hours=-3), NOW, ["clock_corrected", "clock_future"]),
    (ago(minutes=-10), ago(hours=6), NOW, ["clock_corrected", "clock_future"]),
    (ago(days=401), ago(hours=6), NOW, ["clock_corrected", "clock_past"]),
    # More than a day off, nothing that it says counts.
    (ago(hours=2), ago(days=1, seconds=31), NOW, ["clock_wrong"]),
    (ago(hours=2), ago(days=-1, seconds=-1), NOW, ["clock_wrong"]),
    (ago(days=-1095), ago(days=-1095), NOW, ["clock_wrong"]),
    (EPOCH, EPOCH, NOW, ["clock_wrong"]),
]  # fmt: skip


@pytest.mark.parametrize(("claimed", "device_at", "believed", "flags"), CLOCKS)
def test_a_clock_is_believed_corrected_or_set_aside(
    claimed: datetime | None, device_at: datetime | None, believed: datetime, flags: list[str]
) -> None:
    found = believed_time(claimed, NOW, device_at)
    assert (found.at, [warning.code for warning in found.warnings]) == (believed, flags)


def test_the_correction_says_how_far_the_clock_was_off() -> None:
    behind, ahead = believed_time(NOW, NOW, ago(hours=2)), believed_time(NOW, NOW, ago(minutes=-6))
    assert behind.warnings[0] == SaleWarning("clock_corrected", {"minutes": 120})
    assert ahead.warnings[0] == SaleWarning("clock_corrected", {"minutes": -6})


RETURNS = [
    # claimed, the till's clock, sold at, returned at, flags
    (None, None, ago(days=1), NOW, []),
    (ago(hours=1), None, ago(days=1), ago(hours=1), []),
    (ago(days=1), None, ago(days=1), ago(days=1), []),
    (ago(days=27), None, ago(hours=3), ago(hours=3), ["before_sale"]),
    (EPOCH, None, ago(days=1), NOW, ["clock_past"]),
    (ago(days=-1600), None, ago(days=1), NOW, ["clock_future"]),
    (ago(days=1, hours=2), ago(days=1), ago(days=1), ago(hours=2), ["clock_corrected"]),
    (ago(days=1, hours=4), ago(days=1), ago(hours=3), ago(hours=3), ["clock_corrected", "before_sale"]),
    (ago(hours=2), ago(days=3), ago(days=1), NOW, ["clock_wrong"]),
    # The sale's own clock was a little ahead: nothing was claimed, nothing is said.
    (None, None, ago(minutes=-4), ago(minutes=-4), []),
]  # fmt: skip


@pytest.mark.parametrize(("claimed", "device_at", "sold_at", "returned_at", "flags"), RETURNS)
def test_a_return_never_lies_before_its_sale(
    claimed: datetime | None, device_at: datetime | None, sold_at: datetime, returned_at: datetime, flags: list[str]
) -> None:
    found = believed_return_time(claimed, NOW, device_at, sold_at=sold_at)
    assert (found.at, [warning.code for warning in found.warnings]) == (returned_at, flags)


@pytest.mark.parametrize(
    ("at", "priced_at"),
    [
        (NOW, NOW),
        (ago(minutes=-5), ago(minutes=-5)),
        (ago(days=7), ago(days=7)),
        (ago(days=7, seconds=1), NOW),
        (ago(days=29), NOW),
    ],
)
def test_the_offers_of_a_past_day_count_for_a_week(at: datetime, priced_at: datetime) -> None:
    assert offers_time(at, NOW) == priced_at


TODAY, YESTERDAY = date(2026, 11, 28), date(2026, 11, 27)


@pytest.mark.parametrize(
    ("at", "sold_on", "facts"),
    [
        (ago(hours=12), TODAY, None),
        (ago(minutes=5), YESTERDAY, None),  # across midnight
        (ago(minutes=5, seconds=1), YESTERDAY, {"days": 1, "priced_now": False}),
        (ago(days=7), date(2026, 11, 21), {"days": 7, "priced_now": False}),
        (ago(days=8), date(2026, 11, 20), {"days": 8, "priced_now": True}),
    ],
)
def test_a_sale_of_a_past_day_is_late(at: datetime, sold_on: date, facts: dict[str, object] | None) -> None:
    found = late_warning(at, NOW, sold_on=sold_on, received_on=TODAY)
    assert (found and dict(found.facts)) == facts
