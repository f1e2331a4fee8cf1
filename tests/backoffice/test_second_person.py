"""Coupons and files above what one person may do alone: asked for, decided by another, done once with both names."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from merchants.facts import Actor, Role
from merchants.invariants import verify as verify_merchants
from merchants.models import Approval, AuditEntry, Job
from merchants.operations import ApprovalOver, change_alone_limits
from merchants.queries import merchant_by_id
from merchants.rules import alone_limits_seen
from merchants.tasks import jobs as work_of_the_worker
from merchants.tenancy import merchant_scope, refusable
from rewards.coupons.models import Coupon, CouponBatch
from rewards.coupons.operations import approve_coupons
from rewards.coupons.rules import MOST_COUNTED, most_cost
from rewards.invariants import verify as verify_rewards
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_approvals import plain
from tests.backoffice.test_coupons import PAGE, SHARED, UNIQUE
from tests.backoffice.test_jobs import content

pytestmark = pytest.mark.django_db
LIMITS = "/program/tasks/limits/alone/"
QUEUE = "/program/approvals/"


def set_limits(store: Store, *, coupons: int | None = None, export: int | None = None) -> None:
    with merchant_scope(store.merchant.id):
        now = merchant_by_id(store.merchant.id)
        change_alone_limits(
            merchant=now,
            coupons_amount=coupons,
            export_members=export,
            seen=alone_limits_seen(now),
            at=timezone.now(),
            actor=Actor(store.owner.user_id, "owner", Role.OWNER),
        )


def ask(person: StaffPerson, **fields: Any) -> str:
    """Ask for coupons that are above the limit; return the path of the request's decision."""
    shown = person.post(f"{PAGE}new/", status=200, **fields).content.decode()
    assert "This needs another person" in shown
    confirmed = shown.split('name="confirmed" value="')[1].split('"')[0]
    assert confirmed.startswith("ask ")
    page = person.post(f"{PAGE}new/", reason="Untuk Lebaran", confirmed=confirmed, **fields)["Location"]
    return f"{QUEUE}{page.rstrip('/').rpartition('/')[2]}/"


def batches(store: Store) -> list[CouponBatch]:
    with merchant_scope(store.merchant.id):
        return list(CouponBatch.objects.filter(merchant_id=store.merchant.id, kind__in=["codes", "shared"]))


def assert_sound(store: Store) -> None:
    with merchant_scope(store.merchant.id):
        assert verify_rewards(merchant=store.merchant) == []
        assert verify_merchants(merchant=store.merchant) == []


@pytest.mark.parametrize(
    ("offer", "uses", "cost"),
    [
        ({"kind": "amount_off", "value": 20_000}, 30, 600_000),
        ({"kind": "amount_off", "value": 20_000, "usage": {"limit": 10}}, 30, 200_000),
        ({"kind": "amount_off", "value": 20_000, "usage": {"limit": 10}}, None, 200_000),
        ({"kind": "amount_off", "value": 20_000}, None, None),
        ({"kind": "percent_off", "value": "10", "cap": 5_000}, 3, 15_000),
        ({"kind": "percent_off", "value": "10"}, 3, None),
        ({"kind": "free_item", "value": 1}, 3, None),
        ({"kind": "amount_off", "value": 10**12}, 10**9, MOST_COUNTED),
    ],
)
def test_what_codes_may_cost(offer: dict[str, Any], uses: int | None, cost: int | None) -> None:
    assert most_cost(offer, uses=uses) == cost


def test_without_a_limit_one_person_creates_any_coupons(store: Store, owner: StaffPerson) -> None:
    assert "no limit" in plain(owner.text("/program/tasks/limits/"))
    owner.post(f"{PAGE}new/", **UNIQUE)
    assert [one.most_cost_amount for one in batches(store)] == [600_000]


