"""Tiers: earned, up at once, down by policy, what is missing for the next; running figures after a purchase."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.facts import (
    DownPolicy,
    MemberFacts,
    MemberSource,
    MemberStatus,
    PurchaseDates,
    TierFacts,
    TierFigures,
    TierMeasure,
    TierProgramFacts,
)
from members.rules import (
    PurchaseDelta,
    counts_towards_tier,
    earned_tier,
    next_tier,
    standing_after,
    tier_after_night,
    tier_after_purchase,
    window_starts_on,
)


def tier(rank: int, need: int, measure: TierMeasure = TierMeasure.SPEND) -> TierFacts:
    name = ("Bronze", "Silver", "Gold", "Platinum")[rank - 1]
    return TierFacts(UUID(int=rank), name.lower(), name, rank, measure, need)


BRONZE, SILVER, GOLD, PLATINUM = tier(1, 0), tier(2, 1_000_000), tier(3, 5_000_000), tier(4, 15_000_000)
LADDER = (BRONZE, SILVER, GOLD, PLATINUM)
TODAY = date(2026, 3, 5)


def spent(amount: int, since: date | None = None) -> TierFigures:
    return TierFigures(spend_amount=amount, counted_since_on=since)


@pytest.mark.parametrize(
    ("amount", "earned"),
    [(0, BRONZE), (999_999, BRONZE), (1_000_000, SILVER), (4_999_999, SILVER), (5_000_000, GOLD), (10**12, PLATINUM)],
)
def test_earned(amount: int, earned: TierFacts) -> None:
    assert earned_tier(spent(amount), LADDER) == earned


def test_an_empty_ladder_earns_nothing() -> None:
    assert earned_tier(spent(10**9), ()) is None
    assert next_tier(None, spent(0), (), 365) is None


def test_each_tier_may_ask_for_its_own_measure() -> None:
    ladder = (BRONZE, tier(2, 5, TierMeasure.VISITS), tier(3, 900, TierMeasure.POINTS))
    assert earned_tier(TierFigures(visits=5), ladder) == ladder[1]
    assert earned_tier(TierFigures(points=900), ladder) == ladder[2]


@pytest.mark.parametrize(
    ("current", "amount", "moves_to"),
    [
        (BRONZE, 999_999, None),
        (BRONZE, 1_000_000, SILVER),
        (BRONZE, 20_000_000, PLATINUM),
        (GOLD, 0, None),
        (GOLD, 1_000_000, None),
        (None, 0, BRONZE),
    ],
)
def test_up_at_once_never_down(current: TierFacts | None, amount: int, moves_to: TierFacts | None) -> None:
    assert tier_after_purchase(current, spent(amount), LADDER) == moves_to


EARNED, ONE_STEP, NEVER = (TierProgramFacts(down_policy=policy) for policy in DownPolicy)
NIGHTS = [
    # current, amount, program, since, protected until, moves to
    (PLATINUM, 0, EARNED, None, None, BRONZE),
    (PLATINUM, 0, ONE_STEP, None, None, GOLD),
    (PLATINUM, 0, NEVER, None, None, None),
    (GOLD, 5_000_000, EARNED, None, None, None),
    (BRONZE, 5_000_000, NEVER, None, None, GOLD),
    (GOLD, 0, EARNED, None, TODAY, None),
    (GOLD, 0, EARNED, None, TODAY - timedelta(days=1), BRONZE),
    (BRONZE, 5_000_000, EARNED, None, TODAY + timedelta(days=9), GOLD),
    (GOLD, 0, replace(EARNED, keep_days=30), TODAY - timedelta(days=29), None, None),
    (GOLD, 0, replace(EARNED, keep_days=30), TODAY - timedelta(days=30), None, BRONZE),
    (None, 0, EARNED, None, None, BRONZE),
]


@pytest.mark.parametrize(("current", "amount", "program", "since", "protected", "moves_to"), NIGHTS)
def test_the_night(
    current: TierFacts | None,
    amount: int,
    program: TierProgramFacts,
    since: date | None,
    protected: date | None,
    moves_to: TierFacts | None,
) -> None:
    moved = tier_after_night(
        current, spent(amount), LADDER, program, since_on=since, protected_until=protected, on=TODAY
    )
    assert moved == moves_to


def test_what_is_missing_for_the_next_tier() -> None:
    missing = next_tier(SILVER, spent(4_590_000, date(2025, 6, 1)), LADDER, 365)
    assert missing is not None
    assert (missing.code, missing.measure, missing.progress, missing.threshold) == (
        "gold",
        "spend",
        4_590_000,
        5_000_000,
    )
    assert missing.by == date(2026, 5, 31)
    assert next_tier(PLATINUM, spent(0), LADDER, 365) is None


def test_nothing_counted_yet_has_no_date() -> None:
    missing = next_tier(BRONZE, TierFigures(), LADDER, 365)
    assert missing is not None
    assert missing.by is None


def test_the_window_includes_its_first_day() -> None:
    assert window_starts_on(date(2026, 3, 5), 365) == date(2025, 3, 6)
    assert counts_towards_tier(date(2025, 3, 6), date(2026, 3, 5), 365)
    assert not counts_towards_tier(date(2025, 3, 5), date(2026, 3, 5), 365)


# --- running figures ---------------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
NEWCOMER = MemberFacts(
    id=UUID(int=9),
    number="184212345674",
    status=MemberStatus.ACTIVE,
    name="Budi",
    phone=None,
    email=None,
    birth_date=None,
    joined_at=NOON,
    joined_on=TODAY,
    source=MemberSource.TILL,
    outlet_id=None,
    language="id",
    attributes={},
    notes="",
    segment=None,
    referral_code="K7QH2M4TX9CDR",
    referred_by_id=None,
    external_ref=None,
    promo_email=False,
    first_purchase_at=None,
    last_purchase_at=None,
    purchase_count=0,
    spend_amount=0,
    tier=BRONZE,
    tier_since_on=TODAY,
    tier_protected_until=None,
    tier_figures=TierFigures(),
    next_tier=None,
    ladder=LADDER,
)


def sale(amount: int, *, at: datetime = NOON, on: date = TODAY) -> PurchaseDelta:
    return PurchaseDelta(purchased_at=at, purchased_on=on, spend_amount=amount, purchases=1 if amount else 0, points=3)


def test_the_first_purchase() -> None:
    after, change = standing_after(NEWCOMER, sale(250_000), business_date=TODAY)
    assert (after.first_purchase_at, after.last_purchase_at) == (NOON, NOON)
    assert (after.purchase_count, after.spend_amount) == (1, 250_000)
    assert after.tier_figures == TierFigures(250_000, 3, 1, TODAY)
    assert after.next_tier is not None
    assert after.next_tier.progress == 250_000
    assert change is None


def test_two_levels_up_in_one_sale() -> None:
    after, change = standing_after(NEWCOMER, sale(5_000_000), business_date=TODAY)
    assert change is not None
    assert (change.from_tier, change.to_tier) == (BRONZE, GOLD)
    assert after.tier == GOLD
    assert after.next_tier is not None
    assert after.next_tier.code == "platinum"


def test_a_late_receipt_moves_the_first_purchase_back() -> None:
    after, _ = standing_after(NEWCOMER, sale(1_000), business_date=TODAY)
    earlier = NOON - timedelta(days=3)
    after, _ = standing_after(after, sale(2_000, at=earlier, on=TODAY - timedelta(days=3)), business_date=TODAY)
    assert (after.first_purchase_at, after.last_purchase_at) == (earlier, NOON)
    assert after.tier_figures.counted_since_on == TODAY - timedelta(days=3)


def test_a_receipt_from_before_the_window_counts_for_no_tier() -> None:
    long_ago = TODAY - timedelta(days=365)
    after, change = standing_after(NEWCOMER, sale(20_000_000, on=long_ago), business_date=TODAY)
    assert change is None
    assert after.tier_figures == TierFigures()
    assert after.spend_amount == 20_000_000


def test_a_gift_is_no_purchase() -> None:
    after, _ = standing_after(NEWCOMER, sale(0), business_date=TODAY)
    assert after.purchase_count == 0
    assert after.first_purchase_at is None


def test_a_return_that_empties_the_sale_brings_its_dates() -> None:
    bought, _ = standing_after(NEWCOMER, sale(50_000), business_date=TODAY)
    back = PurchaseDelta(NOON, TODAY, spend_amount=-50_000, purchases=-1, points=-3, dates=PurchaseDates(None, None))
    after, change = standing_after(bought, back, business_date=TODAY)
    assert change is None
    assert (after.purchase_count, after.spend_amount, after.first_purchase_at) == (0, 0, None)
    assert (after.tier_figures.spend_amount, after.tier_figures.visits) == (0, 0)


@given(st.lists(st.integers(1, 3_000_000), min_size=1, max_size=12), st.randoms())
def test_the_order_of_receipts_does_not_matter(amounts: list[int], order: object) -> None:
    receipts = [sale(amount, at=NOON + timedelta(hours=place)) for place, amount in enumerate(amounts)]
    shuffled = list(receipts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    straight = mixed = NEWCOMER
    for one, other in zip(receipts, shuffled, strict=True):
        straight, _ = standing_after(straight, one, business_date=TODAY)
        mixed, _ = standing_after(mixed, other, business_date=TODAY)
    assert straight == mixed
