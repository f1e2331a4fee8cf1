"""A member's whole story: every event once, page by page, balances that follow from each other, one kind at a time."""

from __future__ import annotations

import html
import re
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backoffice.members.views import activity as page_module
from backoffice.timelines import StoryKind
from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import adjust
from members.facts import MemberFacts
from members.operations import tag_member
from merchants.facts import SYSTEM, OutletFacts, TillFacts
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from sales.models import Refund
from sales.operations import record_sale, refund_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_members import story
from tests.buyers import BuyersShop, add_purchases
from tests.sales_shop import line, refund_of, sale

SALES = 12


def titles_in(page: str) -> list[str]:
    found = re.findall(r'<span class="what">\s*(?:<a [^>]*>)?\s*([^<]+?)\s*<', page)
    return [html.unescape(title) for title in found]


def buy(store: Store, member: MemberFacts, *, amount: int, at: datetime, returned: bool = False) -> None:
    """Record a purchase, and its return where asked. Needs the scope."""
    outlet = OutletFacts(store.outlet_id, "Pusat", store.merchant.timezone)
    till = TillFacts(store.till_id, "Kasir", outlet, store.merchant, frozenset())
    draft, now = sale(line(1, amount), member=member, occurred_at=at), timezone.now()
    sold = record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now)
    if returned:
        back = refund_of(("1", 1))
        refund_sale(merchant=store.merchant, till=till, reference=sold.sale.reference, draft=back, received_at=now)


def give_points(store: Store, member: MemberFacts, points: int) -> None:
    """Add points by hand. Needs the scope."""
    adjust(
        merchant=store.merchant,
        owner_id=member.id,
        unit=Unit.POINTS,
        change=points,
        reason="goodwill",
        note="",
        actor=SYSTEM,
        at=timezone.now(),
        business_date=store.today,
        source_id=new_id(),
    )


@pytest.fixture
def busy(store: Store) -> MemberFacts:
    """A member with purchases booked out of order, of which one earns nothing, a return, points by hand and tags."""
    member = store.member("Sering Datang")
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        for number in range(SALES):
            amount = 2_000 if number == 4 else 100_000 + number * 10_000
            bought_at = now - timedelta(days=(number * 5) % 7)
            buy(store, member, amount=amount, at=bought_at, returned=number == 7)
        give_points(store, member, 50)
        for number in range(6):
            tag_member(merchant=store.merchant, member_id=member.id, name=f"tag {number}", at=now, actor=SYSTEM)
    return member


def walk(owner: StaffPerson, member: MemberFacts, query: str = "") -> list[str]:
    """Return the pages of the story from the newest to the last."""
    pages, path = [], f"/members/{member.id}/activity/{query}"
    while path:
        pages.append(owner.text(path))
        older = re.search(r'rel="next" href="([^"]+)"', pages[-1])
        path = f"/members/{member.id}/activity/{html.unescape(older[1])}" if older else ""
        assert len(pages) < 60, "it never ends"
    return pages


