"""A person who is erased is named in what was written about others: there the name goes, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from django.utils import timezone

from common.ids import new_id
from ledger.operations import adjust
from members.facts import MemberFacts
from members.models import Guardian, Member, Tag
from merchants.facts import SYSTEM, Actor
from merchants.models import JobPart
from merchants.operations import ask_approval
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from rewards.catalogue.models import StockMovement
from rewards.gift_cards.facts import TopUpDraft
from rewards.gift_cards.operations import top_up
from sales.models import ParkedReturn
from tests.api.till import ApiTill, line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.sentinels import EMAIL, NAME, PHONE, seen_of, walk
from tests.backoffice.test_children import agree
from tests.backoffice.test_data_requests import QUEUE, record, requests_of
from tests.backoffice.test_erasure import ask_erasure, violations
from tests.backoffice.test_promotions import till_of
from tests.backoffice.test_rewards import offer

SAID: Final = f"suami {NAME}, 0812-9988-7766"


@pytest.fixture
def zubaidah(store: Store) -> MemberFacts:
    return store.member(NAME, phone=PHONE, email=EMAIL)


@pytest.fixture
def sari(store: Store) -> MemberFacts:
    return store.member("Sari Dewi")


def erase(store: Store, owner: StaffPerson, found: MemberFacts) -> None:
    asked = ask_erasure(store, owner, found)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=found.number)
    with merchant_scope(store.merchant.id):
        assert walk(store) == {}
    assert violations(store) == []


def write_notes(owner: StaffPerson, about: MemberFacts, notes: str, *, birth_date: str = "") -> None:
    fields: dict[str, Any] = {"name": about.name, "phone": "", "email": about.email, "area": "", "outlet": ""}
    seen = seen_of(owner, about)
    owner.save(f"/members/{about.id}/edit/", **fields, language="id", birth_date=birth_date, notes=notes, **seen)


def test_what_a_store_keeps_about_another_member_loses_the_name_only(
    store: Store, owner: StaffPerson, zubaidah: MemberFacts, sari: MemberFacts
) -> None:
    write_notes(owner, sari, f"alergi susu; {SAID}")
    for tag in (f"keluarga {NAME}", f"keluarga {PHONE}", "vip"):
        owner.post(f"/members/{sari.id}/tags/", tag=tag)
    with merchant_scope(store.merchant.id):
        own = {"istri": NAME.upper(), "anak": 2, "kota": "Bandung"}
        Member.objects.filter(merchant_id=store.merchant.id, id=sari.id).update(attributes=own)
        assert walk(store).keys() >= {"members_member", "members_tag"}
    erase(store, owner, zubaidah)
    with merchant_scope(store.merchant.id):
        kept = Member.objects.get(merchant_id=store.merchant.id, id=sari.id)
        names = set(Tag.objects.filter(merchant_id=store.merchant.id).values_list("name", flat=True))
    assert (kept.notes, kept.name) == ("alergi susu; suami …, …", "Sari Dewi")
    assert kept.attributes == {"istri": "…", "anak": 2, "kota": "Bandung"}
    assert names == {"keluarga …", "keluarga … 2", "vip"}


def test_reasons_and_notes_of_single_actions_are_emptied(
    store: Store, owner: StaffPerson, zubaidah: MemberFacts, sari: MemberFacts
) -> None:
    owner.post(f"/members/{sari.id}/block/", reason=SAID)
    owner.post(f"/members/{sari.id}/unblock/", reason="salah orang")
    record(owner, sari, "correction")
    (asked,) = requests_of(store, sari)
    owner.post(f"{QUEUE}{asked.id}/close/", outcome="corrected", note=SAID)
    till, now = till_of(store), timezone.now()
    give_back(till, SAID)
    with merchant_scope(store.merchant.id):
        today = store.merchant.day_of(now)
        draft = TopUpDraft(sari.id, 50_000, "T-1", bytes(32), reason=SAID)
        top_up(merchant=store.merchant, till_id=store.till_id, draft=draft, at=now, business_date=today)
        adjust(
            merchant=store.merchant,
            owner_id=sari.id,
            change=70,
            reason="correction",
            note=SAID,
            actor=SYSTEM,
            at=now,
            business_date=today,
        )
        ask_approval(
            merchant=store.merchant,
            kind="points.adjust",
            subject=("member", sari.id),
            figures={"owner_id": str(sari.id), "unit": "points", "change": 70, "reason": "correction", "note": SAID},
            reason=SAID,
            expires_at=now + timedelta(days=1),
            at=now,
            actor=Actor(new_id(), "care@toko.example"),
        )
        written = {
            "merchants_approval",
            "members_datarequest",
            "sales_parkedreturn",
            "sales_refund",
            "rewards_topup",
            "ledger_transfer",
        }
        assert walk(store).keys() >= written
    erase(store, owner, zubaidah)
    with merchant_scope(store.merchant.id):
        parked = ParkedReturn.objects.get(merchant_id=store.merchant.id)
    assert (parked.state, parked.reference, parked.reason) == ("waiting", "R-9", "")


def give_back(till: ApiTill, reason: str) -> None:
    """Return goods of a receipt without a member, and of one that is not here yet."""
    till.sell("R-1", line(quantity=4, unit_amount=25_000))
    for reference, number, status in (("R-1", "F-1", 201), ("R-9", "F-9", 202)):
        body = {"refund_reference": number, "lines": [{"line_id": "1", "quantity": 2}], "reason": reason}
        till.post(f"/sales/{reference}/refunds", body, status=status)


def test_what_a_return_of_the_member_waited_for_is_forgotten_too(store: Store, owner: StaffPerson) -> None:
    """It was parked with the name in its reason, and carried out once the sale came."""
    till = till_of(store)
    body = {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}], "reason": f"{NAME} menukar"}
    till.post("/sales/R-1/refunds", body, status=202)
    found = store.member(NAME, phone=PHONE, email=EMAIL)
    till.sell("R-1", line(quantity=4, unit_amount=25_000), member_id=str(found.id))
    erase(store, owner, found)


def test_words_about_stock_are_emptied_and_the_stock_stays(
    store: Store, owner: StaffPerson, zubaidah: MemberFacts
) -> None:
    cup = offer(store, "Gelas", stock=5)
    owner.post(f"/rewards/{cup}/count/", counted="4", reason=SAID)
    erase(store, owner, zubaidah)
    with merchant_scope(store.merchant.id):
        rows = StockMovement.objects.filter(merchant_id=store.merchant.id).order_by("at", "id")
        assert list(rows.values_list("change", "reason")) == [(5, ""), (-1, "")]


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/settings/audit/export/", "backoffice.settings.views.audit.LONG_FILE"),
        ("/loyalty/ledger/export/", "backoffice.ledger.views.LONG_FILE"),
    ],
)
def test_files_of_what_was_written_are_dropped(
    store: Store, owner: StaffPerson, zubaidah: MemberFacts, path: str, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit, 0)
    owner.post(f"/members/{zubaidah.id}/block/", reason=SAID)
    give_points(store, zubaidah)
    owner.post(path)
    run_jobs(merchant=store.merchant, clock=timezone.now)
    with merchant_scope(store.merchant.id):
        assert JobPart.objects.filter(merchant_id=store.merchant.id).exists()
    erase(store, owner, zubaidah)
    with merchant_scope(store.merchant.id):
        assert not JobPart.objects.filter(merchant_id=store.merchant.id).exists()


def give_points(store: Store, found: MemberFacts) -> None:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        adjust(
            merchant=store.merchant,
            owner_id=found.id,
            change=500,
            reason="goodwill",
            note=SAID,
            actor=SYSTEM,
            at=now,
            business_date=store.merchant.day_of(now),
        )


def test_who_agreed_for_a_child_stays_as_the_childs_proof(
    store: Store, owner: StaffPerson, zubaidah: MemberFacts, sari: MemberFacts
) -> None:
    write_notes(owner, sari, "", birth_date="5 Jun 2015")
    agree(owner, sari, name=NAME)
    asked = ask_erasure(store, owner, zubaidah)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=zubaidah.number)
    with merchant_scope(store.merchant.id):
        assert Guardian.objects.get(merchant_id=store.merchant.id).name == NAME
