"""Member pages promise only what happens, in both languages."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from merchants.facts import MerchantFacts
from tests.member_pages.conftest import CardHolder


def text_of(path: str, language: str) -> str:
    reader = Client(headers={"accept-language": language})
    reader.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = reader.get(path).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("language", ["en", "id"])
def test_who_stops_offers_is_promised_no_other_mail(budi: CardHolder, language: str) -> None:
    """Neither receipts nor answers are sent by mail, so no page may say that they still come."""
    for page in ("preferences", "unsubscribe"):
        said = text_of(budi.url(page), language)
        assert not re.search(r"receipt|question|answer|struk|pertanyaan|jawaban", said, re.IGNORECASE), page
    kept = {"en": "Your card and your points stay as they are.", "id": "Kartu dan poin Anda tidak berubah."}
    assert kept[language] in text_of(budi.url("preferences"), language)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "For offers around your birthday, when the store has any."),
        ("id", "Untuk penawaran di sekitar ulang tahun Anda, bila toko mengadakannya."),
    ],
)
def test_a_birthday_is_promised_nothing_that_the_store_has_not(shop: MerchantFacts, language: str, said: str) -> None:
    page = text_of(reverse("member_pages:join", args=[shop.slug]), language)
    assert said in page
    assert not re.search(r"surprise|gift|present|kejutan|kado|hadiah", page, re.IGNORECASE)
