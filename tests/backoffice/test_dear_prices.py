"""A promotion's price that is no lower than the goods' own is warned of; its trial takes their list prices."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import filled
from tests.backoffice.test_promotions import PAGE

pytestmark = pytest.mark.django_db
NEW = f"{PAGE}new/bundle/"
WARNING = "it would save nobody anything"


def stock(store: Store, *goods: tuple[str, str, int | None]) -> None:
    """Put goods on the price list: code, category, list price."""
    with merchant_scope(store.merchant.id):
        save_products(
            merchant=store.merchant,
            drafts=[ProductDraft(sku=sku, name=sku, category=part, price_amount=price) for sku, part, price in goods],
            at=timezone.now(),
            today=store.today,
            actor=SYSTEM,
        )


def checked(owner: StaffPerson, **fields: Any) -> str:
    sent = filled(owner.text(NEW), title="3 kopi", check="1", **fields)
    return unescape(owner.client.post(NEW, sent).content.decode()).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("price", "goods", "warns"),
    [
        ("70.000", {"skus": "KOPI"}, True),
        ("60.000", {"skus": "KOPI"}, True),
        ("59.999", {"skus": "KOPI"}, False),
        ("70.000", {"skus": "KOPI, TEH"}, False),
        ("75.000", {"skus": "kopi, teh"}, True),
        ("90.000", {"categories": "minuman"}, True),
        ("74.000", {"categories": "minuman"}, False),
        ("70.000", {"categories": "minuman", "exclude_skus": "TEH"}, True),
        ("90.000", {"skus": "KOPI, GULA"}, False),
    ],
)
def test_a_set_that_costs_no_less_than_its_goods_is_warned_of(
    store: Store, owner: StaffPerson, price: str, goods: dict[str, str], *, warns: bool
) -> None:
    """KOPI is 20,000, TEH 25,000; GULA has no list price."""
    stock(store, ("KOPI", "Minuman", 20_000), ("TEH", "Minuman", 25_000), ("GULA", "Dapur", None))
    page = checked(owner, price=price, **goods)
    assert (WARNING in page) is warns
    if price == "70.000" and goods == {"skus": "KOPI"}:
        assert "these goods cost Rp 60.000 at most, and the promotion asks Rp 70.000" in page


def test_the_trial_takes_the_price_of_the_goods(store: Store, owner: StaffPerson) -> None:
    stock(store, ("SABUN", "Mandi", 41_500))
    assert "124.500" in checked(owner, price="100.000", skus="SABUN"), "three of them, before the offer"


def test_the_warning_is_read_once_and_does_not_forbid(store: Store, owner: StaffPerson) -> None:
    stock(store, ("KOPI", "Minuman", 20_000))
    sent = filled(owner.text(NEW), title="3 kopi", price="70.000", skus="KOPI", publish="1")
    page = owner.client.post(NEW, sent)
    assert page.status_code == 400
    assert owner.client.post(NEW, filled(page.content.decode(), publish="1")).status_code == 302
