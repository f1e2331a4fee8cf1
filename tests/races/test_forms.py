"""One form of a staff page sent by many browsers at once: what it makes is made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest
from django.test import Client

from backoffice import sent_forms
from merchants.tenancy import merchant_scope
from rewards.coupons.models import CouponBatch
from rewards.gift_cards.models import GiftCard
from tests.backoffice.conftest import Store, open_store
from tests.backoffice.test_forms_sent_twice import COUPONS, drawn
from tests.races.together import outcomes

pytestmark = pytest.mark.usefixtures("real_commits")

GIFT_CARDS: Final = {
    "title": "Kado",
    "amount": "50.000",
    "count": "3",
    "use": "given",
    "reason": "uji",
    "confirmed": "150000",
}


def sent_at_once(store: Store, path: str, written: Mapping[str, Any], count: int = 8) -> tuple[Counter[str], set[str]]:
    """Return how the requests ended and where they led."""
    fields, cookies, led = drawn(store, path) | dict(written), store.owner.client.cookies, set[str]()

    def send(number: int) -> None:
        client = Client(headers={"accept-language": "en"})
        client.cookies.update(cookies)
        answer = client.post(path, fields)
        assert answer.status_code == 302, answer.status_code
        led.add(answer["Location"])

    return outcomes(send, count, workers=count), led


def batches(store: Store) -> int:
    with merchant_scope(store.merchant.id):
        return CouponBatch.objects.filter(merchant_id=store.merchant.id).count()


def test_one_batch_of_coupons_comes_of_eight_at_once() -> None:
    store = open_store("Toko Melati")
    ended, led = sent_at_once(store, "/offers/coupons/new/", COUPONS)
    assert (ended, len(led), batches(store)) == (Counter(ok=8), 1, 1)


def test_one_batch_of_gift_cards_comes_of_eight_at_once() -> None:
    store = open_store("Toko Melati")
    ended, led = sent_at_once(store, "/loyalty/gift-cards/new/", GIFT_CARDS)
    assert (ended, len(led)) == (Counter(ok=8), 1)
    with merchant_scope(store.merchant.id):
        assert GiftCard.objects.filter(merchant_id=store.merchant.id).count() == 3


def test_points_are_booked_once_of_eight_at_once() -> None:
    store = open_store("Toko Melati")
    member = store.member("Ayu")
    written = {"direction": "add", "points": "500", "reason": "goodwill", "confirmed": "500"}
    ended, _ = sent_at_once(store, f"/members/{member.id}/points/", written)
    assert (ended, store.balance(member)) == (Counter(ok=8), 500)


def test_without_the_claim_each_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the browsers are really at it together, and only the claim holds them apart."""
    monkeypatch.setattr(sent_forms, "claim_form", lambda **claim: None)
    store = open_store("Toko Melati")
    sent_at_once(store, "/offers/coupons/new/", COUPONS)
    assert batches(store) == 8
