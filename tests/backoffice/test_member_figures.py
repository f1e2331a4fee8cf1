"""Who the members are, by age, area, outlet and own fields: each figure opens exactly the members it counts."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from members.facts import AttributeDraft, AttributeKind, MemberFacts, ProfileChanges
from members.operations import add_attribute, edit_profile
from members.rules import births_between
from merchants.facts import SYSTEM, Role
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

pytestmark = pytest.mark.django_db
FIGURES = "/members/figures/"
NOON = datetime(2026, 2, 28, 12, tzinfo=ZoneInfo("Asia/Jakarta"))


def own_field(store: Store, label: str, kind: AttributeKind, *choices: str) -> str:
    """Add a field of the store's own and return how addresses call it."""
    draft = AttributeDraft(label=label, kind=kind, choices=choices)
    with merchant_scope(store.merchant.id):
        return f"own-{add_attribute(merchant=store.merchant, draft=draft, at=NOON, actor=SYSTEM).id}"


def change(store: Store, found: MemberFacts, **changes: Any) -> None:
    with merchant_scope(store.merchant.id):
        edit_profile(
            merchant=store.merchant,
            member_id=found.id,
            changes=ProfileChanges(**changes),
            actor=SYSTEM,
            at=NOON,
            business_date=NOON.date(),
        )


def rows_under(page: str, title: str) -> dict[str, tuple[int, str]]:
    """Return what the card says: the label of each row with its number of members and the link behind it."""
    card = page.partition(f">{title}</h2>")[2].partition("</table>")[0]
    found = {}
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", card.partition("<tbody>")[2], re.DOTALL):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        link = re.search(r'href="([^"]*)"', cells[1])
        number = re.sub(r"<span.*", "", cells[1], flags=re.DOTALL)
        found[unescape(cells[0].strip())] = (
            int(re.sub(r"<[^>]+>|\D", "", number)),
            unescape(link[1]) if link else "",
        )
    return found


def listed(owner: StaffPerson, url: str) -> set[str]:
    """Return the names in the list behind a figure."""
    return set(re.findall(r'class="row-link"[^>]*>([^<]+)</a>', owner.text(url)))


@pytest.fixture
def noon() -> Any:
    with time_machine.travel(NOON, tick=True):
        yield NOON


@pytest.mark.usefixtures("noon")
def test_each_age_opens_its_members(store: Store, owner: StaffPerson) -> None:
    """On 28 February 2026 who was born on 29 February 2008 is 18, one born on 1 March is not."""
    born = {
        "Anak": date(2008, 3, 1),
        "Kabisat": date(2008, 2, 29),
        "Muda": date(2001, 3, 1),
        "Dua Lima": date(2001, 2, 28),
        "Tua": date(1961, 2, 28),
        "Hampir": date(1961, 3, 1),
    }
    for name, day in born.items():
        store.member(name, birth_date=day, promo_consent=False)
    store.member("Rahasia")
    kept = store.member("Dibatasi", birth_date=date(1990, 1, 1))
    gone = store.member("Pergi", birth_date=date(1990, 1, 1))
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:
        cursor.execute("UPDATE members_member SET restricted_at = joined_at WHERE id = %s", [kept.id])
        cursor.execute(
            "UPDATE members_member SET merged_into_id = %s, status = 'merged' WHERE id = %s", [kept.id, gone.id]
        )
    rows = rows_under(owner.text(FIGURES), "By age")
    expected = {
        "Under 18": {"Anak"},
        "18–24": {"Kabisat", "Muda"},
        "25–34": {"Dua Lima"},
        "35–44": set(),
        "45–54": set(),
        "55–64": {"Hampir"},
        "65 and older": {"Tua"},
        "Not known": {"Rahasia"},
    }
    assert {label: number for label, (number, _) in rows.items()} == {k: len(v) for k, v in expected.items()}
    for label, names in expected.items():
        assert (listed(owner, rows[label][1]) if names else set()) == names, label
    assert "Age: 18–24" in owner.text("/members/", age="18-24")
    assert "Age:" not in owner.text("/members/", age="18-99"), "no band, so it filters nothing"


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2025, 2, 28), date(2026, 12, 31), date(2028, 3, 1)])
def test_bands_leave_no_day_out_and_count_none_twice(today: date) -> None:
    bands = [births_between(first, last, today) for first, last in ((0, 17), (18, 24), (25, None))]
    assert bands[0][1] == today
    assert bands[1][1] + timedelta(days=1) == bands[0][0]
    assert bands[2] == (None, bands[1][0] - timedelta(days=1)) if bands[1][0] else False


@pytest.mark.usefixtures("noon")
def test_each_area_opens_its_members_in_any_capitals(store: Store, owner: StaffPerson) -> None:
    for name, area in (("A", "Depok"), ("B", "DEPOK"), ("C", "Depok"), ("D", "Jl. 50% & <b>"), ("E", "")):
        change(store, store.member(name, birth_date=date(1990, 1, 1)), area=area)
    rows = rows_under(owner.text(FIGURES), "By area")
    assert {label: number for label, (number, _) in rows.items()} == {"Depok": 3, "Jl. 50% & <b>": 1, "Not known": 1}
    assert listed(owner, rows["Depok"][1]) == {"A", "B", "C"}
    assert listed(owner, rows["Jl. 50% & <b>"][1]) == {"D"}
    assert listed(owner, rows["Not known"][1]) == {"E"}
    assert "Area: depok" in owner.text("/members/", area=" depok ")


