"""Days at the ends of the calendar in every box for a day: a list or a note, never a failure."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import FilledForms
from tests.backoffice.test_member_list import figures
from tests.backoffice.test_walk import filled, walk

__all__ = ["filled"]

ENDS: Final = ("9999-12-31", "31/12/9999", "0001-01-01", "1/1/1", "29/2/2023", "9999-12-30", "0001-01-02")


def forms_of(markup: str) -> list[dict[str, Any]]:
    return [form for form in FilledForms.of(markup) if form["days"]]


@pytest.mark.parametrize("path", ["/members/", "/members/export/"])
@pytest.mark.parametrize("name", ["last_from", "last_to", "joined_from", "joined_to"])
def test_the_list_of_members_takes_them(store: Store, owner: StaffPerson, path: str, name: str) -> None:
    figures(store, store.member("Pembeli 0"), last_purchase_at=timezone.now())
    for day in ("9999-12-31", "0001-01-01"):
        answer: Any = owner.get(f"{path}?{name}={day}")
        text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
        is_whole_range = (name.endswith("_to")) == (day == "9999-12-31")
        assert ("Pembeli 0" in text) == is_whole_range, (path, name, day)


@pytest.mark.parametrize("name", ["from", "to"])
def test_the_audit_trail_takes_them(owner: StaffPerson, name: str) -> None:
    for day in ("9999-12-31", "0001-01-01"):
        text = owner.text(f"/settings/audit/?{name}={day}")
        is_whole_range = (name == "to") == (day == "9999-12-31")
        assert ("Nothing was done that fits" not in text) == is_whole_range, (name, day)
        file: Any = owner.get(f"/settings/audit/export/?{name}={day}")
        assert b"Audit trail" in b"".join(file.streaming_content)


def test_a_day_that_cannot_be_read_has_its_note_at_the_box(owner: StaffPerson) -> None:
    for path, name in (("/settings/audit/", "from"), ("/members/", "last_from")):
        text = owner.text(f"{path}?{name}=32/1/2026")
        assert re.search(r'class="field has-error">\s*<label for="(id_)?' + name, text), path
    back = owner.get("/settings/audit/export/?from=32/1/2026", status=302)
    assert back["Location"].startswith("/settings/audit/?from=")


@pytest.mark.gate
@pytest.mark.timeout(600)  # a thousand requests, on a machine that may be busy
def test_every_box_for_a_day_on_every_page(filled: Store) -> None:
    client: Client = filled.owner.client
    tried: dict[str, list[str]] = {}
    for path, page in walk(filled.owner, "en").items():
        for form in forms_of(page.markup):
            tried.setdefault(path.partition("?")[0], []).extend(form["days"])
            for day in ENDS:
                sent = {**form["fields"], **dict.fromkeys(form["days"], day)}
                address = form["action"] or path
                if form["method"] == "post":
                    answer = client.post(address, sent)
                else:
                    answer = client.get(f"{address.partition('?')[0]}?{urlencode(sent)}")
                assert answer.status_code < 500, (path, day)
                assert client.get(path).status_code == 200, f"{path} after {day}"
    boxes = {name for names in tried.values() for name in names}
    assert {"birth_date", "valid_until", "expires_on", "last_to", "to", "day", "start_on", "first_on"} <= boxes, boxes
