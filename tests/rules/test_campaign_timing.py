"""How late is too late; and what a coupon could cost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns.facts import CouponOffer, OfferKind
from campaigns.rules.offers import definition_of, last_valid_day, max_cost, problems_of
from campaigns.rules.schedules import is_stale

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


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


@pytest.mark.parametrize("offer", [PERCENT, AMOUNT])
def test_an_offer_survives_its_storage(offer: CouponOffer) -> None:
    assert CouponOffer.from_json(offer.to_json()) == offer


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
