"""A card made on the public page: it finds its member and earns; it shows and spends nothing until it is confirmed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ledger.facts import Unit
from ledger.operations import adjust
from members.operations import block
from members.queries import card_token_in_force, cards, waiting_name
from merchants.facts import SYSTEM, Actor, Role
from merchants.models import AuditEntry
from merchants.tenancy import merchant_scope
from tests.api.conftest import ApiShop
from tests.api.till import ApiTill, line

PHONE = "081266600011"
OWNER = Actor(user_id=None, label="owner@kopi.example", role=Role.OWNER)


def join_on_page(shop: ApiShop, *, name: str = "Bu Sari", **contact: str) -> str:
    """Send the public page's form and return the token of the card it leads to."""
    given = {"name": name, "phone": PHONE, "email": "", "birth_date": "", "referral_code": "", **contact}
    answer = Client().post(reverse("member_pages:join", args=[shop.merchant.slug]), given)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].rsplit("/", 1)[-1].partition("?")[0]


def page(shop: ApiShop, token: str, name: str = "card") -> Any:
    return Client(headers={"accept-language": "en"}).get(
        reverse(f"member_pages:{name}", args=[shop.merchant.slug, token])
    )


def give(shop: ApiShop, member_id: str, points: int) -> None:
    now = timezone.now()
    with merchant_scope(shop.merchant.id):
        adjust(
            merchant=shop.merchant,
            owner_id=UUID(member_id),
            unit=Unit.POINTS,
            change=points,
            reason="goodwill",
            note="",
            actor=OWNER,
            at=now,
            source_id=None,
            business_date=shop.merchant.day_of(now),
        )


@pytest.fixture
def sari(shop: ApiShop, till: ApiTill) -> str:
    """Return the id of a member of the till with 200 points of her own."""
    member = till.enrol(PHONE, name="Sari Asli")
    give(shop, member["id"], 200)
    return str(member["id"])


@pytest.fixture
def token(shop: ApiShop, sari: str) -> str:
    """Return the token that a stranger gets who types her number on the public page."""
    return join_on_page(shop, name="Orang Lain")


def test_the_first_card_of_a_new_member_and_one_for_a_known_number_look_alike(shop: ApiShop, till: ApiTill) -> None:
    first = join_on_page(shop, name="Bu Sari")
    sale = till.post(
        "/sales", {"reference": "R-1", "identifier": first, "lines": [line(unit_amount=2_000_000)]}, status=201
    )
    assert sale["points_earned"] > 0
    second = join_on_page(shop, name="Bu Sari")
    one, other = page(shop, first), page(shop, second)
    assert one.status_code == other.status_code == 200
    assert one.content.replace(first.encode(), b"") != b""
    same = [_plain(answer.content.decode(), token) for answer, token in ((one, first), (other, second))]
    assert same[0] == same[1]
    text = one.content.decode()
    assert "Bu Sari" in text
    assert "Show this at the till to activate" in text
    number = till.get("/members", identifier=PHONE)["member"]["number"]
    assert number not in text
    assert str(sale["points_earned"]) not in _plain(text, first)


def _plain(text: str, token: str) -> str:
    """Return the page without what differs at every call: the token, the QR picture, the form's own key."""
    text = re.sub(r"<svg.*?</svg>", "", text.replace(token, "T"), flags=re.S)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_a_waiting_card_shows_nothing_of_the_member(shop: ApiShop, sari: str, token: str) -> None:
    text = page(shop, token).content.decode()
    assert "Orang Lain" in text
    for secret in ("Sari Asli", "200", PHONE[-4:], sari):
        assert secret not in _plain(text, token)
    for name in ("card_print", "rewards", "preferences", "verification_code"):
        answer = page(shop, token, name)
        assert answer.status_code == 404, name
        assert "Sari" not in answer.content.decode()


def test_joining_changes_nothing_of_a_known_member(shop: ApiShop, till: ApiTill, sari: str) -> None:
    before = till.get(f"/members/{sari}")["member"]
    join_on_page(shop, name="Orang Lain", email="orang@lain.example", birth_date="1990-01-01", promo_consent="on")
    assert till.get(f"/members/{sari}")["member"] == before
    till.refused("GET", "/members", query={"identifier": "orang@lain.example"}, status=404, code="member_not_found")
    shop.assert_verified()


