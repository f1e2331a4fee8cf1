"""What a till may change of a member: details, and what the member agrees to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.facts import AttributeDraft, AttributeKind, ConsentSource
from members.models import FormerContact
from members.operations import add_attribute, block, confirm_card, restrict_member
from members.queries import cards, consents, member
from merchants.facts import SYSTEM
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.test_waiting_cards import join_on_page
from tests.api.till import ApiTill, new_key

PHONE = "0812 3456 7890"
YES = {"topic": "promo", "channel": "email", "given": True, "wording_version": "promo-1"}


@pytest.fixture
def siti(till: ApiTill) -> str:
    return str(till.enrol(PHONE, birth_date="1990-05-17", attributes={"ukuran": "S", "kucing": True})["id"])


def facts(shop: ApiShop, member_id: str) -> Any:
    with merchant_scope(shop.merchant.id):
        return member(merchant=shop.merchant, member_id=UUID(member_id))


def edits(shop: ApiShop, member_id: str) -> list[Any]:
    with merchant_scope(shop.merchant.id):
        found = AuditEntry.objects.filter(merchant_id=shop.merchant.id, action="member.edited", subject_id=member_id)
        return list(found.order_by("at", "id"))


# --- details -----------------------------------------------------------------------------------------------------


def test_a_wrong_phone_is_corrected_and_only_fields_that_were_sent_change(
    shop: ApiShop, till: ApiTill, siti: str
) -> None:
    before = facts(shop, siti)
    answer = till.patch(
        f"/members/{siti}",
        {
            "phone": "0813-2222-3333",
            "name": None,
            "area": "  Depok  Lama ",
            "attributes": {"ukuran": "M", "kucing": None},
        },
    )
    assert (answer["member"]["id"], answer["member"]["phone_masked"]) == (siti, "0813-****-3333")
    after = facts(shop, siti)
    assert (after.phone, after.area, after.attributes) == ("+6281322223333", "Depok Lama", {"ukuran": "M"})
    assert (after.name, after.birth_date, after.number) == (before.name, before.birth_date, before.number)
    till.refused("GET", "/members", status=404, code="member_not_found", query={"identifier": PHONE})
    assert till.get("/members", identifier="081322223333")["member"]["id"] == siti
    with merchant_scope(shop.merchant.id):
        assert FormerContact.objects.filter(merchant_id=shop.merchant.id, member_id=siti).count() == 1
    (entry,) = edits(shop, siti)
    assert entry.after == {"fields": ["area", "attributes", "phone"]}
    assert entry.actor_label == till.get("/program")["till"]["name"]
    till.patch(f"/members/{siti}", {"area": ""})
    assert facts(shop, siti).area == ""
    shop.assert_verified()


@pytest.mark.parametrize("body", [{}, {"phone": PHONE}, {"name": "Siti Rahma", "birth_date": "1990-05-17"}])
def test_what_is_so_already_leaves_no_entry(shop: ApiShop, till: ApiTill, siti: str, body: dict[str, Any]) -> None:
    till.patch(f"/members/{siti}", body)
    assert edits(shop, siti) == []


def test_a_value_fits_the_field_that_the_shop_defined(shop: ApiShop, till: ApiTill, siti: str) -> None:
    with merchant_scope(shop.merchant.id):
        for draft in (
            AttributeDraft(label="Ukuran", kind=AttributeKind.NUMBER),
            AttributeDraft(label="Minum", kind=AttributeKind.CHOICE, choices=("Kopi", "Teh")),
        ):
            add_attribute(merchant=shop.merchant, draft=draft, at=timezone.now(), actor=SYSTEM)
    till.patch(f"/members/{siti}", {"attributes": {"ukuran": 42, "minum": "Teh", "bebas": "apa saja"}})
    kept = {"ukuran": 42, "minum": "Teh", "bebas": "apa saja", "kucing": True}
    assert facts(shop, siti).attributes == kept
    for wrong in ({"ukuran": "42"}, {"ukuran": True}, {"minum": "Bensin"}):
        (name,) = wrong
        answer = till.refused("PATCH", f"/members/{siti}", {"attributes": wrong}, status=400, code="validation_error")
        assert [error["pointer"] for error in answer["errors"]] == [f"/attributes/{name}"]
        joining = {"name": "Rina", "phone": "0812 9999 0000", "promo_consent": False, "attributes": wrong}
        till.refused("POST", "/members", joining, status=400, code="validation_error")
    assert facts(shop, siti).attributes == kept
    till.patch(f"/members/{siti}", {"attributes": {"ukuran": None}})
    assert facts(shop, siti).attributes == {"minum": "Teh", "bebas": "apa saja", "kucing": True}


def test_an_empty_text_takes_an_address_away_and_another_may_have_it(shop: ApiShop, till: ApiTill, siti: str) -> None:
    till.patch(f"/members/{siti}", {"email": "siti.r@example.com"})
    answer = till.patch(f"/members/{siti}", {"email": ""})
    assert answer["member"]["email_masked"] is None
    assert facts(shop, siti).email is None
    joined = {"name": "Rina", "email": "siti.r@example.com", "promo_consent": False}
    assert till.post("/members", joined, status=201)["member"]["email_masked"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "0812", "phone_too_short"),
        ("phone", "", "contact_required"),
        ("email", "siti@", "email_malformed"),
        ("name", "  ", "pattern"),
        ("birth_date", "2100-01-01", "birth_date_impossible"),
        ("area", "x" * 81, "long"),
        ("attributes", {"ukuran": 1.5}, "value"),
        ("points", 1_000_000, "unknown_field"),
        ("status", "blocked", "unknown_field"),
    ],
)
def test_a_field_that_cannot_be_is_named_and_nothing_changes(
    shop: ApiShop, till: ApiTill, siti: str, field: str, value: Any, code: str
) -> None:
    before = facts(shop, siti)
    body = {"name": "Nama Baru", field: value}
    problem = till.refused("PATCH", f"/members/{siti}", body, status=400, code="validation_error")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [(f"/{field}", code)]
    assert facts(shop, siti) == before


def test_a_contact_of_another_member_names_that_one(shop: ApiShop, till: ApiTill, stranger: ApiTill, siti: str) -> None:
    budi = till.enrol("0813 0000 1111", name="Budi", email="budi@gmail.com")["id"]
    stranger.enrol("0819 1111 2222", name="Orang Sebelah")
    for body in ({"phone": "+62 813 0000 1111"}, {"email": "B.U.D.I@gmail.com", "name": "Nama Baru"}):
        problem = till.refused("PATCH", f"/members/{siti}", body, status=409, code="member_exists")
        assert problem["member_id"] == budi
    assert facts(shop, siti).name == "Siti Rahma"
    till.patch(f"/members/{siti}", {"phone": "0819 1111 2222"})


def test_the_same_key_changes_once_and_needs_the_scope(shop: ApiShop, till: ApiTill, siti: str) -> None:
    key, path = new_key(), f"/members/{siti}"
    first = till.send("PATCH", path, {"area": "Depok"}, key=key)
    till.patch(path, {"area": "Bogor"})
    again = till.send("PATCH", path, {"area": "Depok"}, key=key)
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert facts(shop, siti).area == "Bogor"
    till.refused("PATCH", path, {"area": "Solo"}, key=key, status=422, code="idempotency_key_reused")
    problem = till.refused("PATCH", path, {"area": "Solo"}, key="", status=400, code="idempotency_key_missing")
    assert "Idempotency-Key" in problem["detail"]
    reader = shop.till(scopes=["read_members", "record_sales", "redeem"])
    reader.refused("PATCH", path, {"area": "Solo"}, status=403, code="scope_missing")
    reader.refused("POST", f"{path}/consents", YES, status=403, code="scope_missing")


def test_a_known_birthday_is_replaced_once_a_year_at_a_till(shop: ApiShop, till: ApiTill, siti: str) -> None:
    path = f"/members/{siti}"
    nina = till.enrol("0813 0000 2222", name="Nina")["id"]
    till.patch(f"/members/{nina}", {"birth_date": "1991-01-01"})
    for member_id in (siti, nina):
        till.patch(f"/members/{member_id}", {"birth_date": "1990-06-18"})
    problem = till.refused(
        "PATCH", path, {"birth_date": "1990-07-19", "area": "Solo"}, status=409, code="birth_date_locked"
    )
    today = shop.merchant.day_of(timezone.now())
    assert problem["until"] == (today + timedelta(days=365)).isoformat()
    assert len(problem["cashier_message"]) <= 60
    till.patch(path, {"birth_date": "1990-06-18", "area": "Solo"})
    with time_machine.travel(timezone.now() + timedelta(days=364), tick=False):
        till.refused("PATCH", path, {"birth_date": "1990-07-19"}, status=409, code="birth_date_locked")
    with time_machine.travel(timezone.now() + timedelta(days=365, hours=1), tick=False):
        till.patch(path, {"birth_date": "1990-07-19"})


def test_a_blocked_member_is_changed_by_staff_alone(shop: ApiShop, till: ApiTill, siti: str) -> None:
    with merchant_scope(shop.merchant.id):
        block(merchant=shop.merchant, member_id=UUID(siti), actor=SYSTEM, reason="uji", at=timezone.now())
    till.refused("PATCH", f"/members/{siti}", {"area": "Solo"}, status=409, code="member_blocked")


def test_who_asked_to_be_left_alone_is_changed_by_staff_alone(shop: ApiShop, till: ApiTill, siti: str) -> None:
    with merchant_scope(shop.merchant.id):
        restrict_member(merchant=shop.merchant, member_id=UUID(siti), actor=SYSTEM, at=timezone.now())
    till.refused("PATCH", f"/members/{siti}", {"area": "Solo"}, status=409, code="member_restricted")


# --- cards -------------------------------------------------------------------------------------------------------


def test_who_shows_a_waiting_card_changes_nothing(shop: ApiShop, till: ApiTill, siti: str) -> None:
    token = join_on_page(shop, name="Orang Lain", phone=PHONE)
    assert till.get("/members", identifier=token)["household"] == []
    before = facts(shop, siti)
    till.refused("PATCH", f"/members/{siti}", {"phone": "0819 0000 0000"}, status=409, code="card_not_confirmed")
    till.refused("POST", f"/members/{siti}/consents", YES, status=409, code="card_not_confirmed")
    assert facts(shop, siti) == before
    till.get("/members", identifier=PHONE)
    till.patch(f"/members/{siti}", {"phone": "0819 0000 0000"})


def test_a_waiting_card_made_with_the_old_number_ends(shop: ApiShop, till: ApiTill, siti: str) -> None:
    token = join_on_page(shop, name="Pemilik Nomor Lama", phone=PHONE)
    till.patch(f"/members/{siti}", {"area": "Depok"})
    assert till.get("/members", identifier=token)["member"]["id"] == siti
    till.get("/members", identifier=PHONE)
    till.patch(f"/members/{siti}", {"phone": "0819 0000 0000"})
    till.refused("GET", "/members", status=404, code="member_not_found", query={"identifier": token})
    with merchant_scope(shop.merchant.id):
        states = [(card.is_in_force, card.is_waiting) for card in cards(merchant=shop.merchant, member_id=UUID(siti))]
    assert states == [(False, False), (True, False)]
    shop.assert_verified()


def test_who_joined_on_the_page_with_a_mistyped_number_keeps_that_card(shop: ApiShop, till: ApiTill) -> None:
    own = join_on_page(shop, name="Rina", phone="0812 7777 0001")
    theirs = join_on_page(shop, name="Orang Lain", phone="0812 7777 0001")
    rina = till.get("/members", identifier="0812 7777 0001")["member"]["id"]
    till.patch(f"/members/{rina}", {"phone": "0812 7777 0002"})
    assert till.get("/members", identifier=own)["member"]["id"] == rina
    till.refused("GET", "/members", status=404, code="member_not_found", query={"identifier": theirs})
    with merchant_scope(shop.merchant.id):
        confirm_card(merchant=shop.merchant, member_id=UUID(rina), token=own, actor=SYSTEM, at=timezone.now())
    shop.assert_verified()


# --- consent -----------------------------------------------------------------------------------------------------


def test_a_yes_and_a_no_leave_their_proof(shop: ApiShop, till: ApiTill, siti: str) -> None:
    path = f"/members/{siti}/consents"
    wording = till.get("/program")["consents"]
    assert wording == [
        {**{name: YES[name] for name in ("topic", "channel", "wording_version")}, "text": wording[0]["text"]}
    ]
    assert shop.merchant.name in wording[0]["text"]
    said = [{"topic": "promo", "channel": "email", "given": True}]
    assert till.post(path, YES)["member"]["consents"] == said
    till.post(path, YES)
    assert till.sell("R-1", member_id=siti)["member"]["consents"] == said
    assert till.post(path, {**YES, "given": False})["member"]["consents"][0]["given"] is False
    with merchant_scope(shop.merchant.id):
        rows = consents(merchant=shop.merchant, member_id=UUID(siti))
    assert [(row.granted, row.source, row.text_version) for row in rows] == [
        (False, ConsentSource.TILL, "promo-1"),
        (True, ConsentSource.TILL, "promo-1"),
    ]
    shop.assert_verified()


@pytest.mark.parametrize(
    ("field", "value"),
    [("topic", "news"), ("channel", "whatsapp"), ("given", "yes"), ("wording_version", "promo-0"), ("given", None)],
)
def test_consent_is_to_a_wording_there_is(till: ApiTill, siti: str, field: str, value: Any) -> None:
    problem = till.refused(
        "POST", f"/members/{siti}/consents", {**YES, field: value}, status=400, code="validation_error"
    )
    assert problem["errors"][0]["pointer"] == f"/{field}"


# --- what it costs -----------------------------------------------------------------------------------------------


def test_changes_cost_few_statements(till: ApiTill, siti: str) -> None:
    def statements(method: str, path: str, body: dict[str, Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            till.ok(method, path, body)
        frames = ("BEGIN", "SET ", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT")
        return sum(not query["sql"].lstrip().upper().startswith(frames) for query in captured)

    till.get(f"/members/{siti}")
    assert statements("PATCH", f"/members/{siti}", {"area": "Depok"}) <= 20
    assert statements("PATCH", f"/members/{siti}", {"phone": "0813 0000 9999", "email": "baru@example.com"}) <= 26
    assert statements("POST", f"/members/{siti}/consents", YES) <= 20


# --- under 18 ------------------------------------------------------------------------------------------------------


def test_a_child_joins_without_consent_and_cannot_agree_alone(shop: ApiShop, till: ApiTill) -> None:
    born = (timezone.now() - timedelta(days=15 * 365)).date().isoformat()
    body = {"name": "Dinda", "phone": "0812 7777 6666", "birth_date": born, "promo_consent": True}
    answer = till.post("/members", body, status=201)
    assert [one["code"] for one in answer["warnings"]] == ["guardian_needed"]
    member_id = answer["member"]["id"]
    assert not facts(shop, member_id).promo_email
    till.refused("POST", f"/members/{member_id}/consents", YES, status=409, code="guardian_needed")
    till.post(f"/members/{member_id}/consents", {**YES, "given": False}, status=200)
