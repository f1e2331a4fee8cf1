"""The nightly counting in SQL equals the readable rules, publishes once, and stores only what changed."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from segments.facts import Figures, Occasion, Purchase, Scores, Segment, Thresholds
from segments.models import SegmentMembership
from segments.operations import (
    KEPT_RUNS,
    PublishRefused,
    _Counting,
    _publish_run,
    change_rule,
    forget_replaced_standings,
    label_members,
    recalculate,
    recount,
)
from segments.queries import latest_run, standing_of
from segments.rules import figures_of, lifecycle, scores_of
from tests.buyers import BuyersShop, add_members, add_purchases, days_before, open_shop, void_sale

TODAY = date(2026, 11, 21)
NIGHT = datetime(2026, 11, 21, 17, 5, tzinfo=UTC)


@pytest.fixture
def shop(db: None) -> BuyersShop:
    return open_shop()


def published(shop: BuyersShop) -> dict[UUID, tuple[Segment, Figures, Scores]]:
    """Return what everybody sees: member -> (segment, figures, scores)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT member_id FROM segments_current WHERE merchant_id = %s", [shop.merchant.id])
        ids = [row[0] for row in cursor.fetchall()]
    found = {}
    for member_id in ids:
        standing = standing_of(merchant=shop.merchant, member_id=member_id)
        assert standing is not None
        found[member_id] = (standing.segment, standing.figures, standing.scores)
    return found


def defined(
    purchases: dict[UUID, list[tuple[date, int]]], as_of: date, limits: Thresholds
) -> dict[UUID, tuple[Segment | None, Figures, Scores]]:
    """Return the same by `segments.rules`."""
    buyers = {
        member_id: figures
        for member_id, bought in purchases.items()
        if (figures := figures_of([Purchase(*one) for one in bought], as_of, limits))
    }
    scores = scores_of(buyers)
    return {
        member_id: (lifecycle(figures, as_of, limits), figures, scores[member_id])
        for member_id, figures in buyers.items()
    }


# Days cluster around the limits of small thresholds, so that both sides of every limit are met.
histories = st.lists(st.lists(st.tuples(st.integers(-2, 12), st.integers(1, 4)), max_size=6), min_size=1, max_size=12)
rules = st.integers(1, 8).flatmap(
    lambda lapsed: st.builds(
        Thresholds,
        new_within_days=st.integers(1, lapsed),
        lapsed_after_days=st.just(lapsed),
        loyal_purchases=st.integers(2, 4),
        loyal_window_days=st.integers(1, 10),
    )
)


@pytest.mark.parametrize("examples", [15, pytest.param(300, marks=[pytest.mark.proof, pytest.mark.timeout(3600)])])
def test_the_sql_is_the_rules(db: None, examples: int) -> None:
    given(histories=histories, limits=rules, changed=rules)(settings(max_examples=examples, deadline=None)(compare))()


def compare(histories: list[list[tuple[int, int]]], limits: Thresholds, changed: Thresholds) -> None:
    """Compare three runs in a row: the first, a later day, and a changed rule on that day."""
    shop = open_shop()
    with merchant_scope(shop.merchant.id):
        members = add_members(shop, len(histories))
        purchases = {
            member_id: [(TODAY - timedelta(days=ago), amount) for ago, amount in history]
            for member_id, history in zip(members, histories, strict=True)
        }
        add_purchases(shop, purchases)
        change_rule(merchant=shop.merchant, thresholds=limits, at=NIGHT, actor=SYSTEM)
        for as_of in (TODAY, TODAY + timedelta(days=1)):
            recalculate(merchant=shop.merchant, business_date=as_of, at=NIGHT)
            assert published(shop) == defined(purchases, as_of, limits)
        change_rule(merchant=shop.merchant, thresholds=changed, at=NIGHT, actor=SYSTEM)
        recount(merchant=shop.merchant, business_date=TODAY, at=NIGHT, occasion=Occasion.RULE)
        assert published(shop) == defined(purchases, TODAY + timedelta(days=1), changed)


