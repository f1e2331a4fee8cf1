"""Jobs on the pages: a long export is asked for, made by a worker, fetched while its link lasts, or cancelled."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from backoffice.members.exports import MembersExport
from common.ids import new_id
from members.models import MemberTag, Tag
from merchants.facts import SYSTEM, AuditFilter, Permission, Role
from merchants.models import Job
from merchants.operations import start_job
from merchants.queries import audit_trail
from merchants.tasks import jobs as work_of_the_worker
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from products.queries import product_count
from tests.backoffice.conftest import StaffPerson, Store


@pytest.fixture(autouse=True)
def long_from_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.members.views.export.LONG_FILE", 1)


def two_members(store: Store) -> None:
    for name in ("Ayu", "Budi"):
        store.member(name)


def ask(store: Store, person: StaffPerson, query: str = "") -> str:
    """Ask for all members as a file; return the address of the job."""
    return person.save(f"/members/export/{query}")["Location"]


def run(store: Store) -> None:
    work_of_the_worker(merchant_id=str(store.merchant.id))


def content(person: StaffPerson, path: str) -> str:
    answer: Any = person.get(path)
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_a_long_export_is_asked_for_made_and_fetched(store: Store, owner: StaffPerson) -> None:
    for name in ("Ayu", "Budi", "Citra"):
        store.member(name)
    question = owner.text("/members/export/?status=active")
    assert "A file of this length is made in the background." in question
    address = ask(store, owner, "?status=active")
    page = owner.text(address)
    assert "It begins in a moment." in page
    assert 'hx-trigger="every 2s"' in page
    owner.get(f"{address}file/", status=410)
    run(store)
    page = owner.text(address)
    assert "every 2s" not in page
    assert "The link works until" in page
    lines = content(owner, f"{address}file/").splitlines()
    assert lines[1].startswith("Made,")
    assert lines[2] == "Filters,State: Membership in use"
    assert [line.split(",")[1] for line in lines[5:]] == ["Citra", "Budi", "Ayu"]
    listed = owner.text("/jobs/")
    assert "Export of members" in listed
    assert f'href="{address}file/"' in listed
    with merchant_scope(store.merchant.id):
        trail = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="job"))
    assert [(one.action, one.actor_label) for one in trail] == [
        ("job.downloaded", owner.email),
        ("members.exported", owner.email),
    ]
    assert "File of a job downloaded" in owner.text("/settings/audit/")


def test_a_short_list_is_sent_at_once(store: Store, owner: StaffPerson) -> None:
    store.member("Ayu Satu")
    assert "Ayu Satu" in content(owner, "/members/export/")
    assert "Nothing runs in the background" in owner.text("/jobs/")


def test_a_long_list_found_by_a_search_is_a_job_too_and_keeps_no_word_that_can_be_read(
    store: Store, owner: StaffPerson
) -> None:
    for name in ("Ayu Satu", "Ayu Dua", "Budi Tiga"):
        store.member(name)
    assert "A file of this length is made in the background." in owner.text("/members/export/?q=Ayu")
    address = ask(store, owner, "?q=Ayu")
    with merchant_scope(store.merchant.id):
        assert "Ayu" not in str(Job.objects.get(merchant_id=store.merchant.id).parameters)
    run(store)
    lines = content(owner, f"{address}file/")
    assert "Ayu Satu" in lines
    assert "Ayu Dua" in lines
    assert "Budi Tiga" not in lines
    assert "Ayu" not in owner.text("/settings/audit/?action=members.exported")


def test_the_job_of_ticked_rows_holds_these_and_no_others(store: Store, owner: StaffPerson) -> None:
    ids = [str(store.member(name).id) for name in ("Ayu", "Budi", "Citra")]
    address = owner.post("/members/bulk/?status=active", status=302, do="export", member=ids[:2])["Location"]
    run(store)
    lines = content(owner, f"{address}file/")
    assert "Ayu" in lines
    assert "Budi" in lines
    assert "Citra" not in lines


def test_everybody_who_matches_from_the_list_becomes_a_job_too(store: Store, owner: StaffPerson) -> None:
    ids = [str(store.member(name).id) for name in ("Ayu", "Budi")]
    response = owner.post("/members/bulk/", do="export", all="yes")
    assert response["Location"].startswith("/jobs/")
    ticked = owner.post("/members/bulk/", status=302, do="export", member=ids)
    assert ticked["Location"].startswith("/jobs/")


def test_the_link_ends(store: Store, owner: StaffPerson) -> None:
    two_members(store)
    address = ask(store, owner)
    run(store)
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert "The link has ended" in owner.text("/jobs/")
        assert "The link has ended" in owner.get(f"{address}file/", status=410).content.decode()


def test_a_long_audit_trail_becomes_a_job(store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.settings.views.audit.LONG_FILE", 1)
    monkeypatch.setattr("backoffice.settings.audit_export.BATCH_ROWS", 2)
    for number in range(5):
        owner.save("/settings/tills/new/", outlet=str(store.outlet_id), name=f"Kasir {number}")
    assert "A file of this length is made in the background." in owner.text("/settings/audit/export/")
    address = owner.save("/settings/audit/export/?action=till.added")["Location"]
    run(store)
    lines = content(owner, f"{address}file/").splitlines()
    assert lines[2] == "Filters,What: Till added"
    assert len(lines) == 4 + 5 + 1, "the head, five by hand, and the first one"
    for role in (Role.CARE, Role.ANALYST):
        store.colleague(role).get(f"{address}file/", status=404)
    assert "Export of the audit trail" in owner.text("/jobs/")


def test_a_long_list_of_products_becomes_a_job_and_is_whole(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page and file used to end at 10,000: a longer catalogue lost the rest without notice."""
    monkeypatch.setattr("backoffice.products.views.catalogue.LONG_FILE", 1)
    monkeypatch.setattr("backoffice.products.exports.BATCH_ROWS", 2)
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        drafts = [ProductDraft(f"KOPI-{number}", price_amount=10_000) for number in range(5)]
        save_products(merchant=store.merchant, drafts=drafts, today=store.today, at=now, actor=SYSTEM)
    assert "A file of this length is made in the background." in owner.text("/products/?format=csv")
    address = owner.save("/products/?format=csv&q=kopi")["Location"]
    run(store)
    lines = content(owner, f"{address}file/").splitlines()
    assert [line.split(",")[0] for line in lines] == ["sku", *(f"KOPI-{number}" for number in range(5))]
    marketer = store.colleague(Role.MARKETER)
    assert content(marketer, f"{address}file/").splitlines() == lines, "who sees the list may fetch it"


