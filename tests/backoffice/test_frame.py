"""The frame: menu, theme, what is served with every page and what it weighs."""

import gzip
import hashlib
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from backoffice.account.views.appearance import set_theme
from backoffice.context import Frame, frame
from backoffice.menu import MENU, MenuItem, address_of, menu_for
from backoffice.style_guide import style_guide
from merchants.facts import Permission, Role
from merchants.rules import ROLE_PERMISSIONS

STATIC = Path(settings.BASE_DIR) / "static"
PAGE_BUDGET = 200_000


def test_the_menu_stays_short() -> None:
    assert len(MENU) <= 9
    assert sum(item.on_phone for item in MENU) <= 3


def test_every_entry_of_the_menu_is_a_page() -> None:
    for item in MENU:
        assert all(address_of(page) for page in (item, *item.children)), item.url_name


def test_a_role_sees_only_what_it_may_open() -> None:
    items = (
        MenuItem("Login", "account_login", "home", None),
        MenuItem("Password", "account_reset_password", "key", Permission.MANAGE_TILLS),
    )
    integrator = menu_for(permissions=ROLE_PERMISSIONS[Role.INTEGRATOR], path="/", items=items)
    cashier = menu_for(permissions=ROLE_PERMISSIONS[Role.CASHIER], path="/", items=items)
    assert [entry.label for entry in integrator] == ["Login", "Password"]
    assert [entry.label for entry in cashier] == ["Login"]


def test_the_page_and_those_below_it_are_marked_in_the_menu() -> None:
    child = MenuItem("Reset", "account_reset_password", "key")
    items = (MenuItem("Login", "account_login", "home", children=(child,)),)
    (entry,) = menu_for(permissions=(), path="/accounts/password/reset/done/", items=items)
    assert entry.within
    assert not entry.current
    assert entry.children[0].current
    (elsewhere,) = menu_for(permissions=(), path="/members/", items=items)
    assert not elsewhere.within


def test_a_page_that_no_entry_leads_to_marks_the_one_it_belongs_to() -> None:
    items = (
        MenuItem("Overview", "backoffice:overview", "home", also=("backoffice:receipts",)),
        MenuItem("Late receipts", "backoffice:late_receipts", "clock"),
    )

    def marked(path: str) -> list[str]:
        return [entry.label for entry in menu_for(permissions=(), path=path, items=items) if entry.current]

    assert marked(reverse("backoffice:missing_numbers")) == ["Overview"]
    assert marked(reverse("backoffice:late_approvals")) == ["Late receipts"]
    assert marked(reverse("backoffice:members")) == []


def test_a_page_that_is_not_served_is_not_in_the_menu() -> None:
    assert menu_for(permissions=(), path="/", items=(MenuItem("Nowhere", "backoffice:nowhere", "home"),)) == ()


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("<x>", "system"), (None, "system")]
)
def test_the_theme_comes_from_the_cookie(cookie: str | None, theme: str) -> None:
    request = RequestFactory().get("/")
    if cookie is not None:
        request.COOKIES["theme"] = cookie
    made = frame(request)["frame"]
    assert isinstance(made, Frame)
    assert made.theme == theme


@pytest.mark.parametrize(
    ("asked", "target"), [("/members/?q=a", "/members/?q=a"), ("https://evil.example/", "/"), ("//evil.example", "/")]
)
def test_choosing_a_theme_returns_to_the_page_and_nowhere_else(asked: str, target: str) -> None:
    response = set_theme(RequestFactory().post("/appearance/", {"theme": "dark", "next": asked}))
    assert response.headers["Location"] == target
    assert response.cookies["theme"].value == "dark"


def test_an_unknown_theme_is_not_kept() -> None:
    assert "theme" not in set_theme(RequestFactory().post("/appearance/", {"theme": "pink"})).cookies


@pytest.fixture(params=["id", "en"])
def guide(request: pytest.FixtureRequest) -> str:
    """Return the style guide's markup: every component there is."""
    with translation.override(request.param):
        return style_guide(RequestFactory().get("/style-guide/")).content.decode()


def test_no_page_needs_an_exception_from_the_content_policy(guide: str) -> None:
    assert not re.search(r"\sstyle=", guide)
    assert not re.search(r"\son[a-z]+=", guide)
    assert "<style" not in guide
    assert not re.search(r"<script(?![^>]*\ssrc=)", guide)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', guide)


def test_ids_are_unique_and_labels_point_somewhere(guide: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', guide)
    assert len(ids) == len(set(ids)), {name for name in ids if ids.count(name) > 1}
    pointed = re.findall(r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"', guide)
    assert {name for group in pointed for name in group.split()} <= set(ids)


def test_a_page_has_one_title_and_its_landmarks(guide: str) -> None:
    assert guide.count("<h1") == 1
    assert guide.count("<main") == 1
    for landmark in ('class="skip-link"', "<aside", "<nav", "<header", "<title>"):
        assert landmark in guide


def test_a_staff_page_weighs_little(guide: str) -> None:
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    served = [
        *STATIC.glob("css/tokens.css"),
        STATIC / "css/components.css",
        STATIC / "css/app.css",
        STATIC / "css/pages.css",
        STATIC / "css/print.css",
        STATIC / "js/app.js",
        htmx,
    ]
    weight = len(gzip.compress(guide.encode())) + sum(len(gzip.compress(path.read_bytes())) for path in served)
    assert weight < PAGE_BUDGET


def test_a_public_page_needs_one_small_stylesheet() -> None:
    assert len(gzip.compress((STATIC / "css/public.css").read_bytes())) < 5_000


def test_vendored_files_are_what_their_sums_say() -> None:
    vendor = STATIC / "vendor"
    lines = [line.split("  ", 1) for line in (vendor / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in lines}
    there = {
        str(path.relative_to(vendor)): path
        for path in vendor.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert set(listed) == set(there)
    for name, path in there.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[name], name
    assert {name for name in there if name.endswith("LICENSE")} == {"inter/LICENSE", "tabler-icons/LICENSE"}
