"""Who opens what: every page by every role; foreign ids look like unknown ones; ended access ends at once."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from common.ids import new_id
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, end_staff_access
from merchants.queries import till_list
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.pages import unfold

OWNER, MANAGER, MARKETER, CARE = Role.OWNER, Role.MANAGER, Role.MARKETER, Role.CARE
ANALYST, INTEGRATOR = Role.ANALYST, Role.INTEGRATOR
PAGES: Final[Mapping[str, frozenset[Role]]] = {
    "/members/": frozenset({OWNER, MANAGER, MARKETER, CARE, ANALYST}),
    "/members/export/": frozenset({OWNER, MANAGER, MARKETER, ANALYST}),
    "/members/new/": frozenset({OWNER, MANAGER, CARE}),
    "/members/{member}/": frozenset({OWNER, MANAGER, MARKETER, CARE, ANALYST}),
    "/members/{member}/activity/": frozenset({OWNER, MANAGER, MARKETER, CARE, ANALYST}),
    "/members/{member}/consent/": frozenset({OWNER, MANAGER, MARKETER, CARE, ANALYST}),
    "/members/{member}/edit/": frozenset({OWNER, MANAGER, CARE}),
    "/members/{member}/points/": frozenset({OWNER, MANAGER, CARE}),
    "/segments/": frozenset({OWNER, MANAGER, MARKETER, ANALYST}),
    "/segments/definition/": frozenset({OWNER, MANAGER, MARKETER}),
    "/segments/lapsed/": frozenset({OWNER, MANAGER, MARKETER, CARE, ANALYST}),
    "/campaigns/": frozenset({OWNER, MANAGER, MARKETER, ANALYST}),
    "/campaigns/new/": frozenset({OWNER, MANAGER, MARKETER}),
    "/campaigns/welcome/": frozenset({OWNER, MANAGER, MARKETER}),
    "/mail/blocked/": frozenset({OWNER, MANAGER, MARKETER, ANALYST}),
    "/mail/sender/": frozenset({OWNER, MANAGER, MARKETER}),
    "/settings/member-fields/": frozenset({OWNER, MANAGER}),
    "/settings/member-fields/new/": frozenset({OWNER, MANAGER}),
    "/settings/tills/": frozenset({OWNER, MANAGER, INTEGRATOR}),
    "/settings/tills/new/": frozenset({OWNER, MANAGER, INTEGRATOR}),
    "/settings/tills/{till}/keys/new/": frozenset({OWNER, MANAGER, INTEGRATOR}),
    "/settings/tills/{till}/requests/": frozenset({OWNER, MANAGER, INTEGRATOR}),
    "/settings/outlets/new/": frozenset({OWNER, MANAGER, INTEGRATOR}),
    "/settings/work/": frozenset({OWNER, MANAGER}),
}
POSTS: Final[Mapping[str, frozenset[Role]]] = {
    "/campaigns/{unknown}/cancel/": frozenset({OWNER, MANAGER, MARKETER}),
    "/campaigns/{unknown}/discard/": frozenset({OWNER, MANAGER, MARKETER}),
    "/campaigns/{unknown}/duplicate/": frozenset({OWNER, MANAGER, MARKETER}),
    "/campaigns/{unknown}/uncertain/": frozenset({OWNER, MANAGER, MARKETER}),
    "/campaigns/{unknown}/test/": frozenset({OWNER, MANAGER, MARKETER}),
    "/settings/keys/{unknown}/revoke/": frozenset({OWNER, MANAGER, INTEGRATOR}),
    "/settings/work/{unknown}/retry/": frozenset({OWNER, MANAGER}),
}
OF_ONE_STORE: Final = (
    "/members/{member}/",
    "/members/{member}/activity/",
    "/members/{member}/consent/",
    "/members/{member}/edit/",
    "/members/{member}/points/",
    "/campaigns/{campaign}/",
    "/campaigns/{campaign}/audience/",
    "/campaigns/{campaign}/content/",
    "/campaigns/{campaign}/mail/",
    "/campaigns/{campaign}/uncertain/",
    "/campaigns/{campaign}/review/",
    "/settings/tills/{till}/keys/new/",
    "/settings/tills/{till}/requests/",
)


def without_token(content: bytes) -> bytes:
    """Return the page without the form token and the address that the language switch returns to."""
    return re.sub(rb'name="(csrfmiddlewaretoken|next)" value="[^"]+"', b"", content)


def status_of(person: StaffPerson, path: str) -> int:
    """Return the status; a file is read to its end, because until then it counts as one of the store's slow pages."""
    answer: Any = person.client.get(path)
    if answer.streaming:
        b"".join(answer)
    return int(answer.status_code)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_exactly_its_pages(store: Store, role: Role) -> None:
    names = {"member": store.member().id, "till": store.till_id, "unknown": new_id()}
    person = store.colleague(role)
    answers = {path: status_of(person, path.format(**names)) for path in PAGES}
    opened = {path for path, status in answers.items() if status == 200}
    refused = {path for path, status in answers.items() if status == 403}
    assert opened == {path for path, roles in PAGES.items() if role in roles}
    assert refused == set(PAGES) - opened
    allowed = {path for path in POSTS if person.client.post(path.format(**names)).status_code == 404}
    assert allowed == {path for path, roles in POSTS.items() if role in roles}


