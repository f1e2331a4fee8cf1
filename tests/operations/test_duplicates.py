"""Pairs of members who may be one person, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from members.facts import MatchReason
from members.operations import say_not_same
from members.queries import duplicate_pairs, reasons_of_pair
from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from tests.sales_shop import NOW, SellingShop, open_selling_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[SellingShop]:
    found = open_selling_shop()
    with merchant_scope(found.merchant.id):
        yield found


def test_pairs_have_their_reasons(shop: SellingShop) -> None:
    born = date(1990, 5, 17)
    one = shop.join(name="Sari Dewi", birth_date=born, email="sari.dewi@toko.example")
    two = shop.join(name="sari dewi", birth_date=born)
    three = shop.join(name="Dewi", email="saridewi+promo@toko.example")
    shop.join(name="Budi", birth_date=born)
    found = {(p.first.id, p.second.id): p.reasons for p in duplicate_pairs(merchant=shop.merchant)}
    assert found == {
        (one.id, two.id): (MatchReason.BIRTHDAY,),
        (one.id, three.id): (MatchReason.EMAIL,),
    }
    assert reasons_of_pair(merchant=shop.merchant, first_id=two.id, second_id=one.id) == (MatchReason.BIRTHDAY,)
    say_not_same(merchant=shop.merchant, first_id=two.id, second_id=one.id, actor=SYSTEM, at=NOW)
    (left,) = duplicate_pairs(merchant=shop.merchant)
    assert (left.first.id, left.second.id) == (one.id, three.id)
    assert duplicate_pairs(merchant=shop.merchant, after=(one.id, three.id)) == []


def test_an_imported_number_that_is_a_phone_makes_a_pair(shop: SellingShop) -> None:
    one = shop.join(name="Sari", phone="0812 7777 1234")
    two = shop.join(name="Sari", phone=None, external_ref="081277771234")
    (pair,) = duplicate_pairs(merchant=shop.merchant)
    assert ({pair.first.id, pair.second.id}, pair.reasons) == ({one.id, two.id}, (MatchReason.PHONE,))
