"""Rounding, groups that add up and caps of points: written on pages, met at the till."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import ExcludedGoods, GoodsNames, PromotionSettings
from merchants.rules import promotion_settings_with
from merchants.tenancy import merchant_scope
from rewards.promotions.queries import program_rules
from tests.api.till import ApiTill, line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import PAGE, posted, publish, till_of
from tests.backoffice.test_settings import EARN, LIMITS, STACKING, WORTH, fields_of, now_of, review, save

pytestmark = pytest.mark.django_db


def discount(till: ApiTill, *lines: dict[str, Any]) -> list[int]:
    return [each["discount_amount"] for each in till.post("/quotes", {"lines": list(lines)})["lines"]]


def test_a_group_adds_up_only_where_the_settings_say_so(store: Store, owner: StaffPerson) -> None:
    for value in ("5", "10"):
        publish(store, {"title": f"{value} persen", "kind": "percent_off", "value": value, "group": "Jenjang"})
    cart = line(unit_amount=100_000)
    assert discount(till_of(store), cart) == [10_000]
    page = review(owner, STACKING, adding_groups="jenjang, obral")
    assert "In these groups all promotions act from now on" in page
    save(owner, STACKING, adding_groups="jenjang, obral")
    assert now_of(store).adding_groups == ["jenjang", "obral"]
    assert discount(till_of(store), cart) == [14_500]
    save(owner, STACKING, adding_groups="")
    assert discount(till_of(store), cart) == [10_000]


def test_rounding_is_that_of_the_settings_unless_the_promotion_says_otherwise(store: Store, owner: StaffPerson) -> None:
    publish(store, {"title": "5 persen", "kind": "percent_off", "value": "5"})
    cart = [line("1", unit_amount=30), line("2", unit_amount=30)]
    assert discount(till_of(store), *cart) == [2, 2]
    save(owner, STACKING, money_rounding="down")
    assert discount(till_of(store), *cart) == [1, 1]
    save(owner, STACKING, round_at="total_then_share")
    assert sum(discount(till_of(store), *cart)) == 3
    assert "On the total, then shared" in unescape(owner.text("/settings/audit/"))


def test_caps_of_the_program_are_saved_and_said(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    member = till.enrol("0812 7200 0001")["id"]
    save(owner, LIMITS, most_points_per_sale="30", most_points_per_day="40")
    page = owner.text(LIMITS)
    assert 'value="30"' in page
    big = line(unit_amount=1_000_000)
    assert [till.sell(f"R-{n}", big, member_id=member)["points_earned"] for n in range(3)] == [30, 10, 0]
    save(owner, LIMITS, most_points_per_sale="", most_points_per_day="")
    assert now_of(store).promotion_settings.points_cap == {}
    assert till_of(store).sell("R-9", big, member_id=member)["points_earned"] == 100


def test_settings_of_the_engine_leave_the_others_as_they_are() -> None:
    rokok = ExcludedGoods(never_earns=GoodsNames((), ("rokok",)))
    engine = PromotionSettings(points_cap={"per_sale": 5, "per_member_day": 9}, excluded=rokok)
    made = promotion_settings_with(engine, {"most_points_per_sale": None, "round_at": "total"})
    assert made == PromotionSettings(points_cap={"per_member_day": 9}, round_at="total", excluded=rokok)
    assert engine.points_cap == {"per_sale": 5, "per_member_day": 9}
    assert PromotionSettings.from_json(made.to_json()) == made


def test_the_rules_pages_limit_points_and_what_they_pay(store: Store, owner: StaffPerson) -> None:
    page = review(owner, WORTH, start="now", percent_limit="50", last_point_pays_rest="on")
    assert "at most 50% of a purchase; the last point pays a rest below its value" in unescape(page)
    owner.post(WORTH, **{**fields_of(page), "last_point_pays_rest": "on"})
    save(owner, EARN, start="now", per_sale="60", per_member_month="200")
    assert "at most 60\u00a0" in unescape(owner.text(EARN))
    with merchant_scope(store.merchant.id):
        earning, redemption = program_rules(merchant=store.merchant, at=timezone.now())
    assert earning[0].to_json()["points_cap"] == {"per_sale": 60, "per_member_month": 200}
    assert redemption[0].to_json()["percent_limit"] == "50"
    till = till_of(store)
    member = till.enrol("0812 7200 0002")["id"]
    assert till.sell("R-1", line(unit_amount=1_000_000), member_id=member)["points_earned"] == 60
    quoted = till.post("/quotes", {"member_id": member, "lines": [line(unit_amount=5_000)], "redeem_points": 60})
    assert (quoted["points_to_redeem"], quoted["points_value_amount"]) == (25, 2_500)


def test_the_last_point_pays_the_crumbs_and_the_cashier_sees_it(store: Store, owner: StaffPerson) -> None:
    page = review(owner, WORTH, start="now", last_point_pays_rest="on")
    owner.post(WORTH, **{**fields_of(page), "last_point_pays_rest": "on"})
    till = till_of(store)
    member = till.enrol("0812 7200 0003")["id"]
    till.sell("R-1", line(unit_amount=5_000_000), member_id=member)
    body: dict[str, Any] = {"member_id": member, "lines": [line(unit_amount=12_350)], "redeem_points": 200}
    quoted = till.post("/quotes", body)
    assert (quoted["points_to_redeem"], quoted["points_value_amount"], quoted["payable_amount"]) == (124, 12_350, 0)
    said = "Applied. The last point pays the remaining Rp\u00a050; Rp\u00a050 of its value is lost."
    assert said in [decision["message"] for decision in quoted["decisions"]]
    sold = till.sell("R-2", *body["lines"], member_id=member, redeem_points=200)
    assert (sold["points_redeemed"], sold["points_value_amount"]) == (124, 12_350)
    back = till.post(
        "/sales/R-2/refunds", {"refund_reference": "F", "lines": [{"line_id": "1", "quantity": 1}]}, status=201
    )
    assert (back["refund"]["points_returned"], back["refund"]["amount"]) == (124, 0)


def test_a_promotion_is_capped_in_its_form(store: Store, owner: StaffPerson) -> None:
    address = posted(owner, f"{PAGE}new/kind/earn_bonus/", title="Bonus", points="40", per_member_day="60")
    shown = unescape(owner.text(address))
    assert "At most 60\u00a0points for a member in a day." in shown
    assert 'name="per_member_day" value="60"' in owner.text(f"{address}edit/")
    assert 'name="per_member_day"' not in owner.text(f"{PAGE}new/bundle/")
    page = posted(owner, f"{PAGE}new/cashback/", title="C", per_member_day="60", status=400)
    assert "This promotion gives no points, so there is nothing to limit." in page


def test_cashback_as_points_says_both_figures(store: Store, owner: StaffPerson) -> None:
    sent: dict[str, Any] = {"title": "Cashback", "credit": "points", "cap": "", "after_days": "", "min_subtotal": ""}
    address = posted(owner, f"{PAGE}new/cashback/", **sent)
    shown = unescape(owner.text(address))
    assert "10% cashback as points." in shown
    assert "That is 100\u00a0points for every Rp\u00a010.000 of cashback, at what a point pays for now." in shown
    tried = {**sent, "line0-quantity": "1", "line0-unit_amount": "100.000"}
    page = posted(owner, f"{PAGE}new/cashback/", status=200, press="check", **tried)
    assert "+100\u00a0poin, worth Rp\u00a010.000" in page


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (
            {"kind": "percent_off", "value": "10", "when": {"personas_any": ["ibu-muda"]}},
            "There are no target groups yet",
        ),
        ({"kind": "percent_off", "value": "10", "title": "a\u0000b"}, "cannot be printed"),
        *(
            ({"kind": "percent_off", "value": "10", **where}, "cannot be printed")
            for where in (
                {"group": "a\u0000"},
                {"filter": {"skus": ["a\u0000"]}},
                {"filter": {"exclude_categories": ["a\u0000"]}},
                {"when": {"outlets": ["a\u0000"]}},
                {"when": {"tiers_any": ["a\u0000"]}},
            )
        ),
        ({"kind": "gift_line", "gift": {"sku": "TAS", "name": "T\u0000as"}}, "cannot be printed"),
        (
            {"kind": "issue_coupon", "coupon": {"title": "K\u0000", "kind": "amount_off", "value": 5}},
            "cannot be printed",
        ),
        ({"kind": "stamp", "card": "k\u0000", "per_visit": 1}, "cannot be printed"),
    ],
)
def test_what_cannot_be_given_is_refused_in_the_pasted_json(
    store: Store, owner: StaffPerson, definition: dict[str, Any], said: str
) -> None:
    text = json.dumps({"title": "x", **definition})
    for press in ("check", "publish"):
        response = owner.client.post(f"{PAGE}new/json/", {"text": text, press: "1"})
        assert said in unescape(response.content.decode()), press
    assert response.status_code == 400
