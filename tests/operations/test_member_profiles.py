"""A member's profile by hand: consent, cards, edits, status, segments."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.errors import BadInput, Refusal
from members.facts import (
    ConsentSource,
    MemberFacts,
    MemberStatus,
    ProfileChanges,
)
from members.operations import (
    block,
    edit_profile,
    replace_card,
    set_consent,
    set_segments,
    unblock,
    withdraw_consent,
)
from members.queries import (
    MemberNotFound,
    card_token,
    cards,
    consents,
    contacts,
    find_member,
    member,
    member_id_of_unsubscribe_token,
    unsubscribe_token,
)
from members.rules import luhn_digit
from merchants.facts import MerchantFacts
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, OWNER, TODAY, join, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> MerchantFacts:
    return open_shop()


@pytest.fixture
def scope(shop: MerchantFacts) -> Iterator[MerchantFacts]:
    with merchant_scope(shop.id):
        yield shop


def read(merchant: MerchantFacts, found: MemberFacts) -> MemberFacts:
    return member(merchant=merchant, member_id=found.id)


# --- consent and links -------------------------------------------------------------------------------------------


def test_every_yes_and_no_leaves_its_proof(scope: MerchantFacts) -> None:
    found = join(scope, email="budi@example.com", promo_consent=True)
    later = NOW + timedelta(hours=1)
    assert withdraw_consent(merchant=scope, member_id=found.id, source=ConsentSource.ONE_CLICK, at=later)
    assert not withdraw_consent(merchant=scope, member_id=found.id, source=ConsentSource.ONE_CLICK, at=later)
    assert read(scope, found).promo_email is False
    given: dict[str, Any] = {"merchant": scope, "member_id": found.id, "granted": True, "at": later}
    assert set_consent(source=ConsentSource.PREFERENCES, **given)
    assert not set_consent(source=ConsentSource.PREFERENCES, **given)
    assert read(scope, found).promo_email is True
    history = consents(merchant=scope, member_id=found.id)
    assert [(c.granted, c.source.value) for c in history] == [
        (True, "preferences"),
        (False, "one_click"),
        (True, "till"),
    ]
    assert contacts(merchant=scope, member_ids=[found.id])[found.id].promo_email is True


def test_a_no_without_an_earlier_yes_is_nothing_new(scope: MerchantFacts) -> None:
    found = join(scope)
    assert not withdraw_consent(merchant=scope, member_id=found.id, source=ConsentSource.ONE_CLICK, at=NOW)
    assert consents(merchant=scope, member_id=found.id) == []


def test_unsubscribe_tokens_are_short_ours_and_for_ever(scope: MerchantFacts) -> None:
    found = join(scope)
    token = unsubscribe_token(merchant=scope, member_id=found.id)
    assert len(token) == 38
    assert member_id_of_unsubscribe_token(merchant=scope, token=token) == found.id
    for forged in (
        "",
        "x",
        token[:-1],
        *(token[:-1] + symbol for symbol in "ABCDQRgw_-" if symbol != token[-1]),
        token + "A",
        "ü" * 38,
        "=" * 38,
    ):
        with pytest.raises(MemberNotFound):
            member_id_of_unsubscribe_token(merchant=scope, token=forged)
    with pytest.raises(MemberNotFound):
        member_id_of_unsubscribe_token(merchant=replace(scope, id=uuid4()), token=token)


# --- cards -------------------------------------------------------------------------------------------------------


def test_a_replaced_card_opens_nothing(scope: MerchantFacts) -> None:
    found = join(scope)
    old = card_token(merchant=scope, member_id=found.id)
    new = replace_card(merchant=scope, member_id=found.id, reason="lost", at=NOW, actor=OWNER)
    assert new == card_token(merchant=scope, member_id=found.id) != old
    assert find_member(merchant=scope, identifier=new).id == found.id
    assert find_member(merchant=scope, identifier=found.number).id == found.id
    with pytest.raises(MemberNotFound):
        find_member(merchant=scope, identifier=old)
    assert [(c.revoked_reason, c.revoked_at is None) for c in cards(merchant=scope, member_id=found.id)] in (
        [("", True), ("lost", False)],
        [("lost", False), ("", True)],
    )


def test_a_printed_card_has_its_own_number(scope: MerchantFacts) -> None:
    found, other = join(scope), join(scope)
    printed = "880000123" + luhn_digit("880000123")
    replace_card(merchant=scope, member_id=found.id, reason="new card", at=NOW, actor=OWNER, number=printed)
    assert find_member(merchant=scope, identifier=printed).id == found.id
    for number, code in (
        (printed, "card_number_taken"),
        (found.number, "card_number_taken"),
        ("880000123" + str((int(printed[-1]) + 1) % 10), "card_number_malformed"),
        ("12", "card_number_malformed"),
    ):
        with pytest.raises(BadInput) as refused:
            replace_card(merchant=scope, member_id=other.id, reason="x", at=NOW, actor=OWNER, number=number)
        assert refused.value.errors[0].code == code
    replace_card(merchant=scope, member_id=found.id, reason="lost", at=NOW, actor=OWNER)
    with pytest.raises(MemberNotFound):
        find_member(merchant=scope, identifier=printed)
    with pytest.raises(BadInput):
        replace_card(merchant=scope, member_id=other.id, reason="found it", at=NOW, actor=OWNER, number=printed)


# --- profile, status, segments -----------------------------------------------------------------------------------


def edit(merchant: MerchantFacts, found: MemberFacts, **changes: Any) -> MemberFacts:
    return edit_profile(
        merchant=merchant,
        member_id=found.id,
        changes=ProfileChanges(**changes),
        actor=OWNER,
        at=NOW,
        business_date=TODAY,
    )


def test_an_edit_leaves_which_fields_but_not_what(scope: MerchantFacts) -> None:
    found = join(scope, phone="081234567890", birth_date=date(1990, 5, 17))
    after = edit(scope, found, name="Budi S.", email="Budi@New.example", clear_birth_date=True, notes="likes tea")
    assert (after.name, after.email, after.birth_date, after.notes) == (
        "Budi S.",
        "Budi@new.example",
        None,
        "likes tea",
    )
    assert find_member(merchant=scope, identifier="budi@new.example").id == found.id
    (entry,) = audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)
    assert entry.after == {"fields": ["birth_date", "email", "name", "notes"]}
    assert edit(scope, found, name="Budi S.") == after
    assert len(audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": ""}, "contact_required"),
        ({"phone": "12"}, "phone_too_short"),
        ({"phone": "0812 0000 0002"}, "phone_taken"),
        ({"email": "SITI@gmail.com"}, "email_taken"),
        ({"name": " "}, "name_required"),
        ({"notes": "x" * 2_001}, "notes_too_long"),
        ({"language": "fr"}, "language_unknown"),
    ],
)
def test_an_edit_that_cannot_be(scope: MerchantFacts, changes: dict[str, str], code: str) -> None:
    join(scope, phone="081200000002", email="s.i.t.i@gmail.com")
    found = join(scope, phone="081200000001")
    with pytest.raises(BadInput) as refused:
        edit(scope, found, **changes)
    assert [e.code for e in refused.value.errors] == [code]
    assert read(scope, found) == found


def test_block_and_unblock(scope: MerchantFacts) -> None:
    found = join(scope)
    given: dict[str, Any] = {"merchant": scope, "member_id": found.id, "actor": OWNER, "at": NOW}
    with pytest.raises(Refusal, match="reason_required"):
        block(reason="", **given)
    block(reason="own card on many sales", **given)
    assert read(scope, found).is_blocked
    block(reason="again", **given)
    unblock(reason="cleared", **given)
    assert read(scope, found).status is MemberStatus.ACTIVE
    entries = audit_entries(merchant=scope, subject_kind="member", subject_id=found.id)
    assert {entry.action for entry in entries} == {"member.blocked", "member.unblocked"}
    assert len(entries) == 2


def test_segments_come_in_one_statement(scope: MerchantFacts) -> None:
    one, two, three = join(scope), join(scope), join(scope)
    rows: list[tuple[UUID, str | None]] = [(one.id, "loyal"), (two.id, "lapsed"), (three.id, None)]
    with CaptureQueriesContext(connection) as captured:
        assert set_segments(merchant=scope, rows=rows) == 2
    assert len(captured) == 1
    assert set_segments(merchant=scope, rows=rows) == 0
    assert set_segments(merchant=scope, rows=[]) == 0
    assert [read(scope, f).segment for f in (one, two, three)] == ["loyal", "lapsed", None]


# --- lists -------------------------------------------------------------------------------------------------------


def test_times_of_day_do_not_move_the_night() -> None:
    merchant = open_shop(timezone="Asia/Jayapura")
    with merchant_scope(merchant.id):
        at = datetime.combine(TODAY, time(23, 30), tzinfo=NOW.tzinfo)
        assert join(merchant, at=at).joined_on == TODAY + timedelta(days=1)