def test_it_finds_the_member_for_earning(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    found = till.get("/members", identifier=token)["member"]
    assert (found["id"], found["card"]) == (sari, {"confirmed": False})
    assert till.get("/members", identifier=PHONE)["member"]["card"] == {"confirmed": True}
    body = {"identifier": token, "lines": [line(unit_amount=100_000)]}
    assert till.post("/quotes", body)["points_to_earn"] > 0
    sale = till.post("/sales", {"reference": "R-1", **body}, status=201)
    assert sale["points_earned"] > 0
    shop.assert_verified()


SPENDING = [
    {"redeem_points": 100},
    {"redeem_wallet_amount": 10_000},
    {"coupon_codes": ["own"]},
]


def spending(shop: ApiShop, till: ApiTill, sari: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return a cart that spends something she has."""
    till.post(f"/members/{sari}/top-ups", {"amount": 50_000, "reference": "TU-1"}, status=201)
    if "coupon_codes" in asked:
        asked = {"coupon_codes": [shop.coupon(member_id=UUID(sari))]}
    return {"lines": [line(unit_amount=100_000)], **asked}


@pytest.mark.parametrize("asked", SPENDING, ids=str)
@pytest.mark.parametrize("shown", ["token", "link", "after a look-up", "its number after a look-up"])
def test_nothing_is_spent_by_it(
    shop: ApiShop, till: ApiTill, sari: str, token: str, asked: dict[str, Any], shown: str
) -> None:
    cart = spending(shop, till, sari, asked)
    named = {"identifier": token}
    if shown == "link":
        named = {"identifier": f"https://loyalty.example/m/{shop.merchant.slug}/card/{token}"}
    if shown == "its number after a look-up":
        number = till.get(f"/members/{sari}")["member"]["number"]
        till.get("/members", identifier=token)
        named = {"identifier": number}
    if shown == "after a look-up":
        named = {"member_id": till.get("/members", identifier=token)["member"]["id"]}
    for path, body in (
        ("/quotes", {**named, **cart}),
        ("/quotes", {**named, **cart, "reserve": True}),
        ("/sales", {"reference": "R-1", **named, **cart}),
    ):
        problem = till.refused("POST", path, body, status=409, code="card_not_confirmed")
        assert problem["cashier_message"] == "Confirm the card first, then redeem."
    assert till.get("/members", identifier=PHONE)["member"]["points"]["available"] == 200
    # Her own phone, and the card once it is confirmed, spend the same cart.
    assert till.post("/quotes", {"identifier": PHONE, **cart})["quote_id"]
    till.post(f"/members/{sari}/cards/confirm", {"token": token})
    till.post("/sales", {"reference": "R-2", **named, **cart}, status=201)
    shop.assert_verified()


def test_the_check_of_a_coupon_says_what_the_sale_would_say(
    shop: ApiShop, till: ApiTill, sari: str, token: str
) -> None:
    """A coupon of her own is called usable only where a sale takes it; one for everybody is."""
    own, anyones = shop.coupon(member_id=UUID(sari)), shop.coupon()
    till.get("/members", identifier=token)
    answer = till.post("/coupons/check", {"code": own, "member_id": sari})
    assert (answer["usable"], answer.get("reason")) == (False, "card_not_confirmed")
    assert answer["message"] == "Confirm the card first, then redeem."
    assert till.post("/coupons/check", {"code": anyones, "member_id": sari})["usable"]
    till.post(f"/members/{sari}/cards/confirm", {"token": token})
    assert till.post("/coupons/check", {"code": own, "member_id": sari})["usable"]


def test_no_reward_is_taken_after_it_was_shown(
    shop: ApiShop, till: ApiTill, colleague: ApiTill, sari: str, token: str
) -> None:
    reward = str(shop.reward(points=60))
    body = {"member_id": sari, "reward_id": reward}
    till.get("/members", identifier=token)
    till.refused("POST", "/redemptions", body, status=409, code="card_not_confirmed")
    till.refused("POST", "/redemptions", {**body, "hold": True}, status=409, code="card_not_confirmed")
    colleague.post("/redemptions", body, status=201)  # another till, where that card was not shown
    till.get("/members", identifier=PHONE)  # the cashier asked for the number instead
    till.post("/redemptions", body, status=201)


def test_a_number_looked_up_is_asked_for_again(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    """The cashier typed the number that the member carries: it no longer counts as the waiting card."""
    number = till.get(f"/members/{sari}")["member"]["number"]
    till.get("/members", identifier=token)
    body = {"identifier": number, "redeem_points": 50, "lines": [line(unit_amount=100_000)]}
    till.refused("POST", "/sales", {"reference": "R-1", **body}, status=409, code="card_not_confirmed")
    till.get("/members", identifier=number)
    till.post("/sales", {"reference": "R-1", **body}, status=201)


def test_a_sale_by_it_counts_as_shown_too(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    till.post("/sales", {"reference": "R-1", "identifier": token, "lines": [line()]}, status=201)
    body = {"member_id": sari, "reward_id": str(shop.reward(points=60))}
    till.refused("POST", "/redemptions", body, status=409, code="card_not_confirmed")


def test_a_look_up_is_forgotten_after_half_a_day(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    till.get("/members", identifier=token)
    body = {"member_id": sari, "reward_id": str(shop.reward(points=60))}
    with time_machine.travel(timezone.now() + timedelta(hours=11), tick=False):
        till.refused("POST", "/redemptions", body, status=409, code="card_not_confirmed")
    with time_machine.travel(timezone.now() + timedelta(hours=13), tick=False):
        till.post("/redemptions", body, status=201)


def test_confirming_makes_it_the_card_and_ends_every_other_link(
    shop: ApiShop, till: ApiTill, sari: str, token: str
) -> None:
    with merchant_scope(shop.merchant.id):
        old = card_token_in_force(merchant=shop.merchant, member_id=UUID(sari))
    other = join_on_page(shop, name="Noch Jemand")
    assert old is not None
    assert page(shop, old).status_code == 200
    answer = till.post(f"/members/{sari}/cards/confirm", {"token": token})
    assert answer["member"]["card"] == {"confirmed": True}
    text = page(shop, token).content.decode()
    assert "Sari Asli" in text
    assert "200" in text
    for ended in (old, other):
        assert page(shop, ended).status_code == 404
        till.refused("GET", "/members", query={"identifier": ended}, status=404, code="member_not_found")
        till.refused("POST", f"/members/{sari}/cards/confirm", {"token": ended}, status=404, code="card_not_found")
    assert till.get("/members", identifier=token)["member"]["card"] == {"confirmed": True}
    assert till.post(f"/members/{sari}/cards/confirm", {"token": token}) == answer
    with merchant_scope(shop.merchant.id):
        assert AuditEntry.objects.filter(merchant_id=shop.merchant.id, action="member.card_confirmed").count() == 1
        assert [card.is_in_force for card in cards(merchant=shop.merchant, member_id=UUID(sari))].count(True) == 1
    shop.assert_verified()


def test_a_new_members_first_card_is_confirmed_the_same_way(shop: ApiShop, till: ApiTill) -> None:
    token = join_on_page(shop, name="Bu Sari")
    found = till.get("/members", identifier=token)["member"]
    assert found["card"] == {"confirmed": False}
    assert till.get("/members", identifier=PHONE)["member"]["card"] == {"confirmed": False}
    till.post(f"/members/{found['id']}/cards/confirm", {"token": token})
    text = page(shop, token).content.decode()
    assert "Bu Sari" in text
    assert "Rewards" in text
    with merchant_scope(shop.merchant.id):
        assert waiting_name(merchant=shop.merchant, token=token) is None
    shop.assert_verified()


def test_the_link_on_the_card_confirms_it_too(shop: ApiShop, till: ApiTill, sari: str, token: str) -> None:
    link = f"https://loyalty.example/m/{shop.merchant.slug}/card/{token}"
    assert till.post(f"/members/{sari}/cards/confirm", {"token": link})["member"]["id"] == sari


@pytest.mark.parametrize("wrong", ["A" * 22, "x", "081266600011", "\u200b", "https://x.example/card/"])
def test_what_is_no_card_of_the_member_confirms_nothing(till: ApiTill, sari: str, wrong: str) -> None:
    till.refused("POST", f"/members/{sari}/cards/confirm", {"token": wrong}, status=404, code="card_not_found")


def test_another_members_or_shops_card_is_not_there(
    shop: ApiShop, till: ApiTill, sari: str, token: str, other_shop: ApiShop, stranger: ApiTill
) -> None:
    dewi = till.enrol("081300000009", name="Dewi")["id"]
    till.refused("POST", f"/members/{dewi}/cards/confirm", {"token": token}, status=404, code="card_not_found")
    stranger.refused("POST", f"/members/{sari}/cards/confirm", {"token": token}, status=404, code="member_not_found")
    stranger.refused("GET", "/members", query={"identifier": token}, status=404, code="member_not_found")
    assert page(other_shop, token).status_code == 404


def test_confirming_asks_for_its_own_scope(shop: ApiShop, sari: str, token: str) -> None:
    filters = shop.till(scopes=["read_members", "record_sales", "redeem"])
    filters.refused("POST", f"/members/{sari}/cards/confirm", {"token": token}, status=403, code="scope_missing")


def test_waiting_cards_do_not_pile_up(shop: ApiShop, till: ApiTill, sari: str) -> None:
    tokens = [join_on_page(shop, name=f"Nama {number}") for number in range(12)]
    assert [page(shop, token).status_code for token in tokens] == [404] * 2 + [200] * 10
    with merchant_scope(shop.merchant.id):
        found = cards(merchant=shop.merchant, member_id=UUID(sari))
        assert sum(card.is_waiting for card in found) == 10
        assert all(card.shown_name == "" for card in found if not card.is_waiting)
    shop.assert_verified()


def test_the_work_of_the_answer_does_not_tell_a_known_number(
    shop: ApiShop, sari: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Both ways write one whole new member, once in vain; they differ by the few statements of the card."""
    with django_assert_max_num_queries(200) as known:
        join_on_page(shop, name="Bu Sari")
    with django_assert_max_num_queries(200) as new:
        join_on_page(shop, name="Bu Sari", phone="081266600012")
    for table in ("members_member", "ledger_account", "merchants_outboxevent"):
        written = [
            sum("INSERT INTO" in q["sql"] and table in q["sql"] for q in seen.captured_queries) for seen in (known, new)
        ]
        assert written[0] == written[1] > 0, table
    assert 0 <= len(known.captured_queries) - len(new.captured_queries) <= 15


def test_a_blocked_member_is_not_shown_either(shop: ApiShop, till: ApiTill, sari: str) -> None:
    with merchant_scope(shop.merchant.id):
        block(merchant=shop.merchant, member_id=UUID(sari), actor=SYSTEM, reason="test", at=timezone.now())
    assert page(shop, join_on_page(shop, name="Bu Sari")).status_code == 200