def test_the_menu_offers_only_what_opens(store: Store) -> None:
    for role in (Role.MARKETER, Role.CARE, Role.ANALYST, Role.INTEGRATOR):
        person = store.colleague(role)
        page = unfold(person.client.get("/", follow=True).content.decode())
        for path, roles in PAGES.items():
            if path in {"/members/", "/campaigns/", "/settings/tills/"}:
                assert (f'<a href="{path}"' in page) == (role in roles), (role, path)


def test_another_merchant_s_ids_look_like_unknown_ones(store: Store, stranger: StaffPerson) -> None:
    content = store.owner.post(
        "/campaigns/new/",
        name="Rahasia",
        segment="lapsed",
        control_percent="10",
        frequency_cap_days="7",
        measure_days="14",
    )["Location"]
    foreign = {"member": store.member().id, "till": store.till_id, "campaign": UUID(content.split("/")[2])}
    unknown = {name: new_id() for name in foreign}
    for path in OF_ONE_STORE:
        found = stranger.client.get(path.format(**foreign))
        nothing = stranger.client.get(path.format(**unknown))
        assert found.status_code == nothing.status_code == 404, path
        assert without_token(found.content) == without_token(nothing.content), path


def test_a_stranger_can_change_nothing_here(store: Store, stranger: StaffPerson) -> None:
    member = store.member()
    fields: dict[str, Any] = {
        "direction": "add",
        "points": "500",
        "reason": "goodwill",
        "key": str(new_id()),
        "confirmed": "500",
    }
    stranger.post(f"/members/{member.id}/points/", status=404, **fields)
    assert store.balance(member) == 0
    stranger.post(f"/settings/tills/{store.till_id}/keys/new/", status=404, scopes="read_members")
    with merchant_scope(store.merchant.id):
        assert [list(keys) for _, keys in till_list(merchant=store.merchant)] == [[]]
    stranger.post("/store/", status=404, merchant=str(store.merchant.id))


def test_without_signing_in_every_page_asks_for_it(db: None) -> None:
    visitor = Client()
    for path in ("/", *PAGES):
        address = path.format(member=new_id(), till=new_id())
        answer = visitor.get(address)
        assert answer.status_code == 302
        assert answer["Location"] == f"/accounts/login/?next={address}"


def test_ended_access_ends_with_the_next_request(store: Store) -> None:
    colleague = store.colleague(Role.MANAGER)
    colleague.get("/members/")
    with merchant_scope(store.merchant.id):
        end_staff_access(merchant=store.merchant, user_id=colleague.user_id, at=timezone.now(), actor=SYSTEM)
    assert "You work for no store" in colleague.text("/members/", status=403)


def test_a_changed_role_counts_with_the_next_request(store: Store) -> None:
    colleague = store.colleague(Role.MANAGER)
    colleague.get("/settings/tills/")
    with merchant_scope(store.merchant.id):
        add_staff(
            merchant=store.merchant, user_id=colleague.user_id, role=Role.MARKETER, at=timezone.now(), actor=SYSTEM
        )
    colleague.get("/settings/tills/", status=403)


def test_a_person_of_two_stores_switches_between_them(store: Store, other_store: Store, owner: StaffPerson) -> None:
    with merchant_scope(other_store.merchant.id):
        add_staff(merchant=other_store.merchant, user_id=owner.user_id, role=Role.CARE, at=timezone.now(), actor=SYSTEM)
    member = other_store.member("Orang Sebelah")
    owner.get(f"/members/{member.id}/", status=404)
    owner.post("/store/", merchant=str(other_store.merchant.id))
    assert "Orang Sebelah" in owner.text(f"/members/{member.id}/")
    owner.get("/campaigns/", status=403)


def test_a_form_without_its_token_is_refused(store: Store, owner: StaffPerson) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.client.cookies
    assert strict.post("/settings/outlets/new/", {"name": "X", "timezone": "Asia/Jakarta"}).status_code == 403


def test_every_page_is_served_under_the_content_policy(store: Store, owner: StaffPerson) -> None:
    member = store.member()
    for path in ("/", "/members/", f"/members/{member.id}/", "/segments/", "/campaigns/new/", "/settings/tills/"):
        answer = owner.get(path)
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        page = answer.content.decode()
        assert " style=" not in page
        assert " onclick=" not in page
