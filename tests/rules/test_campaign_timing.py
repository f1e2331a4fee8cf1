"""Retries, quiet hours, lateness; and what a coupon could cost."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.facts import CouponOffer, OfferKind
from campaigns.rules.offers import definition_of, from_json, last_valid_day, max_cost, problems_of, to_json
from campaigns.rules.timing import after_quiet_hours, hold_after, is_quiet, is_stale, next_try

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


def test_late_is_more_than_a_day() -> None:
    assert not is_stale(START, START + timedelta(hours=24))
    assert is_stale(START, START + timedelta(hours=24, seconds=1))


PERCENT = CouponOffer(kind=OfferKind.PERCENT, percent=Decimal("12.50"), cap_amount=30_000, min_spend_amount=100_000)
AMOUNT = CouponOffer(kind=OfferKind.AMOUNT, amount=20_000, valid_days=30)


def test_an_offer_as_the_engine_reads_it() -> None:
    assert definition_of(PERCENT, title="Kangen") == {
        "title": "Kangen",
        "kind": "percent_off",
        "value": "12.5",
        "cap": 30_000,
        "when": {"min_subtotal": 100_000},
    }
    assert definition_of(AMOUNT, title="Selamat") == {"title": "Selamat", "kind": "amount_off", "value": 20_000}


def test_what_an_offer_could_cost() -> None:
    assert max_cost(PERCENT, 1_476) == 44_280_000
    assert max_cost(AMOUNT, 3) == 60_000
    assert max_cost(CouponOffer(kind=OfferKind.PERCENT, percent=Decimal(10)), 5) is None


def test_the_day_of_issue_counts() -> None:
    assert last_valid_day(CouponOffer(kind=OfferKind.AMOUNT, amount=1, valid_days=1), START.date()) == START.date()
    assert (last_valid_day(AMOUNT, START.date()) - START.date()).days == 29


@pytest.mark.parametrize("offer", [PERCENT, AMOUNT, None])
def test_an_offer_survives_its_storage(offer: CouponOffer | None) -> None:
    assert from_json(to_json(offer)) == offer


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"percent": Decimal(0)}, "percent_range"),
        ({"percent": Decimal(101)}, "percent_range"),
        ({"percent": Decimal("NaN")}, "percent_range"),
        ({"cap_amount": 0}, "cap_range"),
        ({"min_spend_amount": -1}, "min_spend_range"),
        ({"valid_days": 0}, "days_range"),
        ({"valid_days": 367}, "days_range"),
        ({"kind": OfferKind.AMOUNT, "amount": 0}, "amount_range"),
        ({"kind": OfferKind.AMOUNT, "amount": 20_000, "min_spend_amount": 20_000}, "min_below_amount"),
    ],
)
def test_offers_that_cannot_be_meant(changes: dict[str, Any], code: str) -> None:
    offer = CouponOffer(**{"kind": OfferKind.PERCENT, "percent": Decimal(10), **changes})
    assert [found for _, found in problems_of(offer)] == [code]
