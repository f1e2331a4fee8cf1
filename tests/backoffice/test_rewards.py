"""Rewards on the staff's pages: written, pictured, counted, handed over, and what partners owe."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from common.ids import new_id
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, post
from members.facts import MemberFacts
from merchants.facts import SYSTEM, Role, TillFacts
from merchants.queries import merchant_by_id, outlets
from merchants.tenancy import merchant_scope
from rewards.catalogue.facts import Fulfilment, Handover, RedemptionFacts
from rewards.catalogue.operations import add_reward, move_gift, redeem_reward
from rewards.catalogue.queries import catalogue, catalogue_entry
from rewards.invariants import verify
from rewards.promotions.operations import add_partner, create_promotion
from rewards.promotions.queries import partners
from sales.facts import LineDraft, SaleDraft
from sales.operations import record_sale, void_sale
from tests.backoffice.conftest import StaffPerson, Store

FORM: dict[str, Any] = {
    "title": "Tas belanja",
    "points": "1.250",
    "handover": "at_once",
    "position": "10",
    "unit_cost_amount": "35.000",
    "stock": "20",
    "funding_way": "percent",
}


def rich(store: Store, points: int = 5_000) -> MemberFacts:
    """Return a member with points."""
    member = store.member()
    lot = LotDraft(amount=points, available_on=store.today, expires_on=None, earned_at=timezone.now())
    earned = Posting(
        kind=EntryKind.EARN, unit=Unit.POINTS, change=points, source_kind="sale", source_id=new_id(), lot=lot
    )
    with merchant_scope(store.merchant.id):
        account = lock_account(
            merchant=store.merchant, owner_id=member.id, unit=Unit.POINTS, business_date=store.today, at=timezone.now()
        )
        post(merchant=store.merchant, account=account, postings=[earned], at=timezone.now(), business_date=store.today)
    return member


def offer(store: Store, title: str = "Tas", **fields: Any) -> UUID:
    with merchant_scope(store.merchant.id):
        return add_reward(merchant=store.merchant, at=timezone.now(), **{"title": title, "points": 100, **fields})


def redeem(store: Store, member: MemberFacts, reward_id: UUID, **fields: Any) -> RedemptionFacts:
    with merchant_scope(store.merchant.id):
        return redeem_reward(
            merchant=store.merchant,
            till_id=store.till_id,
            outlet_id=store.outlet_id,
            member_id=member.id,
            reward_id=reward_id,
            business_date=store.today,
            **{"quantity": 1, "hold": False, "at": timezone.now(), **fields},
        )


def png(size: tuple[int, int] = (200, 200)) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", size, (20, 120, 90)).save(out, "PNG")
    return SimpleUploadedFile("tas.png", out.getvalue(), content_type="image/png")


# --- the catalogue -----------------------------------------------------------------------------------------------


def test_a_reward_is_added_changed_retired_and_offered_again(store: Store, owner: StaffPerson) -> None:
    rich(store)
    assert "Give points something to buy" in owner.text("/rewards/")
    place = owner.post(
        "/rewards/new/", **FORM, min_tier_rank="2", segments_any=["loyal"], period_limit="1", period_days="30"
    )["Location"]
    page = owner.text("/rewards/")
    for words in (
        "Tas belanja",
        "1.250",
        "35.000",
        "From Silver",
        "For Loyal",
        "At most 1 within 30 days",
        "100% of 1",
    ):
        assert words in page.replace("\u00a0", " "), words
    edited = {**FORM, "title": "Tas besar", "points": "2000"}
    del edited["stock"]
    owner.post(f"{place}edit/", **edited)
    assert "Tas besar" in owner.text(place)
    owner.post(f"{place}retire/")
    assert "Tas besar" not in owner.text("/rewards/")
    assert "Tas besar" in owner.text("/rewards/", tab="retired")
    owner.post(f"{place}offer/")
    with merchant_scope(store.merchant.id):
        (entry,) = catalogue(merchant=store.merchant, today=store.today)
    assert (entry.draft.points, entry.stock, entry.draft.segments_any) == (2_000, 20, ())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"points": "0"}, "At least 1."),
        ({"points": "many"}, "Write a whole number of points"),
        ({"title": ""}, "This field is required."),
        ({"period_limit": "2"}, "Fill in both, or neither."),
        ({"valid_from": "5/3/2026", "valid_until": "4/3/2026"}, "The last day is before the first day."),
        ({"min_tier_rank": "99"}, "99"),
        ({"segments_any": ["everybody"]}, "everybody"),
        ({"partner_id": str(new_id())}, "Select a valid choice"),
        ({"handover": "magic"}, "magic"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    store: Store, owner: StaffPerson, fields: dict[str, Any], words: str
) -> None:
    page = owner.post("/rewards/new/", status=400, **{**FORM, **fields}).content.decode()
    assert words in page
    with merchant_scope(store.merchant.id):
        assert catalogue(merchant=store.merchant, today=store.today) == []


def test_two_rewards_of_one_name_are_not_distinguished(store: Store, owner: StaffPerson) -> None:
    offer(store, "Tas belanja")
    assert "You have one of that name already." in owner.post("/rewards/new/", status=400, **FORM).content.decode()


def test_stock_is_restocked_and_counted_with_a_reason(store: Store, owner: StaffPerson) -> None:
    bag = offer(store, stock=3, handover=Handover.PICKUP)
    redeem(store, rich(store), bag)
    owner.post(f"/rewards/{bag}/restock/", pieces="10")
    refused = owner.post(f"/rewards/{bag}/count/", status=400, counted="0", reason="hilang").content.decode()
    assert "Held or waiting to be handed over: 1." in refused
    assert "This field is required." in owner.post(f"/rewards/{bag}/count/", status=400, counted="9").content.decode()
    owner.post(f"/rewards/{bag}/count/", counted="9", reason="dua rusak")
    page = owner.text(f"/rewards/{bag}/")
    assert "dua rusak" in page
    with merchant_scope(store.merchant.id):
        assert catalogue_entry(merchant=store.merchant, reward_id=bag, today=store.today).stock == 8
        assert verify(merchant=store.merchant) == []


def test_the_number_of_statements_does_not_grow_with_the_rewards(store: Store, owner: StaffPerson) -> None:
    offer(store)
    few = owner.statements("/rewards/")
    for number in range(12):
        offer(store, f"Hadiah {number}", points=50 + number, stock=3)
    assert owner.statements("/rewards/") == few


# --- pictures ----------------------------------------------------------------------------------------------------


def test_a_picture_is_shown_from_an_address_of_its_own(store: Store, owner: StaffPerson, other_store: Store) -> None:
    bag = offer(store)
    owner.post(f"/rewards/{bag}/picture/", picture=png(), alt="Tas kanvas hijau")
    page = owner.text(f"/rewards/{bag}/")
    found = re.search(rf'src="(/m/{store.merchant.slug}/rewards/{bag}/([0-9a-f]{{64}})\.webp)" alt="Tas kanvas', page)
    assert found
    anybody = Client()
    shown = anybody.get(found[1])
    assert (shown.status_code, shown["Content-Type"], shown.content[:4]) == (200, "image/webp", b"RIFF")
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown["Content-Security-Policy"] == "default-src 'none'"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert anybody.get(found[1], headers={"if-none-match": shown["ETag"]}).status_code == 304
    wrong = found[1].replace(found[2], "0" * 64)
    elsewhere = found[1].replace(store.merchant.slug, other_store.merchant.slug)
    assert [anybody.get(path).status_code for path in (wrong, elsewhere)] == [404, 404]
    owner.post(f"/rewards/{bag}/picture/", picture=png((300, 100)), alt="Tas")
    assert anybody.get(found[1]).status_code == 404
    owner.post(f"/rewards/{bag}/picture/", remove="1")
    assert "No picture yet." in owner.text(f"/rewards/{bag}/")


def test_what_is_no_picture_is_refused_in_words(store: Store, owner: StaffPerson) -> None:
    bag = offer(store)
    fake = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", content_type="image/png")
    page = owner.post(f"/rewards/{bag}/picture/", status=400, picture=fake, alt="x").content.decode()
    assert "This is no JPEG, PNG or WebP picture that we can read." in page


# --- gifts -------------------------------------------------------------------------------------------------------


def test_gifts_wait_in_a_queue_until_they_are_handed_over(store: Store, owner: StaffPerson) -> None:
    member = rich(store)
    sent = redeem(store, member, offer(store, handover=Handover.SHIPPING))
    fetched = redeem(store, member, offer(store, "Mug", handover=Handover.PICKUP))
    page = owner.text("/rewards/gifts/")
    assert page.index("Tas") < page.index("Mug")
    assert member.display_name in page
    assert "Mug" not in re.sub(r"<select.*?</select>", "", owner.text("/rewards/gifts/", state="shipped"))
    assert "No gift fits" in owner.text("/rewards/gifts/", age="3")
    owner.post(f"/rewards/gifts/{sent.id}/step/", to="ready", note="")
    owner.post(f"/rewards/gifts/{sent.id}/step/", to="shipped", note="JNE 8812")
    assert "JNE 8812" in owner.text(f"/rewards/gifts/{sent.id}/")
    owner.post(f"/rewards/gifts/{sent.id}/step/", to="handed_over")
    assert "Sent off" in owner.text(f"/rewards/gifts/{sent.id}/")
    assert "Sent off" in owner.text(f"/members/{member.id}/", tab="coupons")
    before = store.balance(member)
    owner.post(f"/rewards/gifts/{fetched.id}/step/", to="cancelled", note="member batal")
    assert store.balance(member) == before + 100
    assert "Cancelled" in owner.text(f"/rewards/gifts/{fetched.id}/")
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []


def test_old_gifts_are_found_by_age(store: Store, owner: StaffPerson) -> None:
    gift = redeem(store, rich(store), offer(store, handover=Handover.PICKUP), at=timezone.now() - timedelta(days=8))
    assert str(gift.id) in owner.text("/rewards/gifts/", age="7")
    assert str(gift.id) not in owner.text("/rewards/gifts/", age="30")
    with merchant_scope(store.merchant.id):
        move_gift(merchant=store.merchant, redemption_id=gift.id, to=Fulfilment.READY, at=timezone.now(), actor=SYSTEM)
    assert str(gift.id) not in owner.text("/rewards/gifts/", age="7")


def test_the_queue_needs_no_more_statements_for_more_gifts(store: Store, owner: StaffPerson) -> None:
    member, bag = rich(store), offer(store, handover=Handover.PICKUP)
    redeem(store, member, bag)
    few = owner.statements("/rewards/gifts/")
    for _ in range(6):
        redeem(store, rich(store), bag)
    assert owner.statements("/rewards/gifts/") == few


# --- partners ----------------------------------------------------------------------------------------------------


def sell(store: Store, reference: str, unit_amount: int) -> UUID:
    with merchant_scope(store.merchant.id):
        till = TillFacts(store.till_id, "Kasir", outlets(merchant=store.merchant)[0], store.merchant, frozenset())
        draft = SaleDraft(
            reference=reference,
            request_fingerprint=reference.encode().ljust(32),
            lines=(LineDraft("1", "A", "A", 1, unit_amount),),
        )
        return record_sale(merchant=store.merchant, till=till, draft=draft, received_at=timezone.now()).sale.id


def undo(store: Store, sale_id: UUID) -> None:
    with merchant_scope(store.merchant.id):
        till = TillFacts(store.till_id, "Kasir", outlets(merchant=store.merchant)[0], store.merchant, frozenset())
        void_sale(merchant=store.merchant, till=till, reference=str(sale_id), reason="", received_at=timezone.now())


def test_a_partner_pays_a_part_and_the_report_says_how_much(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        definition = {"title": "Diskon", "kind": "percent_off", "value": 10}
        at = timezone.now() - timedelta(days=1)
        promotion = create_promotion(merchant=store.merchant, definition=definition, starts_at=at, at=at)
    sell(store, "R-1", 100_000)
    place = owner.post("/rewards/partners/new/", name="=PT Kopi", note="")["Location"]
    owner.post(f"{place}fund/", promotion=str(promotion), percent="40")
    assert "40%" in owner.text(place)
    sell(store, "R-2", 100_000)
    undo(store, sell(store, "R-3", 50_000))
    page = owner.text("/rewards/partners/").replace("\u00a0", " ")
    for words in ("Rp 15.000", "Rp 2.000", "Rp 4.000", "WIB", "Owed in all: Rp 4.000"):
        assert words in page, words
    sheet = owner.get("/rewards/partners/", format="csv")
    rows = list(csv.reader(StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[-1] == ["'=PT Kopi", "Promotion", "Diskon", "2", "15000", "6000", "5000", "2000", "4000"]
    assert rows[1][1:3] == [store.today.replace(day=1).isoformat(), store.today.isoformat()]
    owner.post(f"{place}fund/{promotion}/end/")
    sell(store, "R-4", 100_000)
    assert "Owed in all: Rp 4.000" in owner.text("/rewards/partners/").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "soon"}, "Write a day such as"),
        ({"from": "5/3/2026", "to": "4/3/2026"}, "The last day is before the first day."),
        ({"from": "1/1/2020"}, "Choose at most two years."),
    ],
)
def test_a_period_that_cannot_be_is_said(store: Store, owner: StaffPerson, query: dict[str, Any], words: str) -> None:
    owner.post("/rewards/partners/new/", name="PT Kopi", note="")
    assert words in owner.text("/rewards/partners/", **query)


def test_a_partner_has_one_name(store: Store, owner: StaffPerson) -> None:
    place = owner.post("/rewards/partners/new/", name="PT Kopi", note="")["Location"]
    page = owner.post("/rewards/partners/new/", status=400, name="PT Kopi", note="").content.decode()
    assert "You have one of that name already." in page
    owner.post(place, name="PT Kopi Baru", note="kontak: Ibu Sri")
    with merchant_scope(store.merchant.id):
        (found,) = partners(merchant=store.merchant)
    assert (found.name, found.note, found.is_active) == ("PT Kopi Baru", "kontak: Ibu Sri", False)


# --- the code, and who may -----------------------------------------------------------------------------------------


def test_the_confirmation_is_off_until_it_is_turned_on(store: Store, owner: StaffPerson) -> None:
    assert store.merchant.verify_above_points is None
    refused = owner.post("/rewards/confirmation/", status=400, asked="on", above_points="").content.decode()
    assert "Say above how many points a code is asked for." in refused
    owner.post("/rewards/confirmation/", asked="on", above_points="500")
    assert merchant_by_id(store.merchant.id).verify_above_points == 500
    owner.post("/rewards/confirmation/", above_points="500")
    assert merchant_by_id(store.merchant.id).verify_above_points is None


def test_who_may_do_what(store: Store) -> None:
    bag = offer(store, handover=Handover.PICKUP)
    gift = redeem(store, rich(store), bag)
    analyst, marketer, care = (store.colleague(r) for r in (Role.ANALYST, Role.MARKETER, Role.CARE))
    assert "Add reward" not in analyst.text("/rewards/")
    analyst.get("/rewards/new/", status=403)
    analyst.post(f"/rewards/{bag}/restock/", status=403, pieces="5")
    marketer.get(f"/rewards/{bag}/edit/")
    care.get("/rewards/", status=403)
    assert "It is ready" in care.text(f"/rewards/gifts/{gift.id}/")
    care.post(f"/rewards/gifts/{gift.id}/step/", to="ready")
    marketer.post(f"/rewards/gifts/{gift.id}/step/", status=403, to="handed_over")


def test_another_stores_things_are_not_there(store: Store, owner: StaffPerson, other_store: Store) -> None:
    theirs = offer(other_store, handover=Handover.PICKUP)
    gift = redeem(other_store, rich(other_store), theirs)
    with merchant_scope(other_store.merchant.id):
        supplier = add_partner(merchant=other_store.merchant, name="PT Lain", note="", at=timezone.now(), actor=SYSTEM)
    for path in (
        f"/rewards/{theirs}/",
        f"/rewards/{theirs}/edit/",
        f"/rewards/gifts/{gift.id}/",
        f"/rewards/partners/{supplier}/",
    ):
        owner.get(path, status=404)
    for path, fields in (
        (f"/rewards/{theirs}/retire/", {}),
        (f"/rewards/{theirs}/restock/", {"pieces": "1"}),
        (f"/rewards/gifts/{gift.id}/step/", {"to": "ready"}),
        (f"/rewards/partners/{supplier}/fund/", {"promotion": str(new_id()), "percent": "5"}),
    ):
        owner.post(path, status=404, **fields)


def test_a_cost_that_is_not_known_is_not_shown_as_zero(store: Store, owner: StaffPerson) -> None:
    unknown, free = offer(store, "Kupon"), offer(store, "Stiker", unit_cost_amount=0)
    member = rich(store)
    for reward_id in (unknown, free):
        redeem(store, member, reward_id)
    assert "Rp\xa00" not in owner.text(f"/rewards/{unknown}/")
    assert "Rp\xa00" in owner.text(f"/rewards/{free}/")
    assert owner.text("/rewards/").count("Rp\xa00") == 2  # the sticker's cost a piece, and in 30 days
