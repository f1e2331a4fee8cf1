"""The list of members as every later list does it: orders, filters in the address, views, selections, tags, files."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from django.utils import timezone

from backoffice.members.views import listing
from common.ids import new_id
from enrolment.operations import enrol_members
from ledger.operations import adjust
from members.facts import EnrolDraft, MemberFacts
from members.models import Member, MemberTag, Tag
from merchants.facts import SYSTEM, Permission, Role
from merchants.queries import audit_entries
from merchants.rules import ROLE_PERMISSIONS
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store

PATH = "/members/"
LONG = "Raden Ayu Kusumaningtyas Wijayanti Purwaningrum Sastrodiningrat Hadikusumo binti Haji Abdurrahman Suryaningrat"


def names_in(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)</a>', page)


def chips_in(page: str) -> list[tuple[str, str]]:
    """(words, address without it) of each filter in force."""
    found = re.findall(r'<span class="chip">([^<]+)<a href="([^"]*)"', page)
    return [(label, address.replace("&amp;", "&")) for label, address in found]


def walked(person: StaffPerson, **query: Any) -> list[str]:
    """All names, page after page."""
    names, path = [], PATH
    page = person.text(path, **query)
    while True:
        names += names_in(page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            return names
        page = person.text(PATH + older[1].replace("&amp;", "&"))


def figures(store: Store, member: MemberFacts, **columns: Any) -> None:
    """The running figures that sales would have brought."""
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
def test_somebody_who_buys_between_two_pages_moves_nobody_else(
    store: Store, owner: StaffPerson, five: list[MemberFacts]
) -> None:
    first = owner.text(PATH, sort="-balance")
    assert names_in(first) == ["Dedi", "Budi"]
    points(store, five[4], 90_000)  # Budi, the last row seen, would now come first
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert names_in(owner.text(PATH + older[1].replace("&amp;", "&"))) == ["citra", "Eka"]


def test_the_order_stands_in_the_head_and_in_a_list_for_phones(owner: StaffPerson, five: list[MemberFacts]) -> None:
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
        ({"status": "blocked"}, set(), "State: Membership blocked"),
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


def test_all_that_match_are_tagged_over_pages_and_untagged_as_one(crowd: Store) -> None:
    owner, address = crowd.owner, "/members/bulk/?q=Anggota"
    preview = owner.post(address, status=200, all="yes", do="tag").content.decode()
    assert "Tag 409 members" in preview
    stale = owner.post(address, status=200, all="yes", do="tag", tag="  Arisan   RT 5 ", confirmed="7")
    assert "Tag 409 members" in stale.content.decode()
    done = owner.post(address, all="yes", do="tag", tag="  Arisan   RT 5 ", confirmed="409")["Location"]
    assert "arisan rt 5" in owner.text(done)
    with merchant_scope(crowd.merchant.id):
        tag = Tag.objects.get(merchant_id=crowd.merchant.id)
    assert "50 of 409" in owner.text(PATH, tag=str(tag.id))
    again = owner.post("/members/bulk/", all="yes", do="tag", tag="arisan rt 5", confirmed="420")["Location"]
    assert '<p class="big figure">11</p>' in owner.text(again)
    owner.post(done)
    assert "11 of 11" in owner.text(PATH, tag=str(tag.id))
    owner.get(done, status=404)
    with merchant_scope(crowd.merchant.id):
        entries = audit_entries(merchant=crowd.merchant, subject_kind="members", subject_id=UUID(done.split("/")[3]))
    assert {(one.action, str((one.before or one.after or {}).get("count"))) for one in entries} == {
        ("members.tagged", "409"),
        ("members.untagged", "409"),
    }


# --- a selection -------------------------------------------------------------------------------------------------


def tagged(store: Store, name: str) -> set[str]:
    with merchant_scope(store.merchant.id):
        ids = MemberTag.objects.filter(merchant_id=store.merchant.id, tag__name=name).values_list(
            "member_id", flat=True
        )
        return set(
            Member.objects.filter(merchant_id=store.merchant.id, id__in=list(ids)).values_list("name", flat=True)
        )


def give(person: StaffPerson, name: str, *members: MemberFacts) -> str:
    fields: dict[str, Any] = {"member": [str(one.id) for one in members], "do": "tag", "tag": name}
    return person.post("/members/bulk/", confirmed=str(len(members)), **fields)["Location"]


def test_ticked_members_get_and_lose_a_tag(store: Store, owner: StaffPerson, five: list[MemberFacts]) -> None:
    dedi, ayu, citra, *_ = five
    give(owner, "VIP", dedi, ayu, citra)
    assert tagged(store, "vip") == {"Dedi", "Ayu", "citra"}
    page = owner.text(f"/members/{ayu.id}/")
    tag = re.search(r'href="/members/\?tag=([^"]+)">vip</a>', page)
    assert tag
    preview = owner.post("/members/bulk/", status=200, do="untag", member=[str(ayu.id), str(five[3].id)])
    assert "Take the tag from 2 members" in preview.content.decode()
    fields: dict[str, Any] = {"do": "untag", "member": [str(ayu.id), str(five[3].id)], "confirmed": "2"}
    assert "Choose a tag." in owner.post("/members/bulk/", status=400, **fields).content.decode()
    owner.post("/members/bulk/", tag=tag[1], **fields)
    assert "Members who lost the tag: 1." in owner.text(PATH)
    assert tagged(store, "vip") == {"Dedi", "citra"}
    assert "vip" not in owner.text(f"/members/{ayu.id}/")


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b"])
def test_a_tag_that_cannot_be_read_is_refused(
    store: Store, owner: StaffPerson, five: list[MemberFacts], name: str
) -> None:
    fields: dict[str, Any] = {"member": [str(five[0].id)], "do": "tag", "tag": name, "confirmed": "1"}
    page = owner.post("/members/bulk/", status=400, **fields)
    assert "Write a tag of 1 to 40 characters." in page.content.decode()
    with merchant_scope(store.merchant.id):
        assert not Tag.objects.filter(merchant_id=store.merchant.id).exists()


def test_another_store_s_members_and_tags_are_out_of_reach(
    store: Store, owner: StaffPerson, stranger: StaffPerson, five: list[MemberFacts]
) -> None:
    done = give(owner, "vip", five[0])
    with merchant_scope(store.merchant.id):
        tag = Tag.objects.get(merchant_id=store.merchant.id)
    foreign: dict[str, Any] = {"member": [str(five[0].id), str(five[1].id)]}
    stranger.post("/members/bulk/", status=200, do="tag", tag="milikku", confirmed="2", **foreign)
    stranger.post("/members/bulk/", do="tag", tag="milikku", confirmed="0", **foreign)
    stranger.post("/members/bulk/", status=400, do="untag", tag=str(tag.id), confirmed="0", **foreign)
    stranger.get(done, status=404)
    stranger.post(done, status=404)
    assert "vip" not in stranger.text(PATH)
    assert tagged(store, "vip") == {"Dedi"}
    assert tagged(store, "milikku") == set()


def test_nothing_ticked_and_who_may_not(store: Store, owner: StaffPerson, five: list[MemberFacts]) -> None:
    owner.post("/members/bulk/", do="tag")
    assert "Tick at least one member first." in owner.text(PATH)
    marketer = store.colleague(Role.MARKETER)
    page = marketer.text(PATH)
    assert 'name="member"' not in page
    assert "/members/export/" not in page
    fields: dict[str, Any] = {"member": [str(five[0].id)], "tag": "vip", "confirmed": "1"}
    for do in ("tag", "untag", "export"):
        marketer.post("/members/bulk/", status=403, do=do, **fields)
    marketer.get("/members/export/", status=403)
    done = give(owner, "vip", five[0])
    marketer.get(done)
    marketer.post(done, status=403)
    assert tagged(store, "vip") == {"Dedi"}


# --- files -------------------------------------------------------------------------------------------------------


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


# --- views -------------------------------------------------------------------------------------------------------


def tabs_in(page: str) -> list[str]:
    nav = re.search(r'<nav class="tabs"[^>]*>(.*?)</nav>', page, re.DOTALL)
    assert nav
    return re.findall(r">([^<]+)<", nav[1])


def save(person: StaffPerson, name: str, query: str, **fields: Any) -> str:
    return person.post("/views/members/new/", name=name, query=query, **fields)["Location"]


def test_a_view_keeps_filters_and_order_but_nobody_s_name(store: Store, owner: StaffPerson) -> None:
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
    store.colleague(Role.ANALYST).post("/views/members/new/", status=403, name="x", query="")
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


def test_a_row_of_an_old_member_is_shown_as_of_the_business_day(store: Store, owner: StaffPerson) -> None:
    member = store.member("Larut Malam")
    midnight = datetime.combine(store.today, datetime.min.time(), tzinfo=UTC)
    figures(store, member, last_purchase_at=midnight - timedelta(hours=8), spend_amount=1)
    assert owner.text(PATH, last_to=f"{store.today - timedelta(days=1):%d/%m/%Y}").count("row-link") == 1
