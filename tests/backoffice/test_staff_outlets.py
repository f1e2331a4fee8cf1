"""Staff of one outlet: tied when invited or later; they see, return and connect only there. Members are the store's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from backoffice import limits
from common.ids import new_id
from merchants.facts import Actor, AuditFilter, OutletFacts, Role
from merchants.invariants import verify
from merchants.operations import OtherOutlet, add_outlet, add_till, tie_to_outlets
from merchants.queries import all_outlets, audit_trail, outlets_of_staff, staff, till_by_id
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_coupon_batch, issue_coupons
from sales.facts import SaleFacts, StaffReturn
from sales.models import ParkedReturn
from sales.operations import claim_by_staff, record_sale, return_by_staff
from sales.rules import receipt_seen
from tests.backoffice.conftest import StaffPerson, Store
from tests.sales_shop import line
from tests.sales_shop import sale as sale_draft

STAFF: Final = "/settings/staff/"


@dataclass
class TwoOutlets:
    """A store with two outlets, a receipt at each, and a manager who works at the first."""

    store: Store
    depok: OutletFacts
    depok_till: UUID
    here: SaleFacts
    there: SaleFacts
    manager: StaffPerson

    @property
    def actor(self) -> Actor:
        return Actor(user_id=self.manager.user_id, label=self.manager.email, role=Role.MANAGER)


def tie(store: Store, person: StaffPerson, *outlet_ids: UUID) -> None:
    with merchant_scope(store.merchant.id):
        actor = Actor(user_id=store.owner.user_id, label=store.owner.email, role=Role.OWNER)
        tie_to_outlets(
            merchant=store.merchant, user_id=person.user_id, outlet_ids=outlet_ids, at=timezone.now(), actor=actor
        )


def sell_at(store: Store, till_id: UUID, reference: str, *, occurred_at: datetime | None = None) -> SaleFacts:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        till = till_by_id(merchant=store.merchant, till_id=till_id)
        draft = sale_draft(line(1, 20_000), reference=reference, occurred_at=occurred_at or now)
        return record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now).sale


@pytest.fixture
def two(store: Store) -> TwoOutlets:
    limits._invitation_throttle().forget()
    owner = Actor(user_id=store.owner.user_id, label=store.owner.email, role=Role.OWNER)
    facts: dict[str, Any] = {"merchant": store.merchant, "at": timezone.now(), "actor": owner}
    with merchant_scope(store.merchant.id):
        depok = add_outlet(name="Melati Depok", timezone="Asia/Jakarta", **facts)
        till_id = add_till(outlet_id=depok.id, name="Kasir Depok", **facts)
    manager = store.colleague(Role.MANAGER)
    tie(store, manager, store.outlet_id)
    here, there = sell_at(store, store.till_id, "DAGO-1"), sell_at(store, till_id, "DEPOK-1")
    return TwoOutlets(store, depok, till_id, here, there, manager)


def asked_return(sale: SaleFacts, till_id: UUID) -> StaffReturn:
    seen = receipt_seen(returns=0, member_id=None)
    return StaffReturn(sale_id=sale.id, till_id=till_id, quantities=None, seen=seen, reason="Batal")


# --- what the tie holds to -------------------------------------------------------------------------------------------


def test_receipts_of_another_outlet_are_neither_listed_nor_opened(two: TwoOutlets) -> None:
    days: dict[str, Any] = {"first": two.store.today.isoformat(), "last": two.store.today.isoformat()}
    page = two.manager.text("/receipts/", **days)
    owner = two.store.owner.text("/receipts/", **days)
    assert ("DAGO-1" in owner, "DEPOK-1" in owner) == (True, True)
    assert ("DAGO-1" in page, "DEPOK-1" in page) == (True, False)
    assert "Only of the outlets where you work:" in page
    assert "DEPOK-1" not in two.manager.text("/receipts/", outlet=str(two.depok.id), **days)
    one = two.store.owner.text("/receipts/", outlet=str(two.depok.id), **days)
    assert ("DAGO-1" in one, "DEPOK-1" in one) == (False, True)
    two.manager.get(f"/receipts/{two.here.id}/")
    refused = two.manager.text(f"/receipts/{two.there.id}/", status=403)
    assert "This belongs to an outlet where you don't work" in refused
    assert two.store.owner.email in refused
    assert "DEPOK-1" not in refused


@pytest.mark.parametrize("kind", ["refund", "void"])
def test_goods_sold_elsewhere_are_not_taken_back(two: TwoOutlets, kind: str) -> None:
    path = f"/receipts/{two.there.id}/{kind}/"
    two.manager.get(path, status=403)
    two.manager.post(path, status=403, reason="x", till=str(two.depok_till), seen="", confirmed="x")
    page = two.manager.text(f"/receipts/{two.here.id}/{kind}/")
    assert str(two.depok_till) not in page, "goods come back at one's own tills"
    two.store.owner.get(path)


def test_the_operation_refuses_what_the_page_refuses(two: TwoOutlets) -> None:
    merchant, now = two.store.merchant, timezone.now()
    with merchant_scope(merchant.id):
        for sale, till in ((two.there, two.depok_till), (two.there, two.store.till_id), (two.here, two.depok_till)):
            with pytest.raises(OtherOutlet):
                return_by_staff(merchant=merchant, asked=asked_return(sale, till), at=now, actor=two.actor)
    member = two.store.member()
    with merchant_scope(merchant.id), pytest.raises(OtherOutlet):
        claim_by_staff(
            merchant=merchant,
            sale_id=two.there.id,
            member_id=member.id,
            seen=receipt_seen(returns=0, member_id=None),
            reason="Lupa",
            at=now,
            actor=two.actor,
        )
    with merchant_scope(merchant.id):
        done = return_by_staff(
            merchant=merchant, asked=asked_return(two.here, two.store.till_id), at=now, actor=two.actor
        )
    assert done.refund.amount == 20_000


def test_search_names_only_receipts_of_ones_own_outlets(two: TwoOutlets) -> None:
    assert "/receipts/" in two.store.owner.text("/search/", q="DEPOK-1", part="list")
    assert "/receipts/" not in two.manager.text("/search/", q="DEPOK-1", part="list")


def test_tills_keys_and_outlets_are_ones_own(two: TwoOutlets) -> None:
    page = two.manager.text("/settings/tills/")
    assert "Kasir Depok" not in page
    for path in ("", "keys/new/", "requests/"):
        two.manager.get(f"/settings/tills/{two.depok_till}/{path}", status=403)
        two.manager.get(f"/settings/tills/{two.store.till_id}/{path}")
    two.manager.post(f"/settings/tills/{two.depok_till}/close/", status=403)
    two.manager.get(f"/settings/outlets/{two.depok.id}/", status=403)
    two.manager.post(f"/settings/outlets/{two.depok.id}/close/", status=403)
    two.manager.get("/settings/outlets/new/", status=403)
    assert "Add outlet" not in two.manager.text("/settings/outlets/")
    assert str(two.depok.id) not in two.manager.text("/settings/tills/new/")
    two.manager.post("/settings/tills/new/", status=400, name="X", outlet=str(two.depok.id))


def test_lists_about_tills_hold_to_ones_own(two: TwoOutlets) -> None:
    for path in ("late/", "debts/", "late/approvals/", "missing-numbers/", "returns-waiting/"):
        two.manager.get(f"/receipts/{path}")
    two.manager.get("/receipts/returns-without-sale/", status=403)
    two.store.owner.get("/receipts/returns-without-sale/")
    long_ago = timezone.now() - timedelta(days=9)
    for till_id, reference in ((two.store.till_id, "LAMA-DAGO"), (two.depok_till, "LAMA-DEPOK")):
        sell_at(two.store, till_id, reference, occurred_at=long_ago)
    for path in ("/receipts/late/", "/receipts/late/approvals/"):
        page, whole = two.manager.text(path), two.store.owner.text(path)
        assert ("LAMA-DEPOK" in whole) == ("LAMA-DAGO" in whole)
        assert ("LAMA-DAGO" in page, "LAMA-DEPOK" in page) == ("LAMA-DAGO" in whole, False), path
    assert "LAMA-DAGO" in two.manager.text("/receipts/late/")


def test_what_waits_is_counted_where_one_works(two: TwoOutlets) -> None:
    """A return that a till sent before its sale, at the other outlet: neither counted nor closed from here."""
    now = timezone.now()
    with merchant_scope(two.store.merchant.id):
        parked = ParkedReturn.objects.create(
            merchant_id=two.store.merchant.id,
            till_id=two.depok_till,
            kind="void",
            reference="BELUM-ADA",
            refund_reference="V-1",
            request_fingerprint=bytes(32),
            occurred_at=now,
            received_at=now,
            state="unmatched",
            settled_at=now,
        )
    assert "returns-waiting" in two.store.owner.text("/")
    assert "returns-waiting" not in two.manager.text("/")
    assert "BELUM-ADA" not in two.manager.text("/receipts/returns-waiting/")
    two.manager.post(f"/receipts/returns-waiting/{parked.id}/close/", status=403, note="x")
    two.store.owner.post(f"/receipts/returns-waiting/{parked.id}/close/", note="Sudah dicek")


def test_members_are_the_whole_store_s(two: TwoOutlets) -> None:
    member = two.store.member("Sari Dewi")
    assert "Sari Dewi" in two.manager.text("/members/")
    two.manager.get(f"/members/{member.id}/")


@pytest.mark.parametrize("page", ["", "activity/", "activity/?show=purchases", "activity/?show=points", "?tab=coupons"])
def test_a_member_s_story_names_receipts_of_another_outlet_and_links_none(two: TwoOutlets, page: str) -> None:
    """A sale that earned, one that earned nothing, and a coupon that was used, each at both outlets."""
    store = two.store
    member = store.member("Sari Dewi")
    offer: dict[str, Any] = {"kind": "amount_off", "value": 1_000}
    now = timezone.now()
    sold = {}
    for name, till_id in (("DAGO", store.till_id), ("DEPOK", two.depok_till)):
        with merchant_scope(store.merchant.id):
            batch_id = create_coupon_batch(merchant=store.merchant, title=name, definition=offer, at=now)
            given = issue_coupons(
                merchant=store.merchant,
                batch_id=batch_id,
                member_ids=[member.id],
                source_id=new_id(),
                at=now,
                valid_from=store.today,
            )
            till = till_by_id(merchant=store.merchant, till_id=till_id)
            draft = sale_draft(
                line(1, 50_000),
                reference=f"{name}-9",
                occurred_at=now,
                member=member,
                coupon_codes=(given[member.id][1],),
            )
            sold[name] = record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now).sale.id
    path = f"/members/{member.id}/{page}"
    own, whole = two.manager.text(path), store.owner.text(path)
    links = [f"/receipts/{sold[name]}/" for name in ("DAGO", "DEPOK")]
    assert [link in whole for link in links] == [True, True]
    assert [link in own for link in links] == [True, False]
    if "coupons" not in page:
        assert "DEPOK-9" in own


# --- tying -----------------------------------------------------------------------------------------------------------


def test_outlets_are_chosen_when_inviting_and_changed_later(two: TwoOutlets) -> None:
    owner, store = two.store.owner, two.store
    owner.post(f"{STAFF}new/", name="Nina", email="nina@example.com", role="care", outlets=[str(two.depok.id)])
    with merchant_scope(store.merchant.id):
        (nina,) = [one for one in staff(merchant=store.merchant) if one.email == "nina@example.com"]
    assert nina.outlet_ids == (two.depok.id,)
    assert "Melati Depok" in owner.text(STAFF)
    assert "Nina" not in owner.text(STAFF, outlet=str(store.outlet_id))
    assert "Nina" in owner.text(STAFF, outlet=str(two.depok.id))
    path = f"{STAFF}{two.manager.user_id}/"
    owner.save(path, role="manager", outlets=[str(store.outlet_id), str(two.depok.id)])
    two.manager.get(f"/receipts/{two.there.id}/")
    owner.save(path, role="manager")
    with merchant_scope(store.merchant.id):
        assert outlets_of_staff(merchant=store.merchant, user_id=two.manager.user_id) == frozenset()
        entries = audit_trail(merchant=store.merchant, filters=AuditFilter(action="staff.outlets_changed"), limit=9)
        told = [one.after["outlets"] for one in entries if one.after]
        both = sorted(one.name for one in all_outlets(merchant=store.merchant))
        assert told[:2] == [[], both]
        assert verify(merchant=store.merchant) == []
    assert "Outlets of a person changed" in owner.text("/settings/audit/")


def test_a_new_owner_works_everywhere(two: TwoOutlets) -> None:
    two.store.owner.save(f"{STAFF}{two.manager.user_id}/", role="owner", outlets=[str(two.store.outlet_id)])
    two.manager.get(f"/receipts/{two.there.id}/")
    with merchant_scope(two.store.merchant.id):
        assert verify(merchant=two.store.merchant) == []


def test_who_is_tied_gives_no_more_than_their_own_outlets(two: TwoOutlets) -> None:
    """Else a manager of one outlet would look at the others through someone they let in."""
    store, manager = two.store, two.manager
    form = manager.text(f"{STAFF}new/")
    assert (str(store.outlet_id) in form, str(two.depok.id) in form) == (True, False)
    asked: dict[str, Any] = {"name": "Nina", "email": "nina@example.com", "role": "care"}
    manager.post(f"{STAFF}new/", status=400, **asked)
    manager.post(f"{STAFF}new/", status=400, **asked, outlets=[str(two.depok.id)])
    manager.post(f"{STAFF}new/", **asked, outlets=[str(store.outlet_id)])
    everywhere, there, here = (store.colleague(Role.CARE) for _ in range(3))
    tie(store, there, two.depok.id)
    tie(store, here, store.outlet_id)
    for person in (everywhere, there):
        assert "End access" not in manager.text(f"{STAFF}{person.user_id}/")
        manager.post(f"{STAFF}{person.user_id}/", status=403, role="analyst", outlets=[str(store.outlet_id)])
        manager.post(f"{STAFF}{person.user_id}/end/", status=403)
        with merchant_scope(store.merchant.id), pytest.raises(OtherOutlet):
            tie_to_outlets(
                merchant=store.merchant, user_id=person.user_id, outlet_ids=(), at=timezone.now(), actor=two.actor
            )
    manager.save(f"{STAFF}{here.user_id}/", role="analyst", outlets=[str(store.outlet_id)])
    manager.post(f"{STAFF}{here.user_id}/end/")
    with merchant_scope(store.merchant.id):
        access = {one.user_id: (one.role, one.is_active) for one in staff(merchant=store.merchant)}
    assert [access[one.user_id] for one in (everywhere, there, here)] == [
        (Role.CARE, True),
        (Role.CARE, True),
        (Role.ANALYST, False),
    ]


def test_an_outlet_says_who_works_there_and_what_closing_means_for_them(two: TwoOutlets) -> None:
    tie(two.store, two.manager, two.depok.id)
    page = two.store.owner.text(f"/settings/outlets/{two.depok.id}/")
    assert "Who works here" in page
    assert two.manager.email not in page
    assert "Work only here: Budi Santoso." in page
    assert "Work only here" not in two.store.owner.text(f"/settings/outlets/{two.store.outlet_id}/")


def test_another_store_s_outlet_ties_no_one(two: TwoOutlets, other_store: Store) -> None:
    path = f"{STAFF}{two.manager.user_id}/"
    for foreign in (other_store.outlet_id, new_id()):
        two.store.owner.save(path, status=400, role="manager", outlets=[str(foreign)])
    other_store.owner.post(path, status=404, role="manager")


def test_a_store_with_one_outlet_is_not_asked(store: Store) -> None:
    limits._invitation_throttle().forget()
    assert 'name="outlets"' not in store.owner.text(f"{STAFF}new/")
    store.owner.post(f"{STAFF}new/", name="Nina", email="nina@example.com", role="care")


# --- the database ----------------------------------------------------------------------------------------------------

INSERT: Final = (
    "INSERT INTO merchants_staffoutlet (id, merchant_id, user_id, outlet_id) VALUES (%(id)s, %(m)s, %(u)s, %(o)s)"
)


def insert(store: Store, user_id: UUID, outlet_id: UUID) -> None:
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:
        cursor.execute(INSERT, {"id": new_id(), "m": store.merchant.id, "u": user_id, "o": outlet_id})


def test_the_database_ties_only_staff_and_no_owner(two: TwoOutlets, other_store: Store) -> None:
    care = two.store.colleague(Role.CARE)
    insert(two.store, care.user_id, two.depok.id)
    for user_id, outlet_id in (
        (two.store.owner.user_id, two.depok.id),
        (other_store.owner.user_id, two.depok.id),
        (care.user_id, other_store.outlet_id),
        (care.user_id, two.depok.id),
    ):
        with pytest.raises(IntegrityError):
            insert(two.store, user_id, outlet_id)
