"""The join page behind the QR poster."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from limits import RateLimitItemPerMinute

from member_pages import throttle
from members.facts import ConsentSource, MemberSource
from members.queries import consents, find_member
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from tests.member_pages.conftest import CardHolder, open_shop

GIVEN = {"name": "Siti Rahayu", "phone": "0813 0000 0001", "email": "", "birth_date": "1992-02-29"}


def url(shop: MerchantFacts) -> str:
    return reverse("member_pages:join", args=[shop.slug])


def send(reader: Client, shop: MerchantFacts, **fields: str) -> Any:
    reader.get(url(shop))
    given = {**GIVEN, "csrfmiddlewaretoken": reader.cookies["csrftoken"].value, **fields}
    return reader.post(url(shop), given)


def test_the_page_asks_for_little_and_ticks_nothing(reader: Client, shop: MerchantFacts) -> None:
    page = reader.get(url(shop))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Kopi Pagi" in text
    assert 'name="promo_consent"' in text
    assert "checked" not in text
    assert "I want to receive offers and coupons from Kopi Pagi by e-mail" in text
    assert len(page.content) < 20_000
    assert "style=" not in text


def test_joining_opens_a_waiting_card(reader: Client, shop: MerchantFacts) -> None:
    answer = send(reader, shop, promo_consent="on", email="Siti@Example.com")
    assert answer.status_code == 302
    card = reader.get(answer["Location"])
    assert card.status_code == 200
    assert "Show this at the till to activate" in card.content.decode()
    assert "Siti Rahayu" in card.content.decode()
    with merchant_scope(shop.id):
        siti = find_member(merchant=shop, identifier="081300000001")
        assert (siti.name, siti.email, siti.source) == ("Siti Rahayu", "Siti@example.com", MemberSource.PUBLIC)
        assert (siti.language, siti.promo_email) == ("en", True)
        (consent,) = consents(merchant=shop, member_id=siti.id)
        assert (consent.source, consent.text_version) == (ConsentSource.PUBLIC, "promo-1")


def test_without_the_tick_there_is_no_consent(reader: Client, shop: MerchantFacts) -> None:
    assert send(reader, shop).status_code == 302
    with merchant_scope(shop.id):
        assert not find_member(merchant=shop, identifier="081300000001").promo_email


def test_an_e_mail_alone_is_enough(reader: Client, shop: MerchantFacts) -> None:
    assert send(reader, shop, phone="", email="siti@example.com").status_code == 302


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"phone": "", "email": ""}, "Give a mobile number or an e-mail address."),
        ({"phone": "0812"}, "This mobile number is too short. Check the digits"),
        ({"phone": "abc"}, "Write the mobile number in digits"),
        ({"email": "siti@"}, "This is not a complete e-mail address."),
        ({"birth_date": "2999-01-01"}, "The date of birth lies between 1900 and today."),
        ({"birth_date": "31/02/1990"}, "Enter a valid date"),
        ({"name": "x" * 121}, "120"),
        ({"name": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    reader: Client, shop: MerchantFacts, fields: dict[str, str], words: str
) -> None:
    answer = send(reader, shop, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with merchant_scope(shop.id), pytest.raises(Exception, match="member_not_found"):
        find_member(merchant=shop, identifier="081300000001")


def test_everything_that_is_wrong_is_said_at_once(reader: Client, shop: MerchantFacts) -> None:
    text = send(reader, shop, name="", phone="0812", email="siti@").content.decode()
    for words in ("This field is required", "This mobile number is too short", "This is not a complete e-mail"):
        assert words in text


@pytest.mark.parametrize("known", [{"phone": "+62 812-3456-7890"}, {"email": "b.u.d.i.santoso@gmail.com"}])
def test_who_is_known_gets_the_same_page_and_is_not_named(
    reader: Client, budi: CardHolder, known: dict[str, str]
) -> None:
    answer = send(reader, budi.merchant, **known)
    assert answer.status_code == 302
    card = reader.get(answer["Location"])
    text = card.content.decode()
    assert card.status_code == 200
    assert "Siti Rahayu" in text
    assert "Show this at the till to activate" in text
    for secret in ("Budi", budi.number, budi.token, str(budi.id)):
        assert secret not in text
    assert budi.now().name == "Budi Santoso"
    assert reader.get(budi.url("card")).status_code == 200, "the card in force stays until another one is confirmed"


def test_attempts_are_counted_per_address(reader: Client, shop: MerchantFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ATTEMPTS", (RateLimitItemPerMinute(2, 10, namespace="join"),))
    throttle.join_throttle.cache_clear()
    assert [send(reader, shop, phone="0812").status_code for _ in range(3)] == [422, 422, 429]
    answer = send(reader, shop)
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()
    assert reader.get(url(shop)).status_code == 200
    reader.defaults["REMOTE_ADDR"] = "10.0.0.9"
    assert send(reader, shop).status_code == 302


def test_without_redis_the_process_counts_for_itself(shop: MerchantFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ATTEMPTS", (RateLimitItemPerMinute(2, 10, namespace="join"),))
    gate = throttle.JoinThrottle("redis://127.0.0.1:1/0")
    assert [gate.allows(shop, "10.0.0.1") for _ in range(3)] == [True, True, False]


def test_a_forwarded_address_counts_only_behind_our_own_proxies(rf: Any, settings: Any) -> None:
    request = rf.get("/", headers={"x-forwarded-for": "1.1.1.1, 2.2.2.2"}, REMOTE_ADDR="9.9.9.9")
    for proxies, address in ((0, "9.9.9.9"), (1, "2.2.2.2"), (2, "1.1.1.1"), (3, "9.9.9.9")):
        settings.TRUSTED_PROXY_COUNT = proxies
        assert throttle.address_of(request) == address


def test_a_foreign_page_cannot_post(shop: MerchantFacts) -> None:
    assert Client(enforce_csrf_checks=True).post(url(shop), GIVEN).status_code == 403


def test_an_unknown_shop_is_not_there(reader: Client, shop: MerchantFacts) -> None:
    assert reader.get(reverse("member_pages:join", args=["nobody"])).status_code == 404


@pytest.mark.parametrize(
    ("cookie", "asked", "merchant_language", "shown"),
    [
        ("", "", "id", "id"),
        ("", "", "en", "en"),
        ("", "en-GB,en;q=0.9", "id", "en"),
        ("", "jv,id;q=0.8", "en", "id"),
        ("", "de-DE,de;q=0.9", "en", "en"),
        ("", "de-DE,de;q=0.9", "id", "id"),
        ("id", "en", "en", "id"),
        ("xx", "en", "id", "en"),
    ],
)
def test_the_reader_chooses_the_language(db: None, cookie: str, asked: str, merchant_language: str, shown: str) -> None:
    shop = open_shop("Warung", language=merchant_language)
    reader = Client(headers={"accept-language": asked})
    if cookie:
        reader.cookies["django_language"] = cookie
    page = reader.get(url(shop))
    assert page["Content-Language"] == shown
    assert f'<html lang="{shown}">' in page.content.decode()
    assert ("Nomor HP" in page.content.decode()) is (shown == "id")
