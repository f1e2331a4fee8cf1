"""Promotions as JSON: out, in, and edited where the form cannot say them."""

from __future__ import annotations

import json
from html import unescape
from io import BytesIO

import pytest
from django.utils import timezone

from merchants.tenancy import merchant_scope
from rewards.engine import validate_definition
from rewards.promotions.queries import offer
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.filled import filled
from tests.backoffice.test_promotions import BUNDLE, PAGE, id_in, publish

pytestmark = pytest.mark.django_db


def test_json_goes_out_and_comes_in(store: Store, owner: StaffPerson) -> None:
    promotion_id = publish(store, {**BUNDLE, "filter": {"categories": ["kopi"]}})
    exported = json.loads(owner.get(f"{PAGE}{promotion_id}/export/").content)
    assert exported["id"] == str(promotion_id)
    validate_definition(exported)
    exported["title"] = "Dari berkas"
    response = owner.client.post(
        f"{PAGE}new/json/", {"upload": BytesIO(json.dumps(exported).encode()), "publish": "1", "seen": ""}
    )
    assert response.status_code == 400  # the one it came from is live beside it: read once, pressed again
    assert "Read the warnings first." in response.content.decode()
    response = owner.client.post(f"{PAGE}new/json/", filled(response.content.decode(), publish="1"))
    assert response.status_code == 302, response.content.decode()
    assert id_in(response["Location"]) != promotion_id
    with merchant_scope(store.merchant.id):
        found = offer(merchant=store.merchant, promotion_id=id_in(response["Location"]), at=timezone.now())
    assert found.definition.terms.filter.categories == frozenset({"kopi"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "This is not JSON: line 1, column 2"),
        ("[1]", "must be an object"),
        ('{"title": "X", "kind": "bundle_price", "qty": 0, "price": 1}', "/qty – Quantity: Give a whole number"),
        ('{"title": "X", "kind": "bundel", "qty": 1}', "/kind – Kind of promotion: There is no such kind"),
        ('{"title": "X", "kind": "earn_bonus", "points": 5, "poin": 1}', "/poin – poin: This field does not exist"),
        ('{"title": "X", "kind": "percent_off", "value": NaN}', "NaN is not a number"),
        (
            '{"title": "X", "kind": "percent_off", "value": 5, "when": {"hours": [{"from": "25:00", "to": "1"}]}}',
            "/when/hours/0/from",
        ),
        ('{"title": "X", "kind": "issue_coupon", "coupon": {"kind": "amount_off", "value": "x"}}', "/coupon/value"),
        ('{"title": "X", "kind": "percent_off", "value": 5, "when": {"code": "HEMAT"}}', "A code belongs to a coupon."),
    ],
)
def test_bad_json_names_the_place_and_the_reason(store: Store, owner: StaffPerson, text: str, words: str) -> None:
    page = unescape(owner.client.post(f"{PAGE}new/json/", {"text": text, "publish": "1"}).content.decode())
    assert words in page
    assert "Without a name yet" not in owner.text(PAGE)
    assert "issue_coupon" not in owner.text(PAGE, q="X").replace('value="issue_coupon"', "")


def test_what_the_form_cannot_say_is_edited_as_json(store: Store, owner: StaffPerson) -> None:
    parts = [{"qty": 1, "filter": {"categories": ["kopi"]}}, {"qty": 1, "filter": {"categories": ["roti"]}}]
    definition = {"title": "Paket", "kind": "new_order_price", "value": 30_000, "per_bundle": parts}
    address = f"{PAGE}{publish(store, definition)}/"
    page = owner.text(f"{address}edit/")
    assert "The form cannot show all of this promotion" in page
    assert f'href="{address}json/"' in page
    assert "per_bundle" in owner.text(f"{address}json/")
