"""NUL, which no table can hold, in the address of a list and in the short notes that stand outside of forms."""

from __future__ import annotations

import pytest

from merchants.models import SavedView
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store, mark_in
from tests.backoffice.test_gift_cards import card_ids, issue
from tests.backoffice.test_promotions import BUNDLE, publish

pytestmark = pytest.mark.django_db
FILTERS = {
    "/members/": ("q", "segment", "tier", "tag", "outlet", "status", "sort", "after", "last_from", "balance_from"),
    "/members/export/": ("q", "tier"),
    "/offers/promotions/": ("q", "state", "kind", "after"),
    "/offers/coupons/": ("kind", "state", "after"),
    "/products/": ("q", "category", "after", "tab"),
    "/loyalty/gift-cards/": ("state", "batch", "after"),
    "/loyalty/referrals/": ("tab", "referrer", "after"),
    "/campaigns/": ("state", "tab", "after"),
    "/rewards/gifts/": ("state", "partner", "outlet", "age", "after"),
    "/receipts/": ("part", "from", "to", "after"),
    "/segments/loyal/": ("after", "zone", "cell"),
    "/settings/audit/": ("who", "action", "from", "after"),
    "/": ("per",),
}


@pytest.mark.parametrize("path", FILTERS)
def test_an_address_with_nul_is_the_address_without_it(store: Store, owner: StaffPerson, path: str) -> None:
    store.member("Ayu Lestari")
    for name in FILTERS[path]:
        assert owner.client.get(path, query_params={name: "x\x00"}).status_code < 500, name
    if path == "/members/":
        assert "Ayu Lestari" in owner.text(path, q="Ayu\x00 Les")


def test_a_note_or_a_name_with_nul_is_kept_without_it(store: Store, owner: StaffPerson) -> None:
    mark = mark_in(owner.text("/members/"))
    owner.post("/views/members/new/", _store=mark, name="De\x00pok", query="q=a%00")
    with merchant_scope(store.merchant.id):
        assert SavedView.objects.get(merchant_id=store.merchant.id).name == "Depok"
    promotion = publish(store, BUNDLE)
    for step, reason in (("pause", "stok habis"), ("resume", "lagi\x00 ada")):
        owner.post(f"/offers/promotions/{promotion}/{step}/", _store=mark, reason=reason)
    assert "lagi ada" in owner.text(f"/offers/promotions/{promotion}/")
    issue(store, owner)
    card = card_ids(store)[0]
    owner.post(f"/loyalty/gift-cards/{card}/block/", _store=mark, reason="hi\x00lang")
    assert "hilang" in owner.text(f"/loyalty/gift-cards/{card}/")


@pytest.mark.parametrize("box", ["title", "skus", "count_skus", "exclude_skus", "categories"])
@pytest.mark.parametrize("button", ["check", "keep"])
def test_a_promotion_with_nul_is_read_without_it(owner: StaffPerson, box: str, button: str) -> None:
    path = "/offers/promotions/new/payday/"
    fields = {"title": "Gajian", "amount": "30.000", box: "a\x00b", button: "1", "_store": mark_in(owner.text(path))}
    assert owner.client.post(path, fields).status_code < 500


def test_codes_with_nul_are_read_without_it(owner: StaffPerson) -> None:
    path = "/offers/coupons/new/"
    mark = mark_in(owner.text(path))
    for address in (path, f"{path}cost/"):
        assert owner.client.post(address, {"_store": mark, "skus": "a\x00b"}).status_code < 500
