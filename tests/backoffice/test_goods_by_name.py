"""Offers say goods by their name; boxes for goods find them by name and say what is unknown (UX16, UX26)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from merchants.facts import SYSTEM, Role
from merchants.tenancy import merchant_scope
from products.facts import ProductDraft
from products.operations import save_products
from rewards.coupons.operations import create_coupon_batch
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store, open_store
from tests.backoffice.filled import filled
from tests.backoffice.test_promotions import BUNDLE, PAGE, publish, till_of
from tests.backoffice.test_rewards import offer, rich
from tests.backoffice.test_shared_codes import confirmed_in

pytestmark = pytest.mark.django_db
NEW = f"{PAGE}new/bundle/"
COUPONS = "/offers/coupons/new/"


def know(store: Store, **names: str) -> None:
    drafts = [ProductDraft(sku=sku, name=name, category="Minuman") for sku, name in names.items()]
    with merchant_scope(store.merchant.id):
        save_products(merchant=store.merchant, drafts=drafts, today=store.today, at=timezone.now(), actor=SYSTEM)


def shown(person: StaffPerson, path: str, **query: Any) -> str:
    return unescape(person.text(path, **query)).replace("\xa0", " ")


def three_of(*skus: str, title: str = "3 untuk 70") -> dict[str, Any]:
    return {**BUNDLE, "title": title, "filter": {"skus": list(skus)}}


def test_a_promotion_names_its_products_on_every_page(store: Store, owner: StaffPerson) -> None:
    know(store, **{"85123A": "Kaos Hitam", "21212": "Mug"})
    promotion = publish(store, three_of("85123a", "21212", "BELUM-ADA"))
    sentence = "3 of BELUM-ADA, Kaos Hitam, Mug for Rp 70.000"
    for path in (PAGE, f"{PAGE}{promotion}/"):
        page = shown(owner, path)
        assert sentence in page, path
        assert "85123a" not in page.lower().split("<main")[-1], path
    edited = owner.client.post(f"{PAGE}{promotion}/edit/", filled(owner.text(f"{PAGE}{promotion}/edit/"), check="1"))
    assert sentence in unescape(edited.content.decode()).replace("\xa0", " ")


def test_goods_that_share_a_name_keep_their_code(store: Store, owner: StaffPerson) -> None:
    know(store, K1="Kaos", K2="kaos ", M="Mug")
    publish(store, three_of("K1", "M"))
    assert "3 of Kaos (K1), Mug for" in shown(owner, PAGE)


def test_another_merchants_name_is_never_shown(store: Store, owner: StaffPerson, other_store: Store) -> None:
    know(other_store, K1="Rahasia")
    publish(store, three_of("K1"))
    page = shown(owner, PAGE)
    assert "3 of K1 for" in page
    assert "Rahasia" not in page


def test_names_cost_one_statement_whatever_the_list(store: Store, owner: StaffPerson) -> None:
    know(store, K1="Kaos", K2="Mug")
    publish(store, three_of("K1"))
    owner.statements(PAGE)
    few = owner.statements(PAGE)
    for number in range(12):
        publish(store, three_of("K1", "K2", f"X{number}", title=f"Paket {number}"))
    assert owner.statements(PAGE) == few


def test_a_coupon_names_products_and_segments_in_the_readers_language(store: Store, owner: StaffPerson) -> None:
    know(store, K1="Kaos Hitam")
    offer = {
        "kind": "percent_off",
        "value": 10,
        "cap": 5_000,
        "filter": {"skus": ["k1"]},
        "when": {"segments_any": ["active", "lapsed"]},
    }
    with merchant_scope(store.merchant.id):
        batch: UUID = create_coupon_batch(
            merchant=store.merchant, title="Kaos", definition=offer, at=timezone.now(), valid_days=None
        )
    page = shown(owner, f"/offers/coupons/{batch}/")
    assert "On Kaos Hitam" in page
    assert "Only for Active, Lapsed" in page


def test_a_box_for_goods_shows_names_and_codes_no_catalogue_knows(store: Store, owner: StaffPerson) -> None:
    know(store, K1="Kaos Hitam")
    promotion = publish(store, three_of("k1", "lain"))
    page = shown(owner, f"{PAGE}{promotion}/edit/")
    assert 'data-code="k1" title="k1">' in page
    assert "<span>Kaos Hitam</span>" in page
    assert 'class="chip as-typed" data-code="lain"' in page
    assert 'name="skus" value="k1, lain"' in page, "without script it is a plain box of codes"


def test_goods_are_found_by_name_or_code_of_this_shop_only(
    store: Store, owner: StaffPerson, other_store: Store
) -> None:
    know(store, **{"K-1": "Kaos Hitam", "M-1": "Mug ＫＡＯＳ", "G": "Gula"})
    know(other_store, **{"K-2": "Kaos Rahasia"})
    found = shown(owner, "/products/found/", q="KAOS")
    assert 'data-code="K-1" data-name="Kaos Hitam"' in found
    assert 'data-code="M-1"' in found
    assert "Gula" not in found
    assert "Rahasia" not in found
    assert 'data-code="K-1"' in shown(owner, "/products/found/", q="k-")
    assert "No product has this name or code" in shown(owner, "/products/found/", q="%")
    assert "<li" not in shown(owner, "/products/found/", q="")


def test_the_form_says_how_tills_spell_what_is_named(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    sent_so = [("kopi-1", "Kopi Susu"), ("KOPI-1 ", "KOPI SUSU"), ("kopi-1", "Kopi Susu")]
    for number, (sku, category) in enumerate(sent_so):
        till.sell(f"R-{number}", line(sku=sku, category=category))
    sent = filled(owner.text(NEW), title="3 kopi", skus="Kopi-1", categories="kopi susu", check="1")
    page = unescape(owner.client.post(NEW, sent).content.decode())
    assert "Your tills send “kopi-1”, “KOPI-1”: 3 lines in the last 30 days." in page
    assert "Your tills send “Kopi Susu”, “KOPI SUSU”: 3 lines in the last 30 days." in page
    assert "No product has the code" not in page, "a till has sent it"
    assert "No product is in the category" not in page


def test_a_category_that_no_till_sends_is_named_at_its_box(store: Store, owner: StaffPerson) -> None:
    know(store, K1="Kaos")
    sent = filled(owner.text(NEW), title="3 kopi", categories="minuman, rokokk", publish="1")
    response: Any = owner.client.post(NEW, sent)
    assert response.status_code == 400
    page = unescape(response.content.decode())
    assert "No product is in the category “rokokk”, and no till sent it" in page
    assert "minuman" not in page.split("No product is in the category")[1].split("</")[0]
    again: Any = owner.client.post(NEW, filled(page, categories="minuman", publish="1"))
    assert again.status_code == 302


def test_goods_are_offered_with_code_price_and_cost(store: Store, owner: StaffPerson, other_store: Store) -> None:
    drafts = [
        ProductDraft(sku="K-1", name="Kaos Hitam", category="Baju", price_amount=75_000, cost_amount=41_500),
        ProductDraft(sku="K-2", name="Kaos Putih", category="Baju"),
    ]
    for shop, goods in ((store, drafts), (other_store, [ProductDraft(sku="K-3", name="Kaos Lain", category="Lain")])):
        with merchant_scope(shop.merchant.id):
            save_products(merchant=shop.merchant, drafts=goods, today=store.today, at=timezone.now(), actor=SYSTEM)
    found = " ".join(re.sub(r"<[^>]+>", " ", shown(owner, "/products/found/", q="kaos")).split())
    assert (
        found == "Kaos Hitam K-1 · Baju Price Rp 75.000 · cost Rp 41.500 Kaos Putih K-2 · Baju Price – · cost not known"
    )
    few = owner.statements("/products/found/?q=kaos")
    with merchant_scope(store.merchant.id):
        more = [ProductDraft(sku=f"KX{n}", name=f"Kaos {n}", price_amount=1, cost_amount=1) for n in range(20)]
        save_products(merchant=store.merchant, drafts=more, today=store.today, at=timezone.now(), actor=SYSTEM)
    assert owner.statements("/products/found/?q=kaos") == few
    assert "There are more: type on." in shown(owner, "/products/found/", q="kaos")


def test_the_gift_of_a_promotion_is_one_product(store: Store, owner: StaffPerson) -> None:
    path = f"{PAGE}new/gift/"
    page = owner.text(path)
    assert 'data-fills-name="gift_name"' in page
    assert 'data-fills-price="gift_amount"' in page
    typed = filled(page, title="Tas", gift_sku="TAS, PAYUNG", gift_name="Tas", publish="1")
    response: Any = owner.client.post(path, typed)
    assert response.status_code == 400
    refused = unescape(response.content.decode())
    assert "Choose one product only." in refused.split('id="id_gift_sku_error"')[1].split("</div>")[0]
    assert 'name="gift_sku" value="TAS, PAYUNG"' in refused
    published: Any = owner.client.post(path, {**typed, "gift_sku": ["TAS"]})
    assert published.status_code == 302
    assert "1 × Tas free" in shown(owner, published["Location"])


def test_categories_are_offered_once_each_with_their_products(
    store: Store, owner: StaffPerson, other_store: Store
) -> None:
    know(store, K1="Kopi", K2="Teh")
    with merchant_scope(store.merchant.id):
        bread = [ProductDraft(sku="R1", name="Roti", category="Roti & kue"), ProductDraft(sku="L", name="Lain")]
        spelled = [ProductDraft(sku="K3", name="Es", category="MINUMAN")]
        save_products(
            merchant=store.merchant, drafts=[*bread, *spelled], today=store.today, at=timezone.now(), actor=SYSTEM
        )
    with merchant_scope(other_store.merchant.id):
        theirs = [ProductDraft(sku="R", name="R", category="Rahasia")]
        save_products(merchant=other_store.merchant, drafts=theirs, today=store.today, at=timezone.now(), actor=SYSTEM)
    every = shown(owner, "/products/categories/found/", q="")
    assert every.count('role="option"') == 2
    assert "3 products" in every
    assert 'data-code="Roti & kue"' in every
    assert "Rahasia" not in every
    assert shown(owner, "/products/categories/found/", q="KUE").count('role="option"') == 1
    assert "No product is in a category of this name" in shown(owner, "/products/categories/found/", q="x%")
    form = shown(owner, NEW)
    assert 'data-goods="/products/categories/found/"' in form
    assert "Yours: Minuman, Roti & kue." in form or "Yours: MINUMAN, Roti & kue." in form
    store.colleague(Role.CASHIER).get("/products/categories/found/", status=403)


def test_codes_with_a_percentage_without_a_highest_amount_are_looked_at_once_more(owner: StaffPerson) -> None:
    """UX31: unique codes as well."""
    fields: dict[str, Any] = {
        "kind": "codes",
        "title": "Selebaran",
        "count": "100",
        "max_uses": "2",
        "offer_kind": "percent",
        "percent": "10",
    }
    page = owner.post(COUPONS, status=200, **fields).content.decode()
    assert "These codes can cost any amount" in page
    assert "Together they can be used 200 times, each for a percentage" in page
    assert "Create 100 codes without a highest amount" in page
    owner.post(COUPONS, **fields, confirmed=confirmed_in(page))


LATE = {
    "kind": "percent_off",
    "value": 10,
    "title": "Malam",
    "when": {"valid_to": "2026-11-27", "hours": [{"from": "22:00", "to": "02:00"}]},
}
NIGHT = [(17, 30, "live"), (18, 59, "live"), (19, 0, "ended")]
"""UTC on the 27th: 00.30, 01.59 and 02.00 in Jakarta on the 28th."""


@pytest.mark.parametrize(("hour", "minute", "state"), NIGHT)
def test_the_state_is_what_the_till_does_past_midnight(db: None, hour: int, minute: int, state: str) -> None:
    """B17: the last day's hours end at 02.00 of the next."""
    with time_machine.travel(datetime(2026, 11, 27, 10, 0, tzinfo=UTC), tick=False):
        store = open_store("Toko Malam")
        promotion = publish(store, LATE)
        till = till_of(store)
    with time_machine.travel(datetime(2026, 11, 27, hour, minute, tzinfo=UTC), tick=False):
        applied = till.post("/quotes", {"lines": [line()]})["discounts"]
        assert bool(applied) == (state == "live")
        assert ("Malam" in store.owner.text(PAGE, state=state)) is True
        other = "ended" if state == "live" else "live"
        assert "Malam" not in store.owner.text(PAGE, state=other).split("<tbody")[-1].split("</tbody")[0]
        detail = store.owner.text(f"{PAGE}{promotion}/")
        assert ("Finished" in detail) == (state == "ended")


def test_who_can_afford_a_reward_is_a_list_that_opens(store: Store, owner: StaffPerson) -> None:
    """UX39: the figure names its base, and leads to those whom it counts."""
    offer(store)
    rich(store)
    store.member()
    page = shown(owner, "/rewards/")
    assert "/members/?status=active&usable=100" in page
    assert "share of all members whose membership is in use" in page
    assert ">1 of 2<" in page or "50% of 2" in page or "50,0% of 2" in page
    opened = shown(owner, "/members/?status=active&usable=100")
    assert "Can spend 100 points or more" in opened
    assert opened.count('class="row-link"') == 1
