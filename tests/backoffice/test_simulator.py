"""The simulator's pages: choose, change, run, read; and what the last receipts say of the program."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from common.ids import new_id
from insights.queries import discount_limits, scenario
from ledger.facts import EndedPoints
from members.facts import MemberFacts
from merchants.facts import SYSTEM, OutletFacts, Role, TillFacts
from merchants.tasks import jobs
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.promotions.operations import create_promotion
from rewards.promotions.queries import live_promotions
from sales.facts import LineDraft
from sales.operations import record_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.sales_shop import sale


def sell(store: Store, amount: int, *, member: MemberFacts | None = None, days_ago: int = 5) -> None:
    till = TillFacts(
        store.till_id, "Kasir", OutletFacts(store.outlet_id, "Pusat", "Asia/Jakarta"), store.merchant, frozenset()
    )
    with merchant_scope(store.merchant.id):
        draft = sale(LineDraft("1", "KOPI", "Kopi", 1, amount, "kopi"), member=member)
        at = timezone.now() - timedelta(days=days_ago)
        record_sale(merchant=store.merchant, till=till, draft=draft, received_at=at)


def earning(store: Store) -> str:
    with merchant_scope(store.merchant.id):
        rules = live_promotions(merchant=store.merchant, at=timezone.now())
        return next(rule.id for rule in rules if rule.kind == "earn")


def fields(store: Store, **changed: Any) -> dict[str, Any]:
    return {
        "title": "Poin ganda",
        "spend": "10.000",
        "points": "2",
        "min_amount": "",
        "excluded": "",
        "first_on": (store.today - timedelta(days=30)).isoformat(),
        "last_on": store.today.isoformat(),
        "base": "today",
        "behaviour_percent": "0",
        **changed,
    }


def run(store: Store, person: StaffPerson, **changed: Any) -> str:
    """Ask for a simulation and do the worker's part; return the address of its page."""
    response = person.post(f"/simulator/new/?rule={earning(store)}", **fields(store, **changed))
    address = response["Location"]
    jobs(merchant_id=str(store.merchant.id))
    return address


def test_from_choosing_a_rule_to_its_result(store: Store, owner: StaffPerson) -> None:
    member = store.member("Sari Dewi")
    for days in (3, 5, 8):
        sell(store, 100_000, member=member, days_ago=days)
    assert "Which rule would be different?" in owner.text("/simulator/new/")
    form = owner.text("/simulator/new/", rule=earning(store))
    assert 'value="10.000"' in form
    page = owner.text(run(store, owner))
    assert "Rp\u00a06.000" in page
    assert "now Rp\u00a03.000" in page
    assert re.search(r'class="change bad">\s*<svg.*?\+?Rp\u00a03\.000', page, re.DOTALL), "a cost that rises is no gain"
    assert "30 → 60" in page
    assert "Sari Dewi" in page
    assert "A simulation writes nothing" in page
    assert "A calculation over 3 receipts, " in page
    assert ": nobody got this, so no figure opens a list." in page
    figures = page.split('class="grid four"')[1].split("A calculation over")[0]
    assert "<a " not in figures
    assert re.search(r'href="/simulator/[0-9a-f-]{36}/">See it</a>', owner.text("/jobs/"))
    listed = owner.text("/simulator/")
    assert "Poin ganda" in listed
    assert "+Rp\u00a03.000" in listed


def test_what_points_cost_is_off_the_margin_and_shares_are_equally_precise(store: Store, owner: StaffPerson) -> None:
    """UX39: doubled points lower the margin by what they cost; shares are 2,0% and 1,0%, not 2,0% and 1%."""
    know_cost(store, 60_000)
    for days in (3, 5, 8):
        sell(store, 100_000, member=store.member(f"Member {days}"), days_ago=days)
    page = owner.text(run(store, owner)).replace("\u00a0", " ")
    figure = page[page.index("Margin after the program") :].partition("</section>")[0]
    assert "Rp 114.000" in figure  # 3 x 40.000 less points worth 6.000
    assert re.search(r'class="change bad">\s*<svg.*?-Rp 3\.000', figure, re.DOTALL)
    assert "now Rp 117.000" in figure
    assert "less the points, cashback and gifts given" in figure
    share = page[page.index("Share of sales") :].partition("</section>")[0]
    assert "2,0%" in share
    assert "now 1,0%" in share


def know_cost(store: Store, amount: int) -> None:
    day = store.today - timedelta(days=60)
    with merchant_scope(store.merchant.id):
        save_products(
            merchant=store.merchant,
            drafts=[ProductDraft("KOPI", cost_amount=amount)],
            today=day,
            at=timezone.now(),
            actor=SYSTEM,
        )


def test_how_many_points_are_expected_to_be_redeemed_is_said(store: Store, owner: StaffPerson) -> None:
    """G5."""
    sell(store, 100_000, member=store.member())
    assert "All points are counted as if they were redeemed: none has lapsed so far." in owner.text(run(store, owner))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("insights.queries.period.ended_points", lambda merchant: EndedPoints(2_000, 3_000))
        page = owner.text(run(store, owner))
    assert "Points are counted at 40,0% of what they are worth as payment" in page
    assert "2.000 were redeemed and 3.000 lapsed." in page


