"""Data that is only kept makes no list and no forecast, while money stays whole; and how a person's file ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from loyalty.management.commands.verify import verification_modules
from members.facts import MemberFacts
from members.operations import restrict_member
from members.queries import Bought, MemberFilter, members_as_of, members_page
from merchants.facts import SYSTEM
from merchants.models import LoggedRequest
from merchants.tenancy import merchant_scope
from people.queries import person_sections
from rewards.coupons.models import Coupon
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from segments.invariants import verify as verify_segments
from segments.queries import labels_over_time
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_data_requests import QUEUE
from tests.backoffice.test_erasure import ask_erasure

pytestmark = pytest.mark.usefixtures("midday")


def restrict(store: Store, found: MemberFacts) -> None:
    with merchant_scope(store.merchant.id):
        restrict_member(merchant=store.merchant, member_id=found.id, actor=SYSTEM, at=timezone.now())


def names_of(store: Store, **filters: object) -> list[str]:
    with merchant_scope(store.merchant.id):
        narrowed = MemberFilter(**filters)  # type: ignore[arg-type]
        page = members_page(merchant=store.merchant, filters=narrowed, after=None, limit=50)
    return sorted(one.name for one in page.members)


def test_lists_by_birthday_segment_or_purchases_leave_them_out(store: Store, owner: StaffPerson) -> None:
    kept, other = store.buyers(2)
    asked: list[dict[str, object]] = [{"segment": "lapsed"}, {"bought": Bought(None, store.today, "sales_purchase")}]
    for filters in asked:
        assert names_of(store, **filters) == [kept.name, other.name], filters
    restrict(store, kept)
    for filters in asked:
        assert names_of(store, **filters) == [other.name], filters
    assert names_of(store) == [kept.name, other.name], "who is a member is still listed"
    assert kept.name not in owner.text("/members/", segment="lapsed")
    assert kept.name in owner.text("/members/")


def test_birthdays_of_others_only(store: Store) -> None:
    born = store.today.replace(year=1990, day=1)
    kept = store.member("Sari Dewi", birth_date=born)
    store.member("Rina Wati", birth_date=born)
    restrict(store, kept)
    assert names_of(store, birthdays=(born.month * 100 + 1,)) == ["Rina Wati"]


def test_simulations_know_neither_segment_nor_birthday(store: Store) -> None:
    kept, other = store.buyers(2)
    restrict(store, kept)
    with merchant_scope(store.merchant.id):
        ids = [str(kept.id), str(other.id)]
        past = {one.id: one for one in members_as_of(merchant=store.merchant, member_ids=ids, at=timezone.now())}
        labels = labels_over_time(merchant=store.merchant, member_ids=ids)
    assert (past[str(kept.id)].segment, past[str(kept.id)].birth_date) == (None, None)
    assert past[str(other.id)].segment == "lapsed"
    assert set(labels) == {str(other.id)}


def test_money_stays_whole_and_all_proofs_hold(store: Store) -> None:
    kept, _ = store.buyers(2)
    restrict(store, kept)
    store.sort()
    with merchant_scope(store.merchant.id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(net_amount) FROM sales_purchase WHERE merchant_id = %s", [store.merchant.id])
            assert cursor.fetchone() == (100_000,)
        assert verify_segments(merchant=store.merchant) == [], "no segment is missed of who has none"


def test_coupons_of_an_erased_member_are_void(store: Store, owner: StaffPerson) -> None:
    sari, rina = store.member("Sari Dewi"), store.member("Rina Wati")
    merchant, now = store.merchant, timezone.now()
    with merchant_scope(merchant.id):
        batch = create_coupon_batch(
            merchant=merchant, title="10 %", definition={"kind": "percent_off", "value": 10}, at=now
        )
        coupons = [
            issue_coupon(
                merchant=merchant, batch_id=batch, member_id=one, source_id=None, at=now, today=merchant.day_of(now)
            )
            for one in (sari.id, rina.id)
        ]
    asked = ask_erasure(store, owner, sari)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=sari.number)
    with merchant_scope(merchant.id):
        states = dict(Coupon.objects.filter(merchant_id=merchant.id).order_by("id").values_list("id", "state"))
        assert [states[one] for one in coupons] == ["cancelled", "issued"]
        found = [one for _, module in verification_modules() for one in module.verify(merchant=merchant)]
    assert found == []


def log(store: Store, about: UUID, *, days_ago: int, status: int = 200) -> None:
    with merchant_scope(store.merchant.id):
        LoggedRequest.objects.create(
            merchant_id=store.merchant.id,
            till_id=store.till_id,
            key_prefix="x",
            at=timezone.now() - timedelta(days=days_ago),
            method="GET",
            route="/members",
            address="/members?identifier=…",
            status=status,
            milliseconds=1,
            request_bytes=0,
            answer_bytes=9,
            answer_body=f'{{"member": {{"id": "{about}"}}}}',
        )


def test_the_file_says_which_tills_asked_for_the_member(store: Store) -> None:
    sari, rina = store.member("Sari Dewi"), store.member("Rina Wati")
    for about, days_ago, status in ((sari, 1, 200), (sari, 1, 200), (sari, 3, 200), (sari, 2, 404), (rina, 1, 200)):
        log(store, about.id, days_ago=days_ago, status=status)
    with merchant_scope(store.merchant.id):
        sections = {
            one.name: one.rows for one in person_sections(merchant=store.merchant, member_id=sari.id, at=timezone.now())
        }
    assert [(row["viewed_on"], row["times"]) for row in sections["till_looks"]] == [
        (store.today - timedelta(days=1), 2),
        (store.today - timedelta(days=3), 1),
    ]
