"""A product code that no product has is an error at its box until a person says that it is meant."""

from __future__ import annotations

from html import unescape

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


def know(store: Store, *skus: str) -> None:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        save_products(
            merchant=store.merchant,
            drafts=[ProductDraft(sku=sku, name=f"Barang {sku}") for sku in skus],
            at=now,
            today=store.today,
            actor=SYSTEM,
        )


def test_an_unknown_code_is_an_error_at_its_box_until_it_is_meant(store: Store, owner: StaffPerson) -> None:
    know(store, "KAOS-1")
    sent = filled(owner.text(NEW), title="3 kaos", skus="kaos-1 , kaos kaki", publish="1")
    response = owner.client.post(NEW, sent)
    page = unescape(response.content.decode())
    assert response.status_code == 400
    assert "No product has the code kaos kaki, and no till sent it in the last 30 days. Correct it" in page
    assert 'id="id_skus_error"' in page or 'aria-invalid="true"' in page.split('name="skus"')[1][:300]
    again = owner.client.post(NEW, filled(response.content.decode(), publish="1"))
    assert again.status_code == 302


def test_known_codes_in_any_spelling_and_shops_without_products_are_left_alone(
    store: Store, owner: StaffPerson
) -> None:
    for skus in ("kaos kaki", "kaos-1"):
        response = owner.client.post(NEW, filled(owner.text(NEW), title=f"3 {skus}", skus=skus, check="1"))
        assert "No product has the code" not in response.content.decode()
        know(store, "KAOS-1 ".strip())
