"""The list of members as every later list does it: orders and filters in the address, pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.utils import timezone

from backoffice.members.views import listing
from common.ids import new_id
from enrolment.operations import enrol_members
from ledger.operations import adjust
from members.facts import EnrolDraft, MemberFacts
from members.models import Member, MemberTag
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

PATH = "/members/"
LONG = "Raden Ayu Kusumaningtyas Wijayanti Purwaningrum Sastrodiningrat Hadikusumo binti Haji Abdurrahman Suryaningrat"


def names_in(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)</a>', page)


def chips_in(page: str) -> list[tuple[str, str]]:
    """Return (words, address without it) of each filter in force."""
    found = re.findall(r'<span class="chip">([^<]+)<a href="([^"]*)"', page)
    return [(label, address.replace("&amp;", "&")) for label, address in found]


def walked(person: StaffPerson, **query: Any) -> list[str]:
    """Return all names, page after page."""
    names, path = [], PATH
    page = person.text(path, **query)
    while True:
        names += names_in(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            return names
        page = person.text(PATH + older[1].replace("&amp;", "&"))


def figures(store: Store, member: MemberFacts, **columns: Any) -> None:
    """Set the running figures that sales would have brought."""
    with merchant_scope(store.merchant.id):
        Member.objects.filter(merchant_id=store.merchant.id, id=member.id).update(**columns)


def points(store: Store, member: MemberFacts, change: int) -> None:
    with merchant_scope(store.merchant.id):
        adjust(
            merchant=store.merchant,
            owner_id=member.id,
            change=change,
            at=timezone.now(),
            business_date=store.today,
            actor=SYSTEM,
            reason="goodwill",
        )


@pytest.fixture
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)


@pytest.fixture
def five(store: Store) -> list[MemberFacts]:
    """Ayu, Budi, citra, Dedi, Eka: two never bought, two are tied in every figure."""
    people = [store.member(name) for name in ("Dedi", "Ayu", "citra", "Eka", "Budi")]
    dedi, ayu, citra, _eka, budi = people
    long_ago, lately = datetime(2025, 1, 1, 9, tzinfo=UTC), datetime(2026, 3, 1, 9, tzinfo=UTC)
    figures(store, ayu, spend_amount=1_250_000_000, last_purchase_at=long_ago)
    figures(store, citra, spend_amount=70_000, last_purchase_at=lately)
    figures(store, budi, spend_amount=70_000, last_purchase_at=lately)
    points(store, citra, 300)
    points(store, budi, 300)
    points(store, dedi, 1_200)
    return people


# --- orders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", "Budi Eka citra Ayu Dedi"),
        ("name", "Ayu Budi citra Dedi Eka"),
        ("-name", "Eka Dedi citra Budi Ayu"),
        ("balance", "Ayu Eka citra Budi Dedi"),
        ("-balance", "Dedi Budi citra Eka Ayu"),
        ("spend", "Dedi Eka citra Budi Ayu"),
        ("-spend", "Ayu Budi citra Eka Dedi"),
        ("last", "Ayu citra Budi Dedi Eka"),
        ("-last", "Budi citra Ayu Eka Dedi"),
        ("joined", "Dedi Ayu citra Eka Budi"),
        ("-joined", "Budi Eka citra Ayu Dedi"),
        ("; DROP TABLE", "Budi Eka citra Ayu Dedi"),
    ],
)
@pytest.mark.usefixtures("pages_of_two", "five")
def test_every_order_walks_all_once_ties_and_gaps_included(owner: StaffPerson, sort: str, expected: str) -> None:
    assert walked(owner, sort=sort) == expected.split()


@pytest.mark.usefixtures("pages_of_two")
def test_a_member_who_buys_between_two_pages_moves_no_one_else(
    store: Store, owner: StaffPerson, five: list[MemberFacts]
) -> None:
    first = owner.text(PATH, sort="-balance")
    assert names_in(first) == ["Dedi", "Budi"]
    points(store, five[4], 90_000)  # Budi, the last row seen, would now come first
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert names_in(owner.text(PATH + older[1].replace("&amp;", "&"))) == ["citra", "Eka"]


def test_the_order_is_in_the_head_and_in_a_list_for_phones(owner: StaffPerson, five: list[MemberFacts]) -> None:
    page = owner.text(PATH, sort="-last")
    assert 'aria-sort="descending"><a class="sort" href="?sort=last">Last purchase' in page
    assert '<option value="-last" selected>Bought most recently</option>' in page


@pytest.mark.parametrize("after", ["x", "~", "~5", "{id}~", "{id}~x", "{id}~2026-01-01", "{id}~99999999999999999999"])
@pytest.mark.parametrize("sort", ["", "name", "-balance", "last", "joined"])
def test_a_mangled_place_is_never_an_error(owner: StaffPerson, five: list[MemberFacts], sort: str, after: str) -> None:
    owner.get(PATH, sort=sort, after=after.format(id=five[0].id))


def test_names_of_members_stay_out_of_the_address(
    owner: StaffPerson, five: list[MemberFacts], pages_of_two: None
) -> None:
    older = re.search(r'rel="next" href="([^"]+)"', owner.text(PATH, sort="name"))
    assert older
    assert "budi" not in older[1].lower()


# --- filters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected", "chip"),
    [
        ({"balance_from": "300", "balance_to": "1.000"}, {"citra", "Budi"}, "Balance: 300 – 1.000"),
        ({"balance_to": "0"}, {"Ayu", "Eka"}, "Balance: up to 0"),
        ({"balance_from": "1200"}, {"Dedi"}, "Balance: from 1.200"),
        ({"last_from": "1/3/2026", "last_to": "1/3/2026"}, {"citra", "Budi"}, "Last purchase: 1 Mar 2026"),
        ({"last_to": "28 Feb 2026"}, {"Ayu"}, "Last purchase: up to 28 Feb 2026"),
        ({"joined_to": "1/1/2000"}, set(), "Joined: up to 1 Jan 2000"),
        ({"joined_from": "2020-01-01"}, {"Ayu", "Budi", "citra", "Dedi", "Eka"}, "Joined: from 1 Jan 2020"),
        ({"status": "blocked"}, set(), "State: Blocked"),
        ({"tag": str(new_id())}, set(), "Tag: –"),
        ({"outlet": str(new_id())}, set(), "Joined at: –"),
        ({"tier": "bronze", "balance_from": "1"}, {"citra", "Budi", "Dedi"}, "Tier: Bronze"),
    ],
)
@pytest.mark.usefixtures("five")
def test_each_filter_narrows_and_says_so(
    owner: StaffPerson, query: dict[str, str], expected: set[str], chip: str
) -> None:
    page = owner.text(f"{PATH}?{urlencode({'sort': 'name', **query})}")
    assert set(names_in(page)) == expected
    without = dict(chips_in(page))[chip]
    assert set(parse_qs(urlsplit(without).query)) < {"sort", *query}
    assert "sort=name" in without


def test_a_chip_takes_both_ends_of_its_range_off(owner: StaffPerson, five: list[MemberFacts]) -> None:
    page = owner.text(PATH, balance_from="1", balance_to="9.999", segment="new")
    taken_off = dict(chips_in(page))["Balance: 1 – 9.999"]
    assert parse_qs(urlsplit(taken_off).query) == {"segment": ["new"]}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"joined_from": "31/2/2026"}, "Write a day such as"),
        ({"balance_from": "1,5"}, "Write a whole number of points"),
        ({"last_from": "2/3/2026", "last_to": "1/3/2026"}, "The last day is before the first day."),
        ({"balance_from": "10", "balance_to": "9"}, "The highest balance is below the lowest."),
    ],
)
@pytest.mark.usefixtures("five")
def test_what_cannot_be_read_is_said_and_nothing_is_done_to_everybody(
    store: Store, owner: StaffPerson, query: dict[str, Any], said: str
) -> None:
    page = owner.text(PATH, **query)
    assert said in page
    assert "A filter cannot be read" in page
    address = "&".join(f"{name}={value}" for name, value in query.items())
    answer = owner.post(f"/members/bulk/?{address}", all="yes", do="tag", tag="vip", confirmed="5")
    assert answer["Location"].startswith("/members/?")
    assert owner.client.get(f"/members/export/?{address}").status_code == 302
    with merchant_scope(store.merchant.id):
        assert not MemberTag.objects.filter(merchant_id=store.merchant.id).exists()


# --- a shop of a size --------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(store: Store) -> Store:
    """420 members, the longest names and the largest figures among them."""
    drafts = [
        EnrolDraft(name=LONG if n % 40 == 0 else f"Anggota {n:03}", email=f"a{n}-{new_id().hex[:8]}@example.com")
        for n in range(420)
    ]
    with merchant_scope(store.merchant.id):
        enrol_members(merchant=store.merchant, drafts=drafts, at=timezone.now(), with_bonus=False)
        some = Member.objects.filter(merchant_id=store.merchant.id, name=LONG)
        some.update(spend_amount=1_250_000_000, last_purchase_at=timezone.now())
    return store


@pytest.mark.gate
def test_420_members_are_nine_pages_of_as_many_statements_as_one(crowd: Store) -> None:
    owner = crowd.owner
    for sort in ("", "name", "-spend", "balance", "last"):
        names = walked(owner, sort=sort)
        assert len(names) == 420, sort
        page = owner.text(PATH, sort=sort)
        assert "50 of 420" in page
        older = re.search(r'rel="next" href="([^"]+)"', page)
        assert older
        assert owner.statements(f"{PATH}?sort={sort}") <= 17
        assert owner.statements(PATH + older[1].replace("&amp;", "&")) <= 17
    page = owner.text(PATH, sort="-spend")
    assert names_in(page)[0] == LONG
    assert "Rp\xa01.250.000.000" in page
    assert "Rp\xa00" in page


# --- views -------------------------------------------------------------------------------------------------------


def test_a_row_of_an_old_member_is_shown_as_of_the_business_day(store: Store, owner: StaffPerson) -> None:
    member = store.member("Larut Malam")
    midnight = datetime.combine(store.today, datetime.min.time(), tzinfo=UTC)
    figures(store, member, last_purchase_at=midnight - timedelta(hours=8), spend_amount=1)
    assert owner.text(PATH, last_to=f"{store.today - timedelta(days=1):%d/%m/%Y}").count("row-link") == 1