def test_returned_sales_and_anonymous_sales_do_not_count(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        [member] = add_members(shop, 1)
        add_purchases(shop, {member: days_before(TODAY, 40, 20)})
        add_purchases(shop, {member: days_before(TODAY, 1)}, refunded_amount=10_000)
        add_purchases(shop, {member: days_before(TODAY, 2)}, refunded_amount=4_000)
        add_purchases(shop, {member: days_before(TODAY, 3, amount=0)})
        run = recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        standing = standing_of(merchant=shop.merchant, member_id=member)
    assert run is not None
    assert standing is not None
    assert standing.figures == Figures(TODAY - timedelta(days=40), TODAY - timedelta(days=2), 3, 3, 26_000)
    assert run.counts == {Segment.NEW: 0, Segment.ACTIVE: 1, Segment.LOYAL: 0, Segment.LAPSED: 0}


def test_another_merchants_buyers_are_not_counted(shop: BuyersShop) -> None:
    stranger = open_shop("Toko Sebelah")
    for each in (shop, stranger):
        with merchant_scope(each.merchant.id):
            add_purchases(each, {add_members(each, 1)[0]: days_before(TODAY, 1)})
    with merchant_scope(shop.merchant.id):
        run = recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
    assert run is not None
    assert run.buyer_count == 1
    with merchant_scope(stranger.merchant.id):
        assert latest_run(merchant=stranger.merchant) is None
        assert published(stranger) == {}


def test_the_night_of_a_day_counts_once(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        [member] = add_members(shop, 1)
        add_purchases(shop, {member: days_before(TODAY, 1)})
        first = recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        add_purchases(shop, {member: days_before(TODAY, 1)})
        again = recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT + timedelta(hours=1))
    assert first == again


def test_segments_never_go_back_in_time(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        assert recalculate(merchant=shop.merchant, business_date=TODAY - timedelta(days=1), at=NIGHT) is None
        run = latest_run(merchant=shop.merchant)
    assert run is not None
    assert run.business_date == TODAY


def test_a_counting_that_was_overtaken_is_not_published(shop: BuyersShop) -> None:
    """The pointer moves only from the run that the counting was compared with, and never under an older fence."""
    with merchant_scope(shop.merchant.id):
        run = recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT, fence=3)
        assert run is not None

        def attempt(number: int, day: date, fence: int) -> None:
            counting = _Counting(shop.merchant, number, day, Occasion.NIGHT, fence, Thresholds(), NIGHT)
            with pytest.raises(PublishRefused), transaction.atomic():
                _publish_run(counting, run_id=run.id)

        attempt(number=1, day=TODAY + timedelta(days=1), fence=9)
        attempt(number=3, day=TODAY + timedelta(days=1), fence=9)
        attempt(number=2, day=TODAY, fence=2)
        attempt(number=2, day=TODAY - timedelta(days=1), fence=9)
        after = latest_run(merchant=shop.merchant)
    assert after is not None
    assert after.number == 1


def test_only_what_changed_is_stored(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        members = add_members(shop, 6)
        add_purchases(shop, {member: days_before(TODAY, 50, 40, 35 + n) for n, member in enumerate(members)})
        recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        recalculate(merchant=shop.merchant, business_date=TODAY + timedelta(days=1), at=NIGHT)
        rows = SegmentMembership.objects.filter(merchant_id=shop.merchant.id)
        assert rows.count() == 6
        add_purchases(shop, {members[5]: days_before(TODAY, -2)})
        recalculate(merchant=shop.merchant, business_date=TODAY + timedelta(days=2), at=NIGHT)
        assert rows.filter(member_id=members[5]).count() == 2
        assert len(published(shop)) == 6


def test_replaced_rows_are_forgotten_after_some_runs(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        [member] = add_members(shop, 1)
        for n in range(KEPT_RUNS + 3):
            add_purchases(shop, {member: days_before(TODAY, -n)})
            recalculate(merchant=shop.merchant, business_date=TODAY + timedelta(days=n), at=NIGHT)
        before = published(shop)
        assert forget_replaced_standings(merchant=shop.merchant) == 3
        assert forget_replaced_standings(merchant=shop.merchant) == 0
        assert SegmentMembership.objects.filter(merchant_id=shop.merchant.id).count() == KEPT_RUNS
        assert published(shop) == before


def test_members_carry_what_is_published(shop: BuyersShop) -> None:
    """In batches; if a worker is killed between two of them no member is missed, and a later run decides."""
    with merchant_scope(shop.merchant.id):
        loyal, lapsed, gone, _never = members = add_members(shop, 4)
        add_purchases(shop, {loyal: days_before(TODAY, 60, 50, 40, 30, 20, 10), lapsed: days_before(TODAY, 300)})
        [returned] = add_purchases(shop, {gone: days_before(TODAY, 5)})
        first = recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        assert first is not None
        assert label_members(merchant=shop.merchant, until=first.number, after=None, limit=2) == f"1~{lapsed}"
        assert labels(shop, members) == ["loyal", "lapsed", None, None]
        void_sale(shop, returned, on=TODAY)
        add_purchases(shop, {lapsed: days_before(TODAY, -1)})
        later = recalculate(merchant=shop.merchant, business_date=TODAY + timedelta(days=1), at=NIGHT)
        assert later is not None
        bring_along(shop, first.number, limit=2)
        assert labels(shop, members) == ["loyal", "active", None, None]
        bring_along(shop, later.number)
        assert labels(shop, members) == ["loyal", "active", None, None]


def test_labels_left_behind_are_brought_along_by_the_next_run(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        members = add_members(shop, 3)
        add_purchases(shop, {member: days_before(TODAY, 40, 35) for member in members})
        recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        later = recalculate(merchant=shop.merchant, business_date=TODAY + timedelta(days=1), at=NIGHT)
        assert later is not None
        assert labels(shop, members) == [None, None, None]
        bring_along(shop, later.number, limit=2)
        assert labels(shop, members) == ["active", "active", "active"]


def bring_along(shop: BuyersShop, number: int, limit: int = 100) -> None:
    after: str | None = None
    while True:
        after = label_members(merchant=shop.merchant, until=number, after=after, limit=limit)
        if after is None:
            return


def labels(shop: BuyersShop, members: list[UUID]) -> list[str | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT segment FROM members_standing WHERE merchant_id = %s AND member_id = ANY(%s) ORDER BY member_id",
            [shop.merchant.id, members],
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("table", ["segments_segmentrun", "segments_segmentcount", "segments_segmentmove"])
def test_runs_counts_and_moves_are_history(shop: BuyersShop, table: str) -> None:
    with merchant_scope(shop.merchant.id):
        add_purchases(shop, {add_members(shop, 1)[0]: days_before(TODAY, 1)})
        recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                execute(f"{statement} WHERE merchant_id = %s", [shop.merchant.id])


def test_a_second_run_for_one_night_is_refused_by_the_database(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        recalculate(merchant=shop.merchant, business_date=TODAY, at=NIGHT)
        rest = (
            "business_date, occasion, new_within_days, lapsed_after_days, loyal_purchases, loyal_window_days, "
            "buyer_count, published_at"
        )
        with pytest.raises(IntegrityError, match="segment_run_one_per_night"), transaction.atomic():
            execute(
                f"INSERT INTO segments_segmentrun (merchant_id, id, number, {rest}) "
                f"SELECT merchant_id, uuidv7(), number + 1, {rest} FROM segments_segmentrun WHERE merchant_id = %s",
                [shop.merchant.id],
            )


def execute(statement: str, values: list[UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
