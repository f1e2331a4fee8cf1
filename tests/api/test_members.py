"""GET and POST /members, one member, statement and coupons."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from members.facts import ProfileChanges
from members.operations import edit_profile, set_segments
from merchants.facts import SYSTEM
from merchants.operations import change_merchant_settings
from merchants.tenancy import merchant_scope
from pos_integration.cursors import write_cursor
from rewards.promotions.operations import create_promotion
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line


def test_enrolled_by_phone_and_found_by_every_identifier(till: ApiTill) -> None:
    member = till.enrol("0812 3456 7890", email="Siti@Example.com")
    assert member["status"] == "active"
    assert member["points"] == {"available": 0, "pending": 0, "held": 0, "debt": 0, "expiring": []}
    assert member["phone_masked"] == "0812-****-7890"
    assert "siti" not in str(member["email_masked"]).lower()
    for identifier in ("081234567890", "6281234567890", "+62 812-3456-7890", member["number"], "SITI@example.com"):
        assert till.get("/members", identifier=identifier)["member"]["id"] == member["id"]


def test_a_member_is_enrolled_once(till: ApiTill) -> None:
    first = till.enrol("0812 3456 7890")
    problem = till.refused(
        "POST",
        "/members",
        {"name": "Siti", "phone": "+6281234567890", "promo_consent": True},
        status=409,
        code="member_exists",
    )
    assert problem["member_id"] == first["id"]
    assert problem["retryable"] is False


def test_contact_is_required(till: ApiTill) -> None:
    problem = till.refused(
        "POST", "/members", {"name": "Siti", "promo_consent": True}, status=400, code="validation_error"
    )
    assert problem["errors"][0]["pointer"] == "/phone"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "0812"),
        ("phone", "bukan nomor"),
        ("email", "siti@"),
        ("birth_date", "2026-02-30"),
        ("birth_date", "2100-01-01"),
        ("promo_consent", "yes"),
        ("name", "   "),
        ("name", ""),
        ("attributes", {"size": 1.5}),
        ("attributes", ["a"]),
        ("balance", 1_000_000),
        ("merchant_id", "0197a8c0-7e11-7c4b-9a55-3f1d6f2a9b10"),
    ],
)
def test_a_bad_field_is_named_with_its_fix(till: ApiTill, field: str, value: object) -> None:
    body = {"name": "Siti", "phone": "0812 3456 7890", "promo_consent": True, field: value}
    problem = till.refused("POST", "/members", body, status=400, code="validation_error")
    assert problem["errors"][0]["pointer"] == f"/{field}"
    assert len(problem["errors"][0]["message"]) > 10
    till.refused("GET", "/members", status=404, code="member_not_found", query={"identifier": "081234567890"})


@pytest.mark.parametrize("identifier", ["0899 9999 9999", "M-000", "x" * 254, "\u0000", "a@b.example"])
def test_no_one_is_found(till: ApiTill, identifier: str) -> None:
    till.refused("GET", "/members", status=404, code="member_not_found", query={"identifier": identifier})


def test_an_identifier_is_asked_for_by_name(till: ApiTill) -> None:
    problem = till.refused("GET", "/members", status=400, code="validation_error")
    assert problem["errors"][0]["pointer"] == "?identifier"
    problem = till.refused("GET", "/members", status=400, code="validation_error", query={"phone": "0812"})
    assert problem["errors"][0]["pointer"] == "?phone"


def test_statement_is_newest_first_and_paged_by_cursor(till: ApiTill) -> None:
    member = till.enrol("0812 3456 7890")
    for n in range(5):
        till.sell(f"R-{n}", line(unit_amount=10_000 * (n + 1)), member_id=member["id"])
    path = f"/members/{member['id']}/ledger"
    whole = till.get(path)
    assert [entry["change"] for entry in whole["results"]] == [5, 4, 3, 2, 1]
    assert [entry["balance_after"] for entry in whole["results"]] == [15, 10, 6, 3, 1]
    assert {entry["kind"] for entry in whole["results"]} == {"earn"}
    assert whole["results"][0]["reference"] == "R-4"
    assert whole["next"] is None
    seen, cursor = [], None
    while True:
        page = till.get(path, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [entry["id"] for entry in page["results"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [entry["id"] for entry in whole["results"]]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"limit": "1e2"}, {"limit": ""}, {"cursor": "%%"}])
def test_a_page_is_bounded(till: ApiTill, query: dict[str, str]) -> None:
    member = till.enrol("0812 3456 7890")
    problem = till.refused("GET", f"/members/{member['id']}/ledger", status=400, code="validation_error", query=query)
    assert problem["errors"][0]["pointer"] == f"?{next(iter(query))}"


def test_a_cursor_that_is_none_of_ours(till: ApiTill) -> None:
    member = till.enrol("0812 3456 7890")
    for text in ("x", "1'; DROP TABLE", "99999999999999999999999999"):
        till.refused(
            "GET",
            f"/members/{member['id']}/ledger",
            status=400,
            code="validation_error",
            query={"cursor": write_cursor(text)},
        )


def test_a_members_coupons(till: ApiTill, shop: ApiShop) -> None:
    member = till.enrol("0812 3456 7890")
    code = shop.coupon(member_id=member["id"])
    found = till.get(f"/members/{member['id']}/coupons")
    assert [coupon["code"] for coupon in found["results"]] == [code]
    assert found["results"][0]["status"] == "issued"
    of_offer = found["results"][0]["conditions"]
    assert of_offer == {"member_bound": True, "max_uses": 1, "sentences": [], "fields": {}}
    # Inside a member, which every sale answers, a coupon says only what its own row knows.
    of_coupon = {**found["results"][0], "conditions": {"member_bound": True, "max_uses": 1}}
    assert till.get(f"/members/{member['id']}")["member"]["coupons"] == [of_coupon]
    assert till.sell("B-1", line(), member_id=member["id"])["member"]["coupons"] == [of_coupon]


def test_a_birthday(till: ApiTill) -> None:
    member = till.enrol("0812 3456 7890", birth_date="1990-02-28")
    assert member["birthday"]["next_on"].endswith("-02-28")


def test_a_birthday_offer_is_announced_around_the_birthday(shop: ApiShop, till: ApiTill) -> None:
    at = timezone.now()
    day = at.astimezone(ZoneInfo(shop.merchant.timezone)).date()
    near, far = day + timedelta(days=2), day + timedelta(days=90)
    guest = till.enrol("0812 3456 7890", birth_date=str(near.replace(year=2000, day=min(near.day, 28))))
    other = till.enrol("0812 3456 7891", birth_date=str(far.replace(year=1990, day=min(far.day, 28))))
    assert guest["birthday"]["benefit_open"] is False
    with merchant_scope(shop.merchant.id):
        create_promotion(
            merchant=shop.merchant,
            definition={
                "title": "Kado ulang tahun",
                "kind": "percent_off",
                "value": 20,
                "when": {"birthday_window_days": 7},
            },
            starts_at=at,
            at=at,
        )
    assert till.get(f"/members/{guest['id']}")["member"]["birthday"]["benefit_open"] is True
    assert till.get(f"/members/{other['id']}")["member"]["birthday"]["benefit_open"] is False
    sale = till.sell("B-1", line(), member_id=guest["id"])
    assert sale["discount_amount"] == 5_000
    assert sale["member"]["birthday"]["benefit_open"] is True


def test_offers_by_birthday_and_segment_leave_children_out_at_once(shop: ApiShop, till: ApiTill) -> None:
    """An adult's birthday that turns out to be a child's: no birthday offer, and no segment until the night, either."""
    at = timezone.now()
    day = at.astimezone(ZoneInfo(shop.merchant.timezone)).date()
    soon = day + timedelta(days=2)
    born = soon.replace(year=soon.year - 30, day=min(soon.day, 28))
    guest = till.enrol("0812 3456 7890", birth_date=str(born))
    with merchant_scope(shop.merchant.id):
        set_segments(merchant=shop.merchant, rows=[(UUID(guest["id"]), "loyal")])
        for percent, when in ((20, {"birthday_window_days": 7}), (10, {"segments_any": ["loyal"]})):
            create_promotion(
                merchant=shop.merchant,
                definition={"title": f"{percent}%", "kind": "percent_off", "value": percent, "when": when},
                starts_at=at,
                at=at,
            )
    before = till.post("/quotes", {"member_id": guest["id"], "lines": [line()]})
    assert {one["title"] for one in before["discounts"]} == {"20%", "10%"}
    for years, acts in ((17, False), (18, False), (19, True)):
        with merchant_scope(shop.merchant.id):
            edit_profile(
                merchant=shop.merchant,
                member_id=UUID(guest["id"]),
                changes=ProfileChanges(birth_date=born.replace(year=soon.year - years)),
                actor=SYSTEM,
                at=at,
                business_date=day,
            )
        quote = till.post("/quotes", {"member_id": guest["id"], "lines": [line()]})
        assert bool(quote["discounts"]) is acts, f"{years} in two days"
        assert till.get(f"/members/{guest['id']}")["member"]["birthday"]["benefit_open"] is acts
        assert bool(till.sell(f"C-{years}", line(), member_id=guest["id"])["discount_amount"]) is acts


# --- the card's link and what the tier gives ---------------------------------------------------------------------


def test_the_link_of_the_card_opens_the_members_page(shop: ApiShop, till: ApiTill, client: Client) -> None:
    joined = till.enrol("0812 3456 7890")
    assert joined["card_url"].startswith(f"{settings.PUBLIC_URL}/m/{shop.merchant.slug}/card/")
    assert client.get(joined["card_url"].removeprefix(settings.PUBLIC_URL)).status_code == 200
    assert till.get("/members", identifier=joined["card_url"])["member"]["card_url"] == joined["card_url"]
    assert till.get(f"/members/{joined['id']}")["member"]["card_url"] == joined["card_url"]
    assert till.sell("R-1", member_id=joined["id"])["member"]["card_url"] is None


def test_a_shop_that_asks_for_the_cards_code_hands_the_link_out_once(shop: ApiShop, till: ApiTill) -> None:
    with merchant_scope(shop.merchant.id):
        change_merchant_settings(
            merchant=shop.merchant, changes={"verify_above_points": 20}, at=timezone.now(), actor=SYSTEM
        )
    joined = till.enrol("0812 3456 7890")
    assert joined["card_url"] is not None
    assert till.get("/members", identifier="0812 3456 7890")["member"]["card_url"] is None
    assert till.patch(f"/members/{joined['id']}", {"name": "Siti R."})["member"]["card_url"] is None


def test_what_the_tier_gives_is_said_in_words(shop: ApiShop, till: ApiTill) -> None:
    at = timezone.now()
    member = till.enrol("0812 3456 7890")
    assert member["tier"]["code"] == "bronze"
    for title, tiers in (("Untuk semua anggota", ["BRONZE", "silver"]), ("Emas", ["gold"]), ("Semua", None)):
        with merchant_scope(shop.merchant.id):
            create_promotion(
                merchant=shop.merchant,
                definition={
                    "title": title,
                    "kind": "percent_off",
                    "value": 20,
                    "when": {"tiers_any": tiers, "min_subtotal": 50_000} if tiers else {},
                    "usage": {"limit": 500},
                },
                starts_at=at,
                at=at,
            )
    assert till.get(f"/members/{member['id']}")["member"]["perks"] == [
        "20% off all goods. Minimum spend Rp\u00a050.000."
    ]
    till.language = "id"
    (perk,) = till.get(f"/members/{member['id']}")["member"]["perks"]
    assert perk.endswith("Minimum belanja Rp\u00a050.000.")
    assert till.sell("R-1", member_id=member["id"])["member"]["perks"] is None
