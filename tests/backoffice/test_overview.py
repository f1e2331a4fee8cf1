"""Overview: figures with period and base, first steps of an empty store, the page of those who see no figures."""

import html
import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from backoffice.receipts import views as receipts_page
from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import adjust
from members.models import Member
from merchants.facts import SYSTEM, Permission, Role
from merchants.operations import issue_till_key
from merchants.rules import ROLE_PERMISSIONS
from merchants.tenancy import merchant_scope
from sales.models import Sale, UnmatchedReturn
from tests.backoffice.conftest import StaffPerson, Store
from tests.buyers import BuyersShop, add_purchases, sale_row, void_sale


def test_an_empty_store_sees_what_to_do_first(owner: StaffPerson) -> None:
    page = owner.text("/")
    assert "1 of 4 done" in page
    assert "No sales to members yet" in page
    assert "of Rp\xa00 member sales" in page


def test_steps_are_ticked_by_what_happened(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        issue_till_key(merchant=store.merchant, till_id=store.till_id, at=timezone.now(), actor=SYSTEM)
    store.buyers(2)
    assert "Get started" not in owner.text("/")


def test_figures_name_their_period_and_base(store: Store, owner: StaffPerson) -> None:
    store.buyers(3, days_ago=10, amount=40_000)
    page = owner.text("/")
    assert "Rp\xa0120.000" in page
    assert "3 receipts" in page
    assert "100% of 3 buyers" in page


def test_one_buyer_and_one_receipt_are_said_as_one(store: Store, owner: StaffPerson) -> None:
    store.buyers(1, days_ago=10, amount=40_000)
    page = owner.text("/")
    assert re.search(r"\b1 receipt\b", page)
    assert re.search(r"· 1 buyer\b", page)
    assert re.search(r"100% of 1 buyer\s*<", page)


def test_another_store_s_sales_do_not_count(owner: StaffPerson, other_store: Store) -> None:
    other_store.buyers(3, days_ago=10, amount=40_000)
    assert "Rp\xa0120.000" not in owner.text("/")


def test_the_number_of_statements_does_not_grow_with_the_members(store: Store, owner: StaffPerson) -> None:
    store.buyers(2, days_ago=5)
    owner.get("/")  # the first page read after a change of the program keeps its definitions
    few = owner.statements("/")
    store.buyers(9, days_ago=4)
    assert owner.statements("/") == few


def test_who_sees_no_figures_lands_on_the_first_page_of_the_role(store: Store) -> None:
    assert store.colleague(Role.CARE).get("/", status=302)["Location"] == "/members/"
    assert store.colleague(Role.INTEGRATOR).get("/", status=302)["Location"] == "/settings/tills/"
    assert "Your role has no pages" in store.colleague(Role.CASHIER).text("/", status=403)


def test_members_who_bought_opens_exactly_them(store: Store, owner: StaffPerson) -> None:
    bought = store.buyers(3, days_ago=10)
    long_ago = store.buyers(2, days_ago=90)
    never = store.member("Belum Pernah")
    with merchant_scope(store.merchant.id):
        again = [(store.today - timedelta(days=2), 20_000)]  # last purchase outside no range: only the period counts
        add_purchases(BuyersShop(store.merchant, store.outlet_id, store.till_id), {long_ago[0].id: again})
        undone = add_purchases(
            BuyersShop(store.merchant, store.outlet_id, store.till_id),
            {never.id: [(store.today - timedelta(days=3), 9_000)]},
        )
        void_sale(
            BuyersShop(store.merchant, store.outlet_id, store.till_id), undone[0], on=store.today - timedelta(days=1)
        )
    (link,) = re.findall(r'<a href="([^"]+)">4</a>', owner.text("/"))
    page = owner.text(html.unescape(link))
    assert "4 of 4" in page
    shown = set(re.findall(r"/members/([0-9a-f-]{36})/", page))
    assert shown == {str(member.id) for member in (*bought, long_ago[0])}


def test_points_owed_opens_the_members_they_are_owed_to(store: Store, owner: StaffPerson) -> None:
    rich, _ = store.member("Kaya"), store.member("Kosong")
    with merchant_scope(store.merchant.id):
        adjust(
            merchant=store.merchant,
            owner_id=rich.id,
            unit=Unit.POINTS,
            change=120,
            reason="goodwill",
            note="",
            actor=SYSTEM,
            at=timezone.now(),
            business_date=store.today,
            source_id=new_id(),
        )
    (link,) = re.findall(r'<a href="([^"]+)">120</a>', owner.text("/"))
    page = owner.text(html.unescape(link))
    assert "1 of 1" in page
    assert str(rich.id) in page


def money(text: str) -> int:
    return int(re.sub(r"[^0-9-]", "", text.replace("−", "-")))


@pytest.fixture
def moved(store: Store) -> None:
    """Sales to new, returning and unknown buyers, goods that came back, and a return without its sale."""
    shop = BuyersShop(store.merchant, store.outlet_id, store.till_id)
    old, new, gone = store.member("Lama"), store.member("Baru"), store.member("Batal")
    days = {n: store.today - timedelta(days=n) for n in (1, 3, 5, 10, 20, 100)}
    with merchant_scope(store.merchant.id):
        for member, day in ((old, days[100]), (new, days[10])):
            Member.objects.filter(merchant_id=store.merchant.id, id=member.id).update(
                first_purchase_at=datetime.combine(day, time(5), tzinfo=UTC)
            )
        add_purchases(shop, {old.id: [(days[100], 70_000), (days[20], 11_000), (days[10], 22_000)]})
        add_purchases(shop, {new.id: [(days[10], 33_000), (days[3], 44_000)]})
        undone = add_purchases(shop, {gone.id: [(days[20], 55_000)]})
        void_sale(shop, undone[0], on=days[5])
        Sale.objects.bulk_create([sale_row(shop, member_id=None, on=days[5], amount=66_000)])
        UnmatchedReturn.objects.create(
            merchant_id=store.merchant.id,
            till_id=store.till_id,
            reference="C001",
            line_no=1,
            sku="DOT",
            quantity=1,
            unit_amount=9_000,
            occurred_at=datetime.combine(days[1], time(3), tzinfo=UTC),
            member_id=old.id,
        )


@pytest.mark.usefixtures("moved")
def test_every_amount_opens_the_receipts_it_adds_up(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Net sales, the returning share and each column: the list behind it has exactly the same total."""
    monkeypatch.setattr(receipts_page, "PAGE_SIZE", 2)
    page = owner.text("/")
    (net,) = re.findall(r'<a href="([^"]+)">Rp\s*167\.000</a>', page)
    assert total_of(owner, net) == 11_000 + 22_000 + 33_000 + 44_000 + 55_000 - 55_000 + 66_000 - 9_000
    (share,) = re.findall(r'<a href="([^"]*who=returning[^"]*)">([\d,]+%)</a>', page)
    returning = total_of(owner, share[0])
    assert returning == 11_000 + 22_000 + 44_000 - 9_000
    assert f"of Rp\xa0{returning + 33_000:,} member sales".replace(",", ".") in page
    assert share[1] == f"{returning / (returning + 33_000):.1%}".replace(".", ",")
    table = page[page.index('<div class="chart-table') :]
    cells = re.findall(r'<td class="number"><a href="([^"]+)">([^<]+)</a>', table)
    assert len(cells) == 24
    for address, shown in cells:
        assert total_of(owner, address) == money(shown), address
    drawn = re.findall(r'<a href="([^"]+)" aria-label="[^"]+" tabindex="-1">\s*<rect', page)
    assert drawn
    assert set(drawn) <= {address for address, _ in cells}


def total_of(person: StaffPerson, address: str) -> int:
    """Return the list's own total, after the rows, page by page, have added up to it."""
    path, rows, said = html.unescape(address), 0, None
    while path:
        text = person.text(path)
        (shown,) = re.findall(r'<strong class="figure">([^<]+)</strong>', text)
        assert said in (None, money(shown))
        said = money(shown)
        rows += sum(money(one) for one in re.findall(r'data-label="Amount">([^<]+)<', text))
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = "/receipts/" + html.unescape(older[1]) if older else ""
    assert rows == said, address
    return rows


@pytest.mark.usefixtures("moved")
def test_new_means_one_thing_on_the_page(store: Store, owner: StaffPerson) -> None:
    """New is the segment; the chart's groups have their own names: a first purchase, and buying again."""
    store.sort()
    text = re.sub(r"<svg.*?</svg>|<script.*?</script>", " ", owner.text("/"), flags=re.DOTALL)
    table = text[text.index('<div class="chart-table') :]
    heads = re.findall(r"<th[^>]*>\s*([^<]+?)\s*</th>", table)
    assert heads[:3] == ["Week from", "Had bought before", "First purchase"]
    said = [words for words in re.findall(r">([^<]*\bNew\b[^<]*)<", text) if words.strip() != "New"]
    assert said == []
    assert "First purchase at most 30 days ago, or a single purchase so far" in text


@pytest.mark.usefixtures("moved")
def test_the_receipts_behind_a_figure_are_seen_by_whom_they_concern(
    store: Store, owner: StaffPerson, stranger: StaffPerson, figures_alone: StaffPerson
) -> None:
    assert owner.text("/receipts/").count("/receipts/01") == 7
    analyst = figures_alone.text("/receipts/")
    assert not re.search(r'href="/(receipts|members)/[0-9a-f]{8}-', analyst)
    assert "Lama" not in analyst
    assert "No receipts in these days" in stranger.text("/receipts/")
    store.colleague(Role.CARE).get("/receipts/", status=403)
    for mangled in ("who=x", "after=x", "after=2026-01-01~x", "first=2026-02-31&last=x", "who=%00"):
        owner.get(f"/receipts/?{mangled}")
    first_only = owner.text("/receipts/", who="first")
    assert first_only.count('data-label="Amount"') == 3  # one kept; one undone, and its return


def test_who_may_not_see_members_gets_no_links_to_them(store: Store, figures_alone: StaffPerson) -> None:
    store.buyers(2, days_ago=10)
    linked = {
        role: "bought_from" in store.colleague(role).text("/")
        for role, permissions in ROLE_PERMISSIONS.items()
        if Permission.SEE_FIGURES in permissions
    }
    assert set(linked.values()) == {True, False}
    assert linked == {role: Permission.SEE_MEMBERS in ROLE_PERMISSIONS[role] for role in linked}


def test_a_range_of_purchases_that_ends_before_it_begins_is_named(owner: StaffPerson) -> None:
    page = owner.text("/members/", bought_from="2026-03-05", bought_to="2026-03-01")
    assert "The last day is before the first day." in page


def test_returns_without_their_sale_are_taken_off_and_listed(store: Store, owner: StaffPerson) -> None:
    store.buyers(1, days_ago=10, amount=200_000)
    assert "Returns without their sale" not in owner.text("/")
    on = store.today - timedelta(days=5)
    with merchant_scope(store.merchant.id):
        for number in range(53):
            UnmatchedReturn.objects.create(
                merchant_id=store.merchant.id,
                till_id=store.till_id,
                reference=f"C{number:03d}",
                line_no=1,
                sku="DOT",
                quantity=1,
                unit_amount=1_000,
                occurred_at=datetime.combine(on, time(3), tzinfo=UTC),
            )
    page = owner.text("/")
    assert "Rp\xa0147.000" in page
    assert "Returns without their sale: -Rp\xa053.000 in 53 lines" in page.replace("−", "-")
    (link,) = re.findall(r'href="(/receipts/returns-without-sale/[^"]*)"', page)
    first = owner.text(html.unescape(link))
    assert "50 of 53" in first
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = owner.text("/receipts/returns-without-sale/" + html.unescape(older))
    seen = set(re.findall(r">(C\d{3})<", first)) | set(re.findall(r">(C\d{3})<", second))
    assert len(seen) == 53
    assert "C000" not in owner.text("/receipts/returns-without-sale/", first="2020-01-01", last="2020-01-31")


@pytest.mark.parametrize("after", ["", "~", "x~y", "2026-03-05~", "2026-03-05T10:00:00~" + "0" * 32, "\x00"])
def test_a_cursor_that_was_tampered_with_begins_at_the_top(owner: StaffPerson, after: str) -> None:
    owner.get("/receipts/returns-without-sale/", after=after, first="bukan", last="2026-02-31")


def test_another_store_s_returns_are_not_listed(owner: StaffPerson, other_store: Store) -> None:
    with merchant_scope(other_store.merchant.id):
        UnmatchedReturn.objects.create(
            merchant_id=other_store.merchant.id,
            till_id=other_store.till_id,
            reference="RAHASIA",
            line_no=1,
            sku="DOT",
            quantity=1,
            unit_amount=1_000,
            occurred_at=timezone.now() - timedelta(days=2),
        )
    assert "RAHASIA" not in owner.text("/receipts/returns-without-sale/")
    assert "Returns without" not in owner.text("/")