def test_coupons_above_the_limit_are_made_when_another_approves_and_both_are_named(
    store: Store, owner: StaffPerson
) -> None:
    set_limits(store, coupons=599_999)
    marketer = store.colleague(Role.MARKETER)
    path = ask(marketer, **UNIQUE)
    assert batches(store) == []
    queue = plain(owner.text(QUEUE))
    for words in ("Create 30 coupon codes", "Selebaran Lebaran", "May cost at most Rp 600.000", "Untuk Lebaran"):
        assert words in queue, words
    assert "1 request above a person's limit waits for approval" in plain(owner.text("/")).replace("&#x27;", "'")
    asked = path.replace(QUEUE, f"{PAGE}asked/")
    assert "From a purchase of Rp 100.000" in plain(owner.text(asked))
    assert "Withdraw" in marketer.text(QUEUE)
    marketer.post(f"{path}approve/", status=403, reason="Saya")
    owner.post(f"{path}approve/", reason="Boleh")
    owner.post(f"{path}approve/", reason="Lagi")
    decided = plain(marketer.text(asked))
    for words in ("Approved Ratna Wulandari", "Boleh", "Rp 600.000", "Open the coupons"):
        assert words in decided, words
    (batch,) = batches(store)
    work_of_the_worker(merchant_id=str(store.merchant.id))
    page = plain(marketer.text(f"{PAGE}{batch.id}/"))
    assert "Asked for by Budi Santoso, approved by Ratna Wulandari" in page
    with merchant_scope(store.merchant.id):
        assert Coupon.objects.filter(merchant_id=store.merchant.id, batch_id=batch.id).count() == 30
        entry = AuditEntry.objects.get(merchant_id=store.merchant.id, action="coupons.ordered")
        assert (entry.actor_id, entry.approver_id) == (marketer.user_id, owner.user_id)
    assert "approved by Ratna Wulandari" in plain(owner.text("/settings/audit/?action=coupons.ordered"))
    assert_sound(store)


def test_coupons_at_the_limit_need_no_one_else(store: Store, owner: StaffPerson) -> None:
    set_limits(store, coupons=600_000)
    owner.post(f"{PAGE}new/", **UNIQUE)
    assert len(batches(store)) == 1
    assert_sound(store)


def test_a_code_without_a_bound_is_above_every_limit_and_an_owner_needs_another_too(
    store: Store, owner: StaffPerson
) -> None:
    set_limits(store, coupons=1_000_000_000_000)
    store.colleague(Role.MANAGER)
    path = ask(owner, **{**SHARED, "limit": ""})
    with merchant_scope(store.merchant.id):
        assert "lebaran27" not in str(Approval.objects.get(merchant_id=store.merchant.id).figures).lower()
    owner.post(f"{path}approve/", reason="Saya sendiri")
    assert "Another person than the one who asked has to decide." in owner.text(QUEUE)
    assert batches(store) == []
    store.colleague(Role.MANAGER).post(f"{path}approve/", reason="Boleh")
    (batch,) = batches(store)
    assert batch.most_cost_amount is None
    assert "LEBARAN27" in owner.text(f"{PAGE}{batch.id}/")
    assert_sound(store)


def test_a_form_that_was_changed_is_shown_again_and_a_reason_is_needed(store: Store, owner: StaffPerson) -> None:
    set_limits(store, coupons=1_000)
    store.colleague(Role.MANAGER)
    shown = owner.post(f"{PAGE}new/", status=200, **UNIQUE).content.decode()
    confirmed = shown.split('name="confirmed" value="')[1].split('"')[0]
    again = owner.post(f"{PAGE}new/", status=200, confirmed=confirmed, reason="x", **{**UNIQUE, "count": "31"})
    assert "This needs another person" in again.content.decode()
    assert (
        "Say what they are for."
        in owner.post(f"{PAGE}new/", status=200, confirmed=confirmed, reason=" ", **UNIQUE).content.decode()
    )
    with merchant_scope(store.merchant.id):
        assert not Approval.objects.filter(merchant_id=store.merchant.id).exists()


def test_a_store_of_one_person_is_told_so(store: Store, owner: StaffPerson) -> None:
    assert "You are the only one here who can approve" in owner.text(LIMITS)
    entries: dict[str, Any] = {"coupons_alone_amount": "1.000", "export_alone_members": "", "seen": "None|None"}
    assert "Nobody else here could approve." in owner.post(LIMITS, status=400, **entries).content.decode()
    set_limits(store, coupons=1_000)  # as if the second person had left
    shown = owner.post(f"{PAGE}new/", status=200, **UNIQUE).content.decode()
    assert "This store has no other owner or manager" in shown
    assert 'value="ask ' not in shown
    assert batches(store) == []


def test_the_owner_sets_the_limits_and_the_trail_says_so(store: Store, owner: StaffPerson) -> None:
    manager = store.colleague(Role.MANAGER)
    manager.get(LIMITS, status=403)
    entries: dict[str, Any] = {"coupons_alone_amount": "1.000.000", "export_alone_members": "500", "seen": "None|None"}
    owner.post(LIMITS, **entries)
    shown = plain(owner.text("/program/tasks/limits/"))
    assert "Rp 1.000.000" in shown
    assert "500 members" in shown
    assert "Somebody changed these limits" in owner.post(LIMITS, status=400, **entries).content.decode()
    trail = plain(owner.text("/settings/audit/?action=merchant.alone_limits_changed"))
    assert "Limits of coupons and files changed" in trail
    assert "Rp 1.000.000" in trail
    assert_sound(store)


