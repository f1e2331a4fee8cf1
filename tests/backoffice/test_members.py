"""Members: list with filters and pages, one person's story, joining by hand, points moved by hand once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.members.views import listing as page_module
from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import adjust
from members.facts import MemberFacts
from members.operations import apply_purchase, lock_member
from merchants.facts import SYSTEM, OutletFacts, Role, TillFacts
from merchants.tenancy import merchant_scope
from sales.operations import record_sale, refund_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.buyers import BuyersShop, add_purchases
from tests.pages import unfold
from tests.sales_shop import line, refund_of, sale


def names_in(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)</a>', page)


# --- the list ----------------------------------------------------------------------------------------------------


def test_a_store_without_members_sees_how_they_join(owner: StaffPerson) -> None:
    page = owner.text("/members/")
    assert "Win your first member" in page
    assert "/members/new/" in page


def test_filters_are_in_the_address_and_shown_as_chips(store: Store, owner: StaffPerson) -> None:
    store.buyers(1, days_ago=200)
    store.member("Belum Belanja", promo_consent=False)
    page = owner.text("/members/", segment="lapsed")
    assert names_in(page) == ["Pembeli 0"]
    assert "Segment: Lapsed" in page
    assert names_in(owner.text("/members/", consent="no")) == ["Belum Belanja"]
    assert "No member fits" in owner.text("/members/", q="tidak ada", segment="loyal")


@pytest.mark.parametrize("written", ["0812 3456 7890", "6281234567890", "+62 812-3456-7890", "dewi"])
def test_search_finds_the_number_in_any_form(store: Store, owner: StaffPerson, written: str) -> None:
    store.member("Dewi Lestari", phone="+6281234567890")
    store.member("Orang Lain", phone="+6281299999999")
    page = owner.text("/members/", q=written)
    assert names_in(page) == ["Dewi Lestari"]
    assert "0812-****-7890" in page
    assert "0812-3456-7890" not in page.replace(f'value="{written}"', "").replace(f"Search: {written}", "")


@pytest.fixture
def two_rows_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "PAGE_SIZE", 2)


def test_pages_go_on_and_back_by_one(store: Store, owner: StaffPerson, two_rows_a_page: None) -> None:
    for number in range(5):
        store.member(f"Anggota {number}")
    seen, path = [], "/members/"
    while path:
        page = owner.text(path)
        seen.append(names_in(page))
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = "/members/" + older[1].replace("&amp;", "&") if older else ""
    assert seen == [["Anggota 4", "Anggota 3"], ["Anggota 2", "Anggota 1"], ["Anggota 0"]]
    newer = re.search(r'rel="prev" href="([^"]+)"', page)
    assert newer
    assert names_in(owner.text("/members/" + newer[1].replace("&amp;", "&"))) == seen[1]


def test_a_mangled_cursor_shows_the_first_page(store: Store, owner: StaffPerson) -> None:
    store.member("Anggota")
    assert names_in(owner.text("/members/", after="x'; --")) == ["Anggota"]


def test_the_number_of_statements_does_not_grow_with_the_rows(store: Store, owner: StaffPerson) -> None:
    store.buyers(2)
    few = owner.statements("/members/")
    store.buyers(8)
    assert owner.statements("/members/") == few


# --- one member --------------------------------------------------------------------------------------------------


def test_one_member_tells_segment_with_reason_and_story(store: Store, owner: StaffPerson) -> None:
    (member,) = store.buyers(1, days_ago=200)
    page = owner.text(f"/members/{member.id}/")
    assert "Lapsed" in page
    assert "199 days" in page  # the night counted yesterday
    assert "Rp\xa050.000" in page
    assert "Agreed to offers by e-mail" in page


def test_contacts_are_masked_for_those_who_may_not_see_them(store: Store, owner: StaffPerson) -> None:
    member = store.member(phone="+6281234567890", email="sari.dewi@example.com")
    whole = owner.text(f"/members/{member.id}/")
    assert "0812-3456-7890" in whole
    assert "sari.dewi@example.com" in whole
    masked = store.colleague(Role.CARE).text(f"/members/{member.id}/")
    assert "0812-****-7890" in masked
    assert "sa***@example.com" in masked
    assert "sari.dewi@example.com" not in masked


def test_the_story_of_many_receipts_needs_no_more_statements(store: Store, owner: StaffPerson) -> None:
    (few,) = store.buyers(1)
    many = store.member("Sering")
    with_one = owner.statements(f"/members/{few.id}/")
    days = [(store.today - timedelta(days=n), 10_000) for n in range(1, 12)]
    with merchant_scope(store.merchant.id):
        add_purchases(BuyersShop(store.merchant, store.outlet_id, store.till_id), {many.id: days})
    store.sort()
    assert owner.statements(f"/members/{many.id}/") == with_one


def story(page: str) -> list[tuple[int, int]]:
    """Return (before, after) of every line of the story that has a balance in points, newest first."""
    found = re.findall(r"<del>([\d.]+)\xa0poin</del>.*?<ins>([\d.]+)\xa0poin</ins>", page, re.DOTALL)
    return [(int(a.replace(".", "")), int(b.replace(".", ""))) for a, b in found]


def test_the_balances_of_the_story_follow_from_each_other(store: Store, owner: StaffPerson) -> None:
    """Booked out of order: a sale of today, then one of last week, then its return."""
    member = store.member("Riwayat")
    till = TillFacts(
        store.till_id,
        "Kasir",
        OutletFacts(store.outlet_id, "Pusat", store.merchant.timezone),
        store.merchant,
        frozenset(),
    )
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        for days_ago, amount in ((0, 500_000), (6, 340_000), (5, 210_000), (1, 120_000)):
            sold = record_sale(
                merchant=store.merchant,
                till=till,
                received_at=now,
                draft=sale(line(1, amount), member=member, occurred_at=now - timedelta(days=days_ago)),
            )
            if days_ago == 5:
                refund_sale(
                    merchant=store.merchant,
                    till=till,
                    reference=sold.sale.reference,
                    draft=refund_of(("1", 1)),
                    received_at=now,
                )
        adjust(
            merchant=store.merchant,
            owner_id=member.id,
            unit=Unit.POINTS,
            change=50,
            reason="goodwill",
            note="",
            actor=SYSTEM,
            at=now,
            business_date=store.today,
            source_id=new_id(),
        )
    page = owner.text(f"/members/{member.id}/")
    told = story(page)
    assert len(told) == 6
    assert told[0][1] == store.balance(member)
    assert [before for before, _ in told[:-1]] == [after for _, after in told[1:]]
    assert told[-1][0] == 0
    assert re.search(r"Receipt R\d+ · \+50\xa0poin", page)  # Rp 500.000 earn 50: said in the purchase's own line


def test_who_bought_today_is_not_said_to_have_bought_nothing(store: Store, owner: StaffPerson) -> None:
    never = store.member("Belum")
    today = store.member("Hari Ini")
    with merchant_scope(store.merchant.id):
        at = timezone.now()
        facts = lock_member(merchant=store.merchant, member_id=today.id)
        apply_purchase(
            merchant=store.merchant,
            member=facts,
            at=at,
            business_date=store.today,
            spend_delta=34_000_000,
            count_delta=1,
        )
    page = owner.text(f"/members/{today.id}/")
    assert "Sorted tonight" in page
    assert "the next night puts this member into a segment" in page
    assert "No purchase yet" not in page
    assert "No purchase yet" in owner.text(f"/members/{never.id}/")
    listed = owner.text("/members/")
    assert (listed.count("Sorted tonight"), listed.count("No purchase yet")) == (1, 1)


# --- joining -----------------------------------------------------------------------------------------------------


def test_staff_add_a_member(store: Store, owner: StaffPerson) -> None:
    answer = owner.post(
        "/members/new/", name="Agus Salim", phone="0813 1111 2222", birth_date="5/3/1990", promo_consent="on"
    )
    page = owner.text(answer["Location"])
    assert "Agus Salim is a member now." in page
    assert "0813-1111-2222" in page
    assert "5 Mar 1990" in page


def test_who_is_a_member_already_is_shown(store: Store, owner: StaffPerson) -> None:
    known = store.member(phone="+6281311112222")
    answer = owner.post("/members/new/", name="Orang yang sama", phone="081311112222")
    assert answer["Location"] == f"/members/{known.id}/"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "Tanpa kontak"}, "Give a mobile number or an e-mail address."),
        ({"name": "X", "phone": "08"}, "too short"),
        ({"name": "X", "email": "bukan-alamat"}, "e-mail"),
        ({"name": "X", "phone": "081311112222", "birth_date": "31/2/1990"}, "Write a day such as"),
        ({"name": "X", "phone": "081311112222", "birth_date": "1/1/2999"}, "between 1900 and today"),
    ],
)
def test_a_refused_form_says_what_and_how(owner: StaffPerson, fields: dict[str, Any], said: str) -> None:
    answer = owner.post("/members/new/", status=400, **fields)
    page = answer.content.decode()
    assert said in page
    assert "error-summary" in page


# --- points by hand ----------------------------------------------------------------------------------------------


def adjustment(**changes: Any) -> dict[str, Any]:
    return {
        "direction": "add",
        "points": "1.500",
        "reason": "goodwill",
        "note": "Terlambat dilayani",
        "key": str(new_id()),
        **changes,
    }


@pytest.fixture
def member(store: Store) -> MemberFacts:
    return store.member()


def test_points_are_shown_before_they_are_booked(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    preview = owner.post(f"/members/{member.id}/points/", status=200, **adjustment()).content.decode()
    assert "from 0\xa0poin to 1.500\xa0poin" in preview
    assert store.balance(member) == 0


def test_a_booked_adjustment_names_who_why_before_and_after(
    store: Store, owner: StaffPerson, member: MemberFacts
) -> None:
    owner.post(f"/members/{member.id}/points/", confirmed="1500", **adjustment())
    assert store.balance(member) == 1500
    page = owner.text(f"/members/{member.id}/")
    for said in ("Ratna Wulandari", "Reason: Goodwill", "Terlambat dilayani", "1.500\xa0poin", "<del>0\xa0poin</del>"):
        assert said in page


def test_sent_twice_it_is_booked_once(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    fields = adjustment()
    owner.post(f"/members/{member.id}/points/", confirmed="1500", **fields)
    owner.post(f"/members/{member.id}/points/", confirmed="1500", **fields)
    assert store.balance(member) == 1500
    assert "These points are booked already." in owner.text(f"/members/{member.id}/")


def test_what_was_not_previewed_is_not_booked(store: Store, owner: StaffPerson, member: MemberFacts) -> None:
    owner.post(f"/members/{member.id}/points/", status=200, confirmed="1500", **adjustment(points="9.000"))
    assert store.balance(member) == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"points": "0"}, "At least 1."),
        ({"points": "1.5"}, "Write a whole number of points"),
        ({"points": "NaN"}, "Write a whole number of points"),
        ({"direction": "take"}, "Only 0 points are available."),
        ({"points": "100.001"}, "Above that another owner or manager approves; this store has none."),
        ({"reason": "x"}, "Select a valid choice"),
        ({"key": "x"}, "Enter a valid UUID"),
    ],
)
def test_what_cannot_be_booked_is_refused_at_the_preview(
    store: Store, owner: StaffPerson, member: MemberFacts, fields: dict[str, Any], said: str
) -> None:
    page = owner.post(f"/members/{member.id}/points/", status=400, **adjustment(**fields)).content.decode()
    assert said in page
    assert store.balance(member) == 0


def test_the_limit_of_the_day_holds_for_confirmed_ones(store: Store, member: MemberFacts) -> None:
    care = store.colleague(Role.CARE)
    for _ in range(10):
        care.post(f"/members/{member.id}/points/", confirmed="500", **adjustment(points="500"))
    page = care.post(f"/members/{member.id}/points/", status=200, confirmed="500", **adjustment(points="500"))
    assert "5.000 a day, of which 5.000 are used today" in unfold(page.content.decode())
    assert store.balance(member) == 5000


def test_a_marketer_moves_no_points(store: Store, member: MemberFacts) -> None:
    marketer = store.colleague(Role.MARKETER)
    assert "/points/" not in marketer.text(f"/members/{member.id}/")
    marketer.post(f"/members/{member.id}/points/", status=403, confirmed="1500", **adjustment())
    assert store.balance(member) == 0
