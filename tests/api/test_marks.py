"""Invisible marks, other widths, other dashes: the till, the search and the file find the member that was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from members.queries import identified_members
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_shared_code
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line


@pytest.mark.parametrize(
    ("kept", "pasted"),
    [
        ({"email": "ganda@toko.example"}, {"email": "ganda@toko.example\u200b"}),
        ({"email": "ganda@toko.example"}, {"email": "\u2068ganda@\uff54\uff4f\uff4b\uff4f.example\u2069"}),
        ({"phone": "0812 3456 7801"}, {"phone": "\u202d081234567801\u202c"}),
        ({"phone": "0813 5550 0011"}, {"phone": "6281355500011.0"}),
        ({"phone": "0813 5550 0018"}, {"phone": "\u202a+62\u2011813\u20115550\u20110018\u202c"}),
    ],
)
def test_a_contact_with_marks_is_the_contact(till: ApiTill, kept: dict[str, Any], pasted: dict[str, Any]) -> None:
    member = till.post("/members", {"name": "Sari", "promo_consent": True, **kept}, status=201)["member"]
    problem = till.refused(
        "POST", "/members", {"name": "Sari", "promo_consent": True, **pasted}, status=409, code="member_exists"
    )
    assert problem["member_id"] == member["id"]
    (written,) = pasted.values()
    assert till.get("/members", identifier=written)["member"]["id"] == member["id"]
    with merchant_scope(till.merchant.id):
        assert [str(found.id) for found in identified_members(merchant=till.merchant, text=written)] == [member["id"]]
    quoted = till.post("/quotes", {"identifier": written, "lines": [line()]})
    assert quoted["points_to_earn"] >= 0


def test_a_float_from_a_spreadsheet_is_kept_without_its_zero(till: ApiTill) -> None:
    body = {"name": "Sari", "phone": "6281234567801.0", "promo_consent": False}
    assert till.post("/members", body, status=201)["member"]["phone_masked"] == "0812-****-7801"


@pytest.mark.parametrize("blank", ["\u200b", "\u2066\u2069", "\u3164", "\u00a0"])
def test_a_contact_of_marks_alone_is_none(till: ApiTill, blank: str) -> None:
    problem = till.refused(
        "POST",
        "/members",
        {"name": "Sari", "phone": blank, "promo_consent": False},
        status=400,
        code="validation_error",
    )
    assert problem["errors"][0]["pointer"] == "/phone"
    till.refused("GET", "/members", query={"identifier": blank}, status=404, code="member_not_found")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ani \U0001f469\u200d\U0001f467", "Ani \U0001f469\u200d\U0001f467"),
        ("Ani\u200b \u202dDewi\u202c", "Ani Dewi"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)
def test_names_keep_their_joiners_and_lose_other_marks(till: ApiTill, written: str, kept: str) -> None:
    assert till.enrol("0812 3456 7890", name=written)["name"] == kept


@pytest.mark.parametrize(
    "pasted", ["HEMAT\u2011O20", "hemat\u2013o20", "\u201cHEMATO20\u201d", "\uff28EMATO20", "HE\u200bMATO20"]
)
def test_a_pasted_coupon_code_applies(shop: ApiShop, till: ApiTill, pasted: str) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text="HEMATO20",
            title="Hemat",
            definition={"kind": "percent_off", "value": 20},
            at=now,
            today=now.date(),
        )
    quoted = till.post("/quotes", {"lines": [line(unit_amount=100_000)], "coupon_codes": [pasted]})
    assert [coupon["status"] for coupon in quoted["coupons"]] == ["applied"]
    assert till.post("/coupons/check", {"code": pasted})["usable"] is True


@pytest.mark.parametrize("separator", ["\u2011", "\u2013", "\u2212"])
def test_a_chosen_code_is_kept_with_plain_dashes(shop: ApiShop, till: ApiTill, separator: str) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        create_shared_code(
            merchant=shop.merchant,
            text=f"HEMAT{separator}26",
            title="Hemat",
            definition={"kind": "percent_off", "value": 20},
            at=now,
            today=now.date(),
        )
    assert till.post("/coupons/check", {"code": "HEMAT-26"})["coupon"]["code"] == "HEMAT-26"


def test_a_file_of_a_phone_book_finds_the_members_it_names(shop: ApiShop, till: ApiTill, tmp_path: Path) -> None:
    member = till.enrol("0813 5550 0018", email="satu.kotak@toko.example")
    rows = [
        "name,phone,email,customer,birth_date,joined_at,consent",
        "Sari,6281355500011.0,,F1,,,",
        "Budi,\u202a+62 813-5550-0018\u202c,,F2,,,",
        "Tuti,,satu.kotak@toko.example\u200b,F3,,,",
    ]
    file = tmp_path / "members.csv"
    file.write_text("\n".join(rows) + "\n")
    call_command("import_members", str(file), merchant=str(shop.merchant.id), verbosity=0)
    assert till.get("/members", identifier="0813 5550 0011")["member"]["name"] == "Sari"
    assert till.get("/members", identifier="0813 5550 0018")["member"]["id"] == member["id"]
    with merchant_scope(shop.merchant.id):
        assert len(identified_members(merchant=shop.merchant, text="satu.kotak@toko.example")) == 1
    shop.assert_verified()
