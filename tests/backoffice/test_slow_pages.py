"""One slow page of a shop at a time: the second is refused in words, another shop is not affected."""

from __future__ import annotations

import pytest

from backoffice.slow_pages import HeldStream, Place
from common.lock_waits import WAIT_HEADER
from tests.backoffice.conftest import Store, open_store

pytestmark = pytest.mark.django_db

SLOW = [
    "/",
    "/members/",
    "/members/export/",
    "/segments/",
    "/offers/promotions/check/receipts/",
    "/settings/audit/export/",
    "/products/",
]


def place_of(store: Store) -> Place:
    place = Place.take(store.merchant.id)
    assert place is not None, "an earlier page kept its place"
    return place


@pytest.mark.parametrize("path", SLOW)
def test_a_second_slow_page_is_refused_and_the_next_one_works(store: Store, path: str) -> None:
    other = open_store("Toko Lain")
    place = place_of(store)
    refused = store.owner.client.get(path)
    assert (refused.status_code, refused["Retry-After"], refused["Refresh"]) == (429, "3", "3")
    assert "One thing at a time" in refused.content.decode()
    assert refused[WAIT_HEADER], "the web server holds it back first"
    assert other.owner.client.get(path).status_code == 200
    place.close()
    answer = store.owner.client.get(path)
    assert answer.status_code == 200
    assert b"".join(answer) if answer.streaming else answer.content
    answer.close()
    place_of(store).close()


def test_a_file_keeps_its_place_until_it_is_read_or_dropped(store: Store) -> None:
    file = store.owner.client.get("/members/export/")
    assert Place.take(store.merchant.id) is None
    b"".join(file)
    place_of(store).close()
    HeldStream(iter([b"never read, as for HEAD"]), place_of(store)).close()
    place_of(store).close()


def test_a_page_that_fails_gives_its_place_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("backoffice.segments.views.rfm_grid", fail)
    with pytest.raises(ZeroDivisionError):
        store.owner.client.get("/segments/")
    place_of(store).close()


def test_a_part_of_a_page_does_not_load_the_page_again(store: Store) -> None:
    place = place_of(store)
    refused = store.owner.client.get("/offers/promotions/check/receipts/", headers={"HX-Request": "true"})
    place.close()
    assert refused.status_code == 429
    assert "Refresh" not in refused
