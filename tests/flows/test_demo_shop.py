"""The demo shop is loaded through the product's own operations: small here, whole in `make run`. A cut load goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from campaigns.facts import CampaignState, DeliveryState
from campaigns.queries import campaign_list, campaign_report
from common.ids import new_id
from loyalty import demo
from loyalty.demo import demo_merchant, is_loaded, load_history
from loyalty.demo_campaigns import NEWS, WIN_BACK
from loyalty.demo_counter import DemoCounter
from merchants.facts import SYSTEM, MerchantFacts
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope
from onboarding.demo.customers import BRANCHES, Size
from onboarding.demo.goods import GOODS

pytestmark = pytest.mark.usefixtures("real_commits")

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
SMALL = Size(days=140, customers=40, strangers_a_day=1)
"""Long enough for a buyer to have been away for 90 days when the offer to come back goes out."""


class ServingStopped(Exception):
    """The machine stopped here."""


def opened() -> MerchantFacts:
    merchant_id = new_id()
    return demo_merchant(now=NOW, size=SMALL, merchant_id=merchant_id, owner=f"{merchant_id.hex}@melati.example")


def rows(merchant: MerchantFacts, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with merchant_scope(merchant.id), connection.cursor() as cursor:
        cursor.execute(query, [merchant.id, *values])
        return list(cursor.fetchall())


def figures(merchant: MerchantFacts) -> list[Any]:
    """Return what two loads of the same past must agree on; codes and control groups depend on each shop's own key."""
    sold = "SELECT reference, business_date, subtotal_amount FROM sales_sale WHERE merchant_id = %s ORDER BY reference"
    people = (
        "SELECT name, phone, email, joined_at::date FROM members_member WHERE merchant_id = %s ORDER BY external_ref"
    )
    nights = "SELECT business_date FROM merchants_nightrun WHERE merchant_id = %s ORDER BY 1"
    plain = [row for row in rows(merchant, sold) if "-A" not in row[0] and "-B" not in row[0]]
    return [plain, rows(merchant, people), rows(merchant, nights)]


@pytest.mark.gate
def test_a_cut_load_goes_on_to_the_same_shop_with_something_true_to_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = opened(), opened()
    load_history(merchant=whole, folder=tmp_path / "whole", now=NOW, size=SMALL)

    served: list[str] = []
    serve = DemoCounter.serve

    def stop_once(counter: DemoCounter, visit: Any, *, coupon: str | None = None) -> Any:
        if len(served) == 25:
            served.append("cut")
            raise ServingStopped
        served.append(visit.reference)
        return serve(counter, visit, coupon=coupon)

    with monkeypatch.context() as patched:
        patched.setattr(DemoCounter, "serve", stop_once)
        with pytest.raises(ServingStopped):
            load_history(merchant=cut, folder=tmp_path / "cut", now=NOW, size=SMALL)
        assert not is_loaded(cut)
        load_history(merchant=cut, folder=tmp_path / "cut", now=NOW + timedelta(days=3), size=SMALL)

    assert is_loaded(whole)
    assert is_loaded(cut)
    assert figures(whole) == figures(cut)
    assert len(figures(whole)[0]) > 200
    shows_something(whole)
    for merchant in (whole, cut):
        out = StringIO()
        call_command("verify", merchant=str(merchant.id), stdout=out)
        assert "no violations" in out.getvalue()


def shows_something(merchant: MerchantFacts) -> None:
    uses = "SELECT kind, count(*) FROM ledger_movement WHERE merchant_id = %s GROUP BY 1"
    assert {kind for kind, _ in rows(merchant, uses)} >= {"earn", "redeem"}
    outlets = "SELECT name, timezone FROM merchants_outlet WHERE merchant_id = %s ORDER BY name"
    assert rows(merchant, outlets) == sorted((branch.name, branch.timezone) for branch in BRANCHES)
    goods = "SELECT count(*) FROM products_product WHERE merchant_id = %s AND category <> '' AND price_amount > 0"
    assert rows(merchant, goods) == [(len(GOODS),)]
    with merchant_scope(merchant.id):
        sent = {row.campaign.name: row.campaign for row in campaign_list(merchant=merchant)}
        assert sent[WIN_BACK.name].state is sent[NEWS.name].state is CampaignState.FINISHED
        result = campaign_report(merchant=merchant, campaign_id=sent[WIN_BACK.name].id, at=NOW)
    assert result.coupons_issued == result.states.get(DeliveryState.ACCEPTED, 0) == result.treated.members
    assert result.treated.members + result.control.members > 0, "who of so few is held back is left to chance"
    assert result.measured_day is None


def test_the_load_command_does_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    merchant = opened()
    loads: list[UUID] = []
    monkeypatch.setattr("loyalty.management.commands.load_demo.demo_merchant", lambda *, now: merchant)

    def load(*, merchant: MerchantFacts, **_: Any) -> None:
        loads.append(merchant.id)
        with merchant_scope(merchant.id):
            record_audit(merchant=merchant, actor=SYSTEM, action=demo.LOADED, at=NOW, subject=("merchant", merchant.id))

    monkeypatch.setattr("loyalty.management.commands.load_demo.load_history", load)
    for _ in range(2):
        call_command("load_demo", stdout=StringIO())
    assert loads == [merchant.id]
