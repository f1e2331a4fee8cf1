"""A period replayed: the program in force gives back what was really given; a draft differs where it should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from insights.facts import Base, Change, ChangeKind, ScenarioInputs
from insights.invariants import verify
from insights.models import Result
from insights.operations import create_scenario
from insights.tasks import reading
from ledger.facts import EndedPoints
from ledger.queries import ended_points
from merchants.facts import SYSTEM
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.engine import validate_definition
from rewards.engine.facts import Bill
from rewards.promotions.queries import live_promotions
from sales.models import Sale
from sales.operations import refund_sale
from tests.busy_shop import FIRST, LAST, asked, doubled, earning_rule, open_busy_shop, really_given, sell, simulate
from tests.sales_shop import NOW, SellingShop, line, refund_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def busy_shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> SellingShop:
    """Commit the shop once; what a test adds to it rolls back."""
    with django_db_blocker.unblock():
        return open_busy_shop()


def told(sums: dict[str, int]) -> dict[str, int]:
    return {
        name: sums[name]
        for name in ("receipts", "subtotal_amount", "discount_amount", "points", "points_used", "cashback_amount")
    }


def assert_told(sums: dict[str, int], given: dict[str, int]) -> None:
    """Check that both are the same to the last rupiah; points by whole steps may differ by one for each part return."""
    found = told(sums)
    assert abs(found["points"] - given["points"]) <= 2
    assert {**found, "points": 0} == {**given, "points": 0}


def test_the_program_in_force_gives_back_exactly_what_was_given(busy_shop: SellingShop) -> None:
    given = really_given(busy_shop)
    assert min(given.values()) > 0
    result = simulate(busy_shop)
    assert_told(result["base"], given)
    assert result["draft"] == result["base"]
    assert sum(month["base"]["points"] for month in result["months"]) == result["base"]["points"]
    assert sum(part["base"]["cost_amount"] for part in result["segments"]) == result["base"]["cost_amount"]


def test_goods_that_came_back_count_on_neither_side(busy_shop: SellingShop) -> None:
    """A sale fully returned is none, one returned in half counts half, under the base and under the draft."""
    before = simulate(busy_shop)["base"]
    at = NOW + timedelta(days=12, hours=5)
    with merchant_scope(busy_shop.merchant.id):
        buyer = busy_shop.join(name="Dedi")
    whole = sell(busy_shop, at, line(1, 50_000, 2, sku="KOPI"), member=buyer)
    half = sell(busy_shop, at + timedelta(minutes=5), line(1, 40_000, 2, sku="TEH"), member=buyer)
    with merchant_scope(busy_shop.merchant.id):
        for sold, units in ((whole, 2), (half, 1)):
            refund_sale(
                merchant=busy_shop.merchant,
                till=busy_shop.till,
                reference=sold.reference,
                draft=refund_of(("1", units)),
                received_at=at + timedelta(hours=1),
            )
    after = simulate(busy_shop)
    assert after["draft"] == after["base"]
    assert after["base"]["receipts"] == before["receipts"] + 1
    assert after["base"]["subtotal_amount"] == before["subtotal_amount"] + 40_000


def test_points_cost_what_is_expected_to_be_redeemed(busy_shop: SellingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    with merchant_scope(busy_shop.merchant.id):
        assert ended_points(merchant=busy_shop.merchant) == EndedPoints(redeemed=20, lapsed=0)
    few = simulate(busy_shop)
    assert (few["redemption_basis_points"], few["base"]["points_cost_amount"]) == (10_000, few["base"]["points"] * 100)
    monkeypatch.setattr("insights.queries.period.ended_points", lambda merchant: EndedPoints(2_000, 3_000))
    known = simulate(busy_shop)
    assert known["redemption_basis_points"] == 4_000
    assert known["base"]["points_cost_amount"] == known["base"]["points"] * 40
    assert (known["points_redeemed"], known["points_lapsed"]) == (2_000, 3_000)


def test_a_period_that_begins_in_the_middle_knows_what_was_before(busy_shop: SellingShop) -> None:
    middle = date(2026, 3, 18)
    assert_told(simulate(busy_shop, first_on=middle)["base"], really_given(busy_shop, first=middle))


def test_tiers_end_where_they_really_ended(busy_shop: SellingShop) -> None:
    tiers = {tier["code"]: tier["base"] for tier in simulate(busy_shop)["tiers"]}
    with merchant_scope(busy_shop.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.code, count(*) FROM members_member m JOIN members_tier t ON t.merchant_id = m.merchant_id "
            "AND t.id = m.tier_id WHERE m.merchant_id = %s GROUP BY t.code",
            [busy_shop.merchant.id],
        )
        assert {code: count for code, count in tiers.items() if count} == dict(cursor.fetchall())
    assert set(tiers) == {"bronze", "silver", "gold", "platinum"}


def test_a_doubled_rate_costs_twice_and_names_who_gains(busy_shop: SellingShop) -> None:
    rule = earning_rule(busy_shop)
    source = {**rule.to_json(), "per_amount": {"spend": 5_000, "points": 2}}
    change = Change(ChangeKind.REPLACE, rule.id, validate_definition(source))
    today = simulate(busy_shop, change, base=Base.TODAY)
    assert today["has_point_value"]
    # The bonus of first purchases stays, the rest of the points doubles but for the points spent on the way.
    assert today["draft"]["points"] > 1.9 * today["base"]["points"]
    assert today["draft"]["points_cost_amount"] == today["draft"]["points"] * 100
    assert today["draft"]["discount_amount"] == today["base"]["discount_amount"]
    assert len(today["examples"]) == 3
    assert all(example["gain_amount"] > 0 for example in today["examples"])
    assert {e["member_id"] for e in today["examples"]} == {str(i) for i in member_ids(busy_shop)}


def member_ids(shop: SellingShop) -> list[UUID]:
    with merchant_scope(shop.merchant.id):
        rows = Sale.objects.filter(merchant_id=shop.merchant.id, member_id__isnull=False)
        return [row for row in rows.values_list("member_id", flat=True).distinct() if row is not None]


def test_removing_a_promotion_takes_its_discount_away(busy_shop: SellingShop) -> None:
    with merchant_scope(busy_shop.merchant.id):
        kopi = next(r for r in live_promotions(merchant=busy_shop.merchant, at=NOW) if r.title == "Kopi 10%")
    result = simulate(busy_shop, Change(ChangeKind.REMOVE, kopi.id))
    assert result["draft"]["discount_amount"] < result["base"]["discount_amount"]
    assert result["draft"]["points"] > result["base"]["points"]


def test_members_would_buy_more(busy_shop: SellingShop) -> None:
    calm, keen = simulate(busy_shop), simulate(busy_shop, behaviour_percent=10)
    by = {part["name"]: part for part in keen["segments"]}
    assert by["anonymous"]["draft"]["subtotal_amount"] == by["anonymous"]["base"]["subtotal_amount"]
    mine = calm["base"]["subtotal_amount"] - by["anonymous"]["base"]["subtotal_amount"]
    more = keen["draft"]["subtotal_amount"] - calm["draft"]["subtotal_amount"]
    assert more == (mine * 110) // 100 - mine  # the sum is scaled once, whatever it is cut into
    for cut in ("months", "segments"):
        for name in ("subtotal_amount", "discount_amount", "points"):
            assert sum(part["draft"][name] for part in keen[cut]) == keen["draft"][name]


def test_margins_count_what_has_a_cost(busy_shop: SellingShop) -> None:
    with merchant_scope(busy_shop.merchant.id):
        save_products(
            merchant=busy_shop.merchant,
            drafts=[ProductDraft("KOPI", cost_amount=40_000)],
            today=FIRST,
            at=NOW,
            actor=SYSTEM,
        )
    change = Change(
        ChangeKind.ADD,
        definition=validate_definition({"id": "half", "title": "Half", "kind": "percent_off", "value": 50}),
    )
    result = simulate(busy_shop, change)
    assert 0 < result["base"]["covered_amount"] < result["base"]["sales_amount"]
    assert result["draft"]["margin_amount"] < result["base"]["margin_amount"]
    assert [goods["sku"] for goods in result["below_cost"]] == ["KOPI"]
    assert result["worst"][0]["basis_points"] >= 5_000


def test_only_the_chosen_outlets_are_counted(busy_shop: SellingShop) -> None:
    elsewhere = "01930000-0000-7000-8000-000000000009"
    assert simulate(busy_shop, outlet_ids=(elsewhere,))["base"]["receipts"] == 0
    assert_told(simulate(busy_shop, outlet_ids=(str(busy_shop.outlet.id),))["base"], really_given(busy_shop))


# --- it writes nothing -------------------------------------------------------------------------------------------


def rows_by_table() -> Iterator[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND relname NOT LIKE 'insights_%' AND relname <> 'merchants_job' ORDER BY relname"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM "{table}" t')
            yield table, cursor.fetchone()


def test_a_simulation_changes_no_row_of_anybody_else(busy_shop: SellingShop) -> None:
    change = doubled(busy_shop)
    inputs = ScenarioInputs("Uji", Base.TODAY, (change,), FIRST, LAST)
    later = NOW + timedelta(days=90)
    with merchant_scope(busy_shop.merchant.id):
        create_scenario(merchant=busy_shop.merchant, inputs=inputs, at=later, actor=SYSTEM)
        before = dict(rows_by_table())
    assert run_jobs(merchant=busy_shop.merchant, clock=lambda: later) == 1
    with merchant_scope(busy_shop.merchant.id):
        assert dict(rows_by_table()) == before


def test_postgresql_itself_refuses_writes_while_it_reads(busy_shop: SellingShop) -> None:
    with (
        pytest.raises(DatabaseError, match="read-only transaction"),
        reading(busy_shop.merchant),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE members_member SET notes = '' WHERE merchant_id = %s", [busy_shop.merchant.id])


def test_statements_grow_with_batches_not_with_receipts(busy_shop: SellingShop) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            simulate(busy_shop)
        return len(captured)

    before = statements()
    for number in range(20):
        sell(busy_shop, NOW + timedelta(days=41, minutes=number), line(1, 9_000))
    assert statements() == before


# --- one at a time, cancelled, taken over ------------------------------------------------------------------------


def test_inputs_and_results_are_never_changed(busy_shop: SellingShop) -> None:
    simulate(busy_shop)
    for table in ("insights_scenario", "insights_result"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            merchant_scope(busy_shop.merchant.id),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table} WHERE merchant_id = %s", [busy_shop.merchant.id])


def test_verify_names_a_result_that_does_not_add_up(busy_shop: SellingShop) -> None:
    """Planted by hand, as no code of ours would write it."""
    result = simulate(busy_shop)
    with merchant_scope(busy_shop.merchant.id):
        assert verify(merchant=busy_shop.merchant) == []
    made = asked(busy_shop)
    result["months"][0]["base"]["points"] += 1
    with merchant_scope(busy_shop.merchant.id):
        planted = Result.objects.create(
            merchant_id=busy_shop.merchant.id, scenario_id=made, figures=result, created_at=NOW, cost_change_amount=1
        )
        found = {(v.invariant, v.row_id) for v in verify(merchant=busy_shop.merchant)}
    assert found == {("N1", str(made)), ("N2", str(planted.id))}


def test_tax_in_the_prices_is_left_out_as_at_the_till(busy_shop: SellingShop) -> None:
    at = NOW + timedelta(days=12, hours=5)
    with merchant_scope(busy_shop.merchant.id):
        buyer = busy_shop.join(name="Dedi")
    points = []
    for minutes, tax in enumerate((0, 0, 40_000)):
        bill = Bill(tax_amount=tax) if tax else None
        sell(busy_shop, at + timedelta(minutes=minutes), line(1, 90_000, 1, sku="KOPI"), member=buyer, bill=bill)
        assert_told(simulate(busy_shop)["base"], really_given(busy_shop))
        points.append(simulate(busy_shop)["base"]["points"])
    assert points[2] - points[1] < points[1] - points[0]
