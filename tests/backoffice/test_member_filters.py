"""Filters of the member list by what is known from elsewhere: birthday, RFM zone, points that lapse."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import override

from common.ids import new_id
from common.quantities import format_day
from ledger.facts import EntryKind, LotDraft, Posting, Unit
from ledger.operations import lock_account, post
from members.facts import MemberFacts
from merchants.tenancy import merchant_scope
from segments.facts import Zone
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_member_list import PATH, chips_in, figures, names_in


def lapsing(store: Store, member: MemberFacts, last: date, points: int = 100) -> None:
    """Give points that can be used until the end of that day."""
    lot = LotDraft(amount=points, available_on=store.today, expires_on=last, earned_at=timezone.now())
    earned = Posting(
        kind=EntryKind.EARN, unit=Unit.POINTS, change=points, source_kind="sale", source_id=new_id(), lot=lot
    )
    with merchant_scope(store.merchant.id):
        account = lock_account(
            merchant=store.merchant, owner_id=member.id, unit=Unit.POINTS, business_date=store.today, at=timezone.now()
        )
        post(merchant=store.merchant, account=account, postings=[earned], at=timezone.now(), business_date=store.today)


def born_in(store: Store, name: str, days: int) -> MemberFacts:
    """Make a member whose birthday is in so many days."""
    member, kept = store.member(name), store.today + timedelta(days=days)
    figures(store, member, birth_date=date(1992, kept.month, kept.day))
    return member


def test_birthdays_of_the_week_ahead_of_this_month_and_of_a_month(store: Store, owner: StaffPerson) -> None:
    for name, days in (("today", 0), ("sixth", 6), ("seventh", 7), ("yesterday", -1)):
        born_in(store, name, days)
    store.member("unknown")
    week = owner.text(PATH, birthday="next-7-days")
    assert set(names_in(week)) == {"today", "sixth"}
    assert "2 of 2" in week
    assert dict(chips_in(week)) == {"Birthday in the next 7 days": "?"}
    in_month = {
        name
        for name, days in (("today", 0), ("sixth", 6), ("seventh", 7), ("yesterday", -1))
        if (store.today + timedelta(days=days)).month == store.today.month
    }
    this_month = owner.text(PATH, birthday="this-month")
    assert set(names_in(this_month)) == in_month
    with override("en"):
        name = MONTHS[store.today.month]
    assert f"Birthday this month: {name}" in dict(chips_in(this_month))
    assert set(names_in(owner.text(PATH, birthday=str(store.today.month)))) == in_month
    other = (store.today.month + 5) % 12 + 1
    assert "No member fits" in owner.text(PATH, birthday=str(other))
    for mangled in ("13", "0", "x", "١"):
        assert len(names_in(owner.text(PATH, birthday=mangled))) == 5, "an unknown word filters nothing"


def test_points_that_lapse_within_thirty_days(store: Store, owner: StaffPerson) -> None:
    soon, last, later, never = (store.member(name) for name in ("soon", "last", "later", "never"))
    lapsing(store, soon, store.today)
    lapsing(store, last, store.today + timedelta(days=29))
    lapsing(store, later, store.today + timedelta(days=30))
    page = owner.text(PATH, lapsing="30")
    assert set(names_in(page)) == {"soon", "last"}
    day = format_day(store.today + timedelta(days=29), "en")
    assert f"Points lapse until {day}" in dict(chips_in(page))
    assert never.display_name in names_in(owner.text(PATH, lapsing="x"))


def test_the_zone_of_the_last_count_and_what_a_view_keeps(store: Store, owner: StaffPerson) -> None:
    store.buyers(2, days_ago=200)
    store.member("no buyer")
    zones = {zone: names_in(owner.text(PATH, zone=zone.value)) for zone in Zone}
    assert sorted(name for names in zones.values() for name in names) == ["Pembeli 0", "Pembeli 1"]
    zone = next(zone for zone, names in zones.items() if names)
    page = owner.text(PATH, zone=zone.value, birthday="this-month", lapsing="30")
    assert len(chips_in(page)) == 3
    kept = re.search(r'name="query" value="([^"]*)"', page)
    assert kept
    assert unescape(kept[1]) == f"birthday=this-month&lapsing=30&zone={zone.value}"
    assert len(names_in(owner.text(PATH, counted="all"))) == 2
    assert len(names_in(owner.text(PATH, counted="x"))) == 3


def test_what_another_store_counts_is_not_there(store: Store, owner: StaffPerson, other_store: Store) -> None:
    other_store.buyers(1, days_ago=200)
    lapsing(other_store, other_store.member("Tetangga"), other_store.today)
    assert names_in(owner.text(PATH, counted="all")) == []
    assert names_in(owner.text(PATH, lapsing="30")) == []


def test_filters_take_a_bounded_number_of_statements(store: Store, owner: StaffPerson) -> None:
    plain = owner.statements(PATH)
    query = "?birthday=next-7-days&lapsing=30&zone=champions&tier=bronze"
    few = owner.statements(PATH + query)
    assert few <= plain + 1  # the tier that its code names
    for count in range(3):
        lapsing(store, born_in(store, f"member {count}", 0), store.today)
    assert owner.statements(PATH + "?birthday=next-7-days&lapsing=30") <= plain + 2


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_months_are_in_the_reader_s_words(owner: StaffPerson, language: str) -> None:
    owner.client.cookies["django_language"] = language
    with override(language):
        month = str(MONTHS[8])
    assert f">{month}</option>" in owner.text(PATH)
