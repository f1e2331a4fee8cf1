"""The calendar of moments: looked at, changed, and followed by promotions; every change leaves its trace."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from common.ids import new_id
from merchants.facts import Role
from merchants.tenancy import merchant_scope
from rewards.moments.queries import own_calendar
from rewards.moments.rules import occurrences
from rewards.promotions.operations import create_promotion
from tests.backoffice.conftest import StaffPerson, Store

pytestmark = pytest.mark.django_db
PAGE = "/offers/moments/"


def bound(store: Store, title: str, moment: str, **when: int) -> UUID:
    definition = {"title": title, "kind": "percent_off", "value": 10, "when": {"moment": moment, **when}}
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        return create_promotion(merchant=store.merchant, definition=definition, starts_at=now, at=now)


def test_the_calendar_shows_days_how_sure_they_are_and_what_hangs_on_them(store: Store, owner: StaffPerson) -> None:
    bound(store, "Diskon Lebaran", "lebaran", moment_days_before=7)
    page = owner.text(PAGE)
    next_one = next(
        o for o in occurrences("lebaran", range(store.today.year, store.today.year + 3)) if o.last_on >= store.today
    )
    assert f"{next_one.last_on.day} " in page
    assert "Diskon Lebaran" in page
    assert page.count("Estimated") >= 1
    assert "Harbolnas 12.12" in page
    assert 'class="marked"' in page


def test_promotions_of_moments_that_meet_are_named(store: Store, owner: StaffPerson) -> None:
    bound(store, "Diskon 12.12", "harbolnas")
    bound(store, "Diskon kembar", "double_dates")
    bound(store, "Diskon Natal", "natal")
    page = owner.text(PAGE)
    assert "Promotions in conflict" in page
    assert "It adds up with “Diskon kembar”: together they take 19% off." in page.replace("&quot;", '"')
    assert "It adds up with “Diskon Natal”" not in page


def test_days_are_changed_and_reset(store: Store, owner: StaffPerson) -> None:
    year = store.today.year + 1
    address = f"{PAGE}imlek/{year}/1/"
    standard = occurrences("imlek", [year])[0]
    changed = standard.first_on + timedelta(days=1)
    assert "First day" in owner.text(address)
    owner.post(address, first_on=changed.isoformat(), last_on=changed.isoformat())
    page = owner.text(f"{PAGE}imlek/")
    assert "Changed by you" in page
    owner.post(f"{address}reset/")
    assert "Changed by you" not in owner.text(f"{PAGE}imlek/")
    with merchant_scope(store.merchant.id):
        assert own_calendar(merchant=store.merchant).dates == ()


def test_days_that_mean_nothing_are_refused_in_words(store: Store, owner: StaffPerson) -> None:
    address = f"{PAGE}imlek/{store.today.year + 1}/1/"
    text = owner.post(address, status=400, first_on="2/2/2031", last_on="1/2/2031").content.decode()
    assert "The last day is before the first day." in text


def test_an_own_moment_is_made_changed_and_removed(store: Store, owner: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", name="Ulang tahun toko", repeats="yearly", month="9", first_day="9", days="3")
    page = owner.text(f"{PAGE}ulang_tahun_toko/")
    assert "Every year from 9 Sep for 3 days" in page
    owner.post(f"{PAGE}ulang_tahun_toko/rhythm/", name="HUT toko", repeats="monthly", first_day="28", last_day="2")
    assert "HUT toko" in owner.text(PAGE)
    promotion = bound(store, "Diskon HUT", "ulang_tahun_toko")
    assert promotion
    owner.post(f"{PAGE}ulang_tahun_toko/remove/")
    assert "A promotion hangs on it: Diskon HUT." in owner.text(f"{PAGE}ulang_tahun_toko/")


def test_a_moment_with_written_days(store: Store, owner: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", name="Bazar", repeats="dated")
    assert "No days yet" in owner.text(f"{PAGE}bazar/")
    year = store.today.year
    owner.post(f"{PAGE}bazar/{year}/1/", first_on=f"5/5/{year + 1}", last_on=f"7/5/{year + 1}")
    assert f"5–7 May {year + 1}" in owner.text(f"{PAGE}bazar/")
    owner.post(f"{PAGE}bazar/remove/")
    owner.get(f"{PAGE}bazar/", status=404)


def test_what_a_rhythm_needs_is_asked_for(owner: StaffPerson) -> None:
    text = owner.post(f"{PAGE}new/", status=400, name="X", repeats="monthly", first_day="40").content.decode()
    assert "Fill this in." in text


def test_payday_is_changed_and_given_back(owner: StaffPerson) -> None:
    owner.post(f"{PAGE}payday/rhythm/", repeats="monthly", first_day="1", last_day="3")
    assert "Every month from day 1 to day 3" in owner.text(f"{PAGE}payday/")
    owner.post(f"{PAGE}payday/remove/")
    assert "Every month from day 25 to day 1" in owner.text(f"{PAGE}payday/")
    owner.get(f"{PAGE}lebaran/rhythm/", status=404)


def test_who_may_look_and_who_may_change(store: Store) -> None:
    analyst, marketer, cashier = (store.colleague(role) for role in (Role.ANALYST, Role.MARKETER, Role.CASHIER))
    assert "Add moment" not in analyst.text(PAGE)
    analyst.get(f"{PAGE}new/", status=403)
    analyst.post(f"{PAGE}payday/rhythm/", status=403, repeats="monthly", first_day="1", last_day="3")
    assert "Add moment" in marketer.text(PAGE)
    cashier.get(PAGE, status=403)


def test_another_stores_moments_are_unknown(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", name="Bazar", repeats="dated")
    for code in ("bazar", new_id().hex):
        assert "Bazar" not in stranger.text(f"{PAGE}{code}/", status=404)
    assert "Bazar" not in stranger.text(PAGE)


def test_the_page_needs_as_many_statements_with_many_promotions(store: Store, owner: StaffPerson) -> None:
    bound(store, "Satu", "lebaran")
    before = owner.statements(PAGE)
    for n in range(5):
        bound(store, f"Diskon {n}", "natal")
    assert owner.statements(PAGE) == before <= 16
