"""Members under 18: a yes needs the word of a parent or guardian; no offers, no segment; 18 ends it by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from campaigns.facts import TriggerName
from campaigns.queries import estimate_audience, missed_members
from common.ids import new_id
from common.quantities import format_day
from enrolment.operations import enrol_members
from loyalty.management.commands.verify import verification_modules
from members.facts import EnrolDraft, MemberFacts, MemberSource
from members.queries import card_token, guardians, member
from merchants.facts import SYSTEM, Role
from merchants.tenancy import merchant_scope, refusable
from people.operations import merge_members, undo_merge
from people.queries import person_sections
from segments.facts import Occasion
from segments.operations import label_members, recalculate
from segments.queries import standing_of
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_data_requests import QUEUE
from tests.backoffice.test_erasure import ask_erasure
from tests.backoffice.test_member_consents import record as record_consent
from tests.database.test_sales_guards import refused

pytestmark = pytest.mark.usefixtures("midday")


def child_of(store: Store, **fields: Any) -> MemberFacts:
    """Return a member who turns 18 in a month."""
    return store.member("Dinda Putri", birth_date=adult_on(store).replace(year=adult_on(store).year - 18), **fields)


def adult_on(store: Store) -> date:
    return (store.today + timedelta(days=30)).replace(day=15)


def agree(person: StaffPerson, found: MemberFacts, *, status: int = 302, **fields: str) -> None:
    today = format_day(timezone.now().date(), "en")
    given = {"name": "Ratih Putri", "relation": "parent", "method": "in_person", "agreed_on": today}
    person.post(f"/members/{found.id}/guardian/", status=status, **{**given, **fields})


def now_of(store: Store, found: MemberFacts) -> MemberFacts:
    with merchant_scope(store.merchant.id):
        return member(merchant=store.merchant, member_id=found.id)


def violations(store: Store) -> list[Any]:
    with merchant_scope(store.merchant.id):
        return [one for _, module in verification_modules() for one in module.verify(merchant=store.merchant)]


def test_a_child_joins_without_the_consent_and_the_page_says_so(store: Store, owner: StaffPerson) -> None:
    born = format_day(store.today - timedelta(days=12 * 365), "en")
    joined = owner.post(
        "/members/new/", name="Dinda", phone="081277776666", email="d@example.com", birth_date=born, promo_consent="on"
    )
    page = owner.text(joined["Location"])
    assert "the consent was not taken" in page
    assert "No parent or guardian has agreed yet" in page
    assert violations(store) == []


def test_with_the_word_of_a_parent_a_consent_is_recorded_and_ends_with_it(store: Store, owner: StaffPerson) -> None:
    dinda = child_of(store)
    assert not now_of(store, dinda).promo_email
    record_consent(owner, dinda, "yes", status=400)
    agree(owner, dinda)
    page = owner.text(f"/members/{dinda.id}/")
    assert "Ratih Putri (Parent)" in page
    assert "No offers by e-mail and no segment until" in page
    record_consent(owner, dinda, "yes")
    assert now_of(store, dinda).promo_email
    owner.post(f"/members/{dinda.id}/guardian/end/")
    assert not now_of(store, dinda).promo_email
    agree(owner, dinda)
    with merchant_scope(store.merchant.id):
        assert [one.ended_at is None for one in guardians(merchant=store.merchant, member_id=dinda.id)] == [True, False]
    assert violations(store) == []


@pytest.mark.parametrize("fields", [{"name": "  "}, {"agreed_on": "1 Jan 2999"}, {"relation": "friend"}])
def test_what_cannot_be_is_refused(store: Store, owner: StaffPerson, fields: dict[str, str]) -> None:
    dinda = child_of(store)
    agree(owner, dinda, status=400, **fields)
    with merchant_scope(store.merchant.id):
        assert guardians(merchant=store.merchant, member_id=dinda.id) == []


def test_of_an_adult_or_an_unknown_birthday_nothing_is_recorded(store: Store, owner: StaffPerson) -> None:
    for found in (store.member(), store.member(birth_date=date(1990, 1, 1))):
        agree(owner, found)
        with merchant_scope(store.merchant.id):
            assert guardians(merchant=store.merchant, member_id=found.id) == []
        assert now_of(store, found).promo_email
        assert "Under 18" not in owner.text(f"/members/{found.id}/")


def test_no_segment_and_no_offer_until_18_whoever_agreed(store: Store, owner: StaffPerson) -> None:
    (dinda,) = store.buyers(1)
    turns = adult_on(store)
    assert now_of(store, dinda).segment == "lapsed"
    with merchant_scope(store.merchant.id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_member SET birth_date = %s WHERE merchant_id = %s AND id = %s",
            [turns.replace(year=turns.year - 18), store.merchant.id, dinda.id],
        )
    agree(owner, dinda)
    assert reachable(store) == 0, "consent or not, no offer goes to a child"
    store.sort()
    assert now_of(store, dinda).segment is None
    assert "Under 18, so this member is in no segment" in owner.text(f"/members/{dinda.id}/")
    with merchant_scope(store.merchant.id):
        assert standing_of(merchant=store.merchant, member_id=dinda.id) is None
    with time_machine.travel(timezone.now() + (turns - store.today) + timedelta(days=1), tick=False):
        sort_at_night(store)
        assert now_of(store, dinda).segment == "lapsed"
        assert reachable(store) == 1


def sort_at_night(store: Store) -> None:
    with merchant_scope(store.merchant.id):
        day, at = store.today - timedelta(days=1), timezone.now()
        run = recalculate(merchant=store.merchant, business_date=day, at=at, occasion=Occasion.NIGHT, fence=1)
        cursor = None
        while run and (cursor := label_members(merchant=store.merchant, until=run.number, after=cursor)):
            pass


def reachable(store: Store) -> int:
    with merchant_scope(store.merchant.id):
        return estimate_audience(
            merchant=store.merchant,
            segment="lapsed",
            control_percent=0,
            frequency_cap_days=7,
            at=timezone.now(),
        ).reachable


def test_no_child_was_missed_by_the_welcome(store: Store, owner: StaffPerson) -> None:
    dinda, sari = child_of(store), store.member()
    agree(owner, dinda)
    record_consent(owner, dinda, "yes")
    with merchant_scope(store.merchant.id):
        found = missed_members(
            merchant=store.merchant, trigger=TriggerName.JOINED, since=timezone.now() - timedelta(days=400)
        )
    assert [one.member_id for one in found] == [sari.id]


def test_a_file_of_members_brings_children_without_consent(store: Store) -> None:
    drafts = [
        EnrolDraft(
            name=name, email=f"{name}@example.com", birth_date=born, promo_consent=True, source=MemberSource.IMPORT
        )
        for name, born in (("anak", store.today - timedelta(days=3_000)), ("ibu", date(1985, 1, 1)))
    ]
    with merchant_scope(store.merchant.id):
        child, adult = enrol_members(merchant=store.merchant, drafts=drafts, at=timezone.now(), with_bonus=False)
        assert (child.created, child.needs_guardian) == (True, True)
        assert (adult.created, adult.needs_guardian) == (True, False)
        assert child.member_id is not None
        assert not member(merchant=store.merchant, member_id=child.member_id).promo_email
    assert violations(store) == []


def test_on_the_members_own_page_a_child_cannot_agree_alone(store: Store) -> None:
    dinda = child_of(store)
    with merchant_scope(store.merchant.id):
        token = card_token(merchant=store.merchant, member_id=dinda.id)
    path = f"/m/{store.merchant.slug}/card/{token}/preferences"
    page = Client(headers={"accept-language": "en"}).post(path, {"promo_email": "on"}).content.decode()
    assert "a parent or guardian agrees at the store first" in page
    assert not now_of(store, dinda).promo_email


def test_the_database_refuses_a_childs_yes(store: Store) -> None:
    dinda = child_of(store)
    with merchant_scope(store.merchant.id):
        with pytest.raises(DatabaseError, match="no parent or guardian"), refusable(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO members_consent (merchant_id, id, member_id, seq, topic, channel, granted, at, source, "
                "text_version, reason) VALUES (%s, %s, %s, 9, 'promo', 'email', true, %s, 'till', 'promo-1', '')",
                [store.merchant.id, new_id(), dinda.id, timezone.now()],
            )
        assert not member(merchant=store.merchant, member_id=dinda.id).promo_email


def test_what_was_agreed_is_kept(store: Store, owner: StaffPerson) -> None:
    dinda = child_of(store)
    agree(owner, dinda)
    for change in ("agreed_on = agreed_on - 1", "name = 'Lain'", "relation = 'guardian'"):
        with merchant_scope(store.merchant.id):
            said = refused(f"UPDATE members_guardian SET {change} WHERE merchant_id = %s", store.merchant.id)
        assert "is kept" in said


def test_it_is_in_the_members_file_passes_with_a_merge_and_is_forgotten(store: Store, owner: StaffPerson) -> None:
    dinda, twin = child_of(store), child_of(store)
    agree(owner, twin)
    with merchant_scope(store.merchant.id):
        rows = {
            one.name: one.rows for one in person_sections(merchant=store.merchant, member_id=twin.id, at=timezone.now())
        }
        assert rows["guardians"][0]["name"] == "Ratih Putri"
        merge_id = merge_members(
            merchant=store.merchant, survivor_id=dinda.id, merged_id=twin.id, actor=SYSTEM, at=timezone.now()
        )
        assert len(guardians(merchant=store.merchant, member_id=dinda.id)) == 1
    assert violations(store) == []
    with merchant_scope(store.merchant.id):
        undo_merge(merchant=store.merchant, merge_id=merge_id, actor=SYSTEM, at=timezone.now())
        assert guardians(merchant=store.merchant, member_id=dinda.id) == []
    asked = ask_erasure(store, owner, twin)
    owner.post(f"{QUEUE}{asked}/erase/", typed_name=twin.number)
    with merchant_scope(store.merchant.id):
        assert [one.name for one in guardians(merchant=store.merchant, member_id=twin.id)] == [""]
    assert violations(store) == []


def test_who_may_not_edit_members_records_no_one(store: Store, owner: StaffPerson, stranger: StaffPerson) -> None:
    dinda = child_of(store)
    agree(store.colleague(Role.MARKETER), dinda, status=403)
    agree(stranger, dinda, status=404)
    stranger.post(f"/members/{dinda.id}/guardian/end/", status=404)
