"""The store in force is the person's choice: every form says which it was drawn for, and nothing falls back unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils import timezone

import backoffice.urls
from backoffice.store_marks import mark_of
from common.ids import new_id
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, end_staff_access
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store, mark_in, signed_in
from tests.backoffice.test_walk import walk

NOT_A_STORES: Final = {
    "sign_up",
    "sign_up_sent",
    "open_store",
    "switch_merchant",
    "stores",
    "invitation_accept",
    "invitation_decline",
    "set_theme",
    "style_guide",
}
"""Pages of the person, or before sign-in: they belong to no store, and none changes one."""


def hire(store: Store, person: StaffPerson, role: Role = Role.OWNER) -> None:
    with merchant_scope(store.merchant.id):
        add_staff(merchant=store.merchant, user_id=person.user_id, role=role, at=timezone.now(), actor=SYSTEM)


def fire(store: Store, person: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        end_staff_access(merchant=store.merchant, user_id=person.user_id, at=timezone.now(), actor=SYSTEM)


def go_to(store: Store, person: StaffPerson) -> None:
    person.post("/store/", merchant=str(store.merchant.id))


@pytest.fixture
def both(store: Store, other_store: Store) -> StaffPerson:
    """The owner of Toko Melati, who works for Warung Sebelah too, and is in Toko Melati."""
    hire(other_store, store.owner)
    go_to(store, store.owner)
    return store.owner


# --- every door ----------------------------------------------------------------------------------------------------


def staff_patterns() -> Iterator[URLPattern]:
    yield from (one for one in backoffice.urls.urlpatterns if one.name not in NOT_A_STORES)


def address(pattern: URLPattern) -> str:
    samples = {"uuid": str(new_id()), "slug": "pause", "int": "1", "str": "x"}
    assert isinstance(pattern.pattern, RoutePattern)
    return "/" + re.sub(r"<(\w+):\w+>", lambda found: samples[found[1]], str(pattern.pattern))


def test_every_address_is_a_staff_page_or_named_here() -> None:
    """A new page without its guard is found here."""
    bare = [one.name for one in staff_patterns() if not getattr(one.callback, "is_staff_page", False)]
    assert bare == []
    assert {one.name for one in backoffice.urls.urlpatterns} >= NOT_A_STORES - {"style_guide"}
    assert not any(isinstance(one.pattern, RegexPattern) for one in get_resolver().url_patterns)


def test_no_door_takes_a_form_of_another_store(both: StaffPerson, other_store: Store) -> None:
    """Where GET alone is allowed the method is refused before the form is looked at; nothing is done either way."""
    foreign = mark_of(other_store.merchant.id)
    doors = [address(one) for one in staff_patterns()]
    refused = 0
    for path in doors:
        answer = both.client.post(path, {"name": "X", "_store": foreign})
        assert answer.status_code in {405, 409}, (path, answer.status_code)
        refused += answer.status_code == 409
        if answer.status_code == 409:
            assert "You are now in Toko Melati" in answer.content.decode()
    assert refused > 100 > len(doors) - refused


@pytest.mark.parametrize("mark", [None, "forged:mark", "other", "header"])
def test_a_form_that_names_no_store_or_no_real_one_is_refused(
    both: StaffPerson, other_store: Store, mark: str | None
) -> None:
    headers = {"x-store": mark_of(other_store.merchant.id)} if mark == "header" else {}
    marks = {"forged:mark": {"_store": "forged:mark"}, "other": {"_store": mark_of(new_id())}}
    for path in ("/members/new/", "/settings/staff/new/", "/offers/coupons/new/"):
        answer = both.client.post(path, {"name": "X", **marks.get(str(mark), {})}, headers=headers)
        assert answer.status_code == 409, path


class Forms(HTMLParser):
    """The hidden fields of each form that is sent with POST."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[set[str]] = []
        self.is_inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.is_inside = given.get("method") == "post"
            self.found += [set()] if self.is_inside else []
        elif tag == "input" and self.is_inside:
            self.found[-1].add(str(given.get("name")))

    def handle_endtag(self, tag: str) -> None:
        self.is_inside = self.is_inside and tag != "form"


@pytest.mark.gate
def test_every_form_of_every_page_carries_the_mark(store: Store) -> None:
    """Also those in dialogs, which are drawn apart from the page."""
    store.buyers(2)
    seen = 0
    for path in walk(store.owner, "en"):
        for fields in Forms(store.owner.text(path)).found:
            assert {"csrfmiddlewaretoken", "_store"} <= fields, path
            seen += 1
    assert seen > 60


# --- what the person sees -------------------------------------------------------------------------------------------


def test_two_tabs(both: StaffPerson, store: Store, other_store: Store) -> None:
    """The form of Toko Melati is open; in another tab the person goes over to Warung Sebelah; then they save."""
    mark = mark_in(both.text("/members/new/"))
    go_to(other_store, both)
    fields = {"name": "Nomor Rahasia", "phone": "081299990001", "_store": mark}
    page = both.post("/members/new/", status=409, **fields).content.decode()
    assert "You are now in Warung Sebelah" in page
    assert "The form you sent is of Toko Melati. Nothing was saved." in page
    assert "Nomor Rahasia" in page  # nothing typed is lost
    assert "Nomor Rahasia" not in both.text("/members/")
    again = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)</textarea>', page))
    assert again == {"name": "Nomor Rahasia", "phone": "081299990001"}
    both.post("/members/new/", _store=mark_in(page), _switch="1", **again)
    assert "Nomor Rahasia" in both.text("/members/")
    assert "Toko Melati" in both.text("/")
    go_to(other_store, both)
    assert "Nomor Rahasia" not in both.text("/members/")