def test_a_code_that_was_taken_meanwhile_is_not_made(store: Store, owner: StaffPerson) -> None:
    set_limits(store, coupons=1_000)
    path = ask(store.colleague(Role.MARKETER), **SHARED)
    set_limits(store)
    owner.post(f"{PAGE}new/", **SHARED)
    owner.post(f"{path}approve/", reason="Ya")
    assert "It cannot be made any more" in owner.text(QUEUE)
    assert len(batches(store)) == 1
    owner.post(f"{path}refuse/", reason="Sudah ada")
    assert_sound(store)


def test_a_request_of_who_creates_no_coupons_any_more_is_not_made(store: Store, owner: StaffPerson) -> None:
    set_limits(store, coupons=1_000)
    marketer = store.colleague(Role.MARKETER)
    path = ask(marketer, **UNIQUE)
    owner.post(f"/settings/staff/{marketer.user_id}/end/")
    owner.post(f"{path}approve/", reason="Ya")
    assert "Who asked may not create coupons any more." in owner.text(QUEUE)
    assert batches(store) == []


def test_another_store_sees_no_request(store: Store, stranger: StaffPerson) -> None:
    set_limits(store, coupons=1_000)
    path = ask(store.colleague(Role.MARKETER), **UNIQUE)
    stranger.get(path.replace(QUEUE, f"{PAGE}asked/"), status=404)
    stranger.post(f"{path}approve/", status=404, reason="Ya")


