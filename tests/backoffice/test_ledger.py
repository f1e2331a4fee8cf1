"""Loyalty > Points ledger: every movement with what it was for, what took it back, and the file of them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import adjust, open_account
from members.facts import MemberFacts
from merchants.facts import Actor, AuditFilter, Role
from merchants.queries import audit_trail, till_by_id
from merchants.tenancy import merchant_scope
from sales.operations import void_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_jobs import content, run
from tests.backoffice.test_late_receipts import older_page
from tests.backoffice.test_search import sell

PATH = "/loyalty/ledger/"


def correct(store: Store, member: MemberFacts, change: int, *, unit: Unit = Unit.POINTS) -> None:
    """Let the owner change a balance by hand."""
    actor = Actor(store.owner.user_id, store.owner.email, Role.OWNER)
    with merchant_scope(store.merchant.id):
        open_account(merchant=store.merchant, owner_id=member.id, unit=unit)
        adjust(
            merchant=store.merchant,
            owner_id=member.id,
            unit=unit,
            change=change,
            reason="goodwill",
            actor=actor,
            at=timezone.now(),
            business_date=store.today,
            source_id=new_id(),
        )


def void(store: Store, reference: str) -> None:
    with merchant_scope(store.merchant.id):
        till = till_by_id(merchant=store.merchant, till_id=store.till_id)
        void_sale(merchant=store.merchant, till=till, reference=reference, reason="", received_at=timezone.now())


def cells(page: str, label: str) -> list[str]:
    """Return what a column of the list says, row by row, without its marks."""
    place = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page, re.DOTALL).index(label)
    rows = re.findall(r'<tr class="row">(.*?)</tr>', page, re.DOTALL)
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)[place] for row in rows]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).replace("\xa0", " ").split()) for one in found]


def movement_page(page: str, title: str) -> str:
    """Return the address of the latest movement of that name."""
    [path, *_] = re.findall(rf'href="({PATH}[0-9a-f-]+/)">{title}<', page)
    return str(path)


def test_movements_are_listed_as_booked_with_balances_that_follow(store: Store, owner: StaffPerson) -> None:
    dewi = store.member("Dewi Lestari")
    sell(store, "R-1", dewi)
    correct(store, dewi, 200)
    void(store, "R-1")
    page = owner.text(PATH)
    titles = re.findall(r'class="row-link"[^>]*>([^<]+)</a>', page)
    assert titles == ["Points after a void", "Points adjusted", "Points earned"]
    assert page.count("takes back an earlier one") == 1
    assert cells(page, "Change in balance") == ["-11 poin", "+200 poin", "+11 poin"]
    assert cells(page, "Balance after") == ["200 poin", "211 poin", "11 poin"]
    assert cells(page, "Whose") == ["Dewi Lestari"] * 3
    assert cells(page, "Source")[0] == "Return R-1"
    assert cells(page, "Source")[1].endswith("Goodwill")
    assert cells(page, "Source")[2] == "Receipt R-1"
    assert "3 movements" in page
    assert "211\xa0poin" in page
    assert "-11\xa0poin" in page


def test_one_movement_shows_what_it_takes_back_and_what_is_left(store: Store, owner: StaffPerson) -> None:
    dewi = store.member("Dewi Lestari")
    sell(store, "R-1", dewi)
    void(store, "R-1")
    page = owner.text(PATH)
    taken = owner.text(movement_page(page, "Points after a void"))
    earned_path = movement_page(page, "Points earned")
    assert f'href="{earned_path}">Points earned</a>' in taken
    assert "This movement takes back:" in taken
    earned = owner.text(earned_path)
    assert "This movement was taken back by:" in earned
    assert "Usable from" in earned
    assert re.search(r'class="figure">\s*0\xa0poin\s*<', earned)


def test_filters_narrow_the_list_and_its_totals(store: Store, owner: StaffPerson) -> None:
    dewi, budi = store.member("Dewi Lestari"), store.member("Budi Santoso")
    sell(store, "R-1", dewi)
    sell(store, "R-2", budi)
    correct(store, dewi, -4)
    correct(store, dewi, 7_000, unit=Unit.WALLET)
    assert cells(owner.text(PATH, by="staff"), "Change in balance") == ["-4 poin"]
    assert cells(owner.text(PATH, kind="earn"), "Whose") == ["Budi Santoso", "Dewi Lestari"]
    of_dewi = owner.text(PATH, member=str(dewi.id))
    assert cells(of_dewi, "Change in balance") == ["-4 poin", "+11 poin"]
    assert "Member: Dewi Lestari" in of_dewi
    assert "2 movements" in of_dewi
    wallet = owner.text(PATH, unit="wallet")
    assert cells(wallet, "Change in balance") == ["+Rp 7.000"]
    yesterday = (store.today - timedelta(days=1)).isoformat()
    assert "Nothing was booked that fits" in owner.text(PATH, first=yesterday, last=yesterday)


def test_pages_follow_each_other_without_gaps_and_cost_the_same(store: Store, owner: StaffPerson) -> None:
    dewi = store.member("Dewi Lestari")
    correct(store, dewi, 1)
    few = owner.statements(PATH)
    for change in range(2, 61):
        correct(store, dewi, change)
    assert owner.statements(PATH) == few <= 12
    page = owner.text(PATH)
    older = owner.text(PATH + older_page(page))
    changes = cells(page, "Change in balance") + cells(older, "Change in balance")
    assert changes == [f"+{change} poin" for change in range(60, 0, -1)]


def test_the_file_holds_every_movement_and_leaves_a_trace(store: Store, owner: StaffPerson) -> None:
    dewi = store.member("Dewi Lestari")
    sell(store, "R-1", dewi)
    correct(store, dewi, 200)
    rows = list(csv.reader(io.StringIO(content(owner, PATH + "export/?kind=adjust"))))
    head = next(number for number, row in enumerate(rows) if "Member number" in row)
    [row] = rows[head + 1 :]
    assert dict(zip(rows[head], row, strict=True))["Member number"].replace(" ", "") == dewi.number
    assert row[rows[head].index("Change (poin)")] == "200"
    with merchant_scope(store.merchant.id):
        [entry] = audit_trail(merchant=store.merchant, filters=AuditFilter(action="ledger.exported"))
    assert entry.after is not None
    assert entry.after["count"] == 1


def test_a_long_file_is_made_by_a_job(store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.ledger.views.LONG_FILE", 1)
    dewi = store.member("Dewi Lestari")
    correct(store, dewi, 1)
    correct(store, dewi, 2)
    assert "Export of the points ledger" in owner.text(PATH + "export/")
    address = owner.save(PATH + "export/")["Location"]
    run(store)
    rows = list(csv.reader(io.StringIO(content(owner, f"{address}file/"))))
    assert ["Movements", "2"] in rows
    assert [row[4] for row in rows[-2:]] == ["2", "1"], "the latest booked first"


def test_only_who_sees_members_and_only_their_own(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    correct(store, store.member("Dewi Lestari"), 9)
    path = movement_page(owner.text(PATH), "Points adjusted")
    assert "Dewi" not in stranger.text(PATH)
    foreign, random = stranger.text(path, status=404), stranger.text(f"{PATH}{new_id()}/", status=404)
    assert "Dewi" not in foreign
    assert len(foreign) == len(random)
    assert "No access" in store.colleague(Role.INTEGRATOR).text(PATH, status=403)
    assert "No access" in store.colleague(Role.CARE).text(PATH + "export/", status=403)
