"""The demo shop's past looks like a shop, is the same for the same day, and names no real person."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache

import phonenumbers
import pytest

from loyalty.demo_offers import OFFERS
from members.rules import normalise_phone
from onboarding.demo.customers import BRANCHES, WHOLE, Customer, draw_customers
from onboarding.demo.goods import BY_SKU, ERRANDS, GOODS
from onboarding.demo.rhythm import crowd, errands_on
from onboarding.demo.visits import Visit, draw_visits
from rewards.moments.rules.feasts import feasts

DAYS = [date(2026, 11, 28), date(2027, 3, 20), date(2028, 2, 29), date(2034, 1, 1)]
"""An ordinary day, one in the fasting month, a leap day, and one after the year with two Lebarans."""


@cache
def past(today: date) -> tuple[list[Customer], list[Visit]]:
    customers = list(draw_customers(today))
    return customers, draw_visits(customers, today=today)


def test_about_sixty_goods_in_categories_each_dearer_than_it_costs() -> None:
    assert 55 <= len(GOODS) <= 65
    assert len(BY_SKU) == len({good.name for good in GOODS}) == len(GOODS)
    assert len({good.category for good in GOODS}) >= 6
    assert all(0 < good.cost < good.price for good in GOODS)
    assert {sku for errand in ERRANDS.values() for pick in errand.picks for sku in pick.goods} <= set(BY_SKU)


def test_offers_name_goods_that_the_shop_sells() -> None:
    def named(part: object) -> set[str]:
        if isinstance(part, dict):
            found = set(part.get("skus", ())) | ({part["sku"]} if "sku" in part else set())
            return found.union(*(named(inner) for inner in part.values()))
        return set()

    everything = {name: named(offer) for name, offer in OFFERS.items()}
    assert set().union(*everything.values()) <= set(BY_SKU)
    assert sum(bool(skus) for skus in everything.values()) >= 6
    gift = OFFERS["natal"]["gift"]
    assert (gift["name"], gift["list_amount"]) == (BY_SKU[gift["sku"]].name, BY_SKU[gift["sku"]].price)


@pytest.mark.parametrize("today", DAYS)
def test_receipts_are_those_of_a_small_shop(today: date) -> None:
    _, visits = past(today)
    amounts = sorted(visit.amount for visit in visits)
    assert 20_000 <= amounts[0] <= amounts[-1] <= 200_000
    assert 40_000 < amounts[len(amounts) // 2] < 80_000
    assert len({visit.reference for visit in visits}) == len(visits)
    assert len({visit.branch for visit in visits}) == len(BRANCHES)
    first, last = today - timedelta(days=WHOLE.days), today - timedelta(days=1)
    assert all(first <= visit.at.date() <= last for visit in visits)
    assert all(7 <= visit.at.hour <= 20 for visit in visits)
    assert [visit.at for visit in visits] == sorted(visit.at for visit in visits)


def test_the_same_day_gives_the_same_past() -> None:
    customers = draw_customers(DAYS[0])
    assert (list(customers), draw_visits(customers, today=DAYS[0])) == past(DAYS[0])


def test_no_one_buys_before_they_joined_and_some_stay_away() -> None:
    customers, visits = past(DAYS[0])
    assert all(visit.customer is None or visit.at.date() >= visit.customer.joined for visit in visits)
    last = {visit.customer.number: visit.at.date() for visit in visits if visit.customer}
    lapsed = sum((DAYS[0] - day).days > 90 for day in last.values())
    assert 0.15 < lapsed / len(customers) < 0.45
    assert sum((DAYS[0] - customer.joined).days <= 30 for customer in customers) >= 20
    assert sum(customer.friend_of is not None for customer in customers) > 20


def test_contacts_belong_to_no_one_and_are_taken_by_the_import() -> None:
    customers, _ = past(DAYS[0])
    phones = [customer.phone for customer in customers if customer.phone]
    assert len({normalise_phone(phone, "ID") for phone in phones}) == len(phones) > len(customers) * 0.9
    assert not any(phonenumbers.is_valid_number(phonenumbers.parse(phone, "ID")) for phone in phones)
    assert all(customer.phone or customer.email for customer in customers)
    emails = [customer.email for customer in customers if customer.email]
    assert all(email.endswith(".example") and email.isascii() for email in emails)
    assert len(set(emails)) == len(emails)


def test_names_are_those_of_several_regions() -> None:
    customers, _ = past(DAYS[0])
    names = {branch.city: Counter[str]() for branch in BRANCHES}
    for customer in customers:
        names[BRANCHES[customer.branch].city].update(customer.name.split())
    assert names["Denpasar"]["Ni"] + names["Denpasar"]["I"] > 30
    assert names["Bandung"]["Permana"]
    assert names["Ambon"]["Pattiasina"]
    assert names["Bandung"]["Siregar"]
    assert not names["Ambon"]["Asep"]


@pytest.mark.parametrize("year", [2025, 2026, 2027, 2033])
def test_the_shop_is_closed_at_lebaran_and_full_before_it(year: int) -> None:
    for first, last, _ in feasts("lebaran", year):
        assert crowd(first) == crowd(last) == 0.0
        assert crowd(last + timedelta(days=1)) < crowd(first - timedelta(days=1))
        assert "iftar" in errands_on(first - timedelta(days=15))
        assert "feast" in errands_on(first - timedelta(days=2))


def test_weekends_and_paydays_are_fuller() -> None:
    monday, saturday = date(2026, 11, 9), date(2026, 11, 14)
    assert crowd(saturday) > 1.2 * crowd(monday)
    assert crowd(date(2026, 10, 26)) > 1.1 * crowd(date(2026, 10, 12))
