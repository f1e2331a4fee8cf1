"""The audit trail: filtered by action, person, record and time; pages by key; a file safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.utils import timezone

from backoffice import audit_words
from backoffice.settings.views import audit as page_module
from common.ids import new_id
from merchants.facts import SYSTEM, Actor, Role
from merchants.operations import record_audit
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.pages import Read, english_in

PATH = "/settings/audit/"


def note(store: Store, action: str, *, days_ago: int = 0, actor: Actor = SYSTEM, **fields: Any) -> None:
    with merchant_scope(store.merchant.id):
        record_audit(
            merchant=store.merchant,
            actor=actor,
            action=action,
            at=timezone.now() - timedelta(days=days_ago),
            **{"subject": ("till", new_id()), **fields},
        )


def actions_in(page: str) -> list[str]:
    return re.findall(r'<td class="title">([^<]+)<', page)


def test_filters_are_in_the_address_and_shown_as_chips(store: Store, owner: StaffPerson) -> None:
    me = Actor(owner.user_id, owner.email, Role.OWNER)
    note(store, "till.added", actor=me)
    note(store, "till_key.issued", days_ago=3)
    note(store, "campaign.paused", days_ago=10, subject=("campaign", new_id()), reason="Salah tanggal")
    page = owner.text(PATH, action="till.added", who=str(owner.user_id))
    assert actions_in(page) == ["Till added"]
    assert "What: Till added" in page
    assert "Who: Ratna Wulandari" in page
    assert "Till key issued" not in actions_in(page)
    paused = owner.text(PATH, of="campaign")
    assert actions_in(paused) == ["Campaign paused"]
    assert "Reason: Salah tanggal" in paused
    day = store.today - timedelta(days=3)
    assert actions_in(owner.text(f"{PATH}?from={day:%d/%m/%Y}&to={day:%d/%m/%Y}")) == ["Till key issued"]
    assert "Nothing was done that fits" in owner.text(PATH, action="outlet.added", who=str(owner.user_id))


def test_what_a_key_may_and_what_became_of_coupons_is_said_in_words(store: Store, owner: StaffPerson) -> None:
    note(store, "till_key.issued", after={"scopes": ["members:write", "record_sales"]})
    note(store, "campaign.cancelled", subject=("campaign", new_id()), after={"coupons": "honour"})
    page = unescape(owner.text(PATH))
    for words in ("Confirm members' cards", "Enrol members; quote, record and refund sales", "They stay good"):
        assert words in page, words
    for code in ("members:write", "record_sales", "honour"):
        assert code not in page, code


def test_pages_go_on_by_key_with_equal_times(store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "PAGE_SIZE", 2)
    at, person = timezone.now() + timedelta(days=1), str(owner.user_id)
    with merchant_scope(store.merchant.id):
        for number in range(5):
            record_audit(
                merchant=store.merchant,
                actor=Actor(owner.user_id, owner.email),
                action="till.added",
                at=at,
                subject=("till", new_id()),
                after={"name": f"Kasir {number}"},
            )
    seen, path = [], f"{PATH}?who={person}"
    while path:
        page = owner.text(path)
        seen.append(re.findall(r"<ins>(Kasir \d)</ins>", page))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = PATH + older[1].replace("&amp;", "&") if older else ""
    assert seen == [["Kasir 4", "Kasir 3"], ["Kasir 2", "Kasir 1"], ["Kasir 0"]]


def rows_of(person: StaffPerson, query: str = "") -> list[list[str]]:
    response: Any = person.get(f"{PATH}export/{query}")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_file_has_the_view_and_no_formula(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.settings.audit_export.BATCH_ROWS", 2)
    for cell in ("=1+1", "+62", "@SUM(A1)", "\t=1+1", "-1+1"):
        note(store, "campaign.paused", reason=cell, subject=("campaign", new_id()))
    note(store, "till.added")
    rows = rows_of(owner, "?of=campaign")
    assert rows[0] == ["Toko Melati", "Audit trail"]
    assert "WIB" in rows[1][1]
    assert rows[2] == ["Filters", "Of: Campaign"]
    reasons = [row[-1] for row in rows[4:]]
    assert len(reasons) == 5
    assert all(reason.startswith("'") for reason in reasons)
    assert "Audit trail exported" in actions_in(owner.text(PATH))


def test_rights(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    note(store, "till.added", after={"name": "Kasir rahasia"})
    assert "Kasir rahasia" not in stranger.text(PATH)
    assert "Kasir rahasia" not in str(rows_of(stranger))
    manager = store.colleague(Role.MANAGER)
    assert "Kasir rahasia" in manager.text(PATH)
    for role in set(Role) - {Role.OWNER, Role.MANAGER}:
        store.colleague(role).get(PATH, status=403)
        store.colleague(role).get(f"{PATH}export/", status=403)


@pytest.mark.parametrize("query", ["after=x", "after=2026-01-01_x", "from=32/1/2026", "who='; --", "action=x&of=%00"])
def test_a_mangled_address_narrows_nothing(owner: StaffPerson, query: str) -> None:
    owner.get(f"{PATH}?{quote(query, safe='=&%')}")


def test_statements_do_not_grow_with_the_entries(store: Store, owner: StaffPerson) -> None:
    note(store, "member.edited", subject=("member", store.member("Dewi").id))
    few = owner.statements(PATH)
    for _ in range(6):
        note(store, "member.edited", subject=("member", store.member("Dewi").id))
    assert owner.statements(PATH) == few
    assert few <= 14


def test_every_action_with_every_field_is_read_in_indonesian_and_names_no_id(store: Store, owner: StaffPerson) -> None:
    """All labels and states at once: in the reader's language, without codes, ids, or what did not change."""
    person = Actor(owner.user_id, owner.email, Role.OWNER)
    states = [*audit_words.STATE_WORDS]
    samples: dict[str, Any] = {
        "state": "paused",
        "status": "blocked",
        "role": "manager",
        "unit": "points",
        "handover": "pickup",
        "repeats": "yearly",
        "coupons": "keep",
        "pause_reason": "by_hand",
        "segments_any": ["lapsed"],
        "first_on": "2026-03-05",
        "starts_at": "2026-03-05T10:00:00+00:00",
        "language": "en",
        "refund_policy": "debt",
        "amount": 150_000,
        "fields": ["birth_date", "phone"],
        "day_starts_at": "04:00:00",
        "user": str(owner.user_id),
        "partner_id": str(new_id()),
        "owner_id": str(new_id()),
        "key": str(new_id()),
        "funding": {"partner_id": str(new_id()), "basis_points": 2500},
    }
    for action in audit_words.ACTION_WORDS:
        after = {name: samples.get(name, 7) for name in audit_words.FIELD_WORDS}
        note(store, action, actor=person, before={"version": 6, "position": 7}, after=after)
    for state in states:
        note(store, "campaign.paused", actor=person, before={"state": "draft"}, after={"state": state})
    owner.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "id"
    path, pages = f"{PATH}?who={owner.user_id}", ""
    while path:
        page = owner.text(path)
        assert list(english_in(Read.of(page))) == []
        pages += page[page.index("<tbody>") : page.index("</tbody>")]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = PATH + older[1].replace("&amp;", "&") if older else ""
    shown = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", pages, flags=re.DOTALL)
    assert re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+|\b[a-z]+_[a-z_]+\b", shown) == []
    assert owner.email not in shown
    assert "Rp\xa0150.000" in shown
    assert "25%" in shown


