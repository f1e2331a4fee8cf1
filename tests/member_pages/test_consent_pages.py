"""Preferences and the one-click unsubscribe of RFC 8058."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from members.facts import ConsentSource, StopReason
from members.models import Member
from members.queries import consents, unsubscribe_token
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from tests.member_pages.conftest import CardHolder, enrol

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def history(person: CardHolder) -> list[tuple[bool, ConsentSource, StopReason | None]]:
    with merchant_scope(person.merchant.id):
        rows = consents(merchant=person.merchant, member_id=person.id)
    return [(row.granted, row.source, row.reason) for row in rows]


# --- unsubscribe -------------------------------------------------------------------------------------------------


def test_a_hundred_readings_change_nothing(budi: CardHolder) -> None:
    scanner = Client(enforce_csrf_checks=True)
    for _ in range(100):
        page = scanner.get(budi.url("unsubscribe"))
        assert page.status_code == 200
    assert scanner.head(budi.url("unsubscribe")).status_code == 200
    assert budi.now().promo_email is True
    assert len(history(budi)) == 1
    assert b'method="post"' in page.content


def test_one_click_needs_no_login_cookie_or_token_and_does_not_redirect(budi: CardHolder) -> None:
    answers = [Client(enforce_csrf_checks=True).post(budi.url("unsubscribe"), ONE_CLICK) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert budi.now().promo_email is False
    assert history(budi) == [(False, ConsentSource.ONE_CLICK, None), (True, ConsentSource.TILL, None)]


@pytest.mark.parametrize(
    "body",
    [
        {"content_type": "application/x-www-form-urlencoded", "data": "List-Unsubscribe=One-Click"},
        {"content_type": "multipart/form-data; boundary=x", "data": b"--x--\r\n"},
        {"content_type": "text/plain", "data": "List-Unsubscribe=One-Click"},
        {"content_type": "application/x-www-form-urlencoded", "data": ""},
    ],
)
def test_whatever_a_mail_provider_posts_it_stops(budi: CardHolder, body: dict[str, Any]) -> None:
    answer = Client(enforce_csrf_checks=True).post(budi.url("unsubscribe"), **body)
    assert answer.status_code == 200
    assert budi.now().promo_email is False


def test_a_mistaken_click_is_undone_on_the_same_page(budi: CardHolder) -> None:
    reader = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    stopped = reader.post(budi.url("unsubscribe"), ONE_CLICK).content.decode()
    assert "You are unsubscribed" in stopped
    assert "bu***@gmail.com" in stopped
    assert "budi.santoso" not in stopped
    resumed = reader.post(budi.url("unsubscribe"), {"undo": "1"})
    assert "Saved: you get our offers again" in resumed.content.decode()
    assert budi.now().promo_email is True
    assert [granted for granted, _, _ in history(budi)] == [True, False, True]


def test_the_link_outlives_a_merge_and_an_erasure(budi: CardHolder, shop: MerchantFacts) -> None:
    siti = enrol(shop, phone="081300000001", promo_consent=True)
    with merchant_scope(shop.id):
        Member.objects.filter(merchant_id=shop.id, id=budi.id).update(status="merged", merged_into_id=siti.id)
        gone = unsubscribe_token(merchant=shop, member_id=uuid4())
    assert Client().post(budi.url("unsubscribe"), ONE_CLICK).status_code == 200
    assert siti.now().promo_email is False
    url = reverse("member_pages:unsubscribe", args=[shop.slug, gone])
    assert Client().get(url).status_code == 200
    assert Client().post(url, ONE_CLICK).status_code == 200


def test_a_forged_link_is_not_there(budi: CardHolder, stranger: MerchantFacts) -> None:
    for slug, token in (
        (stranger.slug, budi.stop_token),
        (budi.merchant.slug, "x" * 38),
        (budi.merchant.slug, budi.stop_token[:-2] + "AA"),
        ("nobody", budi.stop_token),
    ):
        assert Client().post(reverse("member_pages:unsubscribe", args=[slug, token]), ONE_CLICK).status_code == 404
    assert budi.now().promo_email is True


def test_the_longest_link_fits_the_header(budi: CardHolder) -> None:
    path = reverse("member_pages:unsubscribe", args=["s" * 60, budi.stop_token])
    assert len(path) + len("https://") + 80 <= 200
    assert len(settings.PUBLIC_URL + budi.url("unsubscribe")) <= 200


def test_who_gets_nothing_sees_so(shop: MerchantFacts) -> None:
    quiet = enrol(shop)
    text = Client(headers={"accept-language": "en"}).get(quiet.url("unsubscribe")).content.decode()
    assert "You get no offers from us" in text


# --- preferences -------------------------------------------------------------------------------------------------


def send(reader: Client, person: CardHolder, **fields: str) -> Any:
    reader.get(person.url("preferences"))
    return reader.post(person.url("preferences"), {"csrfmiddlewaretoken": reader.cookies["csrftoken"].value, **fields})


def test_reading_changes_nothing(reader: Client, budi: CardHolder) -> None:
    text = reader.get(budi.url("preferences")).content.decode()
    assert "checked" in text
    assert "bu***@gmail.com" in text
    assert "I want to receive offers and coupons from Kopi Pagi by e-mail" in text
    assert len(history(budi)) == 1


def test_stop_all_with_a_reason_and_undo(reader: Client, budi: CardHolder) -> None:
    stopped = send(reader, budi, stop_all="1", reason="too_many", promo_email="on")
    assert "Stopped: you get no more offers from us" in stopped.content.decode()
    assert history(budi)[0] == (False, ConsentSource.PREFERENCES, StopReason.TOO_MANY)
    undone = send(reader, budi, promo_email="on")
    assert "Saved: you get our offers again" in undone.content.decode()
    assert history(budi)[0] == (True, ConsentSource.PREFERENCES, None)


def test_an_odd_reason_keeps_no_one_from_stopping(reader: Client, budi: CardHolder) -> None:
    assert send(reader, budi, stop_all="1", reason="x" * 500).status_code == 200
    assert history(budi)[0] == (False, ConsentSource.PREFERENCES, None)


def test_a_foreign_page_cannot_change_preferences(budi: CardHolder) -> None:
    answer = Client(enforce_csrf_checks=True).post(budi.url("preferences"), {"promo_email": "on"})
    assert answer.status_code == 403