def test_a_waiting_simulation_asks_again_until_it_is_done_and_can_be_cancelled(
    store: Store, owner: StaffPerson
) -> None:
    address = owner.post(f"/simulator/new/?rule={earning(store)}", **fields(store))["Location"]
    assert 'hx-trigger="every 2s"' in owner.text(address)
    refused = owner.post(f"/simulator/new/?rule={earning(store)}", status=400, **fields(store)).content.decode()
    assert "Another simulation is running" in refused
    assert "See it" not in owner.text("/jobs/")
    owner.post(f"{address}cancel/")
    page = owner.text(address)
    assert "The simulation was cancelled" in page
    assert "every 2s" not in page


def test_the_figures_of_months_and_segments_as_csv(store: Store, owner: StaffPerson) -> None:
    sell(store, 100_000, member=store.member())
    text = owner.get(run(store, owner), format="csv").content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("part,of,side,members,receipts,subtotal_amount")
    assert [line.split(",")[0] for line in lines[1:]] == ["month", "month", "segment", "segment"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"points": "1"}, "Nothing is changed yet"),
        ({"points": "x"}, "Enter a whole number"),
        ({"spend": "1,000,0"}, "Write the amount with dots or without"),
        ({"first_on": "2019-01-01"}, "Choose at most two years"),
        ({"last_on": "2019-01-01"}, "The last day is before the first day"),
        ({"behaviour_percent": "999"}, "300"),
    ],
)
def test_what_cannot_be_simulated_is_said_at_its_field(
    store: Store, owner: StaffPerson, changed: dict[str, str], words: str
) -> None:
    page = owner.post(f"/simulator/new/?rule={earning(store)}", status=400, **fields(store, **changed))
    assert words in page.content.decode()
    assert "Kept simulations" not in owner.text("/simulator/")


def test_leaving_a_rule_out_and_pasting_one(store: Store, owner: StaffPerson) -> None:
    sell(store, 100_000, member=store.member())
    without = owner.text(run(store, owner, remove="on", spend="", points=""))
    assert "-10" in without
    bad = owner.post("/simulator/new/?rule=paste", status=400, **fields(store, definition='{"kind": "percent_off"}'))
    assert "This field is required" in bad.content.decode()
    assert (
        "This is not JSON"
        in owner.post("/simulator/new/?rule=paste", status=400, **fields(store, definition="{")).content.decode()
    )
    rule = '{"kind": "percent_off", "value": 50, "title": "Setengah"}'
    address = owner.post("/simulator/new/?rule=paste", **fields(store, definition=rule))["Location"]
    jobs(merchant_id=str(store.merchant.id))
    assert "Rp\u00a050.000" in owner.text(address)


def test_a_result_takes_few_statements(store: Store, owner: StaffPerson) -> None:
    sell(store, 100_000, member=store.member())
    address = run(store, owner)
    few = owner.statements(address)
    for number in range(12):
        sell(store, 50_000, member=store.member(f"Member {number}"))
    assert owner.statements(run(store, owner)) == few
    assert owner.statements("/simulator/") < 20


def test_what_the_last_receipts_say_and_the_limits_of_discounts(store: Store, owner: StaffPerson) -> None:
    assert "No receipt yet" in owner.text("/offers/promotions/check/receipts/")
    with merchant_scope(store.merchant.id):
        create_promotion(
            merchant=store.merchant,
            definition={"title": "Besar", "kind": "percent_off", "value": 20},
            starts_at=timezone.now() - timedelta(days=30),
            at=timezone.now(),
        )
    sell(store, 100_000)
    assert "Discounts would have been 20% of sales" in owner.text("/offers/promotions/check/receipts/")
    owner.post("/offers/promotions/check/limits/", of_sales="25", of_basket="60", of_visits="80")
    with merchant_scope(store.merchant.id):
        assert discount_limits(merchant=store.merchant).of_sales == 25
    assert "of sales (" not in owner.text("/offers/promotions/check/receipts/")
    assert (
        "100"
        in owner.post(
            "/offers/promotions/check/limits/", status=400, of_sales="0", of_basket="60", of_visits="101"
        ).content.decode()
    )


def test_who_may_see_and_who_may_run(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    address = run(store, owner)
    stranger.get(address, status=404)
    stranger.get(f"/simulator/{new_id()}/", status=404)
    stranger.post(f"{address}cancel/", status=404)
    marketer = store.colleague(Role.MARKETER)
    assert "New simulation" not in marketer.text("/simulator/")
    marketer.get(address)
    marketer.get("/simulator/new/", status=403)
    marketer.post(f"{address}cancel/", status=403)
    store.colleague(Role.CASHIER).get("/simulator/", status=403)
    made = re.search(r"[0-9a-f-]{36}", address)
    assert made is not None
    with merchant_scope(store.merchant.id):
        assert scenario(merchant=store.merchant, scenario_id=UUID(made[0])).created_by == owner.email