def test_cancelling(store: Store, owner: StaffPerson) -> None:
    two_members(store)
    address = ask(store, owner)
    owner.post(f"{address}cancel/")
    page = owner.text(address)
    assert "The job was cancelled" in page
    assert "every 2s" not in page
    run(store)
    assert "The job was cancelled" in owner.text(address)
    owner.post(f"{address}cancel/")
    assert "The job was over already." in owner.text(address)


def test_a_failure_is_shown_in_words(store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    two_members(store)
    address = ask(store, owner)
    with monkeypatch.context() as broken:
        broken.setattr("backoffice.members.exports.head_rows", lambda *given: 1 / 0)
        run(store)
    assert "An error in the program stopped it." in owner.text(address)
    assert "An error in the program stopped it." in owner.text("/jobs/")


def test_progress_on_its_own(store: Store, owner: StaffPerson) -> None:
    two_members(store)
    address = ask(store, owner)
    with merchant_scope(store.merchant.id):
        Job.objects.filter(merchant_id=store.merchant.id).update(done=1, total=2)
    waiting = owner.get(f"{address}progress/", then="reload")
    assert "1 of 2 (50%)" in waiting.content.decode()
    assert not waiting.has_header("HX-Refresh")
    assert owner.statements(f"{address}progress/") < 12
    run(store)
    assert owner.get(f"{address}progress/", then="reload")["HX-Refresh"] == "true"
    over = owner.get(f"{address}progress/")
    assert not over.has_header("HX-Refresh"), "somebody may be writing on that page"
    assert f'href="{address}"' in over.content.decode()


def test_who_sees_a_job(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    two_members(store)
    address = ask(store, owner)
    run(store)
    for path in ("", "progress/", "file/"):
        stranger.get(f"{address}{path}", status=404)
        stranger.get(f"/jobs/{new_id()}/{path}", status=404)
    stranger.post(f"{address}cancel/", status=404)
    assert "Export of members" not in stranger.text("/jobs/")
    analyst = store.colleague(Role.ANALYST)
    assert "Export of members" not in analyst.text("/jobs/"), "whoever may not see members fetches none"
    analyst.get(f"{address}file/", status=404)
    store.colleague(Role.MANAGER).get(f"{address}file/")
    care = store.colleague(Role.CARE)
    assert "Export of members" not in care.text("/jobs/"), "whoever takes no lists out fetches none"
    care.get(f"{address}file/", status=404)
    store.colleague(Role.CASHIER).get("/jobs/", status=403)


def test_who_asks_too_often_is_refused(store: Store, owner: StaffPerson) -> None:
    two_members(store)
    for _ in range(20):
        with merchant_scope(store.merchant.id):
            start_job(
                merchant=store.merchant,
                kind="members_export",
                parameters=MembersExport("", in_full=False, count=2, limit=None).to_json(),
                needs=[Permission.EXPORT],
                language="en",
                action="members.exported",
                audit_details={},
                at=timezone.now(),
                actor=SYSTEM,
            )
    assert ask(store, owner) == "/jobs/"
    assert "Too many jobs are waiting." in owner.text("/jobs/")


def test_the_list_takes_few_statements(store: Store, owner: StaffPerson) -> None:
    two_members(store)
    ask(store, owner)
    few = owner.statements("/jobs/")
    for _ in range(5):
        ask(store, owner)
    assert owner.statements("/jobs/") == few
    assert few < 20


def tagged(store: Store) -> int:
    with merchant_scope(store.merchant.id):
        return MemberTag.objects.filter(merchant_id=store.merchant.id).count()


def test_a_tag_for_very_many_members_is_given_and_taken_by_jobs(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.members.views.bulk.LONG_ACTION", 1)
    two_members(store)
    everyone: dict[str, Any] = {"all": "yes", "confirmed": "2"}
    address = owner.post("/members/bulk/?status=active", do="tag", tag=" VIP ", **everyone)["Location"]
    assert address.startswith("/jobs/")
    assert tagged(store) == 0
    run(store)
    undo = f"/members/tagged/{address.split('/')[2]}/"
    assert f'href="{undo}"' in owner.text(address)
    assert '<p class="big figure">2</p>' in owner.text(undo)
    with merchant_scope(store.merchant.id):
        tag_id = str(Tag.objects.get(merchant_id=store.merchant.id, name="vip").id)
    taken = owner.post("/members/bulk/?status=active", do="untag", tag=tag_id, **everyone)["Location"]
    run(store)
    assert 'href="/members/"' in owner.text(taken)
    assert tagged(store) == 0
    assert owner.get(undo, status=302)["Location"] == "/members/"
    assert "Nobody has the tag from this action" in owner.text("/members/")
    with merchant_scope(store.merchant.id):
        trail = audit_trail(merchant=store.merchant, filters=AuditFilter(subject_kind="members"))
    assert {(one.action, one.actor_label) for one in trail} == {
        ("members.tagged", owner.email),
        ("members.untagged", owner.email),
    }


def test_a_job_tags_exactly_the_members_behind_a_segment_s_figure(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.members.views.bulk.LONG_ACTION", 1)
    store.buyers(2, days_ago=200)
    store.member("No buyer")
    query = "?counted=lapsed&reachable=yes"
    address = owner.post(f"/members/bulk/{query}", do="tag", tag="ajak", all="yes", confirmed="2")["Location"]
    assert address.startswith("/jobs/")
    run(store)
    assert tagged(store) == 2


def test_what_one_action_gave_to_very_many_is_taken_back_by_a_job(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_members(store)
    undo = owner.post("/members/bulk/?status=active", do="tag", tag="vip", all="yes", confirmed="2")["Location"]
    assert undo.startswith("/members/tagged/")
    monkeypatch.setattr("backoffice.members.views.bulk.LONG_ACTION", 1)
    address = owner.save(undo)["Location"]
    assert address.startswith("/jobs/")
    assert tagged(store) == 2
    run(store)
    assert tagged(store) == 0


def test_a_tag_that_was_cancelled_is_on_no_one(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.members.views.bulk.LONG_ACTION", 1)
    two_members(store)
    address = owner.post("/members/bulk/?status=active", do="tag", tag="vip", all="yes", confirmed="2")["Location"]
    owner.post(f"{address}cancel/")
    run(store)
    assert "It has no result." in owner.text(address)
    assert tagged(store) == 0


def test_a_search_is_tagged_at_once(store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.members.views.bulk.LONG_ACTION", 1)
    two_members(store)
    care = store.colleague(Role.CARE)
    for person, query in ((owner, "?q=a"), (care, "?q=a")):
        question = person.post(f"/members/bulk/{query}", status=200, do="tag", all="yes").content.decode()
        count = re.search(r"Tag (\d+) member", question)
        assert count is not None
        done = person.post(
            f"/members/bulk/{query}", do="tag", tag=f"vip {person.email}", all="yes", confirmed=count[1]
        )["Location"]
        assert done.startswith("/members/tagged/")


def test_a_long_import_is_a_job_that_takes_in_all_or_nothing(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.products.views.catalogue.LONG_ACTION", 1)
    file = SimpleUploadedFile("produk.csv", b"sku,cost\nKOPI,41500\nTEH,900\n", content_type="text/csv")
    page = owner.post("/products/import/", file=file)["Location"]
    cancelled = owner.post(page)["Location"]
    assert "The file is being taken in" in owner.text(page)
    assert owner.post(page)["Location"] == cancelled, "one job for one file"
    owner.post(f"{cancelled}cancel/")
    run(store)
    with merchant_scope(store.merchant.id):
        assert product_count(merchant=store.merchant) == 0
    address = owner.post(page)["Location"]
    assert address != cancelled
    run(store)
    assert f'href="{page}"' in owner.text(address)
    assert "Imported" in owner.text(page)
    with merchant_scope(store.merchant.id):
        assert product_count(merchant=store.merchant) == 2
        [entry] = audit_trail(merchant=store.merchant, filters=AuditFilter(action="products.imported"))
    assert entry.actor_label == owner.email
