"""One search box: what it finds, for whom, how little it shows, and that a complete identifier opens its record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from common.ids import new_id
from enrolment.operations import enrol_member
from members.facts import EnrolDraft, MemberFacts
from merchants.facts import SYSTEM, OutletFacts, Role, TillFacts
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import add_product, archive_product
from rewards.catalogue.operations import add_reward
from rewards.coupons.operations import create_coupon_batch, issue_coupon
from rewards.coupons.queries import coupon_by_id
from rewards.promotions.operations import create_promotion
from sales.facts import ExchangeReturnDraft, LineDraft, RefundDraft, RefundLineDraft, SaleDraft, SaleFacts
from sales.operations import record_sale, refund_sale
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import publish


def sell(store: Store, reference: str, member: MemberFacts | None = None, **fields: Any) -> SaleFacts:
    outlet = OutletFacts(store.outlet_id, "Main outlet", "Asia/Jakarta")
    till = TillFacts(store.till_id, "Till 1", outlet, store.merchant, frozenset())
    draft = SaleDraft(
        reference=reference,
        request_fingerprint=reference.encode().ljust(32, b"."),
        lines=fields.pop("lines", None)
        or (LineDraft("1", "KOPI", "Kopi susu gula aren", 4, 25_000), LineDraft("2", "ROTI", "Roti", 1, 15_000)),
        member_id=member.id if member else None,
        cashier="Wati",
        **fields,
    )
    with merchant_scope(store.merchant.id):
        return record_sale(merchant=store.merchant, till=till, draft=draft, received_at=timezone.now()).sale


def opened(person: StaffPerson, text: str) -> str:
    return str(person.get("/search/", status=302, q=text)["Location"])


def found(page: str) -> dict[str, list[str]]:
    """Return titles of the results by group."""
    return {
        title: re.findall(r"<strong>([^<]+)</strong>", body)
        for title, body in re.findall(r'<section class="search-group"><h2>([^<]+)</h2>(.*?)</section>', page, re.DOTALL)
    }


@pytest.mark.parametrize("written", ["0812 3456 7890", "+6281234567890", "dewi@example.com", "DEWI@example.com"])
def test_whatever_names_a_member_opens_them(store: Store, owner: StaffPerson, written: str) -> None:
    dewi = store.member("Dewi Lestari", phone="+6281234567890", email="dewi@example.com")
    assert opened(owner, written) == f"/members/{dewi.id}/"
    assert opened(owner, dewi.number) == f"/members/{dewi.id}/"


def test_a_receipt_number_opens_the_receipt(store: Store, owner: StaffPerson) -> None:
    sold = sell(store, "A-1001")
    assert opened(owner, " A-1001 ") == f"/receipts/{sold.id}/"


@pytest.mark.parametrize(
    ("printed", "typed"),
    [
        ("INV/2026/11/0001", "INV/2026/11/0001"),
        ("Order  1 №7", " Order  1 №7\u200b"),
        ("Café 1", "Cafe\u0301 1"),
        ("171526592083", "1715 2659 2083"),
    ],
)
def test_a_receipt_number_is_found_as_the_till_prints_it(
    store: Store, owner: StaffPerson, printed: str, typed: str
) -> None:
    sold = sell(store, printed)
    assert opened(owner, typed) == f"/receipts/{sold.id}/"


def test_a_code_opens_the_member_it_belongs_to(store: Store, owner: StaffPerson) -> None:
    dewi = store.member("Dewi")
    code = coupon_of(store, dewi)
    assert opened(owner, code.lower()) == f"/members/{dewi.id}/"
    assert found(owner.text("/search/", q=code, part="list")) == {"Coupons": ["Diskon 10.000"]}


def coupon_of(store: Store, member: MemberFacts | None) -> str:
    with merchant_scope(store.merchant.id):
        batch = create_coupon_batch(
            merchant=store.merchant,
            definition={"title": "Diskon 10.000", "kind": "amount_off", "value": 10_000},
            title="Diskon 10.000",
            at=timezone.now(),
        )
        coupon_id = issue_coupon(
            merchant=store.merchant,
            batch_id=batch,
            member_id=member.id if member else None,
            source_id=None,
            at=timezone.now(),
            today=store.today,
        )
        found = coupon_by_id(merchant=store.merchant, coupon_id=coupon_id, at=timezone.now(), today=store.today)
    return found.code


def test_parts_of_names_give_five_and_the_way_to_the_rest(store: Store, owner: StaffPerson) -> None:
    for number in range(7):
        store.member(f"Dewi {number}")
    page = owner.text("/search/", q="dewi")
    assert len(found(page)["Members"]) == 5
    assert 'href="/members/?q=dewi"' in page
    assert found(owner.text("/search/", q="tills")) == {"Pages": ["Tills &amp; keys", "Debt from tills"]}


def test_contacts_are_masked_even_for_the_owner(store: Store, owner: StaffPerson) -> None:
    store.member("Dewi", phone="+6281234567890", email="dewi.lestari@example.com")
    page = owner.text("/search/", q="dewi", part="list")
    assert "0812-****-7890" in page
    assert "de***@example.com" in page
    assert "3456" not in page
    assert "lestari" not in page


def test_each_role_finds_what_it_may_open(store: Store) -> None:
    store.member("Tills Rahayu")
    sell(store, "T-1")
    assert found(store.colleague(Role.CARE).text("/search/", q="tills")) == {"Members": ["Tills Rahayu"]}
    assert found(store.colleague(Role.INTEGRATOR).text("/search/", q="tills")) == {"Pages": ["Tills &amp; keys"]}
    assert "No access" in store.colleague(Role.CASHIER).text("/search/", status=403, q="tills")
    assert "they are not searched" in store.colleague(Role.INTEGRATOR).text("/search/", q="T-1")
    assert "No access" in store.colleague(Role.INTEGRATOR).text("/search/", q="T-1", part="list")


def test_another_store_s_records_are_not_found(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    dewi = store.member("Dewi Lestari", phone="+6281234567890")
    sold = sell(store, "A-1001", dewi)
    code = coupon_of(store, dewi)
    for text in ("081234567890", "dewi lestari", dewi.number, "A-1001", code):
        assert "Nothing found" in stranger.text("/search/", q=text)
    stranger.get(f"/receipts/{sold.id}/", status=404)


@pytest.mark.parametrize("text", ["", " ", "\x00", "%", "'; --", "x" * 5000, "🙂", "\\"])
def test_any_text_may_be_searched_for(store: Store, owner: StaffPerson, text: str) -> None:
    owner.get("/search/", q=text)
    owner.get("/search/", q=text, part="list")


def test_goods_are_found_by_name_or_code_and_a_whole_code_opens_them(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        product_id = add_product(
            merchant=store.merchant,
            draft=ProductDraft("KOPI-1", "Susu gula aren", "Minuman", 18_000, 7_500),
            today=store.today,
            at=timezone.now(),
            actor=SYSTEM,
        )
    page = owner.text("/search/", q="gula", part="list")
    assert found(page)["Products"] == ["Susu gula aren"]
    assert "KOPI-1 · Minuman · Rp\xa018.000" in page
    assert "7.500" not in page, "what it costs is on its page"
    assert opened(owner, "kopi-1") == f"/products/{product_id}/"
    with merchant_scope(store.merchant.id):
        archive_product(merchant=store.merchant, product_id=product_id, at=timezone.now(), actor=SYSTEM)
    assert "Products" not in found(owner.text("/search/", q="gula", part="list"))
    assert "Products" not in found(store.colleague(Role.CARE).text("/search/", q="gula", part="list"))


def test_a_search_costs_few_statements(store: Store, owner: StaffPerson) -> None:
    store.buyers(6)
    assert owner.statements("/search/?q=pembeli&part=list") <= 16


def test_offers_rewards_and_coupons_are_found_by_words_in_any_order(store: Store, owner: StaffPerson) -> None:
    offer = publish(store, {"title": "Lebaran: diskon roti", "kind": "percent_off", "value": "5"})
    with merchant_scope(store.merchant.id):
        reward = add_reward(merchant=store.merchant, title="Tas roti kanvas", points=50, at=timezone.now())
        batch = create_coupon_batch(
            merchant=store.merchant,
            title="Selebaran roti",
            definition={"kind": "amount_off", "value": 1_000},
            at=timezone.now(),
        )
    page = owner.text("/search/", q="ROTI diskon", part="list")
    assert found(page) == {"Offers": ["Lebaran: diskon roti"]}
    assert f"/offers/promotions/{offer}/" in page
    page = owner.text("/search/", q="roti", part="list")
    assert found(page)["Offers"] == ["Lebaran: diskon roti", "Selebaran roti"]
    assert found(page)["Rewards"] == ["Tas roti kanvas"]
    assert f"/offers/coupons/{batch}/" in page
    assert f"/rewards/{reward}/" in page
    assert "50\xa0poin" in page
    assert found(store.colleague(Role.INTEGRATOR).text("/search/", q="roti", part="list")) == {}


def test_a_name_is_found_in_any_order_and_a_number_from_its_start(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        for name, phone in (("Vanya Narpati", "081355512345"), ("Budi Narpati", "081808135551")):
            enrol_member(merchant=store.merchant, draft=EnrolDraft(name=name, phone=phone), at=timezone.now())
    assert found(owner.text("/search/", q="narpati van", part="list"))["Members"] == ["Vanya Narpati"]
    assert found(owner.text("/search/", q="0813555", part="list"))["Members"] == ["Vanya Narpati"]
    assert found(owner.text("/search/", q="8135551", part="list"))["Members"] == ["Budi Narpati", "Vanya Narpati"]
    assert owner.get("/search/", q="\u200b \u200b", part="list").status_code == 200


# --- the receipt -------------------------------------------------------------------------------------------------


def test_the_receipt_says_what_was_given_and_why_not(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        for title, least in (("Hemat siang", 100_000), ("Hemat besar", 500_000)):
            create_promotion(
                merchant=store.merchant,
                definition={"title": title, "kind": "amount_off", "value": 5_000, "when": {"min_subtotal": least}},
                starts_at=timezone.now(),
                at=timezone.now(),
            )
    dewi = store.member("Dewi Lestari", phone="+6281234567890")
    sold = sell(store, "A-1001", dewi)
    page = owner.text(f"/receipts/{sold.id}/").replace("\xa0", " ")
    for text in (
        "Kopi susu gula aren",
        "Hemat siang",
        "-Rp 5.000",
        "Rp 110.000",
        "Wati",
        "Dewi Lestari",
        "Mesin kasir 1",
    ):
        assert text in page
    assert "+11 poin" in page
    assert "Minimum spend Rp 500.000; this purchase has Rp 11" in page
    assert f"/receipts/{sold.id}/" in owner.text(f"/members/{dewi.id}/")


def test_returns_are_shown_on_the_receipt(store: Store, owner: StaffPerson) -> None:
    sold = sell(store, "A-1001", store.member("Dewi"))
    outlet = OutletFacts(store.outlet_id, "Main outlet", "Asia/Jakarta")
    till = TillFacts(store.till_id, "Till 1", outlet, store.merchant, frozenset())
    with merchant_scope(store.merchant.id):
        refund_sale(
            merchant=store.merchant,
            till=till,
            reference="A-1001",
            received_at=timezone.now(),
            draft=RefundDraft(
                refund_reference="RET-1",
                request_fingerprint=b"1" * 32,
                lines=(RefundLineDraft("1", 3),),
                reason="Dingin",
            ),
        )
    page = owner.text(f"/receipts/{sold.id}/").replace("\xa0", " ")
    assert "Partly returned" in page
    assert "3 × Kopi susu gula aren" in page
    assert "RET-1 · Dingin" in page


def test_an_exchange_is_shown_on_both_receipts_and_leads_from_each_to_the_other(
    store: Store, owner: StaffPerson
) -> None:
    sold = sell(store, "A-1001", store.member("Dewi"))
    returns = (ExchangeReturnDraft(reference="A-1001", lines=(RefundLineDraft("1", 4),), reason="Salah rasa"),)
    swapped = sell(store, "A-1002", returns=returns, lines=(LineDraft("1", "", "Kado", 1, 40_000),))
    page = owner.text(f"/receipts/{swapped.id}/").replace("\xa0", " ")
    for text in ("Goods exchanged in this receipt", "4 × Kopi susu gula aren", "-Rp 100.000", "Money handed back"):
        assert text in page
    assert "Rp 60.000" in page
    assert f"/receipts/{sold.id}/" in page
    first = owner.text(f"/receipts/{sold.id}/").replace("\xa0", " ")
    assert "Exchanged in receipt A-1002" in first
    assert f"/receipts/{swapped.id}/" in first
    assert owner.statements(f"/receipts/{swapped.id}/") <= 14


def test_an_unknown_receipt_and_roles_without_members(store: Store, owner: StaffPerson) -> None:
    owner.get(f"/receipts/{new_id()}/", status=404)
    sold = sell(store, "A-1")
    store.colleague(Role.INTEGRATOR).get(f"/receipts/{sold.id}/", status=403)
    page = store.colleague(Role.CARE).text(f"/receipts/{sold.id}/")
    assert "Nobody said who they were" in page
    assert owner.statements(f"/receipts/{sold.id}/") <= 10
