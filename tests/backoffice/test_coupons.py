"""The pages of coupons: batches and their figures, a new batch, sheets, files, one code; who may see and do what."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.limits import _code_look_ups
from common.ids import new_id
from merchants.facts import Role
from merchants.models import AuditEntry, JobPart
from merchants.tasks import jobs as work_of_the_worker
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon, CouponBatch
from rewards.coupons.operations import make_codes, order_codes
from rewards.coupons.queries import codes_of_batch
from rewards.promotions.models import PromotionVersion
from tests.api.conftest import ApiShop
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import till_of

pytestmark = pytest.mark.django_db
PAGE = "/offers/coupons/"
CODES = "/offers/codes/"
UNIQUE: dict[str, Any] = {
    "kind": "codes",
    "title": "Selebaran Lebaran",
    "count": "30",
    "max_uses": "1",
    "offer_kind": "amount",
    "amount": "20.000",
    "min_spend_amount": "100.000",
}
SHARED: dict[str, Any] = {
    "kind": "shared",
    "title": "Lebaran",
    "text": "lebaran27",
    "offer_kind": "percent",
    "percent": "12,5",
    "cap_amount": "50.000",
    "limit": "100",
    "per_member_limit": "1",
    "weekdays": ["1", "5"],
    "hours_from": "08.00",
    "hours_to": "11.00",
    "valid_from": "2026-03-01",
}


@pytest.fixture(autouse=True)
def forget_look_ups() -> Iterator[None]:
    _code_look_ups().forget()
    yield
    _code_look_ups().forget()


def made(store: Store, **fields: Any) -> tuple[UUID, list[str]]:
    """A batch of thirty codes that exist."""
    now = timezone.now()
    definition = {"kind": "amount_off", "value": 20_000}
    with merchant_scope(store.merchant.id):
        batch_id = order_codes(
            merchant=store.merchant, title="Selebaran", definition=definition, count=30, at=now, **fields
        )
        make_codes(merchant=store.merchant, batch_id=batch_id, at=now)
        codes = codes_of_batch(merchant=store.merchant, batch_id=batch_id, after=None, limit=50)
    return batch_id, [code for _, code, _ in codes]


def newest(store: Store) -> tuple[CouponBatch, dict[str, Any]]:
    with merchant_scope(store.merchant.id):
        batch = CouponBatch.objects.filter(merchant_id=store.merchant.id).latest("id")
        row = PromotionVersion.objects.get(merchant_id=store.merchant.id, promotion_id=batch.promotion_id)
        return batch, row.definition


def test_unique_codes_are_ordered_in_plain_fields(store: Store, owner: StaffPerson) -> None:
    assert "Hand out your first coupon" in owner.text(PAGE)
    answer = owner.post(f"{PAGE}new/", **UNIQUE)
    batch, definition = newest(store)
    assert answer["Location"] == f"{PAGE}{batch.id}/"
    assert (batch.kind, batch.state, batch.ordered, batch.made) == ("codes", "partial", 30, 0)
    assert (definition["kind"], definition["value"]) == ("amount_off", 20_000)
    assert definition["when"]["min_subtotal"] == 100_000
    page = owner.text(f"{PAGE}{batch.id}/")
    assert "Codes are being made" in page
    assert 'hx-trigger="every 2s"' in page
    work_of_the_worker(merchant_id=str(store.merchant.id))
    page = owner.text(f"{PAGE}{batch.id}/")
    assert "Codes are being made" not in page
    assert "Print sheets" in page
    assert "Selebaran Lebaran" in owner.text(PAGE, kind="codes")
    assert "Selebaran Lebaran" not in owner.text(PAGE, kind="shared")


def test_making_that_was_stopped_says_how_many_codes_exist_and_goes_on(store: Store, owner: StaffPerson) -> None:
    page = owner.post(f"{PAGE}new/", **UNIQUE)["Location"]
    batch, _ = newest(store)
    assert batch.job_id is not None
    job = f"/jobs/{batch.job_id}/"
    assert "Codes made so far stay and can be used" in owner.text(job)
    analyst = store.colleague(Role.ANALYST)
    analyst.post(f"{job}cancel/", status=403)
    with merchant_scope(store.merchant.id):
        make_codes(merchant=store.merchant, batch_id=batch.id, at=timezone.now(), limit=12)
    owner.post(f"{job}cancel/")
    said = owner.text(job)
    assert "Codes made until then exist and can be used." in said
    assert f'href="{page}"' in said
    shown = owner.text(page)
    assert "Codes that exist and can be used: 12 of 30." in shown
    assert "every 2s" not in shown
    assert "Make the missing codes" not in analyst.text(page)
    analyst.post(f"{page}resume/", status=403)
    owner.post(f"{page}resume/")
    assert "Codes are being made" in owner.text(page)
    work_of_the_worker(merchant_id=str(store.merchant.id))
    assert newest(store)[0].made == 30
    owner.post(f"{page}resume/")
    assert "No code of this batch is missing." in owner.text(page)
    assert "Making of coupon codes" in owner.text("/jobs/")


def test_an_order_beyond_the_open_jobs_is_refused_with_the_reason(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("merchants.operations.jobs.MOST_OPEN", 1)
    first = owner.post(f"{PAGE}new/", **UNIQUE)["Location"]
    assert "Too many jobs are waiting." in owner.post(f"{PAGE}new/", status=400, **UNIQUE).content.decode()
    assert f"{PAGE}{newest(store)[0].id}/" == first, "nothing was created"


def test_a_shared_code_with_all_its_conditions(store: Store, owner: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", **SHARED)
    batch, definition = newest(store)
    assert definition["when"] == {
        "code": True,
        "weekdays": [1, 5],
        "hours": [{"from": "08:00", "to": "11:00"}],
        "members_only": True,
        "valid_from": "2026-03-01",
    }
    assert definition["usage"] == {"per_member_limit": 1}
    assert batch.max_uses == 100
    page = owner.text(f"{PAGE}{batch.id}/")
    for words in ("LEBARAN27", "12,5%", "At most Rp", "Monday, Friday", "08.00–11.00", "For members", "1 Mar 2026"):
        assert words in page, words
    refused = owner.post(f"{PAGE}new/", status=400, **{**SHARED, "text": "1ebaran-27"}).content.decode()
    assert "You have a code of this text already" in refused


def test_a_coupon_for_certain_goods_and_people(store: Store, owner: StaffPerson) -> None:
    answer = owner.post(
        f"{PAGE}new/",
        **{**SHARED, "weekdays": [], "hours_from": "", "hours_to": "", "valid_from": ""},
        categories="minuman",
        exclude_skus="TEH",
        segments=["loyal"],
        tiers=["gold"],
    )
    _, definition = newest(store)
    assert definition["filter"] == {"categories": ["minuman"], "exclude_skus": ["TEH"]}
    assert (definition["when"]["segments_any"], definition["when"]["tiers_any"]) == (["loyal"], ["gold"])
    page = owner.text(answer["Location"])
    for words in ("On minuman but not TEH", "Only for Loyal", "Only for Gold"):
        assert words in page, words
    till = till_of(store)
    member = till.enrol("081234567890")
    body = {"lines": [line("1", category="minuman")], "member_id": member["id"], "coupon_codes": ["LEBARAN27"]}
    assert till.post("/quotes", body)["coupons"][0]["reason"] == "wrong_segment"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": ""}, "Fill this in."),
        ({"count": "1000001"}, "1000000"),
        ({"amount": ""}, "Fill this in."),
        ({"hours_from": "08.00"}, "Give both times, or none."),
        ({"valid_from": "2026-03-02", "valid_until": "2026-03-01"}, "The last day is before the first day."),
        ({"kind": "shared", "text": "AB"}, "Write 4 to 24 letters"),
        ({"kind": "shared", "text": ""}, "Fill this in."),
    ],
)
def test_a_form_that_cannot_be_is_refused_with_the_reason(
    store: Store, owner: StaffPerson, changes: dict[str, str], words: str
) -> None:
    assert words in owner.post(f"{PAGE}new/", status=400, **{**UNIQUE, **changes}).content.decode()
    with merchant_scope(store.merchant.id):
        assert not CouponBatch.objects.filter(merchant_id=store.merchant.id).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "600.000"),
        ({"max_uses": "2"}, "1.200.000"),
        ({"max_uses": "2", "limit": "10"}, "200.000"),
        ({"offer_kind": "percent", "percent": "10"}, "Set “At most” to bound each use."),
        ({"offer_kind": "percent", "percent": "10", "cap_amount": "5.000"}, "150.000"),
        ({"kind": "shared", "text": "LEBARAN27"}, "any number of times"),
        ({"amount": ""}, "Fill in the code and the discount"),
    ],
)
def test_what_it_can_cost_is_shown_before_it_exists(owner: StaffPerson, changes: dict[str, str], words: str) -> None:
    assert words in owner.post(f"{PAGE}new/cost/", status=200, **{**UNIQUE, **changes}).content.decode()


def test_the_funnel_counts_what_became_of_the_codes(store: Store, owner: StaffPerson) -> None:
    batch_id, codes = made(store)
    till = ApiShop(store.merchant, store.outlet_id, store.till_id).till()
    till.sell("R-1", line(unit_amount=100_000), coupon_codes=[codes[0]])
    till.sell("R-2", line(unit_amount=60_000), coupon_codes=[codes[1]])
    till.post("/quotes", {"lines": [line()], "coupon_codes": [codes[2]], "reserve": True})
    found = owner.post(f"{CODES}", code=codes[3])
    owner.post(f"{found['Location']}block/")
    page = re.sub(r"\s+", " ", owner.text(f"{PAGE}{batch_id}/"))
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+?)\s*<", page))
    assert figures["Issued"] == "30"
    assert figures["Set aside at the till"] == "1"
    assert figures["Used"] == "2"
    assert figures["Cancelled or blocked"] == "1"
    assert figures["Discount given"].replace("\xa0", " ") == "Rp 40.000"
    assert figures["Sales with coupon"].replace("\xa0", " ") == "Rp 120.000"
    before = owner.statements(PAGE)
    for _ in range(3):
        made(store)
    assert owner.statements(PAGE) == before, "the list asks once, not once per batch"


def test_what_ran_out_unused_is_expired(store: Store, owner: StaffPerson) -> None:
    batch_id, _ = made(store, valid_until=store.today - timedelta(days=1))
    page = re.sub(r"\s+", " ", owner.text(f"{PAGE}{batch_id}/"))
    assert "<dt>Expired unused</dt><dd>30</dd>" in page


def test_a_batch_is_cancelled_and_its_codes_with_it(store: Store, owner: StaffPerson) -> None:
    batch_id, codes = made(store)
    owner.post(f"{PAGE}{batch_id}/cancel/")
    assert "No code of this batch can be used any more" in owner.text(f"{PAGE}{batch_id}/")
    till = ApiShop(store.merchant, store.outlet_id, store.till_id).till()
    assert till.post("/coupons/check", {"code": codes[0]})["reason"] == "cancelled"
    owner.post(f"{PAGE}{batch_id}/cancel/")
    assert "This batch was cancelled before." in owner.text(f"{PAGE}{batch_id}/")


def test_sheets_show_unused_codes_with_their_conditions(store: Store, owner: StaffPerson) -> None:
    batch_id, codes = made(store)
    till = ApiShop(store.merchant, store.outlet_id, store.till_id).till()
    till.sell("R-1", line(), coupon_codes=[codes[0]])
    page = owner.get(f"{PAGE}{batch_id}/sheets/")
    text = page.content.decode()
    assert text.count("<article") == 29
    shown = f"{codes[1][:4]}-{codes[1][4:8]}-{codes[1][8:]}"
    assert text.count(shown) == 2, "to read, and as the name of the QR code"
    assert codes[0][:8] not in text
    assert page["Cache-Control"] == "no-store"
    assert "Each code 1 use" in text
    with merchant_scope(store.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=store.merchant.id, action="coupons.printed")
    assert entry.after == {"codes": 29}


def test_a_long_file_of_codes_is_a_job_and_encrypted_where_it_is_kept(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.coupons.views.handouts.LONG_FILE", 29)
    monkeypatch.setattr("backoffice.coupons.code_file.BATCH_ROWS", 7)
    batch_id, codes = made(store)
    address = owner.post(f"{PAGE}{batch_id}/file/")["Location"]
    work_of_the_worker(merchant_id=str(store.merchant.id))
    answer: Any = owner.get(f"{address}file/")
    text = b"".join(answer.streaming_content)
    assert len(text) == int(answer["Content-Length"])
    lines = text.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["code", *codes]
    with merchant_scope(store.merchant.id):
        pieces = JobPart.objects.filter(merchant_id=store.merchant.id).values_list("content", flat=True)
        stored = b"".join(bytes(piece) for piece in pieces)
        entries = AuditEntry.objects.filter(merchant_id=store.merchant.id, action="coupons.exported")
        assert [(entry.after or {})["codes"] for entry in entries] == [30]
    assert not any(code.encode() in stored for code in codes)
    analyst = store.colleague(Role.ANALYST)
    analyst.get(f"{address}file/", status=404)
    assert "File of coupon codes" not in analyst.text("/jobs/")


def test_the_file_has_every_code_and_no_formula(store: Store, owner: StaffPerson) -> None:
    batch_id, codes = made(store)
    with merchant_scope(store.merchant.id):
        CouponBatch.objects.filter(merchant_id=store.merchant.id, id=batch_id).update(title="=HYPERLINK(1)")
    answer: Any = owner.client.post(f"{PAGE}{batch_id}/file/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["code"] for row in rows] == codes
    assert {row["title"] for row in rows} == {"'=HYPERLINK(1)"}
    with merchant_scope(store.merchant.id):
        assert AuditEntry.objects.filter(merchant_id=store.merchant.id, action="coupons.downloaded").count() == 1


def test_one_code_is_looked_up_blocked_and_released(store: Store, owner: StaffPerson) -> None:
    _, codes = made(store)
    code = codes[0]
    found = owner.post(f"{CODES}", code=f" {code[:4].lower()}-{code[4:]} ")["Location"]
    assert code not in found
    page = owner.text(found)
    assert code in page
    assert "Can be used" in page
    till = ApiShop(store.merchant, store.outlet_id, store.till_id).till()
    owner.post(f"{found}block/")
    assert till.post("/coupons/check", {"code": code})["reason"] == "blocked"
    owner.post(f"{found}unblock/")
    till.sell("R-1", line(), coupon_codes=[code])
    page = owner.text(found)
    assert "Used up" in page
    assert "/receipts/" in page
    owner.post(f"{found}cancel/")
    owner.post(f"{found}unblock/")
    assert "This coupon has changed meanwhile" in owner.text(found)
    owner.post(f"{found}explode/", status=404)


def test_codes_are_not_guessed_on_the_page(store: Store, owner: StaffPerson) -> None:
    _, codes = made(store)
    for n in range(60):
        owner.post(f"{CODES}", status=400, code=f"GUESS{n:08}")
    assert "many codes in a short time" in owner.post(f"{CODES}", status=429, code=codes[0]).content.decode()


def test_another_stores_batch_and_code_are_not_there(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    batch_id, codes = made(store)
    with merchant_scope(store.merchant.id):
        coupon_id = Coupon.objects.filter(merchant_id=store.merchant.id).values_list("id", flat=True)[0]
    for target in (batch_id, new_id()):
        stranger.get(f"{PAGE}{target}/", status=404)
        stranger.get(f"{PAGE}{target}/sheets/", status=404)
        stranger.post(f"{PAGE}{target}/file/", status=404)
        stranger.post(f"{PAGE}{target}/cancel/", status=404)
    for target in (coupon_id, new_id()):
        stranger.get(f"{CODES}{target}/", status=404)
        stranger.post(f"{CODES}{target}/block/", status=404)
    assert "Neither a coupon nor a gift card" in stranger.post(f"{CODES}", status=400, code=codes[0]).content.decode()


def test_who_may_only_look_gets_no_codes(store: Store) -> None:
    batch_id, _ = made(store)
    analyst, cashier = store.colleague(Role.ANALYST), store.colleague(Role.CASHIER)
    assert "Print sheets" not in analyst.text(f"{PAGE}{batch_id}/")
    for person in (analyst, cashier):
        person.get(f"{PAGE}{batch_id}/sheets/", status=403)
        person.post(f"{PAGE}{batch_id}/file/", status=403)
        person.post(f"{PAGE}{batch_id}/cancel/", status=403)
        person.get(f"{PAGE}new/", status=403)
    cashier.get(PAGE, status=403)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({**SHARED, "max_uses": "3"}, "A shared code has one limit"),
        ({**UNIQUE, "cap_amount": "50.000"}, "This is for a percentage"),
    ],
)
def test_a_limit_that_the_kind_has_no_use_for_is_refused_at_its_box(
    owner: StaffPerson, fields: dict[str, Any], words: str
) -> None:
    assert words in owner.post(f"{PAGE}new/", status=400, **fields).content.decode()


def test_what_returns_do_is_the_merchants_choice_and_shown_on_the_page(store: Store, owner: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", **UNIQUE)
    _, definition = newest(store)
    assert not {"on_return", "coupon_on_return"} & set(definition)
    chosen: dict[str, Any] = {"on_return": "reprice", "coupon_on_return": "stays_used"}
    answer = owner.post(f"{PAGE}new/", **UNIQUE, **chosen)
    _, definition = newest(store)
    assert {name: definition[name] for name in chosen} == chosen
    page = owner.text(answer["Location"])
    assert "what stays is priced anew" in page
    assert "Stays used" in page
