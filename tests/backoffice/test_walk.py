"""The whole menu, and what its pages link to: everything shown opens, is titled, marked and in one language."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.urls import resolve

from backoffice.menu import MENU, MenuItem, address_of
from merchants.facts import Role
from merchants.rules import ROLE_PERMISSIONS
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.pages import Read, english_in

NO_PAGES: Final = re.compile(r"/(export|csv|accounts|stores|static|api|m|style-guide)(/|$)|\.(csv|png|svg|pdf)$")
"""Files, a person's own pages, and pages that are not for staff: a walk skips them."""
MOST_PAGES: Final = 120


def entries(items: Sequence[MenuItem] = MENU) -> Iterator[MenuItem]:
    for item in items:
        yield item
        yield from entries(item.children)


def read(person: StaffPerson, path: str, language: str = "en") -> Read:
    person.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return Read.of(person.text(path))


@pytest.fixture
def filled(store: Store) -> Store:
    """A store at work: buyers in segments, points, a tag, a view, a campaign draft, a till key."""
    member = store.buyers(3)[0]
    owner = store.owner
    owner.post("/members/bulk/", member=str(member.id), do="tag", tag="arisan", confirmed="1")
    owner.post("/views/members/new/", name="Pelanggan Depok", query="segment=lapsed")
    owner.post(
        "/campaigns/new/",
        name="Ajak kembali",
        segment="lapsed",
        control_percent="10",
        frequency_cap_days="7",
        measure_days="14",
    )
    owner.text("/members/")  # takes the messages of these actions
    return store


# --- the menu ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_entry_opens_and_is_marked_as_current(store: Store, language: str) -> None:
    for item in entries():
        path = address_of(item)
        page = read(store.owner, path, language)
        assert page.language == language, path
        assert page.headings == 1, path
        assert page.title.split(" · ")[0], path
        assert path in page.current, path
        others = {address_of(other) for other in entries()} - {path}
        assert not set(page.current) & others, path


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_may_not_open_is_neither_shown_nor_served(store: Store, role: Role) -> None:
    person, rights = store.colleague(role), ROLE_PERMISSIONS[role]
    opened = [item for item in entries() if item.permission in rights]
    answer = person.client.get(address_of(opened[0]) if opened else "/")
    shown = {link for link in Read.of(answer.content.decode()).links if link.startswith("/")}
    for item in MENU:
        within = {address_of(one) for one in entries([item]) if one.permission in rights}
        assert bool(within & shown) == bool(within), item.label
    for item in entries():
        path = address_of(item)
        may_open = item.permission in rights
        # The overview sends those who may not see figures to the first page they may open.
        refused = 302 if path == "/" and opened else 403
        assert person.client.get(path).status_code == (200 if may_open else refused), path
        if not may_open:
            assert path not in shown, path


# --- what the pages link to --------------------------------------------------------------------------------------


def walk(person: StaffPerson, language: str) -> dict[str, Read]:
    """Return every page that links reach from the menu, one for each kind of address."""
    waiting, seen, pages = [address_of(item) for item in entries()], set(), {}
    while waiting:
        path = waiting.pop(0)
        kind = resolve(urlsplit(path).path).route + ("?" if urlsplit(path).query else "")
        if kind in seen:
            continue
        seen.add(kind)
        person.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer: Any = person.client.get(path, follow=True)
        if answer.status_code != 200 and path in {address_of(item) for item in entries()}:
            continue  # not this role's; the menu's own test says which
        assert answer.status_code == 200, (path, answer.status_code)
        if answer["Content-Type"].startswith("text/html"):
            pages[path] = page = Read.of(answer.content.decode())
        else:
            continue
        links = (urljoin(path, link) for link in page.links if not link.startswith(("#", "mailto:")))
        waiting += [link for link in links if link.startswith("/") and not NO_PAGES.search(urlsplit(link).path)]
        assert len(pages) < MOST_PAGES
    return pages


@pytest.mark.gate
@pytest.mark.parametrize("has_data", [False, True], ids=["empty", "filled"])
def test_every_page_behind_the_menu_is_whole_and_in_indonesian(
    request: pytest.FixtureRequest, store: Store, has_data: bool
) -> None:
    if has_data:
        request.getfixturevalue("filled")
    pages = walk(store.owner, "id")
    assert len(pages) > (30 if has_data else 20)
    english: dict[str, list[str]] = {}
    for path, page in pages.items():
        assert page.language == "id", path
        assert page.headings == 1, path
        assert page.title.split(" · ")[0], path
        assert len(page.ids) == len(set(page.ids)), (path, {one for one in page.ids if page.ids.count(one) > 1})
        if found := list(english_in(page)):
            english[path] = found
    assert english == {}


@pytest.mark.gate
@pytest.mark.parametrize("role", [role for role in Role if ROLE_PERMISSIONS[role]])
def test_no_link_leads_a_role_to_a_page_it_may_not_open(filled: Store, role: Role) -> None:
    assert walk(filled.colleague(role), "en")


def test_english_is_distinguished_from_indonesian() -> None:
    def told(text: str) -> list[str]:
        return list(english_in(Read.of(f"<html lang=id><title>Member · X</title><p>{text}</p>")))

    for english in ("Add member", "Search: Dewi", "12 of your members", '<img alt="Mobile number">'):
        assert told(english), english
    for fine in ("Tambah member", "50 dari 420", "<code>the sku</code>", '<span lang="en">English</span>', "Status"):
        assert told(fine) == [], fine
