"""Goods that take no part: named on their page, obeyed by the till's quotes, sales and returns."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from backoffice.products.forms.goods import list_texts, texts_in
from merchants.facts import SYSTEM, AuditFacts, Role
from merchants.queries import audit_entries, merchant_by_id
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import add_product, save_products
from products.queries import product_count
from rewards.promotions.operations import create_promotion
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import filled
from tests.backoffice.test_promotions import till_of

pytestmark = pytest.mark.django_db
PAGE = "/products/excluded/"

ROKOK = line("1", sku="SURYA", category="Rokok ", unit_amount=35_000)
KOPI = line("2", sku="KOPI", category="Minuman", unit_amount=20_000)


def save_goods(owner: StaffPerson, **names: str) -> str:
    """Review, then save, as a person does; return what the review said."""
    review = owner.post(PAGE, status=200, **filled(owner.text(PAGE), **names)).content.decode()
    owner.post(PAGE, status=302, **filled(review))
    return review


def publish_offer(store: Store, **definition: Any) -> None:
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        create_promotion(
            merchant=merchant_by_id(store.merchant.id), definition={"title": "X", **definition}, starts_at=now, at=now
        )


def test_tobacco_is_neither_discounted_nor_earning(store: Store, owner: StaffPerson) -> None:
    publish_offer(store, kind="percent_off", value=10)
    save_goods(owner, never_discounted_categories="rokok", never_earns_categories="ROKOK")
    till = till_of(store)
    member = till.enrol("081234567890")
    quote = till.post("/quotes", {"lines": [ROKOK, KOPI], "member_id": member["id"]})
    assert [part["discount_amount"] for part in quote["lines"]] == [0, 2_000]
    sale = till.sell("R-1", ROKOK, KOPI, member_id=member["id"])
    assert (sale["discount_amount"], sale["points_earned"]) == (2_000, quote["points_to_earn"])
    only_coffee = till.post("/quotes", {"lines": [KOPI], "member_id": member["id"]})
    assert only_coffee["points_to_earn"] == quote["points_to_earn"] > 0
    back = till.post(
        "/sales/R-1/refunds", {"refund_reference": "F-1", "lines": [{"line_id": "1", "quantity": 1}]}, status=201
    )["refund"]
    assert (back["amount"], back["points_reversed"]) == (35_000, 0)


def test_points_cannot_pay_for_what_is_never_discounted(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    member = till.enrol("081234567890")
    till.sell("R-1", line("1", unit_amount=10_000_000), member_id=member["id"])
    save_goods(owner, never_discounted_skus="surya")
    body = {"lines": [ROKOK], "member_id": member["id"], "redeem_points": 10}
    assert till.post("/quotes", body)["points_value_amount"] == 0
    body["lines"] = [ROKOK, KOPI]
    assert till.post("/quotes", body)["points_value_amount"] == 1_000


def test_the_review_says_what_the_names_cover(store: Store, owner: StaffPerson) -> None:
    drafts = [ProductDraft(sku="SURYA", name="Surya 12", category="Rokok"), ProductDraft(sku="KOPI", name="Kopi")]
    with merchant_scope(store.merchant.id):
        save_products(merchant=store.merchant, drafts=drafts, today=store.today, at=timezone.now(), actor=SYSTEM)
    review = save_goods(owner, never_discounted_categories="ROKOK, Susu formula")
    assert "1 of your products: never discounted" in review
    assert "No product is in the category “Susu formula”, and no till sent it in the last 30 days." in review
    entry = next(e for e in audit(store) if e.action == "merchant.excluded_goods_changed")
    assert entry.after is not None
    assert entry.after["never_discounted"]["categories"] == ["ROKOK", "Susu formula"]


def audit(store: Store) -> list[AuditFacts]:
    with merchant_scope(store.merchant.id):
        return audit_entries(merchant=store.merchant, subject_kind="merchant", subject_id=store.merchant.id)


def test_what_was_changed_meanwhile_is_not_overwritten(store: Store, owner: StaffPerson) -> None:
    review = owner.post(PAGE, status=200, **filled(owner.text(PAGE), never_earns_skus="A")).content.decode()
    save_goods(owner, never_earns_skus="B")
    page = owner.post(PAGE, status=200, **filled(review)).content.decode()
    assert "Another person changed these goods" in page
    assert merchant_by_id(store.merchant.id).excluded_goods.never_earns.skus == ("B",)


def test_a_list_without_commas_is_named(store: Store, owner: StaffPerson) -> None:
    page = owner.post(PAGE, status=400, **filled(owner.text(PAGE), never_earns_skus="A" * 65)).content.decode()
    assert "Put commas between names" in page


def test_who_may_not_edit_the_program_may_not_open_it(store: Store) -> None:
    store.colleague(Role.MARKETER).get(PAGE, status=403)


def test_another_store_keeps_its_goods(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    save_goods(owner, never_earns_skus="RAHASIA")
    assert "RAHASIA" not in stranger.text(PAGE)


def test_the_page_says_which_saved_names_match_no_product(store: Store, owner: StaffPerson) -> None:
    drafts = [ProductDraft(sku="KOPI", name="Kopi", category="Minuman")]
    with merchant_scope(store.merchant.id):
        save_products(merchant=store.merchant, drafts=drafts, today=store.today, at=timezone.now(), actor=SYSTEM)
    till_of(store).sell("R-1", line("1", sku="surya ", category="ROKOK"))
    save_goods(
        owner,
        never_discounted_categories="Rokok, minuman",
        never_discounted_skus="SURYA, kopi",
        never_earns_categories="rokokk",
        never_earns_skus="SURYA, X-1, X-2",
    )
    page = unescape(owner.text(PAGE))
    assert "Names that match no product" in page
    said = page.split("Names that match no product")[1].split("</ul>")[0]
    assert "No product is in the category “Rokok”, but tills send it. Your tills send “ROKOK”: 1 line" in said
    assert said.count("No product has the code “SURYA”, but tills send it. Your tills send “surya”: 1 line") == 1
    assert "No product is in the category “rokokk”, and no till sent it in the last 30 days." in said
    assert "No product has one of the codes “X-1”, “X-2”, and no till sent them" in said
    assert "kopi" not in said.lower()
    assert "minuman" not in said.lower()


def test_a_shop_that_sells_more_than_is_looked_through_sees_how_far_back(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, sku in enumerate(("SURYA", "SURYA", "A-1")):
        till_of(store).sell(f"R-{number}", line("1", sku=sku))
    save_goods(owner, never_earns_skus="SURYA, X-1")
    assert "Your tills send “SURYA”: 2 lines in the last 30 days." in unescape(owner.text(PAGE))
    monkeypatch.setattr("sales.queries.goods.MOST_RECEIPTS", 3)
    page = unescape(owner.text(PAGE))
    assert "Your tills send “SURYA”: 2 lines in the last 3 receipts." in page
    assert "No product has the code “X-1”, and no till sent it in the last 3 receipts. Check the spelling." in page


def test_names_that_are_products_and_shops_that_never_sold_are_left_alone(store: Store, owner: StaffPerson) -> None:
    save_goods(owner, never_earns_skus="SURYA")
    assert "Names that match no product" not in owner.text(PAGE)
    with merchant_scope(store.merchant.id):
        save_products(
            merchant=store.merchant,
            drafts=[ProductDraft(sku="surya", name="Surya 12")],
            today=store.today,
            at=timezone.now(),
            actor=SYSTEM,
        )
    assert "Names that match no product" not in owner.text(PAGE)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A, B,,A", ["A", "B"]),
        ('"A,B", C', ["A,B", "C"]),
        ('"A ""baru"", besar"', ['A "baru", besar']),
        ('5" pipa, B', ['5" pipa', "B"]),
        ('"A, B', ['"A', "B"]),
        ('"A" B, C', ['"A" B', "C"]),
        ("A\nB", ["A", "B"]),
        ("", []),
    ],
)
def test_codes_are_read_between_commas(text: str, codes: list[str]) -> None:
    assert texts_in(text) == codes
    assert texts_in(list_texts(codes)) == codes


def test_a_code_with_a_comma_stays_one_code_when_the_page_is_sent_again(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        add_product(
            merchant=store.merchant,
            draft=ProductDraft(sku="KOPI,250", name="Kopi 250 g"),
            never_discounted=True,
            never_earns=False,
            today=store.today,
            at=timezone.now(),
            actor=SYSTEM,
        )
    page = owner.text(PAGE)
    assert "&quot;KOPI,250&quot;" in page
    assert "Kopi 250 g" in page
    save_goods(owner, never_discounted_skus='"KOPI,250", TEH')
    with merchant_scope(store.merchant.id):
        kept = merchant_by_id(store.merchant.id).excluded_goods
    assert set(kept.never_discounted.skus) == {"KOPI,250", "TEH"}


def test_one_product_more_than_may_be_named_is_an_error_at_its_box(
    store: Store, owner: StaffPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("merchants.operations.excluded_goods.MOST_GOODS_NAMED", 1)
    for sku in ("A", "B"):
        given = {"sku": sku, "name": sku, "never_discounted": "on", "drawn": "none"}
        page = owner.post("/products/new/", status=302 if sku == "A" else 400, **given)
    assert "As many products as may be are named there." in page.content.decode()
    with merchant_scope(store.merchant.id):
        assert merchant_by_id(store.merchant.id).excluded_goods.never_discounted.skus == ("A",)
        assert product_count(merchant=store.merchant) == 1