@pytest.mark.usefixtures("noon")
def test_spend_and_purchases_are_those_of_the_group(store: Store, owner: StaffPerson) -> None:
    first, second = store.buyers(2, days_ago=30, amount=50_000)
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_member SET purchase_count = 1, spend_amount = 50000, last_purchase_at = %s"
            " WHERE merchant_id = %s AND id = ANY(%s)",
            [NOON - timedelta(days=30), store.merchant.id, [first.id, second.id]],
        )
    for found in (first, second, store.member("Belum")):
        change(store, found, area="Bogor", birth_date=date(1995, 5, 5))
    page = owner.text(FIGURES).replace("\xa0", " ")
    bogor = page.partition(">By area</h2>")[2].partition("Bogor")[2].partition("</tr>")[0]
    address = re.search(r'<a href="([^"]+)">2</a>', bogor)
    assert address, "who have bought open as a list"
    listed = owner.text(unescape(address[1]))
    assert first.name in listed
    assert second.name in listed
    assert "Belum" not in listed
    assert "66,7% of 3" in bogor
    assert "50.000" in bogor or "50,000" in bogor
    change(store, first, birth_date=date(2015, 5, 5))
    child = owner.text(FIGURES).partition("Under 18")[2].partition("</tr>")[0]
    assert "50" not in re.sub(r"<[^>]+>", " ", child), "of a child nothing but the number"


@pytest.mark.usefixtures("noon")
def test_the_list_is_narrowed_by_the_stores_own_fields(store: Store, owner: StaffPerson) -> None:
    pet = own_field(store, "Peliharaan", AttributeKind.CHOICE, "Kucing", "Anjing")
    shoe = own_field(store, "Ukuran", AttributeKind.NUMBER)
    wed = own_field(store, "Menikah", AttributeKind.DATE)
    note = own_field(store, "Merek", AttributeKind.TEXT)
    given: dict[str, dict[str, Any]] = {
        "A": {"peliharaan": "Kucing", "ukuran": 38, "menikah": "2015-06-01", "merek": "Teh Botol"},
        "B": {"peliharaan": "Anjing", "ukuran": 40, "menikah": "2020-06-01", "merek": "botol 100%"},
        "C": {"peliharaan": "Kucing", "ukuran": 9},
    }
    for name, values in given.items():
        change(store, store.member(name), attributes=values)
    store.member("D")

    def found(**asked: str) -> set[str]:
        return listed(owner, "/members/?" + "&".join(f"{name}={value}" for name, value in asked.items()))

    assert found(**{pet: "Kucing"}) == {"A", "C"}
    assert found(**{f"{shoe}_from": "10"}) == {"A", "B"}
    assert found(**{f"{shoe}_to": "38"}) == {"A", "C"}, "numbers, not texts: 9 is below 38"
    assert found(**{f"{shoe}_from": "39", f"{shoe}_to": "40"}) == {"B"}
    assert found(**{f"{wed}_from": "1 Jan 2016"}) == {"B"}
    assert found(**{f"{wed}_to": "1 Jan 2016"}) == {"A"}
    assert found(**{note: "BOTOL"}) == {"A", "B"}
    assert found(**{note: "100%25"}) == {"B"}
    assert found(**{pet: "Kucing", f"{shoe}_to": "10"}) == {"C"}
    page = owner.text(f"/members/?{pet}=Kucing&{shoe}_from=10")
    assert "Peliharaan: Kucing" in page
    assert "Ukuran: from 10" in page
    assert "The end is before the beginning" in owner.text(f"/members/?{shoe}_from=10&{shoe}_to=9")
    rows = rows_under(owner.text(FIGURES), "Peliharaan")
    assert {label: number for label, (number, _) in rows.items()} == {"Kucing": 2, "Anjing": 1}
    assert listed(owner, rows["Kucing"][1]) == {"A", "C"}


@pytest.mark.usefixtures("noon")
def test_own_fields_and_area_are_in_the_file_and_in_a_kept_view(store: Store, owner: StaffPerson) -> None:
    pet = own_field(store, "Peliharaan", AttributeKind.CHOICE, "Kucing", "Anjing")
    for name, value in (("A", "Kucing"), ("B", "Anjing")):
        change(store, store.member(name), attributes={"peliharaan": value}, area="Depok")
    text = owner.post(f"/members/export/?{pet}=Kucing", status=200, contacts="masked").getvalue().decode()
    head, *people = text.splitlines()[4:]
    assert head.endswith("Area,Peliharaan")
    assert len(people) == 1
    assert people[0].endswith("Depok,Kucing")
    assert f"{pet}=Kucing" in owner.text(f"/members/?{pet}=Kucing"), "the view that can be kept holds it"


def test_who_may_not_see_members_sees_numbers_without_links_and_another_shop_nothing(
    store: Store, owner: StaffPerson, other_store: Store
) -> None:
    with merchant_scope(other_store.merchant.id):
        pass
    theirs = other_store.member("Lain", birth_date=date(1990, 1, 1))
    change(other_store, theirs, area="Rahasia")
    assert "Rahasia" not in owner.text(FIGURES)
    store.colleague(Role.CASHIER).get(FIGURES, status=403)
    assert owner.statements(FIGURES) <= 16
