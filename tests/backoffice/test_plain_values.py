"""Pages speak to people: no technical numbers, no names of time zones, people by name and not by their address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import Store
from tests.backoffice.test_walk import filled, walk  # noqa: F401 - a fixture
from tests.buyers import BuyersShop, add_purchases, void_sale

TECHNICAL = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f-]+|\b(?:Asia|Europe)/\w+|\bvoid:|\{\{|\bsystem\b|\bNone\b"
)
MEANT = re.compile(r"/campaigns/welcome/|/settings/(store|staff)/")
"""Pages where a person writes merge fields, reads which zone counts, or sees who signs in with which address."""


@pytest.mark.gate
@pytest.mark.usefixtures("filled")
def test_no_page_shows_what_only_programs_read(store: Store) -> None:
    """Every page of the menu, in Indonesian, in a store where a receipt was voided and staff did things."""
    shop = BuyersShop(store.merchant, store.outlet_id, store.till_id)
    member = store.member("Batal")
    with merchant_scope(store.merchant.id):
        (sale,) = add_purchases(shop, {member.id: [(store.today - timedelta(days=2), 40_000)]}, reference="INV-1")
        void_sale(shop, sale, on=store.today - timedelta(days=1))
    pages = walk(store.owner, "id")
    assert "/receipts/" in "".join(pages)
    told = {
        path: found
        for path, page in pages.items()
        if not MEANT.match(path) and (found := [text for text in page.texts if is_technical(text, store)])
    }
    assert told == {}
    assert is_technical("void:01a222d5-2be1-7021-94e2-4d5c8789e27a", store)
    assert is_technical(f"oleh {store.owner.email}", store)


def is_technical(text: str, store: Store) -> bool:
    return bool(TECHNICAL.search(text)) or store.owner.email in text
