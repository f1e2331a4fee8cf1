"""What pages and campaigns read of the published snapshot: cards, lists, reasons, flows, the grid, previews."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from common.errors import BadInput
from members.facts import MembersPage
from members.queries import AmongMembers, MemberFilter, members_page
from merchants.facts import SYSTEM
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from segments.facts import Flow, Occasion, Segment, Thresholds, Zone
from segments.models import LifecycleRule
from segments.operations import change_rule, label_members, recalculate, recount
from segments.queries import (
    CameFrom,
    StandingFilter,
    audience,
    explain_member,
    history,
    latest_run,
    member_ids_sql,
    moves,
    preview_rule,
    propose_rule,
    reason,
    rfm_grid,
    segment_cards,
    standings_of,
    thresholds_of,
)
from tests.buyers import BuyersShop, add_members, add_purchases, days_before, open_shop

TODAY = date(2026, 7, 2)
NIGHT = datetime(2026, 7, 2, 17, 5, tzinfo=UTC)
NEW, ACTIVE, LOYAL, LAPSED = Segment.NEW, Segment.ACTIVE, Segment.LOYAL, Segment.LAPSED


@pytest.fixture
def shop(db: None) -> BuyersShop:
    return open_shop()


def count_night(shop: BuyersShop, day: date) -> None:
    run = recalculate(merchant=shop.merchant, business_date=day, at=NIGHT)
    assert run is not None
    label_members(merchant=shop.merchant, until=run.number, after=None)


def one_of_each(shop: BuyersShop) -> list[UUID]:
    """New, active, loyal, lapsed and one who never bought, in this order; every second one agreed to e-mails."""
    members = add_members(shop, 5)
    new, active, loyal, lapsed, _never = members
    add_purchases(
        shop,
        {
            new: days_before(TODAY, 3),
            active: days_before(TODAY, 60, 20),
            loyal: days_before(TODAY, 100, 80, 60, 40, 20, 1),
            lapsed: days_before(TODAY, 200, 112, amount=50_000),
        },
    )
    return members


def test_cards_before_the_first_night_show_zeros_and_the_rule(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id), override("id"):
        cards = segment_cards(merchant=shop.merchant, run=latest_run(merchant=shop.merchant))
    assert [card.segment for card in cards] == [NEW, ACTIVE, LOYAL, LAPSED]
    assert [(card.member_count, card.base, card.share, card.trend, card.change) for card in cards] == [
        (0, 0, None, (), None)
    ] * 4
    assert cards[3].definition == "Tidak belanja lebih dari 90 hari."


def test_cards_show_count_share_base_trend_and_reach(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id), override("en"):
        one_of_each(shop)
        count_night(shop, TODAY)
        count_night(shop, TODAY + timedelta(days=40))
        cards = {
            card.segment: card for card in segment_cards(merchant=shop.merchant, run=latest_run(merchant=shop.merchant))
        }
    assert [(cards[s].member_count, cards[s].change) for s in Segment] == [(1, 0), (1, 0), (1, 0), (1, 0)]
    assert (cards[LAPSED].share, cards[LAPSED].base, cards[LAPSED].spend_amount) == (0.25, 4, 100_000)
    assert cards[NEW].trend == ((TODAY, 1), (TODAY + timedelta(days=40), 1))
    assert cards[NEW].compared_on == TODAY
    assert sum(card.reachable for card in cards.values()) == 2
    assert cards[LOYAL].definition == (
        "At least 6 purchases within 180 days, the last one at most 90 days ago, and no longer new."
    )


def test_cards_cost_the_same_number_of_statements_whatever_the_size(
    shop: BuyersShop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with merchant_scope(shop.merchant.id):
        one_of_each(shop)
        count_night(shop, TODAY)
        with django_assert_num_queries(4):
            segment_cards(merchant=shop.merchant, run=latest_run(merchant=shop.merchant))


@pytest.mark.parametrize(
    ("place", "indonesian", "english"),
    [
        (
            0,
            "Baru: pertama belanja 29 Jun 2026, 3 hari lalu (batas 30 hari)",
            "New: first purchase 29 Jun 2026, 3 days ago (limit 30 days)",
        ),
        (
            1,
            (
                "Aktif: terakhir belanja 12 Jun 2026, 20 hari lalu (batas 90 hari); "
                "2 kali belanja dalam 180 hari (setia mulai 6)"
            ),
            (
                "Active: last purchase 12 Jun 2026, 20 days ago (limit 90 days); "
                "2 purchases within 180 days (loyal from 6)"
            ),
        ),
        (
            2,
            "Setia: 6 kali belanja dalam 180 hari (mulai 6), terakhir belanja 1 Jul 2026, 1 hari lalu",
            "Loyal: 6 purchases within 180 days (from 6), last purchase 1 Jul 2026, 1 day ago",
        ),
        (
            3,
            "Hilang: terakhir belanja 12 Mar 2026, 112 hari lalu (batas 90 hari)",
            "Lapsed: last purchase 12 Mar 2026, 112 days ago (limit 90 days)",
        ),
        (4, "Belum pernah belanja", "No purchases yet"),
    ],
)
def test_each_member_carries_the_reason_in_both_languages(
    shop: BuyersShop, place: int, indonesian: str, english: str
) -> None:
    with merchant_scope(shop.merchant.id):
        member = one_of_each(shop)[place]
        assert reason(merchant=shop.merchant, member_id=member, language="id") == "Belum pernah belanja"
        count_night(shop, TODAY)
        assert reason(merchant=shop.merchant, member_id=member, language="id") == indonesian
        assert reason(merchant=shop.merchant, member_id=member, language="en") == english
        with override("en"):
            assert reason(merchant=shop.merchant, member_id=member) == english


def test_a_single_purchase_explains_itself(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        [member] = add_members(shop, 1)
        add_purchases(shop, {member: days_before(TODAY, 45)})
        count_night(shop, TODAY)
        found = reason(merchant=shop.merchant, member_id=member, language="id")
    assert found == "Baru: baru sekali belanja, pada 18 Mei 2026, 45 hari lalu (batas 90 hari)"


def test_the_reason_keeps_the_limits_of_the_published_run(shop: BuyersShop) -> None:
    """A changed rule is shown only once a night has counted with it."""
    with merchant_scope(shop.merchant.id):
        lapsed = one_of_each(shop)[3]
        count_night(shop, TODAY)
        change_rule(merchant=shop.merchant, thresholds=Thresholds(lapsed_after_days=120), at=NIGHT, actor=SYSTEM)
        before = explain_member(merchant=shop.merchant, member_id=lapsed)
        recount(merchant=shop.merchant, business_date=TODAY, at=NIGHT, occasion=Occasion.RULE)
        after = explain_member(merchant=shop.merchant, member_id=lapsed)
    assert before is not None
    assert after is not None
    assert (before.segment, before.thresholds.lapsed_after_days) == (LAPSED, 90)
    assert (after.segment, after.thresholds.lapsed_after_days) == (ACTIVE, 120)


def listed(shop: BuyersShop, who: StandingFilter, *, after: str | None = None, limit: int = 3) -> MembersPage:
    """Return the page of the member list that these buyers are."""
    among = AmongMembers(*member_ids_sql(merchant=shop.merchant, who=who))
    filters = MemberFilter(among=(among,))
    return members_page(merchant=shop.merchant, filters=filters, sort="-last", after=after, limit=limit)


def test_a_segments_members_come_in_pages(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        members = add_members(shop, 7)
        add_purchases(shop, {member: days_before(TODAY, 40, n // 2) for n, member in enumerate(members)})
        count_night(shop, TODAY)
        seen: list[UUID] = []
        after = None
        for _ in range(10):
            page = listed(shop, StandingFilter(segment=ACTIVE), after=after)
            seen += [one.id for one in page.members]
            after = page.next_after
            if after is None:
                break
        standings = standings_of(merchant=shop.merchant, member_ids=seen)
    assert page.total == 7
    assert len(seen) == 7
    assert set(seen) == set(members) == set(standings)
    assert {one.segment for one in standings.values()} == {ACTIVE}


def test_a_page_may_be_one_cell_or_one_zone_of_the_grid(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        one_of_each(shop)
        count_night(shop, TODAY)
        grid = rfm_grid(merchant=shop.merchant, run=latest_run(merchant=shop.merchant))
        for cell in grid.cells:
            who = StandingFilter(recency=cell.recency, frequency=cell.frequency)
            assert listed(shop, who).total == cell.member_count
        for zone in Zone:
            inside = sum(cell.member_count for cell in grid.cells if cell.zone is zone)
            assert listed(shop, StandingFilter(zone=zone)).total == inside
    assert (grid.buyers, grid.enough, len(grid.cells)) == (4, False, 25)
    assert sum(cell.spend_amount for cell in grid.cells) == 190_000


def test_an_audience_is_sql_that_never_passes_through_python(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        lapsed = one_of_each(shop)[3]
        count_night(shop, TODAY)
        statement, values = audience(merchant=shop.merchant, who=StandingFilter(segment=LAPSED))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT array_agg(member_id) FROM ({statement}) AS audience", values)
            assert cursor.fetchone() == ([lapsed],)


def of_cell(shop: BuyersShop, origin: Segment | None, target: Segment) -> list[UUID]:
    """Return the members behind one cell of the flow table."""
    who = StandingFilter(segment=target, came=CameFrom(origin, 100))
    return [one.id for one in listed(shop, who, limit=50).members]


def test_flows_show_who_moved_and_who_stayed(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        new, active, _loyal, lapsed, never = one_of_each(shop)
        assert of_cell(shop, None, NEW) == []
        assert moves(merchant=shop.merchant).flows == ()
        count_night(shop, TODAY)
        first = moves(merchant=shop.merchant)
        assert (first.since, first.until) == (None, TODAY)
        assert first.flows == tuple(Flow(None, segment, 1) for segment in Segment)
        add_purchases(shop, {lapsed: days_before(TODAY, -1), never: days_before(TODAY, -1)})
        for days in (1, 2, 85):
            count_night(shop, TODAY + timedelta(days=days))
        table = moves(merchant=shop.merchant, days=100)
        assert table.since == TODAY
        assert table.flows == (
            Flow(None, NEW, 1),
            Flow(NEW, NEW, 1),
            Flow(ACTIVE, LAPSED, 1),
            Flow(LOYAL, ACTIVE, 1),
            Flow(LAPSED, ACTIVE, 1),
        )
        everybody = sum(flow.member_count for flow in table.flows)
        run = latest_run(merchant=shop.merchant)
        assert run is not None
        assert everybody == run.buyer_count == 5
        assert of_cell(shop, ACTIVE, LAPSED) == [active]
        assert of_cell(shop, None, NEW) == [never]
        assert of_cell(shop, NEW, NEW) == [new]
        assert of_cell(shop, LOYAL, NEW) == []
        steps = history(merchant=shop.merchant, member_id=lapsed)
    assert [(step.origin, step.target) for step in steps] == [(LAPSED, ACTIVE), (None, LAPSED)]


def test_a_preview_says_who_would_move_and_writes_nothing(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        one_of_each(shop)
        nothing = preview_rule(merchant=shop.merchant, proposed=Thresholds(lapsed_after_days=120))
        assert (nothing.as_of, nothing.moving_count) == (None, 0)
        count_night(shop, TODAY)
        quick = preview_rule(merchant=shop.merchant, proposed=Thresholds(lapsed_after_days=120))
        assert quick.moves == (Flow(LAPSED, ACTIVE, 1),)
        assert (quick.before[LAPSED], quick.after[LAPSED], quick.after[ACTIVE]) == (1, 0, 2)
        other_window = preview_rule(merchant=shop.merchant, proposed=Thresholds(loyal_window_days=50))
        assert other_window.moves == (Flow(LOYAL, ACTIVE, 1),)
        run = latest_run(merchant=shop.merchant)
        assert run is not None
        assert run.counts[LAPSED] == 1


def test_changing_the_rule_leaves_an_audit_entry_and_is_checked(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        with pytest.raises(BadInput) as refused, override("id"):
            change_rule(merchant=shop.merchant, thresholds=Thresholds(new_within_days=91), at=NIGHT, actor=SYSTEM)
        assert [error.pointer for error in refused.value.errors] == ["new_within_days"]
        changed = Thresholds(lapsed_after_days=60)
        change_rule(merchant=shop.merchant, thresholds=changed, at=NIGHT, actor=SYSTEM)
        change_rule(merchant=shop.merchant, thresholds=changed, at=NIGHT, actor=SYSTEM)
        assert thresholds_of(merchant=shop.merchant) == changed
        change_rule(merchant=shop.merchant, thresholds=Thresholds(), at=NIGHT, actor=SYSTEM)
        assert thresholds_of(merchant=shop.merchant) == Thresholds()
        rule = LifecycleRule.objects.get(merchant_id=shop.merchant.id)
        entries = audit_entries(merchant=shop.merchant, subject_kind="lifecycle_rule", subject_id=rule.id)
        assert [(entry.before, entry.after) for entry in entries][-1] == (
            {"new_within_days": 30, "lapsed_after_days": 90, "loyal_purchases": 6, "loyal_window_days": 180},
            {"new_within_days": 30, "lapsed_after_days": 60, "loyal_purchases": 6, "loyal_window_days": 180},
        )
        assert len(entries) == 2


def test_a_proposal_needs_visits_enough(shop: BuyersShop) -> None:
    with merchant_scope(shop.merchant.id):
        members = add_members(shop, 10)
        add_purchases(shop, {member: days_before(TODAY, *range(3, 80, 7)) for member in members})
        assert propose_rule(merchant=shop.merchant) is None
        count_night(shop, TODAY)
        proposal = propose_rule(merchant=shop.merchant)
    assert proposal is not None
    assert (proposal.gap_count, proposal.median_gap_days, proposal.long_gap_days) == (100, 7, 7)


def test_the_stranger_sees_nothing(shop: BuyersShop) -> None:
    stranger = open_shop("Toko Sebelah")
    with merchant_scope(shop.merchant.id):
        member = one_of_each(shop)[0]
        count_night(shop, TODAY)
    with merchant_scope(stranger.merchant.id):
        assert listed(shop, StandingFilter()).total == 0
        assert explain_member(merchant=shop.merchant, member_id=member) is None
        assert listed(stranger, StandingFilter()).total == 0
