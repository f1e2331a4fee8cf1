"""Who is a child, to the instant."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from members.rules import adult_at, is_child


@pytest.mark.parametrize(
    ("born", "at", "expected"),
    [
        (None, datetime(2026, 3, 5, tzinfo=UTC), False),
        (date(2008, 3, 5), datetime(2026, 3, 4, 16, 59, tzinfo=UTC), True),
        (date(2008, 3, 5), datetime(2026, 3, 4, 17, 0, tzinfo=UTC), False),
        (date(2008, 2, 29), datetime(2026, 2, 27, 16, 59, tzinfo=UTC), True),
        (date(2008, 2, 29), datetime(2026, 2, 27, 17, 0, tzinfo=UTC), False),
        (date(1980, 1, 1), datetime(2026, 3, 5, tzinfo=UTC), False),
    ],
)  # fmt: skip
def test_eighteen_begins_where_the_store_is(born: date | None, at: datetime, expected: bool) -> None:
    assert is_child(born, zone="Asia/Jakarta", at=at) is expected


def test_who_is_born_on_a_leap_day_grows_up_on_the_28th_elsewhere() -> None:
    assert adult_at(date(2008, 2, 29), zone="UTC") == datetime(2026, 2, 28, tzinfo=UTC)
    assert adult_at(date(2004, 2, 28), zone="UTC") == datetime(2022, 2, 28, tzinfo=UTC)
