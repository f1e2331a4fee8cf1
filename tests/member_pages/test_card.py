"""The card page: what it shows, to whom, and what never appears on it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.quantities import format_day
from members.models import Member
from members.operations import block, replace_card, set_segments
from members.rules import show_number
from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import merchant_scope
from rewards.coupons.operations import create_coupon_batch, issue_coupons
from tests.member_pages.conftest import CardHolder, earn, enrol


def test_the_card_says_all_at_a_glance(reader: Client, budi: CardHolder) -> None:
    merchant = budi.merchant
    last_day = merchant.day_of(timezone.now()) + timedelta(days=30)
    earn(budi, 1_240, expires_on=last_day, reference="INV-77")
    page = reader.get(budi.url())
    text = page.content.decode().replace("\u00a0", " ")
    assert page.status_code == 200
    for words in (
        "Budi Santoso",
        show_number(budi.number),
        "1.240 poin",
        "Worth Rp ",
        f"1.240 poin expire on {format_day(last_day, 'en')}",
        "Bronze",
        "Rp 1.000.000 more to Silver",
        "INV-77",
        "+1.240 poin",
        "No coupon to use right now.",
    ):
        assert words in text, words
    assert "for staff only" not in text


def test_the_page_is_light_private_and_keeps_the_policy(reader: Client, budi: CardHolder) -> None:
    for number in range(30):
        earn(budi, 100 + number, reference=f"INV-{number}")
    page = reader.get(budi.url())
    text = page.content.decode()
    assert len(page.content) < 30_000
    assert "style=" not in text
    assert "<script" not in text
    assert "no-store" in page["Cache-Control"]
    assert "private" in page["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in text


def test_the_code_is_the_token_and_nothing_personal(reader: Client, budi: CardHolder) -> None:
    text = reader.get(budi.url()).content.decode()
    assert text.count("<svg") >= 1
    assert 'role="img"' in text
    assert "budi.santoso@gmail.com" not in text
    assert "081234567890" not in text
    assert "3456" not in text.replace(show_number(budi.number), "")


@pytest.mark.parametrize("segment", ["new", "active", "loyal", "lapsed"])
def test_the_segment_never_shows(reader: Client, budi: CardHolder, segment: str) -> None:
    def pages() -> list[str]:
        plain = [reader.get(budi.url(page)).content.decode() for page in ("card", "preferences", "unsubscribe")]
        return [text.split("csrfmiddlewaretoken")[0] for text in plain]

    before = pages()
    with merchant_scope(budi.merchant.id):
        assert set_segments(merchant=budi.merchant, rows=[(budi.id, segment)]) == 1
    assert pages() == before


def test_statements_of_the_card(reader: Client, budi: CardHolder) -> None:
    earn(budi, 100)
    reader.get(budi.url())
    with CaptureQueriesContext(connection) as captured:
        reader.get(budi.url())
    business = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]
    assert len(business) <= 14, "\n".join(business)


def test_history_pages_without_losing_a_line(reader: Client, budi: CardHolder) -> None:
    for number in range(25):
        earn(budi, 1, reference=f"R{number:03d}")
    seen: list[str] = []
    url = budi.url()
    for _ in range(2):
        page = reader.get(url)
        seen += [line.reference for line in page.context["lines"]]
        if page.context["older"]:
            url = budi.url(before=page.context["older"])
    assert seen == [f"R{number:03d}" for number in reversed(range(25))]
    assert reader.get(budi.url(before="nonsense")).status_code == 200


def test_usable_coupons_show_with_their_code(reader: Client, budi: CardHolder) -> None:
    merchant, at = budi.merchant, timezone.now()
    today = merchant.day_of(at)
    with merchant_scope(merchant.id):
        batch = create_coupon_batch(
            merchant=merchant,
            title="Kopi gratis",
            definition={"kind": "percent_off", "value": 10},
            at=at,
            valid_days=14,
        )
        issued = issue_coupons(
            merchant=merchant, batch_id=batch, member_ids=[budi.id], source_id=uuid4(), at=at, valid_from=today
        )
    text = reader.get(budi.url()).content.decode()
    assert "Kopi gratis" in text
    assert issued[budi.id][1] in text
    assert f"Valid until {format_day(today + timedelta(days=13), 'en')}" in text


def test_a_replaced_card_shows_nothing(reader: Client, budi: CardHolder) -> None:
    with merchant_scope(budi.merchant.id):
        new = replace_card(merchant=budi.merchant, member_id=budi.id, reason="lost", at=timezone.now(), actor=SYSTEM)
    for page in ("card", "card_print", "preferences"):
        answer = reader.get(budi.url(page))
        assert answer.status_code == 404
        assert "This link no longer works" in answer.content.decode()
        assert "Budi" not in answer.content.decode()
    budi.token = new
    assert reader.get(budi.url()).status_code == 200


def test_unknown_foreign_and_revoked_look_alike(reader: Client, budi: CardHolder, stranger: MerchantFacts) -> None:
    theirs = enrol(stranger, phone="081299999999")
    answers = [
        reader.get(reverse("member_pages:card", args=[budi.merchant.slug, token]))
        for token in (theirs.token, "x" * 22, "AbCdEfGhIjKlMnOpQrStUv", str(uuid4()), "ü")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content.split(b"csrfmiddlewaretoken")[0] for answer in answers}) == 1


def test_a_blocked_card_has_no_code(reader: Client, budi: CardHolder) -> None:
    with merchant_scope(budi.merchant.id):
        block(merchant=budi.merchant, member_id=budi.id, actor=SYSTEM, reason="test", at=timezone.now())
    text = reader.get(budi.url()).content.decode()
    assert "This card is blocked" in text
    assert "qr-card" not in text


def test_a_merged_members_link_shows_the_survivor(reader: Client, budi: CardHolder) -> None:
    siti = enrol(budi.merchant, name="Siti Rahayu", phone="081300000001")
    with merchant_scope(budi.merchant.id):
        Member.objects.filter(merchant_id=budi.merchant.id, id=budi.id).update(
            status="merged", merged_into_id=siti.id, phone=None
        )
    text = reader.get(budi.url()).content.decode()
    assert "Siti Rahayu" in text
    assert "Budi" not in text


def test_the_printed_card(reader: Client, budi: CardHolder) -> None:
    text = reader.get(budi.url("card_print")).content.decode()
    for words in ('class="id1"', "Kopi Pagi", "Budi Santoso", show_number(budi.number), "data-print"):
        assert words in text
    assert "style=" not in text


def test_a_name_that_is_markup_stays_text(reader: Client, shop: MerchantFacts) -> None:
    person = enrol(shop, name="<script>alert(1)</script> {{ 7 }}", phone="081300000005")
    for page in ("card", "card_print"):
        text = reader.get(person.url(page)).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_bahasa_indonesia_first(budi: CardHolder) -> None:
    text = Client().get(budi.url()).content.decode()
    for words in ("Saldo", "Tingkatan", "Kupon", "Riwayat", "lagi menuju Silver", "Pesan dan izin"):
        assert words in text
    for english in ("Balance", "History", "Coupons"):
        assert english not in text


def test_only_reading(reader: Client, budi: CardHolder) -> None:
    assert reader.post(budi.url()).status_code in {403, 405}
    assert Client().post(budi.url()).status_code == 405
    assert Client().head(budi.url()).status_code == 200