@pytest.mark.parametrize("size", [1, 2, 5, 60])
def test_every_event_is_on_one_page_and_balances_chain(
    store: Store, owner: StaffPerson, busy: MemberFacts, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Most of it carries one instant, so that pages are cut within an instant, too."""
    monkeypatch.setattr(page_module, "PAGE_SIZE", size)
    pages = walk(owner, busy)
    titles = Counter(title for page in pages for title in titles_in(page))
    assert titles["Purchase"] == SALES
    assert (titles["Tag given"], titles["Joined"], titles["Agreed to offers by e-mail"]) == (6, 1, 1)
    assert all(len(titles_in(page)) == size for page in pages[:-1])
    balances = [pair for page in pages for pair in story(page)]
    assert balances[0][1] == store.balance(busy)
    assert [before for before, _ in balances[:-1]] == [after for _, after in balances[1:]]
    assert balances[-1][0] == 0
    assert len(balances) == SALES - 1 + 2, "each purchase but one, the return, the points by hand"


def test_one_kind_is_shown_alone(owner: StaffPerson, busy: MemberFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "PAGE_SIZE", 5)

    def shown(kind: str) -> Counter[str]:
        return Counter(title for page in walk(owner, busy, f"?show={kind}") for title in titles_in(page))

    assert shown("purchases") == Counter({"Purchase": SALES})
    changes = {"Tag given": 6, "Tier changed": 1, "Joined": 1, "Agreed to offers by e-mail": 1}
    assert shown("changes") == Counter(changes)
    points = shown("points")
    assert (points["Purchase"], points.total()) == (SALES - 1, SALES + 1)
    assert shown("mails") == Counter()
    assert "Nothing of this kind yet." in owner.text(f"/members/{busy.id}/activity/", show="mails")


def test_what_moved_points_says_how_many_with_a_sign(owner: StaffPerson, busy: MemberFacts) -> None:
    path = f"/members/{busy.id}/activity/"
    points = owner.text(path, show="points")
    figures = re.findall(r'<strong class="number">([^<]+)</strong>', points)
    assert len(figures) == SALES - 1 + 2
    assert all(re.fullmatch(r"[+-][\d.]+\spoin", figure) for figure in figures), figures
    for page in (owner.text(path), owner.text(path, show="purchases")):
        earned = re.findall(r"<p>Receipt [^<·]+(?:· )?([^<·]*)", page)
        assert sum(re.fullmatch(r"\+[\d.]+\spoin\s*", one) is not None for one in earned) == SALES - 1


def test_previous_leads_back_and_the_members_page_leads_on(
    owner: StaffPerson, busy: MemberFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "PAGE_SIZE", 5)
    first, second, *_ = walk(owner, busy)
    newer = re.search(r'rel="prev" href="([^"]+)"', second)
    assert newer
    back = owner.text(f"/members/{busy.id}/activity/{html.unescape(newer[1])}")
    assert titles_in(back) == titles_in(first)
    assert f'href="/members/{busy.id}/activity/"' in owner.text(f"/members/{busy.id}/")


@pytest.mark.parametrize("after", ["0001-01-01T00:00:00+14:00~0", "9999-12-31T23:59:59-14:00~0"])
def test_a_mark_at_the_end_of_time_is_no_error(owner: StaffPerson, busy: MemberFacts, after: str) -> None:
    owner.text(f"/members/{busy.id}/activity/", after=after)


@pytest.mark.parametrize("after", ["x", "2026-01-01~1", "2026-01-01T00:00:00+00:00~-1", "~", "9999-99-99T00:00:00~٣"])
def test_a_mangled_mark_shows_the_first_page(owner: StaffPerson, busy: MemberFacts, after: str) -> None:
    path = f"/members/{busy.id}/activity/"
    assert titles_in(owner.text(path, after=after)) == titles_in(owner.text(path))


def test_another_stores_member_has_no_story_here(stranger: StaffPerson, busy: MemberFacts) -> None:
    stranger.get(f"/members/{busy.id}/activity/", status=404)


@pytest.mark.parametrize("size", [1, 60])
def test_a_return_leads_to_its_receipt(
    store: Store, owner: StaffPerson, busy: MemberFacts, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Also on a page that does not show the purchase."""
    monkeypatch.setattr(page_module, "PAGE_SIZE", size)
    with merchant_scope(store.merchant.id):
        sale_id = Refund.objects.get(merchant_id=store.merchant.id).sale_id
    for query in ("", "?show=points"):
        pages = "".join(walk(owner, busy, query))
        titles = [html.unescape(one) for one in re.findall(rf'<a href="/receipts/{sale_id}/">([^<]+)</a>', pages)]
        assert sorted(titles) == ["Points after a refund", "Purchase"]


def test_a_long_story_costs_no_more_statements(store: Store, owner: StaffPerson, busy: MemberFacts) -> None:
    paths = [f"/members/{busy.id}/", *(f"/members/{busy.id}/activity/?show={kind}" for kind in StoryKind)]
    few = {path: owner.statements(path) for path in paths}
    shop = BuyersShop(store.merchant, store.outlet_id, store.till_id)
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        add_purchases(shop, {busy.id: [(store.today - timedelta(days=day % 300), 60_000) for day in range(1_000)]})
        AuditEntry.objects.bulk_create(
            AuditEntry(
                merchant_id=store.merchant.id,
                at=now - timedelta(minutes=number),
                actor_label="Rina",
                action="member.edited",
                subject_kind="member",
                subject_id=busy.id,
                after={"fields": ["name"], "outlet_id": str(store.outlet_id)},
            )
            for number in range(950)
        )
        for number in range(20):
            give_points(store, busy, 1)
            buy(store, busy, amount=80_000, at=now, returned=number % 5 == 0)
    assert {path: owner.statements(path) for path in paths} == few
