"""Lots in order, shares that add up, months that end: the ledger's pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.facts import Balance, EntryKind
from ledger.rules import (
    HOUSE_SIDE,
    TAKE_BACK_KINDS,
    OpenLot,
    active_lots,
    allocate,
    balance_of,
    expiry_day,
    pending_lots,
    unwind,
)

TODAY = date(2026, 3, 5)


def lot(number: int, free: int, *, opens: int = 0, last: int | None = 30, earned: int = 0, held: int = 0) -> OpenLot:
    """Return a lot; days are counted from today; `last` None never expires."""
    return OpenLot(
        id=UUID(int=number),
        transfer_id=UUID(int=1000 + number),
        amount=10**6,
        remaining=free + held,
        held=held,
        uses=0,
        available_on=TODAY + timedelta(days=opens),
        expires_on=None if last is None else TODAY + timedelta(days=last),
        earned_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=earned),
    )


def numbers(lots: list[OpenLot]) -> list[int]:
    return [lot.id.int for lot in lots]


def test_order_is_expiry_then_age_then_id() -> None:
    lots = [
        lot(1, 5, last=None),
        lot(2, 5, last=9, earned=2),
        lot(3, 5, last=9, earned=1),
        lot(5, 5, last=3),
        lot(4, 5, last=3),
    ]
    assert numbers(active_lots(lots, TODAY)) == [4, 5, 3, 2, 1]


@pytest.mark.parametrize(
    ("opens", "last", "state"),
    [
        (0, 0, "active"),
        (0, None, "active"),
        (-5, 0, "active"),
        (1, 5, "pending"),
        (1, None, "pending"),
        (-5, -1, "over"),
    ],
)
def test_a_lots_days_are_inclusive(opens: int, last: int | None, state: str) -> None:
    one = lot(1, 5, opens=opens, last=last)
    assert (one.is_active(TODAY), one.is_pending(TODAY), one.has_passed(TODAY)) == (
        state == "active",
        state == "pending",
        state == "over",
    )


def test_what_is_held_is_not_free() -> None:
    lots = [lot(1, 0, held=5), lot(2, 3, held=2), lot(3, 4, opens=2)]
    assert numbers(active_lots(lots, TODAY)) == [2]
    assert numbers(pending_lots(lots, TODAY)) == [3]


@example([0, 5], 3)
@given(st.lists(st.integers(0, 50), max_size=8), st.integers(0, 500))
def test_allocation_takes_in_order_and_says_what_is_missing(frees: list[int], amount: int) -> None:
    lots = [lot(number, free) for number, free in enumerate(frees, start=1)]
    takes, missing = allocate(lots, amount)
    assert sum(take.amount for take in takes) + missing == amount
    assert missing == max(0, amount - sum(frees))
    assert all(0 < take.amount <= take.lot.free for take in takes)
    assert all(take.amount == take.lot.free for take in takes[:-1])


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.data())
def test_partial_returns_in_any_split_are_the_full_one(parts: list[int], data: st.DataObject) -> None:
    left, returned, back = sum(parts), 0, [0] * len(parts)
    while left:
        amount = data.draw(st.integers(1, left))
        back = [a + b for a, b in zip(back, unwind(parts, returned, amount), strict=True)]
        returned, left = returned + amount, left - amount
    assert back == parts


def test_more_than_was_spent_does_not_unwind() -> None:
    with pytest.raises(ValueError, match="1 more"):
        unwind([3, 4], 2, 6)


def test_the_last_part_comes_back_first() -> None:
    assert unwind([10, 20, 5], 0, 8) == [0, 3, 5]
    assert unwind([10, 20, 5], 8, 20) == [3, 17, 0]


def test_balance_groups_by_day_and_hides_the_available_behind_debt() -> None:
    lots = [
        lot(1, 5, last=9),
        lot(2, 7, last=9, held=1),
        lot(3, 4, last=2),
        lot(4, 6, last=None),
        lot(5, 8, opens=3),
        lot(6, 9, last=-1, held=2),
    ]
    day = [TODAY + timedelta(days=d) for d in range(10)]
    assert balance_of(lots, 0, TODAY) == Balance(
        available=22, pending=8, held=3, expiring=((4, day[2]), (12, day[9])), pending_lots=((8, day[3]),)
    )
    owing = balance_of(lots, 40, TODAY)
    assert (owing.available, owing.expiring, owing.points_balance) == (0, (), 8 + 3 - 40)


@pytest.mark.parametrize(
    ("earned", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 13, date(2027, 12, 30)),
        (date(2026, 3, 5), 0, date(2026, 3, 5)),
        (date(2026, 3, 5), None, None),
    ],
)
def test_a_month_ends_where_the_calendar_lets_it(earned: date, months: int | None, expected: date | None) -> None:
    assert expiry_day(earned, months) == expected


def test_every_kind_that_is_not_a_reversal_has_a_house_side() -> None:
    assert set(HOUSE_SIDE) == set(EntryKind) - TAKE_BACK_KINDS - {EntryKind.REDEEM_REVERSAL}
