"""Offers > Coupons: a code for everyone, created after a second look where nothing bounds it, printed and counted."""

from __future__ import annotations

import re
from typing import Any

from merchants.tenancy import merchant_scope
from rewards.coupons.models import CouponBatch
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_coupons import PAGE, newest
from tests.backoffice.test_promotions import till_of

UNBOUNDED: dict[str, Any] = {
    "kind": "shared",
    "title": "Selamat datang",
    "text": "SELAMATDATANG",
    "offer_kind": "amount",
    "amount": "20.000",
}


def confirmed_in(page: str) -> str:
    (sent,) = re.findall(r'name="confirmed" value="([^"]+)"', page)
    return str(sent)


def test_a_code_without_bound_is_created_only_after_it_was_typed_again(store: Store, owner: StaffPerson) -> None:
    page = owner.post(f"{PAGE}new/", status=200, **UNBOUNDED).content.decode()
    assert "This code can cost any amount" in page
    assert "Each use costs up to Rp\xa020.000" in page
    sent: dict[str, Any] = {**UNBOUNDED, "confirmed": confirmed_in(page)}
    assert "This code can cost any amount" in owner.post(f"{PAGE}new/", status=200, **sent).content.decode()
    wrong = owner.post(f"{PAGE}new/", status=200, **sent, typed="SELAMAT").content.decode()
    assert "This is not the code." in wrong
    dearer = owner.post(f"{PAGE}new/", status=200, **{**sent, "amount": "90.000"}, typed="SELAMATDATANG")
    assert "Rp\xa090.000" in dearer.content.decode()
    with merchant_scope(store.merchant.id):
        assert not CouponBatch.objects.filter(merchant_id=store.merchant.id).exists()
    owner.post(f"{PAGE}new/", **sent, typed="selamatdatang")


def test_a_percentage_of_any_purchase_is_looked_at_once_more(owner: StaffPerson) -> None:
    fields: dict[str, Any] = {**UNBOUNDED, "offer_kind": "percent", "percent": "10", "amount": "", "limit": "100"}
    page = owner.post(f"{PAGE}new/", status=200, **fields).content.decode()
    assert "It can be used 100 times" in page
    owner.post(f"{PAGE}new/", **fields, confirmed=confirmed_in(page))


def test_a_code_with_a_bound_needs_no_second_look(owner: StaffPerson) -> None:
    owner.post(f"{PAGE}new/", **UNBOUNDED, limit="50")


def test_a_shared_code_is_printed_as_it_was_chosen_on_as_many_slips_as_wanted(store: Store, owner: StaffPerson) -> None:
    address = owner.post(f"{PAGE}new/", **UNBOUNDED, limit="50")["Location"]
    for query, slips in (("", 21), ("?slips=5", 5), ("?slips=0", 1), ("?slips=99999", 21), ("?slips=x", 21)):
        sheet = owner.text(f"{address}sheets/{query}")
        assert sheet.count('<p class="slip-code">SELAMATDATANG</p>') == slips, query
    assert "SELA-MATD" not in sheet


def test_a_shared_code_counts_its_uses(store: Store, owner: StaffPerson) -> None:
    """One code, used on three receipts: the list and the page say three, nowhere one."""
    till = till_of(store)
    owner.post(f"{PAGE}new/", **{**UNBOUNDED, "limit": "100"})
    batch, _ = newest(store)
    for number in range(3):
        till.sell(f"R-{number}", line(unit_amount=50_000), coupon_codes=["SELAMATDATANG"])
    assert '<td class="number fact" data-label="Used">3</td>' in owner.text(PAGE)
    page = owner.text(f"{PAGE}{batch.id}/")
    assert "<dt>Uses</dt><dd>3</dd>" in page
    assert "<dt>Used</dt>" not in page