def test_the_database_takes_no_codes_above_the_limit_that_nobody_approved(store: Store, owner: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", **UNIQUE)
    change = "UPDATE rewards_couponbatch SET {} WHERE merchant_id = %s"
    columns = "merchant_id, promotion_id, title, max_uses, created_at, state, ordered, made, job_id"
    copy = (
        f"INSERT INTO rewards_couponbatch ({columns}, id, kind, alone_limit_amount, most_cost_amount, approval_id) "
        f"SELECT {columns}, gen_random_uuid(), 'codes', {{}} FROM rewards_couponbatch WHERE merchant_id = %s"
    )
    set_limits(store, coupons=1_000)
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:

        def refused(statement: str) -> str:
            with pytest.raises(Error) as error, transaction.atomic():
                cursor.execute(statement, [store.merchant.id])
            return str(error.value)

        assert "keeps what it may cost" in refused(change.format("most_cost_amount = 1"))
        assert "keeps what it may cost" in refused(change.format("max_uses = 1000"))
        assert "another limit is in force" in refused(copy.format("NULL, 1, NULL"))
        assert "codes_above_the_limit_are_approved" in refused(copy.format("1000, 1001, NULL"))
        assert "codes_above_the_limit_are_approved" in refused(copy.format("1000, NULL, NULL"))
        assert "nobody approved it" in refused(copy.format("1000, NULL, gen_random_uuid()"))
        cursor.execute(copy.format("1000, 1000, NULL"), [store.merchant.id])


# --- files -----------------------------------------------------------------------------------------------------------


def three(store: Store) -> None:
    for name in ("Ayu Satu", "Ayu Dua", "Budi Tiga"):
        store.member(name)


def ask_for_file(person: StaffPerson, path: str = "/members/export/", **fields: Any) -> None:
    assert (
        "This needs another person"
        in (person.post(path, status=200, **fields) if fields else person.get(path)).content.decode()
    )
    assert person.post(path, reason="Untuk undangan", **fields)["Location"] == QUEUE


def request_path(store: Store) -> str:
    with merchant_scope(store.merchant.id):
        return f"{QUEUE}{Approval.objects.filter(merchant_id=store.merchant.id).latest('id').id}/"


def jobs_of(store: Store) -> list[Job]:
    with merchant_scope(store.merchant.id):
        return list(Job.objects.filter(merchant_id=store.merchant.id, kind="members_export"))


def test_a_file_of_many_contacts_is_made_when_another_approves(store: Store, owner: StaffPerson) -> None:
    three(store)
    set_limits(store, export=2)
    manager = store.colleague(Role.MANAGER)
    ask_for_file(manager)
    assert jobs_of(store) == []
    queue = plain(owner.text(QUEUE))
    for words in ("File of 3 members with contacts", "All members", "Untuk undangan", "Budi Santoso"):
        assert words in queue, words
    path = request_path(store)
    manager.post(f"{path}approve/", reason="Saya")
    assert jobs_of(store) == []
    owner.post(f"{path}approve/", reason="Boleh")
    owner.post(f"{path}approve/", reason="Lagi")
    work_of_the_worker(merchant_id=str(store.merchant.id))
    (job,) = jobs_of(store)
    assert job.asked_by_id == manager.user_id
    lines = content(manager, f"/jobs/{job.id}/file/")
    assert "Ayu Satu" in lines
    assert "@example.com" in lines
    with merchant_scope(store.merchant.id):
        entry = AuditEntry.objects.get(merchant_id=store.merchant.id, action="members.exported")
        assert (entry.actor_id, entry.approver_id) == (manager.user_id, owner.user_id)
    assert_sound(store)


def test_fewer_contacts_and_masked_ones_need_no_one_else(store: Store, owner: StaffPerson) -> None:
    three(store)
    set_limits(store, export=2)
    assert "Ayu Satu" in content(owner, "/members/export/?q=Ayu")
    masked = content(store.colleague(Role.ANALYST), "/members/export/")
    assert "Budi Tiga" in masked
    assert "***" in masked


def test_ticked_members_are_asked_for_as_they_were_ticked(store: Store, owner: StaffPerson) -> None:
    ids = [str(store.member(name).id) for name in ("Ayu", "Budi", "Citra")]
    set_limits(store, export=1)
    manager = store.colleague(Role.MANAGER)
    ask_for_file(manager, "/members/bulk/", do="export", member=ids[:2])
    owner.post(f"{request_path(store)}approve/", reason="Boleh")
    work_of_the_worker(merchant_id=str(store.merchant.id))
    (job,) = jobs_of(store)
    lines = content(manager, f"/jobs/{job.id}/file/")
    assert "Ayu" in lines
    assert "Citra" not in lines


def test_a_list_that_grew_is_not_what_was_approved(store: Store, owner: StaffPerson) -> None:
    three(store)
    set_limits(store, export=2)
    manager = store.colleague(Role.MANAGER)
    ask_for_file(manager)
    for number in range(20):
        store.member(f"Baru {number}")
    owner.post(f"{request_path(store)}approve/", reason="Boleh")
    assert "many more members by now" in owner.text(QUEUE)
    assert jobs_of(store) == []


def test_a_job_below_the_limit_does_not_write_a_list_that_grew_above_it(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.members.views.export.LONG_FILE", 1)
    three(store)
    set_limits(store, export=3)
    page = owner.save("/members/export/")["Location"]
    for number in range(20):
        store.member(f"Baru {number}")
    work_of_the_worker(merchant_id=str(store.merchant.id))
    assert "Ask for the file again." in owner.text(page)
    owner.get(f"{page}file/", status=410)


def test_a_list_found_by_a_text_is_not_kept_in_a_request(store: Store, owner: StaffPerson) -> None:
    three(store)
    set_limits(store, export=1)
    store.colleague(Role.MANAGER)
    page = owner.post("/members/export/?q=Ayu", status=400, reason="Undangan").content.decode()
    assert "a text may name someone" in page
    with merchant_scope(store.merchant.id):
        assert not Approval.objects.filter(merchant_id=store.merchant.id).exists()


def test_the_database_takes_no_file_above_the_limit_that_nobody_approved(store: Store) -> None:
    set_limits(store, export=2)
    start = (
        "INSERT INTO merchants_job (merchant_id, id, kind, parameters, needs, language, asked_by_id, asked_by, "
        "asked_at, state, done, total, fence, attempts, error, file_name, file_bytes) VALUES (%s, gen_random_uuid(), "
        "'members_export', %s, '{{export}}', 'id', gen_random_uuid(), 'x', now(), 'waiting', 0, 0, 0, 0, '', '', 0)"
    ).replace("{{export}}", "{export}")
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:
        for parameters, words in (
            ('{"in_full": true, "count": 3, "limit": 2}', "nobody approved it"),
            ('{"in_full": true, "limit": 2}', "nobody approved it"),
            ('{"in_full": true, "count": 3, "limit": null}', "another limit is in force"),
            ('{"in_full": true, "count": 3, "limit": 5}', "another limit is in force"),
        ):
            with pytest.raises(Error, match=words), transaction.atomic():
                cursor.execute(start, [store.merchant.id, parameters])


def test_a_request_that_expired_makes_nothing(store: Store, owner: StaffPerson) -> None:
    set_limits(store, coupons=1_000)
    path = ask(store.colleague(Role.MARKETER), **UNIQUE)
    with merchant_scope(store.merchant.id):
        request = Approval.objects.get(merchant_id=store.merchant.id)
        with pytest.raises(ApprovalOver), refusable():
            approve_coupons(
                merchant=store.merchant,
                approval_id=request.id,
                reason="Ya",
                at=request.expires_at,
                actor=Actor(owner.user_id, "owner", Role.OWNER),
            )
    assert batches(store) == []
    assert path in owner.text(QUEUE)