def test_a_part_of_a_page_says_it_in_its_place(both: StaffPerson, other_store: Store) -> None:
    both.text("/members/")
    mark = mark_in(both.text("/offers/coupons/new/"))
    go_to(other_store, both)
    answer = both.client.post("/offers/coupons/new/cost/", {"_store": mark}, headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert "<html" not in answer.content.decode()
    assert "You are now in Warung Sebelah" in answer.content.decode()
    assert '"code": "(2..|3..|409)", "swap": true' in both.text("/offers/coupons/new/")


def test_a_file_has_to_be_chosen_once_more(both: StaffPerson, other_store: Store) -> None:
    mark = mark_in(both.text("/products/import/"))
    go_to(other_store, both)
    upload = SimpleUploadedFile("goods.csv", b"sku,name\nKOPI,Kopi\n")
    page = both.post("/products/import/", status=409, file=upload, _store=mark).content.decode()
    assert "The file has to be chosen once more" in page
    assert "_switch" not in page


def test_what_is_typed_comes_back_as_text(both: StaffPerson, other_store: Store) -> None:
    mark = mark_in(both.text("/members/new/"))
    go_to(other_store, both)
    page = both.post("/members/new/", status=409, name="</textarea><script>alert(1)</script>", _store=mark)
    assert "<script>alert" not in page.content.decode()


def test_a_store_that_is_gone_is_not_replaced(both: StaffPerson, store: Store, other_store: Store) -> None:
    mark = mark_in(both.text("/members/new/"))
    store.colleague(Role.OWNER)
    fire(store, both)
    page = both.post("/members/new/", status=409, name="X", phone="081299990001", _store=mark).content.decode()
    assert "Choose a store first" in page
    assert "Toko Melati" not in page
    assert both.get("/members/", status=302)["Location"] == "/stores/"
    assert "no access any more to the store you worked in last" in both.text("/stores/")
    unmarked = both.post("/members/new/", status=409, name="X", phone="081299990001")
    assert unmarked.status_code == 409
    go_to(other_store, both)
    assert "Warung Sebelah" in both.text("/")
    assert "Nomor" not in both.text("/members/")


def test_a_person_with_one_store_ever_needs_no_mark(store: Store, owner: StaffPerson) -> None:
    """A script of an owner who has one store: no other store could be meant."""
    owner.post("/settings/outlets/new/", name="Cabang", timezone="Asia/Jakarta")


# --- where a person begins ------------------------------------------------------------------------------------------


def test_the_last_store_is_remembered_on_every_device(both: StaffPerson, store: Store, other_store: Store) -> None:
    for chosen in (other_store, store, other_store):
        go_to(chosen, both)
        elsewhere = signed_in(both.email)
        assert f"· {chosen.merchant.name}" in elsewhere.text("/")
    assert signed_in(both.email).client.get("/")["Cache-Control"] == "no-store"


def test_each_session_stays_in_its_store(both: StaffPerson, store: Store, other_store: Store) -> None:
    """Two devices: changing the store on one does not change the other."""
    tablet = signed_in(both.email)
    assert "· Toko Melati" in tablet.text("/")
    go_to(other_store, both)
    assert "· Toko Melati" in tablet.text("/")


def test_who_never_chose_begins_where_a_page_opens(store: Store, other_store: Store) -> None:
    """By name the store without a page for the role would come first."""
    person = other_store.colleague(Role.MANAGER)
    hire(store, person, Role.CASHIER)
    assert store.merchant.name < other_store.merchant.name
    assert "· Warung Sebelah" in person.text("/")


def test_the_way_out_is_on_every_refusal(both: StaffPerson, store: Store, other_store: Store) -> None:
    person = other_store.colleague(Role.MANAGER)
    hire(store, person, Role.CASHIER)
    go_to(store, person)
    for path in ("/", "/members/", "/settings/staff/"):
        page = person.text(path, status=403)
        assert "You also work for:" in page
        assert f'name="merchant" value="{other_store.merchant.id}">Warung Sebelah</button>' in page
    assert "Warung Sebelah" in person.text("/stores/")


@pytest.mark.parametrize(
    "path", ["/", "/members/", "/members/export/", "/settings/staff/", "/settings/audit/", "/search/"]
)
def test_no_staff_page_stays_in_a_browser_s_memory(owner: StaffPerson, path: str) -> None:
    assert "no-store" in owner.get(path)["Cache-Control"]


def test_a_refusal_stays_in_no_memory_either(store: Store, both: StaffPerson, other_store: Store) -> None:
    answers: list[Any] = [
        store.colleague(Role.CARE).get("/campaigns/", status=403),
        both.post("/members/new/", status=409, name="Rahasia", _store=mark_of(other_store.merchant.id)),
        both.get("/stores/"),
    ]
    assert all("no-store" in answer["Cache-Control"] for answer in answers)