def test_what_did_not_change_is_not_listed(store: Store, owner: StaffPerson) -> None:
    note(store, "reward.changed", before={"points": 6, "position": 100}, after={"points": 8, "position": 100})
    page = owner.text(PATH, action="reward.changed")
    assert re.findall(r"<(?:del|ins)>([^<]+)<", page) == ["6", "8"]
    (cell,) = re.findall(r'<td class="([^"]*\bchanges\b[^"]*)" data-label="[^"]+">', page)
    assert "fact" in cell.split(), "on a phone what changed is among the facts that stay"


def test_the_filter_offers_what_happened_here_only(store: Store, owner: StaffPerson) -> None:
    note(store, "till.added")
    offered = re.search(r'<select id="action".*?</select>', owner.text(PATH), re.DOTALL)
    assert offered
    assert "Till added" in offered[0]
    assert "Debt written off" not in offered[0]


def test_the_file_names_the_person_and_the_account(store: Store, owner: StaffPerson) -> None:
    note(store, "till.added", actor=Actor(owner.user_id, owner.email, Role.OWNER))
    rows = rows_of(owner, "?action=till.added")
    assert rows[3][1:3] == ["Who", "Signed in as"]
    assert rows[4][1:3] == ["Ratna Wulandari", owner.email]


def test_the_way_to_a_record_without_a_name_is_in_the_readers_language(store: Store, owner: StaffPerson) -> None:
    note(store, "campaign.paused", subject=("campaign", new_id()))
    assert re.search(r'<a href="/campaigns/[^"]+">open</a>', owner.text(PATH))
    owner.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "id"
    assert re.search(r'<a href="/campaigns/[^"]+">buka</a>', owner.text(PATH))
