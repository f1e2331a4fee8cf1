"""`manage.py evaluate`: the door support uses."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

CASE: dict[str, Any] = {
    "currency_digits": 0,
    "settings": {"groups": {}, "money_rounding": "half_up", "round_at": "line", "remainder": "largest"},
    "promotions": [
        {"id": "hemat", "title": "Hemat 20.000", "kind": "amount_off", "value": 20000, "when": {"min_subtotal": 75000}},
        {"id": "poin", "title": "Poin", "kind": "earn", "per_amount": {"spend": 1000, "points": 1}},
        {"id": "diskon", "title": "Diskon", "kind": "percent_off", "value": 12.5, "when": {"code": "BARU"}},
    ],
    "cart": [{"line_id": "1", "sku": "KOPI", "name": "Kopi", "quantity": 2, "unit_amount": 31250}],
    "member": {
        "id": "m-1",
        "tier": "gold",
        "segments": ["loyal"],
        "birth_date": None,
        "points_available": 500,
        "wallet_available": 0,
        "purchase_count": 3,
        "referred": False,
        "uses": {},
    },
    "codes": ["BARU", "SALAH"],
    "redeem_points": 0,
    "at": "2026-03-05T14:30:00+07:00",
}


def evaluate(tmp_path: Path, case: Any, **options: Any) -> dict[str, Any]:
    path = tmp_path / "case.json"
    path.write_text(case if isinstance(case, str) else json.dumps(case), encoding="utf-8")
    out = io.StringIO()
    call_command("evaluate", str(path), stdout=out, **options)
    body: dict[str, Any] = json.loads(out.getvalue())
    return body


def refused(tmp_path: Path, case: Any) -> str:
    path = tmp_path / "case.json"
    path.write_text(case if isinstance(case, str) else json.dumps(case), encoding="utf-8")
    err = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("evaluate", str(path), stderr=err)
    assert caught.value.code == 2
    return err.getvalue()


def test_a_quote_in_the_form_of_the_till_api(tmp_path: Path) -> None:
    body = evaluate(tmp_path, CASE)
    assert list(body) == [
        "subtotal_amount",
        "discount_amount",
        "total_amount",
        "lines",
        "discounts",
        "free_items",
        "tax_amount",
        "service_amount",
        "tip_amount",
        "rounding_amount",
        "prices_include_tax",
        "prices_include_service",
        "points_to_earn",
        "cashback_to_earn_amount",
        "points_to_redeem",
        "points_value_amount",
        "wallet_to_redeem_amount",
        "gift_card_to_redeem_amount",
        "payable_amount",
        "coupons",
        "decisions",
        "hints",
    ]
    goods = {"line_id": "1", "subtotal_amount": 62500, "discount_amount": 7813, "total_amount": 54687}
    assert body["lines"] == [{**goods, "tax_amount": 0, "service_amount": 0}]
    assert body["discounts"] == [
        {
            "promotion_id": "diskon",
            "title": "Diskon",
            "amount": 7813,
            "coupon_code": "BARU",
            "lines": [{"line_id": "1", "amount": 7813}],
        }
    ]
    assert body["points_to_earn"] == 54
    assert body["payable_amount"] == 54687
    assert [coupon["status"] for coupon in body["coupons"]] == ["applied", "rejected"]
    assert {decision["promotion_id"]: decision["reason"] for decision in body["decisions"]} == {
        "diskon": "applied",
        "hemat": "min_spend_not_met",
        "poin": "applied",
    }


def test_sentences_in_the_language_asked_for(tmp_path: Path) -> None:
    hint = evaluate(tmp_path, CASE)["hints"][0]
    assert hint == {"promotion_id": "hemat", "message": "Spend Rp\u00a020.313 more for Rp\u00a020.000 off."}


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(CASE)))
    out = io.StringIO()
    call_command("evaluate", "-", stdout=out)
    assert json.loads(out.getvalue())["total_amount"] == 54687


def test_the_same_case_prints_the_same_bytes(tmp_path: Path) -> None:
    assert evaluate(tmp_path, CASE) == evaluate(tmp_path, CASE)


def _with(**fields: Any) -> dict[str, Any]:
    return {**CASE, **fields}


def _line(**fields: Any) -> dict[str, Any]:
    return _with(cart=[{**CASE["cart"][0], **fields}])


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("{", "not JSON"),
        ("[1]", "/: "),
        ('{"at": NaN}', "NaN"),
        ("[" * 100_000, "not JSON"),
        (_with(at="2026-03-05T14:30:00"), "/at: "),
        (_with(at="yesterday"), "/at: "),
        (_with(at=5), "/at: "),
        ({key: CASE[key] for key in CASE if key != "cart"}, "/cart: "),
        (_with(cart={}), "/cart: "),
        (_line(quantity=0), "/cart/0/quantity: "),
        (_line(quantity=10000), "/cart/0/quantity: "),
        (_line(quantity="2"), "/cart/0/quantity: "),
        (_line(unit_amount=-1), "/cart/0/unit_amount: "),
        (_line(unit_amount=2.5), "/cart/0/unit_amount: "),
        (_line(unit_amount=10**12 + 1), "/cart/0/unit_amount: "),
        (_line(colour="red"), "/cart/0/colour: "),
        (_with(cart=CASE["cart"] * 2), "/cart/1/line_id: "),
        (_with(promotions=CASE["promotions"][:1] * 2), "/promotions/1/id: "),
        (_with(promotions=[{"id": "x", "title": "x", "kind": "free_lunch"}]), "/promotions/0/kind: "),
        (_with(promotions=[{**CASE["promotions"][1], "filters": {}}]), "/promotions/0/filters: "),
        (_with(member={"tier": "gold"}), "/member/id: "),
        (_with(member={"id": "m", "birth_date": "1990"}), "/member/birth_date: "),
        (_with(codes="BARU"), "/codes: "),
        (_with(redeem_points=-5), "/redeem_points: "),
        (_with(settings={"money_rounding": "up"}), "/settings/money_rounding: "),
        (_with(settings={"groups": {"g": "first"}}), "/settings/groups/g: "),
        (_with(currency="XYZ"), "/currency: "),
        (_with(coupon_codes=[]), "/coupon_codes: "),
    ],
)
def test_a_malformed_case_names_the_field_and_ends_with_2(tmp_path: Path, case: Any, named: str) -> None:
    assert named in refused(tmp_path, case)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    err = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("evaluate", str(tmp_path / "none.json"), stderr=err)
    assert caught.value.code == 2
    assert "cannot read" in err.getvalue()


@pytest.mark.parametrize(
    ("at", "reason", "message"),
    [
        ("2026-03-21T10:00:00+07:00", "applied", "Applied."),
        ("2027-03-03T10:00:00+07:00", "applied", "Applied."),
        ("2027-03-12T10:00:00+07:00", "not_started", "Valid from 20 Feb 2028."),
    ],
)
def test_moments_have_their_standard_days(tmp_path: Path, at: str, reason: str, message: str) -> None:
    offer = {
        "id": "l",
        "title": "Lebaran",
        "kind": "percent_off",
        "value": 10,
        "when": {"moment": "lebaran", "moment_days_before": 7},
    }
    decision = evaluate(tmp_path, {**CASE, "at": at, "promotions": [offer], "codes": []})["decisions"][0]
    assert (decision["reason"], decision["message"]) == (reason, message)


def test_a_case_may_date_its_moments_itself(tmp_path: Path) -> None:
    offer = {"id": "l", "title": "Lebaran", "kind": "percent_off", "value": 10, "when": {"moment": "lebaran"}}
    case = {**CASE, "promotions": [offer], "codes": [], "settings": {"moments": {"lebaran": [["2026-03-05"] * 2]}}}
    assert evaluate(tmp_path, case)["decisions"][0]["reason"] == "applied"
