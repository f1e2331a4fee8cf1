"""A product code or category that neither catalogue nor tills know is an error at its box that names it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.utils import timezone

from merchants.facts import SYSTEM
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import archive_product, restore_product, save_products
from products.queries import price_list
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import filled
from tests.backoffice.test_promotions import BUNDLE, PAGE, publish

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


def message_at(page: str, name: str) -> str:
    """Return what is said at the box `name`; "" where nothing is."""
    found = re.search(rf'<[^>]*id="id_{name}_error"[^>]*>(.*?)</p>', page, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found[1]).strip() if found else ""


@pytest.mark.parametrize("press", ["check", "publish"])
def test_an_unknown_code_is_an_error_at_its_box_and_is_never_published(
    store: Store, owner: StaffPerson, press: str
) -> None:
    know(store, "KAOS-1")
    page = owner.text(NEW)
    for _again in range(2):
        response = owner.client.post(NEW, filled(page, title="3 kaos", skus="kaos-1 , kaos kaki", **{press: "1"}))
        page = unescape(response.content.decode())
        assert response.status_code == 400
        assert message_at(page, "skus") == (
            "No product has the code “kaos kaki”, and no till sent it in the last 30 days. "
            "Choose it from the list, or add the product first."
        )
        assert 'name="skus" value="kaos-1, kaos kaki"' in page.replace("kaos-1 , kaos", "kaos-1, kaos")
        assert "Publish anyway" not in page
    assert "3 kaos" not in owner.text(PAGE)
    known = owner.client.post(NEW, filled(page, skus="kaos-1", publish="1"))
    assert known.status_code == 302


def test_an_unknown_code_of_goods_left_out_is_an_error_too(store: Store, owner: StaffPerson) -> None:
    """A misspelt exclusion would take its goods in."""
    know(store, "KAOS-1")
    sent = filled(owner.text(NEW), title="3 kaos", exclude_skus="rokok", publish="1")
    page = unescape(owner.client.post(NEW, sent).content.decode())
    assert "“rokok”" in message_at(page, "exclude_skus")


def test_an_archived_product_is_an_error_at_its_box_unless_tills_still_send_it(
    store: Store, owner: StaffPerson
) -> None:
    know(store, "KAOS-1", "TOPI-1")
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        row = price_list(merchant=store.merchant, search="TOPI-1", after=None, limit=1)[0]
        archive_product(merchant=store.merchant, product_id=row.id, at=now, actor=SYSTEM)
    page = owner.text(NEW)
    response = owner.client.post(NEW, filled(page, title="3 topi", skus="kaos-1, topi-1", publish="1"))
    page = unescape(response.content.decode())
    assert response.status_code == 400
    assert message_at(page, "skus") == (
        "The product “topi-1” is archived, and no till sent it in the last 30 days. "
        "Choose another one, or restore it first."
    )
    with merchant_scope(store.merchant.id):
        restore_product(merchant=store.merchant, product_id=row.id, at=now, actor=SYSTEM)
    assert owner.client.post(NEW, filled(page, title="3 topi", skus="kaos-1, topi-1", publish="1")).status_code == 302


def test_a_coupon_with_an_unknown_code_is_never_made(store: Store, owner: StaffPerson) -> None:
    know(store, "KAOS-1")
    path = "/offers/coupons/new/"
    page = owner.text(path)
    for _again in range(3):
        sent = filled(page, title="Kaos", count="5", percent="10", cap_amount="5000", skus="KAOS-1, kaos kaki")
        response = owner.client.post(path, sent)
        page = unescape(response.content.decode())
        assert response.status_code == 400
        assert "“kaos kaki”" in message_at(page, "skus")
    assert "Kaos" not in owner.text("/offers/coupons/")


def test_the_next_version_is_not_asked_about_what_the_last_one_named(store: Store, owner: StaffPerson) -> None:
    promotion = publish(store, {**BUNDLE, "filter": {"skus": ["LAMA"]}})
    know(store, "KAOS-1")
    path = f"{PAGE}{promotion}/edit/"
    assert owner.client.post(path, filled(owner.text(path), skus="LAMA, KAOS-1", publish="1")).status_code == 302
    page = unescape(owner.client.post(path, filled(owner.text(path), skus="LAMA, X", publish="1")).content.decode())
    assert "“X”" in message_at(page, "skus")
    assert "LAMA" not in message_at(page, "skus")


def test_known_codes_in_any_spelling_and_shops_without_products_are_left_alone(
    store: Store, owner: StaffPerson
) -> None:
    for skus in ("kaos kaki", "kaos-1"):
        response = owner.client.post(NEW, filled(owner.text(NEW), title=f"3 {skus}", skus=skus, check="1"))
        assert "No product has the code" not in response.content.decode()
        know(store, "KAOS-1 ".strip())
