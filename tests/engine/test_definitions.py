"""What a definition may say, and what its writer reads when it says something else."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from rewards.engine import DefinitionError, Problem, stored_definition, validate_definition
from rewards.engine.shares import Ratio
from tests.engine.strategies import promotions

PRICE: dict[str, Any] = {"id": "b", "title": "B", "value": 1}
GOOD: dict[str, Any] = {"id": "p", "title": "Diskon", "kind": "percent_off", "value": 10}
EARN: dict[str, Any] = {"id": "p", "title": "Poin", "kind": "earn", "per_unit": 1}

WRONG = [
    ({}, ["/id required", "/title required", "/kind required"]),
    ({**GOOD, "kind": "half_price"}, ["/kind unknown_kind"]),
    ({**GOOD, "kind": 7}, ["/kind not_text"]),
    ({**GOOD, "valeu": 10}, ["/valeu unknown_field"]),
    ({**GOOD, "title": "  "}, ["/title not_text"]),
    ({**GOOD, "id": 5}, ["/id not_text"]),
    ({**GOOD, "priority": "first"}, ["/priority not_a_priority"]),
    ({**GOOD, "priority": True}, ["/priority not_a_priority"]),
    ({**GOOD, "exclusive": "yes"}, ["/exclusive not_yes_or_no"]),
    ({**GOOD, "value": 0}, ["/value not_a_percentage"]),
    ({**GOOD, "value": 101}, ["/value not_a_percentage"]),
    ({**GOOD, "value": "abc"}, ["/value not_a_number"]),
    ({**GOOD, "value": "NaN"}, ["/value not_a_number"]),
    ({**GOOD, "value": "1e-999999"}, ["/value not_a_number"]),
    ({**GOOD, "value": [10]}, ["/value not_a_number"]),
    ({key: GOOD[key] for key in GOOD if key != "value"}, ["/value required"]),
    ({**GOOD, "value": None}, ["/value required"]),
    ({**GOOD, "cap": 0}, ["/cap not_an_amount"]),
    ({**GOOD, "cap": 1.5}, ["/cap not_an_amount"]),
    ({**GOOD, "cap": 10**13}, ["/cap not_an_amount"]),
    ({**GOOD, "round_at": "cent"}, ["/round_at not_a_choice"]),
    ({**GOOD, "unit_pick": "random"}, ["/unit_pick not_a_choice"]),
    ({**GOOD, "per_bundle": 0}, ["/per_bundle not_a_quantity"]),
    ({**GOOD, "per_bundle": []}, ["/per_bundle required"]),
    ({**GOOD, "per_bundle": [{"qty": 0}]}, ["/per_bundle/0/qty not_a_quantity"]),
    ({**GOOD, "per_bundle": [{"qty": 1}] * 7}, ["/per_bundle too_many_parts"]),
    ({**GOOD, "for_each": []}, ["/for_each required"]),
    ({**GOOD, "for_each": [{"filter": {"skus": ["a"]}}]}, ["/for_each/0/qty required"]),
    ({**GOOD, "multiplies": "value"}, ["/multiplies no_sets"]),
    ({**GOOD, "for_each": [{"qty": 1}], "per_bundle": 2}, ["/for_each two_kinds_of_sets"]),
    ({**GOOD, "for_each": [{"qty": 1}], "multiplies": "max_units"}, ["/multiplies no_unit_limit"]),
    ({**GOOD, "for_each": [{"qty": 1}], "multiplies": "sets"}, ["/multiplies not_a_choice"]),
    ({**PRICE, "kind": "new_unit_price", "for_each": [{"qty": 1}]}, ["/multiplies not_multipliable"]),
    ({**PRICE, "kind": "new_order_price", "for_each": [{"qty": 1}], "multiplies": "max_units"},
     ["/multiplies no_unit_limit"]),
    ({"id": "b", "title": "B", "kind": "bundle_price", "price": 1}, ["/qty not_one_way"]),
    ({"id": "b", "title": "B", "kind": "bundle_price", "price": 1, "qty": 2, "parts": [{"qty": 1}]},
     ["/qty not_one_way"]),
    ({**GOOD, "filter": {"sku": ["a"]}}, ["/filter/sku unknown_field"]),
    ({**GOOD, "filter": {"skus": "a"}}, ["/filter/skus not_a_list"]),
    ({**GOOD, "filter": {"skus": [1]}}, ["/filter/skus/0 not_text"]),
    ({**GOOD, "filter": []}, ["/filter not_an_object"]),
    ({**GOOD, "when": {"segment": "loyal"}}, ["/when/segment unknown_field"]),
    ({**GOOD, "when": {"weekdays": [0, 8]}}, ["/when/weekdays/0 not_a_weekday", "/when/weekdays/1 not_a_weekday"]),
    ({**GOOD, "when": {"hours": [{"from": "9:00", "to": "10:00"}]}}, ["/when/hours/0/from not_a_time"]),
    ({**GOOD, "when": {"hours": [{"from": "09:00"}]}}, ["/when/hours/0 not_hours"]),
    ({**GOOD, "when": {"hours": [{"from": "09:00", "to": "09:00"}]}}, ["/when/hours/0 no_hours"]),
    ({**GOOD, "when": {"valid_from": "2026-02-30"}}, ["/when/valid_from not_a_day"]),
    ({**GOOD, "when": {"valid_from": "20260301", "valid_to": 20260302}},
     ["/when/valid_from not_a_day", "/when/valid_to not_a_day"]),
    ({**GOOD, "when": {"valid_from": "2026-03-02", "valid_to": "2026-03-01"}}, ["/when/valid_to ends_before_start"]),
    ({**GOOD, "when": {"min_subtotal": -1}}, ["/when/min_subtotal not_an_amount"]),
    ({**GOOD, "when": {"birthday_window_days": 200}}, ["/when/birthday_window_days not_days"]),
    ({**GOOD, "when": {"moment": "lebaran", "moment_days_before": 61}}, ["/when/moment_days_before not_moment_days"]),
    ({**GOOD, "when": {"moment_days_after": 2}}, ["/when/moment_days_after no_moment"]),
    ({**GOOD, "usage": {"limit": "many"}}, ["/usage/limit not_a_count"]),
    ({**GOOD, "usage": {"per_day_limit": 0, "per_member_day_limit": True}},
     ["/usage/per_day_limit not_a_quantity", "/usage/per_member_day_limit not_a_quantity"]),
    ({**GOOD, "budget": {"type": "spend"}}, ["/budget/limit required"]),
    ({**GOOD, "budget": {"type": "money", "limit": 1}}, ["/budget/type not_a_choice"]),
    ({**EARN, "percent_of_amount": 1}, [" not_one_way"]),
    ({**EARN, "per_unit": None}, [" not_one_way"]),
    ({**EARN, "per_unit": None, "per_amount": {"spend": 0, "points": 1}}, ["/per_amount/spend not_an_amount"]),
    ({**GOOD, "kind": "redeem_points"}, ["/value unknown_field"]),
    ({"id": "r", "title": "R", "kind": "redeem_points", "fixed_points": 5}, [" not_one_way"]),
    ({"id": "c", "title": "C", "kind": "cashback", "percent": 5, "value": 5}, [" not_one_way"]),
    ({"id": "c", "title": "C", "kind": "cashback", "percent": 5, "credit": "discount", "after_days": 3},
     ["/after_days no_delay"]),
    ({"id": "g", "title": "G", "kind": "gift_line", "gift": {"sku": "t"}}, ["/gift/name required"]),
    ({"id": "b", "title": "B", "kind": "buy_get", "buy": {}}, ["/buy/qty required"]),
    ({"id": "s", "title": "S", "kind": "stamp", "card": "k"}, [" not_one_way"]),
    ({"id": "i", "title": "I", "kind": "issue_coupon", "coupon": {}}, ["/coupon not_an_object"]),
    ({**GOOD, "points_cap": {"per_sale": 5}}, ["/points_cap gives_no_points"]),
    ({"id": "c", "title": "C", "kind": "cashback", "percent": 5, "points_cap": {"per_sale": 5}},
     ["/points_cap gives_no_points"]),
    ({**EARN, "points_cap": {"per_sale": 0, "per_week": 3}},
     ["/points_cap/per_week unknown_field", "/points_cap/per_sale not_points"]),
    ({"id": "r", "title": "R", "kind": "redeem_points", "value_per_point": 5, "step": 2, "last_point_pays_rest": True},
     ["/last_point_pays_rest no_last_point"]),
    ({"id": "r", "title": "R", "kind": "redeem_points", "fixed_points": 5, "percent": 10, "last_point_pays_rest": True},
     ["/last_point_pays_rest no_last_point"]),
    ({"id": "r", "title": "R", "kind": "redeem_points", "value_per_point": 5, "percent_limit": 101},
     ["/percent_limit not_a_percentage"]),
    ({**GOOD, "funding": {"partner_id": "7", "percent": 0}},
     ["/funding/partner_id not_an_id", "/funding/percent not_a_share"]),
    ({**GOOD, "funding": {"partner_id": "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10", "percent": 100.5}},
     ["/funding/percent not_a_share"]),
    ({**GOOD, "title": "a\u0000b"}, ["/title text_unprintable"]),
    ({**GOOD, "title": "a\nb", "group": "\ud800"}, ["/title text_unprintable", "/group text_unprintable"]),
    ({**GOOD, "filter": {"skus": ["a", "b\u0000"]}}, ["/filter/skus/1 text_unprintable"]),
    ({"id": "i", "title": "I", "kind": "issue_coupon", "coupon": {"title": "\u0007", "x": [{"y": "\u2028"}]}},
     ["/coupon/title text_unprintable", "/coupon/x/0/y text_unprintable"]),
    ({**EARN, "per_unit": None, "product_bonus": {"a\u0000": 1}}, ["/product_bonus/a text_unprintable"]),
    ({**EARN, "per_unit": None, "product_bonus": {"a": 1, "A ": 2}}, ["/product_bonus not_unique"]),
    ({**GOOD, "valeu": 1, "value": 0, "when": {"x": 1}},
     ["/when/x unknown_field", "/valeu unknown_field", "/value not_a_percentage"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), WRONG, ids=[" ".join(row[1]) for row in WRONG])
def test_everything_wrong_is_named(data: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(DefinitionError) as caught:
        validate_definition(data)
    assert [f"{problem.pointer} {problem.code}" for problem in caught.value.problems] == expected
    assert all(problem.message for problem in caught.value.problems)


def test_what_can_be_printed_is_no_fault() -> None:
    """Letters of any script, signs, and the joiners that scripts need."""
    for text in ("Nasi Goreng é", "👩\u200d👧", "क्\u200dष", "Rp 5.000\u00a0"):
        assert validate_definition({**GOOD, "title": text}).title == text


def test_a_wording_stored_before_is_still_read() -> None:
    """Tills go on with what was published when such signs were let through."""
    assert stored_definition({**GOOD, "title": "a\tb"}).title == "a\tb"


@pytest.mark.parametrize("data", [None, [], "percent_off", 3])
def test_a_definition_is_an_object(data: Any) -> None:
    with pytest.raises(DefinitionError) as caught:
        validate_definition(data)
    assert caught.value.problems[0] == Problem("", "not_an_object", "A promotion must be an object with named fields.")


@pytest.mark.parametrize("value", [12.5, "12.5", Decimal("12.5"), "12.50", " 12.5 "])
def test_percentages_are_exact_however_they_are_written(value: Any) -> None:
    assert validate_definition({**GOOD, "value": value}).terms.value == Ratio(1, 8)


def test_a_binary_fraction_means_what_was_typed() -> None:
    assert validate_definition({**GOOD, "value": 0.1}).terms.value == Ratio(1, 1000)


PARTNER = "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"


@pytest.mark.parametrize("written", [PARTNER, PARTNER.upper(), PARTNER.replace("-", "")])
def test_a_partner_is_named_by_an_id_however_it_is_written(written: str) -> None:
    funding = validate_definition({**GOOD, "funding": {"partner_id": written, "percent": 12.5}}).funding
    assert funding is not None
    assert (funding.partner_id, funding.percent) == (PARTNER, Decimal("12.5"))


def test_of_several_spellings_the_first_in_alphabetical_order_is_shown() -> None:
    for names in (["kopi", "KOPI ", "Roti"], ["Roti", "KOPI", " kopi"]):
        goods = validate_definition({**GOOD, "filter": {"skus": names}}).terms.filter
        assert goods.skus == {"kopi", "roti"}
        assert dict(goods.spelling) == {"kopi": "KOPI", "roti": "Roti"}


def test_what_is_left_out_has_its_default() -> None:
    definition = validate_definition(GOOD)
    assert (definition.priority, definition.group, definition.exclusive, definition.budget) == (100, None, False, None)


@settings(max_examples=150, deadline=None)
@given(promotions())
def test_a_definition_survives_storing_as_json(drawn: list[dict[str, Any]]) -> None:
    for data in drawn:
        definition = validate_definition(data)
        again = validate_definition(json.loads(json.dumps(definition.to_json())))
        assert again == definition
