"""No box that is required is called optional: every form is sent empty, with every choice it offers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

import pytest

from tests.backoffice.conftest import Store
from tests.backoffice.filled import FilledForms
from tests.backoffice.test_simulator import earning

PAGES: Final = (
    "/members/new/",
    "/campaigns/new/",
    "/offers/coupons/new/",
    "/offers/promotions/new/bundle/",
    "/offers/promotions/new/kind/percent_off/",
    "/offers/promotions/new/kind/cashback/",
    "/offers/promotions/new/kind/earn/",
    "/offers/moments/new/",
    "/rewards/new/",
    "/rewards/partners/new/",
    "/rewards/confirmation/",
    "/loyalty/gift-cards/new/",
    "/loyalty/referrals/program/",
    "/program/tasks/earn/",
    "/program/tasks/points/worth/",
    "/settings/store/",
    "/program/tasks/points/",
    "/program/tasks/stacking/",
    "/program/tasks/limits/",
    "/settings/staff/new/",
    "/settings/tills/new/",
    "/settings/outlets/new/",
    "/segments/definition/",
    "/offers/promotions/check/limits/",
)
FIELD: Final = re.compile(r'<div class="field has-error.*?(?=<div class="field|</form>)', re.DOTALL)


class Choices(HTMLParser):
    """The options of a page's radio buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("type") == "radio":
            self.found.setdefault(given["name"], []).append(given.get("value", ""))


def emptied(page: str) -> Iterator[dict[str, Any]]:
    """Yield the page's form without what was typed, once for every choice."""
    form = next(form for form in reversed(FilledForms.of(page)) if form["method"] == "post" and not form["action"])
    choices = Choices()
    choices.feed(page)
    kept = {"csrfmiddlewaretoken", "key", "seen", "after", *choices.found}
    empty = {name: value if name in kept else "" for name, value in form["fields"].items()}
    yield empty
    for name, values in choices.found.items():
        yield from ({**empty, name: value} for value in values)


@pytest.mark.parametrize("path", PAGES)
def test_what_is_asked_for_is_not_called_optional(store: Store, path: str) -> None:
    page = store.owner.text(path)
    tried = 0
    for fields in emptied(page):
        answer = store.owner.client.post(path, {**fields, "check": "1"})
        text = answer.content.decode()
        for box in FIELD.findall(text) if answer.status_code in (200, 400) else ():
            tried += 1
            assert 'class="optional"' not in box, (path, re.sub(r"<[^>]+>|\s+", " ", box))
    assert tried or path in {"/rewards/confirmation/", "/program/tasks/earn/", "/program/tasks/points/worth/"}, (
        f"nothing on {path} is required"
    )


def test_a_box_of_another_choice_is_marked_so_that_it_is_not_shown(store: Store) -> None:
    coupons = store.owner.text("/offers/coupons/new/")
    for box in ("with-kind-codes", "with-kind-shared", "with-offer_kind-percent", "with-offer_kind-amount"):
        assert box in coupons, box
    rules = store.owner.text("/program/tasks/earn/")
    assert rules.count("with-start-later") == 2


def test_a_promotion_does_not_say_optional_at_every_box(store: Store) -> None:
    assert store.owner.text("/offers/promotions/new/bundle/").count('class="optional"') <= 3


def test_the_simulator_says_it_of_what_may_stay_empty_only(store: Store) -> None:
    path = f"/simulator/new/?rule={earning(store)}"
    for fields in emptied(store.owner.text(path)):
        for box in FIELD.findall(store.owner.client.post(path, fields).content.decode()):
            assert 'class="optional"' not in box, box
