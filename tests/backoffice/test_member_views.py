"""Saved views of the list of members, and its file."""

import csv
import io
import re
from typing import Any

import pytest

from merchants.facts import Permission, Role
from merchants.rules import ROLE_PERMISSIONS
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_member_list import PATH, figures, five

__all__ = ["five"]


def file_of(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.usefixtures("five")
def test_the_file_is_the_view_in_its_order(store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.members.exports.BATCH_ROWS", 2)
    rows = file_of(owner.client.get("/members/export/?sort=-balance&balance_from=1&q=di"))
    assert rows[0] == ["Toko Melati", "Members"]
    assert "WIB" in rows[1][1]
    assert rows[2] == ["Filters", "Search: di", "Balance: from 1"]
    assert [(row[1], row[6]) for row in rows[5:]] == [("Dedi", "1200"), ("Budi", "300")]
    assert rows[3] == ["Members", "2"]
    rows = file_of(owner.client.get("/members/export/?sort=-spend"))
    assert [row[1] for row in rows[5:]] == ["Ayu", "Budi", "citra", "Eka", "Dedi"]
    assert rows[5][7] == "1250000000"
    trail = owner.text("/settings/audit/")
    assert "Members exported" in trail
    assert "Search: d" not in trail


def test_a_name_is_no_formula(store: Store, owner: StaffPerson) -> None:
    cells = ["=HYPERLINK(1)", "+62812", "@SUM(A1)", "-1+1", "\t=1+1"]
    members = [store.member(name) for name in cells]
    for member, name in zip(members, cells, strict=True):
        figures(store, member, name=name)
    rows = file_of(owner.client.get("/members/export/"))[5:]
    assert len(rows) == 5
    assert all(row[1].startswith("'") for row in rows)


def test_contacts_leave_in_full_only_with_the_right_to_see_them(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = store.member("Sari", phone="+6281234567890", email="sari.dewi@example.com")
    whole = file_of(owner.client.get("/members/export/"))[5]
    assert whole[2:4] == ["0812-3456-7890", "sari.dewi@example.com"]
    rights = {**ROLE_PERMISSIONS, Role.CARE: ROLE_PERMISSIONS[Role.CARE] | {Permission.EXPORT}}
    monkeypatch.setattr("merchants.rules.ROLE_PERMISSIONS", rights)
    care = store.colleague(Role.CARE)
    masked = ["0812-****-7890", "sa***@example.com"]
    assert file_of(care.client.get("/members/export/"))[5][2:4] == masked
    ticked = care.client.post("/members/bulk/", {"do": "export", "member": [str(member.id)]})
    assert file_of(ticked)[5][2:4] == masked


def tabs_in(page: str) -> list[str]:
    nav = re.search(r'<nav class="tabs"[^>]*>(.*?)</nav>', page, re.DOTALL)
    assert nav
    return re.findall(r">([^<]+)<", nav[1])


def save(person: StaffPerson, name: str, query: str, **fields: Any) -> str:
    return person.post("/views/members/new/", name=name, query=query, **fields)["Location"]


def test_a_view_keeps_filters_and_order_but_no_names(store: Store, owner: StaffPerson) -> None:
    address = save(owner, "  Setia  di Depok ", "segment=loyal&sort=-balance&q=Dewi&after=x&evil=1")
    assert address.split("&", 1)[1] == "segment=loyal&sort=-balance"
    page = owner.text(address)
    assert tabs_in(page) == ["All", "Setia di Depok"]
    assert "Changed, not saved" not in page
    changed = address.replace("segment=loyal", "segment=lapsed")
    assert "Changed, not saved" in owner.text(changed)
    view = address.split("view=")[1].split("&")[0]
    owner.post(f"/views/members/{view}/", do="update", query="segment=lapsed")
    assert f"view={view}&amp;segment=lapsed" in owner.text(PATH)
    owner.post(f"/views/members/{view}/", do="rename", name="Hilang")
    assert tabs_in(owner.text(PATH)) == ["All", "Hilang"]
    owner.post(f"/views/members/{view}/", do="delete")
    assert tabs_in(owner.text(PATH)) == ["All"]


def test_views_are_one_s_own_or_the_team_s(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    own = save(owner, "Milik saya", "segment=new").split("view=")[1].split("&")[0]
    team = save(owner, "Semua orang", "segment=loyal", share="team").split("view=")[1].split("&")[0]
    care = store.colleague(Role.CARE)
    assert tabs_in(care.text(PATH)) == ["All", "Semua orang"]
    care.post(f"/views/members/{own}/", status=404, do="delete")
    care.post(f"/views/members/{team}/", status=403, do="delete")
    care.post("/views/members/new/", status=403, name="Untuk semua", query="segment=new", share="team")
    stranger.post(f"/views/members/{team}/", status=404, do="delete")
    assert tabs_in(stranger.text(PATH)) == ["All"]
    owner.post("/views/nowhere/new/", status=404, name="x", query="")
    store.colleague(Role.INTEGRATOR).post("/views/members/new/", status=403, name="x", query="")
    assert tabs_in(owner.text(PATH)) == ["All", "Milik saya", "Semua orang"]


def test_six_tabs_stay_and_the_thirty_first_view_is_refused(store: Store, owner: StaffPerson) -> None:
    for n in range(30):
        save(owner, f"Tampilan {n}", "segment=new")
    save(owner, "Terlalu banyak", "segment=new")
    page = owner.text(PATH)
    assert "You see 30 views already." in page
    assert tabs_in(page) == ["All", *(f"Tampilan {n}" for n in range(5))]
    assert page.count("Tampilan ") >= 30
    last = re.search(r'href="(/members/\?view=[^"]+)">Tampilan 29<', page)
    assert last
    assert tabs_in(owner.text(last[1].replace("&amp;", "&")))[-1] == "Tampilan 29"


def test_the_row_height_is_the_person_s_on_every_list(store: Store, owner: StaffPerson) -> None:
    owner.post("/appearance/rows/", height="32", next="/members/?sort=name")
    assert '<body class="rows-32">' in owner.text("/campaigns/")
    assert '<body class="rows-40">' in store.colleague(Role.MANAGER).text(PATH)
    owner.post("/appearance/rows/", height="7", next="//evil.example/")
    assert '<body class="rows-32">' in owner.text(PATH)
