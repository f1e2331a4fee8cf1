"""Joining: one by one and by thousands; who is found again, and what bad input gets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common.errors import BadInput
from members.facts import Channel, ConsentSource, EnrolDraft, MemberSource, MemberStatus, Topic
from members.models import Member
from members.operations import MemberExists, block, enrol, enrol_many
from members.queries import (
    MemberNotFound,
    card_token,
    consents,
    find_member,
    member,
    member_by_card_token,
    member_by_referral_code,
    members_by_id,
)
from members.rules import has_check_digit
from merchants.facts import SYSTEM, MerchantFacts
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, TODAY, join, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> MerchantFacts:
    return open_shop()


@pytest.fixture
def stranger() -> MerchantFacts:
    return open_shop(name="Roti Sore")


@pytest.fixture
def scope(shop: MerchantFacts) -> Iterator[MerchantFacts]:
    with merchant_scope(shop.id):
        yield shop


def test_a_newcomer_has_all_that_a_member_has(scope: MerchantFacts) -> None:
    found = join(
        scope,
        name="  Budi   Santoso ",
        phone="0812 3456 7890",
        email="Bu.Di+toko@Gmail.com",
        birth_date=date(1990, 5, 17),
        promo_consent=True,
        attributes={"area": "Depok", "kids": 2},
    )
    assert found.name == "Budi Santoso"
    assert found.phone == "+6281234567890"
    assert found.email == "Bu.Di+toko@gmail.com"
    assert has_check_digit(found.number)
    assert (found.status, found.source) == (MemberStatus.ACTIVE, MemberSource.TILL)
    assert (found.joined_at, found.joined_on, found.tier_since_on) == (NOW, TODAY, TODAY)
    assert found.tier is not None
    assert found.tier.code == "bronze"
    assert found.next_tier is not None
    assert (found.next_tier.code, found.next_tier.progress, found.next_tier.threshold) == ("silver", 0, 1_000_000)
    assert (found.purchase_count, found.spend_amount, found.segment) == (0, 0, None)
    assert found.attributes == {"area": "Depok", "kids": 2}
    assert found.promo_email is True
    (consent,) = consents(merchant=scope, member_id=found.id)
    assert (consent.topic, consent.channel, consent.granted) == (Topic.PROMO, Channel.EMAIL, True)
    assert (consent.source, consent.text_version, consent.at) == (ConsentSource.TILL, "promo-1", NOW)


def test_no_tick_no_consent(scope: MerchantFacts) -> None:
    found = join(scope, email="siti@example.com")
    assert found.promo_email is False
    assert consents(merchant=scope, member_id=found.id) == []


@pytest.mark.parametrize(
    "identifier",
    ["081234567890", "62812-3456-7890", "+62 812 3456 7890", "budi@EXAMPLE.com", "BUDI@example.com"],
)
def test_found_by_contact_in_any_form(scope: MerchantFacts, identifier: str) -> None:
    joined = join(scope, phone="0812 3456 7890", email="Budi@example.com")
    assert find_member(merchant=scope, identifier=identifier).id == joined.id


def test_found_by_number_token_and_link(scope: MerchantFacts) -> None:
    joined = join(scope)
    token = card_token(merchant=scope, member_id=joined.id)
    spaced = " ".join(joined.number[i : i + 4] for i in (0, 4, 8))
    for identifier in (joined.number, spaced, token, f"https://toko.example/m/kopi/card/{token}"):
        assert find_member(merchant=scope, identifier=identifier).id == joined.id
    assert member_by_card_token(merchant=scope, token=token).id == joined.id
    assert member_by_referral_code(merchant=scope, code=joined.referral_code.lower()).id == joined.id


@pytest.mark.parametrize(
    "identifier",
    ["", " ", "0812", "nobody@example.com", "081299999999", "184212345674", "Budi", "\x00", "x" * 22, "💥"],
)
def test_no_one_is_found_by(scope: MerchantFacts, identifier: str) -> None:
    join(scope, phone="0812 3456 7890")
    with pytest.raises(MemberNotFound):
        find_member(merchant=scope, identifier=identifier)


def test_a_stranger_finds_no_one(shop: MerchantFacts, stranger: MerchantFacts) -> None:
    with merchant_scope(shop.id):
        mine = join(shop, phone="081234567890", email="budi@example.com")
        token = card_token(merchant=shop, member_id=mine.id)
    with merchant_scope(stranger.id):
        for identifier in ("081234567890", "budi@example.com", mine.number, token):
            with pytest.raises(MemberNotFound):
                find_member(merchant=stranger, identifier=identifier)
        for unknown in (mine.id, uuid4()):
            with pytest.raises(MemberNotFound):
                member(merchant=stranger, member_id=unknown)
        assert members_by_id(merchant=stranger, member_ids=[mine.id]) == {}
        theirs = join(stranger, phone="081234567890", email="budi@example.com")
        assert theirs.id != mine.id


@pytest.mark.parametrize(
    "fields",
    [
        {"phone": "+62 812-3456-7890"},
        {"email": "b.u.d.i@googlemail.com"},
        {"phone": "081200000001", "email": "BUDI@gmail.com"},
        {"external_ref": "17850"},
    ],
)
def test_who_is_known_is_named(scope: MerchantFacts, fields: dict[str, Any]) -> None:
    known = join(scope, phone="081234567890", email="budi@gmail.com", external_ref="17850")
    with pytest.raises(MemberExists) as refused:
        join(scope, **fields)
    assert refused.value.code == "member_exists"
    assert refused.value.facts["member_id"] == known.id


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"phone": None, "email": None}, [("/phone", "contact_required")]),
        ({"phone": " ", "email": ""}, [("/phone", "contact_required")]),
        ({"phone": "0812"}, [("/phone", "phone_too_short")]),
        ({"email": "budi@"}, [("/email", "email_malformed")]),
        ({"name": ""}, [("/name", "name_required")]),
        ({"name": "x" * 121}, [("/name", "name_too_long")]),
        ({"name": "Budi\x00"}, [("/name", "text_unprintable")]),
        ({"birth_date": date(1899, 12, 31)}, [("/birth_date", "birth_date_impossible")]),
        ({"birth_date": TODAY + timedelta(days=1)}, [("/birth_date", "birth_date_impossible")]),
        ({"language": "fr"}, [("/language", "language_unknown")]),
        ({"attributes": {"a": ["list"]}}, [("/attributes", "attributes_too_large")]),
        ({"attributes": {"a": "x" * 201}}, [("/attributes", "attributes_too_large")]),
        ({"attributes": {"a": 10**30}}, [("/attributes", "attributes_too_large")]),
        ({"attributes": {str(n): n for n in range(51)}}, [("/attributes", "attributes_too_large")]),
        ({"attributes": {"a": "\x00"}}, [("/attributes", "text_unprintable")]),
        ({"name": "", "phone": "abc"}, [("/phone", "phone_not_a_number"), ("/name", "name_required")]),
    ],
)
def test_bad_input_names_the_field_and_the_fix(
    scope: MerchantFacts, fields: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    draft = replace(EnrolDraft(name="Budi", phone="081234567890"), **fields)  # type: ignore[arg-type]
    with translation.override("en"), pytest.raises(BadInput) as refused:
        enrol(merchant=scope, draft=draft, at=NOW, business_date=TODAY)
    assert [(e.pointer, e.code) for e in refused.value.errors] == problems
    assert all(e.message.endswith(".") for e in refused.value.errors)
    assert not Member.objects.filter(merchant_id=scope.id).exists()


def test_a_friends_code_names_the_referrer(scope: MerchantFacts) -> None:
    friend = join(scope)
    newcomer = join(scope, referral_code=f" {friend.referral_code[:6].lower()}-{friend.referral_code[6:]} ")
    assert newcomer.referred_by_id == friend.id
    assert newcomer.referred
    assert not friend.referred


@pytest.mark.parametrize("code", ["K7QH2M4TX9CDR", "\x00", "salah ketik", "0" * 32, ""])
def test_an_unknown_code_does_not_stop_a_person_from_joining(scope: MerchantFacts, code: str) -> None:
    assert not join(scope, referral_code=code).referred


def test_the_code_of_a_blocked_member_does_not_work(scope: MerchantFacts) -> None:
    friend = join(scope, phone="0813 0000 0001")
    block(merchant=scope, member_id=friend.id, actor=SYSTEM, reason="abuse", at=NOW)
    assert not join(scope, phone="0813 0000 0002", referral_code=friend.referral_code).referred


def test_an_import_may_bring_a_customer_number_alone(scope: MerchantFacts) -> None:
    long_ago = NOW - timedelta(days=400)
    found = join(scope, name="", external_ref="17850", source=MemberSource.IMPORT, joined_at=long_ago)
    assert (found.external_ref, found.phone, found.email) == ("17850", None, None)
    assert found.joined_on == TODAY - timedelta(days=400)
    assert found.display_name == found.number


def test_many_in_one_go(scope: MerchantFacts) -> None:
    known = join(scope, phone="081200000000")
    drafts = [
        EnrolDraft(name="Ani", phone="081300000001"),
        EnrolDraft(name="Known", phone="+6281200000000"),
        EnrolDraft(name="Bad", phone="12"),
        EnrolDraft(name="Ani again", phone="6281300000001", email="ani@example.com"),
        EnrolDraft(name="Cici", email="cici@gmail.com", promo_consent=True, source=MemberSource.IMPORT),
        EnrolDraft(name="Cici again", email="c.i.c.i@gmail.com"),
        EnrolDraft(name="Friend", phone="081300000009", referral_code="nobody"),
    ]
    results = enrol_many(merchant=scope, drafts=drafts, at=NOW, business_date=TODAY)
    assert [r.created for r in results] == [True, False, False, False, True, False, True]
    assert results[1].member_id == known.id
    assert results[3].member_id == results[0].member_id
    assert results[5].member_id == results[4].member_id
    assert [e.code for e in results[2].errors] == ["phone_too_short"]
    assert Member.objects.filter(merchant_id=scope.id).count() == 4
    cici = results[4].member_id
    assert cici is not None
    assert consents(merchant=scope, member_id=cici)[0].source is ConsentSource.IMPORT
    assert card_token(merchant=scope, member_id=cici)


def test_thousands_cost_as_many_statements_as_one(scope: MerchantFacts) -> None:
    def statements(number: int, base: int) -> int:
        drafts = [EnrolDraft(name="A", phone=f"0813{base + n:08d}", promo_consent=True) for n in range(number)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            results = enrol_many(merchant=scope, drafts=drafts, at=NOW, business_date=TODAY)
        assert all(result.created for result in results)
        return len(captured)

    assert statements(1, 0) == statements(500, 10) == 6
    assert len(set(Member.objects.filter(merchant_id=scope.id).values_list("number", flat=True))) == 501


def test_a_merged_id_answers_with_its_survivor(scope: MerchantFacts) -> None:
    old, new = join(scope, phone="081200000001"), join(scope, phone="081200000002")
    Member.objects.filter(merchant_id=scope.id, id=old.id).update(status="merged", merged_into_id=new.id, phone=None)
    assert member(merchant=scope, member_id=old.id).id == new.id
    assert find_member(merchant=scope, identifier=old.number).id == new.id
    assert members_by_id(merchant=scope, member_ids=[old.id, new.id]) == {
        old.id: member(merchant=scope, member_id=new.id),
        new.id: member(merchant=scope, member_id=new.id),
    }


def test_one_statement_finds_and_one_reads(scope: MerchantFacts) -> None:
    joined = join(scope, phone="081234567890")
    with CaptureQueriesContext(connection) as captured:
        find_member(merchant=scope, identifier=joined.number)
    assert len(captured) == 2
    with CaptureQueriesContext(connection) as captured:
        member(merchant=scope, member_id=joined.id)
    assert len(captured) == 1
