"""The tabs of a member's page: each opens by its address, holds its list, and costs the same for many rows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import pytest
import time_machine
from django.utils import timezone

from common.ids import new_id
from ledger.facts import Unit
from ledger.operations import adjust
from members.facts import MemberFacts
from merchants.facts import SYSTEM, Actor, Role
from merchants.operations import add_outlet, add_till, tie_to_outlets
from merchants.queries import till_by_id
from merchants.tenancy import merchant_scope
from rewards.coupons.models import Coupon
from sales.operations import record_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_coupons import made
from tests.buyers import BuyersShop, add_purchases
from tests.sales_shop import line, sale

TABS: Final = ("", "purchases", "points", "coupons", "data")
MOST_STATEMENTS: Final = {"": 30, "purchases": 16, "points": 17, "coupons": 17, "data": 16}
"""Session, store and scope are six of them."""
LIGHT: Final = 200_000
"""Bytes of one page, at most."""


def path_of(member: MemberFacts, tab: str = "") -> str:
    return f"/members/{member.id}/" + (f"?tab={tab}" if tab else "")


def buy(store: Store, member: MemberFacts, times: int) -> None:
    days = [(store.today - timedelta(days=n), 10_000) for n in range(1, times + 1)]
    with merchant_scope(store.merchant.id):
        add_purchases(BuyersShop(store.merchant, store.outlet_id, store.till_id), {member.id: days})


def move(store: Store, member: MemberFacts, points: int, times: int = 1) -> None:
    with merchant_scope(store.merchant.id):
        for _ in range(times):
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


def own(store: Store, member: MemberFacts, codes: int = 3, **fields: Any) -> list[Coupon]:
    """Give the member the first coupons of a batch, as a campaign does."""
    made(store, **fields)
    with merchant_scope(store.merchant.id):
        rows = list(Coupon.objects.filter(merchant_id=store.merchant.id, member_id=None).order_by("id")[:codes])
        ids = [one.id for one in rows]
        Coupon.objects.filter(merchant_id=store.merchant.id, id__in=ids).update(member_id=member.id)
    return rows


def current_tab(page: str) -> str:
    (tabs,) = re.findall(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    (name,) = re.findall(r'aria-current="page"\s*>([^<]+)<', tabs)
    return str(name).strip()


def test_each_tab_has_an_address_and_the_head_of_the_page(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari Dewi")
    move(store, sari, 240)
    words = ("Activity", "Purchases", "Points", "Coupons and rewards", "Data and consent")
    for tab, word in zip(TABS, words, strict=True):
        page = owner.text(path_of(sari, tab))
        assert current_tab(page) == word
        assert page.count("<h1") == 1
        assert "240\xa0poin" in page, "the balance is in the head"
        assert "Agrees" in page, "and whether offers may be sent"
    assert current_tab(owner.text(path_of(sari, "nothing"))) == "Activity"


def test_purchases_name_outlet_amount_and_points(store: Store, owner: StaffPerson) -> None:
    sari, now = store.member(), timezone.now()
    assert "No purchase yet" in owner.text(path_of(sari, "purchases"))
    with merchant_scope(store.merchant.id):
        till = till_by_id(merchant=store.merchant, till_id=store.till_id)
        draft = sale(line(1, 500_000), member=sari, reference="R-77", occurred_at=now)
        sold = record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now).sale
    page = owner.text(path_of(sari, "purchases"))
    for words in ("R-77", "Rp\xa0500.000", "+50\xa0poin", till.outlet.name, f"/receipts/{sold.id}/"):
        assert words in page, words


def test_purchases_go_on_page_by_page_and_each_is_there_once(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    buy(store, sari, 70)
    seen, address = [], path_of(sari, "purchases")
    while address:
        page = owner.text(address)
        seen += re.findall(r'href="/receipts/([0-9a-f-]{36})/"', page)
        older = re.findall(r'href="(\?[^"]*after=[^"]*)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', page)
        address = f"/members/{sari.id}/" + next(filter(None, older[0])).replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 70


def test_a_receipt_of_an_outlet_where_one_does_not_work_is_named_and_not_opened(store: Store) -> None:
    sari, now = store.member(), timezone.now()
    actor = Actor(user_id=store.owner.user_id, label=store.owner.email, role=Role.OWNER)
    care = store.colleague(Role.CARE)
    facts: dict[str, Any] = {"merchant": store.merchant, "at": now, "actor": actor}
    with merchant_scope(store.merchant.id):
        depok = add_outlet(name="Melati Depok", timezone="Asia/Jakarta", **facts)
        till_id = add_till(outlet_id=depok.id, name="Kasir", **facts)
        tie_to_outlets(user_id=care.user_id, outlet_ids=[store.outlet_id], **facts)
        till = till_by_id(merchant=store.merchant, till_id=till_id)
        draft = sale(line(1, 90_000), member=sari, reference="DEPOK-9", occurred_at=now)
        sold = record_sale(merchant=store.merchant, till=till, draft=draft, received_at=now).sale
    page = care.text(path_of(sari, "purchases"))
    assert "DEPOK-9" in page
    assert "Melati Depok" in page
    assert f"/receipts/{sold.id}/" not in page


def test_points_list_movements_and_lead_into_the_ledger(store: Store, owner: StaffPerson) -> None:
    sari, other = store.member("Sari Dewi"), store.member("Rina Wati")
    move(store, sari, 240)
    move(store, other, 999)
    page = owner.text(path_of(sari, "points"))
    assert "+240" in page
    assert "999" not in page
    (ledger,) = re.findall(r'href="(/loyalty/ledger/\?[^"]+)">Open in the points ledger', page)
    listed = owner.text(ledger.replace("&amp;", "&"))
    assert "+240" in listed
    assert "999" not in listed
    assert "Last day" in page, "what lapses next, and when"


def test_coupons_say_what_keeps_them_from_being_used(store: Store, owner: StaffPerson) -> None:
    sari = store.member()
    assert "No coupons yet" in owner.text(path_of(sari, "coupons"))
    good, blocked, used = own(store, sari, valid_until=store.today + timedelta(days=3))
    with merchant_scope(store.merchant.id):
        Coupon.objects.filter(merchant_id=store.merchant.id, id=blocked.id).update(state="blocked")
        Coupon.objects.filter(merchant_id=store.merchant.id, id=used.id).update(committed=1)
    page = owner.text(path_of(sari, "coupons"))
    for words in ("Can be used", "Blocked", "Used up", "Until "):
        assert words in page, words
    assert f'href="/offers/codes/{good.id}/"' in page
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        assert "Its last day was" in owner.text(path_of(sari, "coupons"))


@pytest.mark.parametrize("role", [Role.MARKETER, Role.ANALYST])
def test_who_may_change_no_member_sees_the_tabs_and_no_actions(store: Store, role: Role) -> None:
    sari, person = store.member(), store.colleague(role)
    for tab in TABS:
        page = person.text(path_of(sari, tab))
        assert "Block member" not in page
        assert "/give/" not in page
        assert "requests/new" not in page


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_costs_the_same_for_many_rows_and_stays_light(store: Store, owner: StaffPerson, tab: str) -> None:
    few, many = store.member("Sedikit"), store.member("Banyak")
    for member, times in ((few, 2), (many, 25)):
        buy(store, member, times)
        move(store, member, 10, times)
        own(store, member, times)
    store.sort()
    cost = owner.statements(path_of(few, tab))
    assert owner.statements(path_of(many, tab)) == cost
    assert cost <= MOST_STATEMENTS[tab]
    assert len(owner.get(path_of(many, tab)).content) < LIGHT
