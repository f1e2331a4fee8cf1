"""The file of all that a store knows of one person: asked for on the request's page, made by a worker."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.members.views import export
from members.facts import MemberFacts
from members.queries import viewings_of_member
from merchants.facts import Role
from merchants.models import Job, JobPart
from merchants.tasks import run_jobs
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_data_requests import QUEUE, record, requests_of


def ask(store: Store, person: StaffPerson, found: MemberFacts) -> UUID:
    """Ask for the file as the page of the request does, let a worker make it, and return the job's id."""
    record(person, found, "access")
    (asked,) = requests_of(store, found)
    assert "Make the file" in person.text(f"{QUEUE}{asked.id}/")
    answer = person.post(f"{QUEUE}{asked.id}/file/")
    assert run_jobs(merchant=store.merchant, clock=timezone.now) == 1
    return UUID(re.findall(r"[0-9a-f-]{36}", str(answer["Location"]))[0])


def unpack(person: StaffPerson, job_id: UUID) -> tuple[dict[str, Any], str]:
    answer: Any = person.get(f"/jobs/{job_id}/file/")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as folder:
        return json.loads(folder.read("data.json")), folder.read("data.html").decode()


def test_the_file_holds_what_the_store_knows_and_who_looked(store: Store, owner: StaffPerson) -> None:
    (buyer,) = store.buyers(1)
    owner.post(f"/members/{buyer.id}/tags/", tag="arisan")
    store.colleague(Role.CARE).get(f"/members/{buyer.id}/")
    owner.get(f"/members/{buyer.id}/")
    data, page = unpack(owner, ask(store, owner, buyer))
    profile = {row["field"]: row["value"] for row in data["profile"]}
    assert (profile["name"], profile["email"], profile["number"]) == (buyer.name, buyer.email, buyer.number)
    assert [row["name"] for row in data["tags"]] == ["arisan"]
    (given,) = data["consents"]
    assert given["granted"] is True
    assert "offers and coupons" in given["sentence"]
    assert [row["total_amount"] for row in data["purchases"]] == [50_000]
    assert data["segment"][0]["segment"] == "lapsed"
    assert {row["action"] for row in data["staff_actions"]} >= {"member.tagged", "data_request.recorded"}
    looked = {(row["part"], row["viewer"].partition("-")[0]) for row in data["viewings"]}
    assert ("page", "care") in looked
    assert any(part == "contact" for part, _ in looked)
    for words in (str(buyer.email), "Your purchases", "Rp 50.000".replace(" ", "\xa0"), "arisan"):
        assert words in page, words


def test_who_took_the_member_out_in_a_list_is_in_the_file(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamed at once or made by a worker; who is not in the list is not in anything."""
    inside, outside = store.member("Di Dalam"), store.member("Di Luar")
    analyst = store.colleague(Role.ANALYST)
    for _again in range(2):
        analyst.post("/members/export/?q=Dalam", status=200).getvalue()
    monkeypatch.setattr(export, "LONG_FILE", 0)
    owner.post("/members/export/?q=Dalam")
    assert run_jobs(merchant=store.merchant, clock=timezone.now) == 1
    with merchant_scope(store.merchant.id):
        seen = {
            (one.part, one.viewer.partition("-")[0], one.times)
            for one in viewings_of_member(merchant=store.merchant, member_id=inside.id)
        }
        assert seen == {("list", "analyst", 2), ("list", "owner", 1)}
        assert viewings_of_member(merchant=store.merchant, member_id=outside.id) == []
    _, page = unpack(owner, ask(store, owner, inside))
    assert "Taken out in a list" in page


def test_the_file_is_in_the_language_of_who_asks_and_escapes_what_was_typed(store: Store, owner: StaffPerson) -> None:
    owner.client.cookies["django_language"] = "id"
    found = store.member("<b>Sari</b>")
    record(owner, found, "access")
    (asked,) = requests_of(store, found)
    answer = owner.post(f"{QUEUE}{asked.id}/file/")
    run_jobs(merchant=store.merchant, clock=timezone.now)
    _, page = unpack(owner, UUID(re.findall(r"[0-9a-f-]{36}", str(answer["Location"]))[0]))
    assert "Yang kami ketahui tentang Anda" in page
    assert "&lt;b&gt;Sari&lt;/b&gt;" in page
    assert "<b>Sari" not in page


def test_who_took_the_file_is_noted_for_the_member(store: Store, owner: StaffPerson) -> None:
    found = store.member()
    job_id = ask(store, owner, found)
    unpack(owner, job_id)
    unpack(owner, job_id)
    with merchant_scope(store.merchant.id):
        (taken,) = [
            one for one in viewings_of_member(merchant=store.merchant, member_id=found.id) if one.part == "file"
        ]
        pieces = JobPart.objects.filter(merchant_id=store.merchant.id, job_id=job_id).values_list("content", flat=True)
        assert not any(str(found.email).encode() in bytes(piece) for piece in pieces), "kept encrypted"
    assert (taken.viewer, taken.times) == (owner.email, 2)


def test_who_may_not_see_contacts_makes_and_takes_no_file(
    store: Store, owner: StaffPerson, stranger: StaffPerson
) -> None:
    found = store.member()
    job_id = ask(store, owner, found)
    (asked,) = requests_of(store, found)
    care = store.colleague(Role.CARE)
    assert "Make the file" not in care.text(f"{QUEUE}{asked.id}/")
    care.post(f"{QUEUE}{asked.id}/file/", status=403)
    store.colleague(Role.ANALYST).get(f"/jobs/{job_id}/file/", status=404)
    stranger.post(f"{QUEUE}{asked.id}/file/", status=404)
    stranger.get(f"/jobs/{job_id}/file/", status=404)
    with merchant_scope(store.merchant.id):
        assert Job.objects.filter(merchant_id=store.merchant.id, kind="person_file").count() == 1
