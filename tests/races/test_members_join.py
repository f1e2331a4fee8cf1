"""Many tills enrol the same person at once: one member, and every other till learns which. Consents keep one order."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest

from members.facts import ConsentSource, EnrolDraft
from members.invariants import verify
from members.operations import MemberExists, enrol, set_consent
from members.queries import consents, member
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, TODAY, join, open_shop
from tests.races.together import Meeting, meeting_before, outcomes

TILLS = 16
ROUNDS = 5


def enrol_by_phone(merchant: MerchantFacts, phone: str) -> UUID:
    draft = EnrolDraft(name="Budi", phone=phone)
    with merchant_scope(merchant.id):
        return enrol(merchant=merchant, draft=draft, at=NOW, business_date=TODAY).id


def test_one_phone_one_member(real_commits: None) -> None:
    merchant = open_shop("Ramai")
    for number in range(ROUNDS):
        forms = [f"0812000000{number}0", f"+62 812-0000-00{number}0", f"62812000000{number}0"]
        named: set[UUID] = set()

        def try_one(till: int, forms: list[str] = forms, named: set[UUID] = named) -> None:
            try:
                named.add(enrol_by_phone(merchant, forms[till % 3]))
            except MemberExists as known:
                named.add(known.facts["member_id"])
                raise

        assert outcomes(try_one, TILLS) == {"ok": 1, "member_exists": TILLS - 1}
        assert len(named) == 1


def test_people_of_their_own_all_join(real_commits: None) -> None:
    """The control: it is the shared phone that refuses, not the crowd."""
    merchant = open_shop("Ramai")
    assert outcomes(lambda till: enrol_by_phone(merchant, f"0813000000{till:02d}"), TILLS) == {"ok": TILLS}


def test_yes_and_no_at_once_leave_one_order(real_commits: None) -> None:
    merchant = open_shop("Ramai")
    with merchant_scope(merchant.id):
        found = join(merchant, email="budi@example.com")

    def say(till: int) -> None:
        with merchant_scope(merchant.id):
            set_consent(
                merchant=merchant, member_id=found.id, granted=till % 2 == 0, source=ConsentSource.STAFF, at=NOW
            )

    for _ in range(ROUNDS):
        assert outcomes(say, TILLS) == {"ok": TILLS}
    with merchant_scope(merchant.id):
        answers = [row.granted for row in consents(merchant=merchant, member_id=found.id)]
        assert verify(merchant=merchant) == []
    assert answers[-1] is True
    assert all(newer is not older for newer, older in pairwise(answers))


def test_without_the_row_lock_consents_collide(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: two answers take the same place in the history, and the unique key refuses one of them."""
    merchant = open_shop("Ramai")
    with merchant_scope(merchant.id):
        found = join(merchant, email="budi@example.com")
    monkeypatch.setattr("members.operations.consents.lock_member", member)

    all_have_looked = Meeting(TILLS)

    def say(till: int) -> None:
        with meeting_before(all_have_looked, 'INSERT INTO "members_consent"'), merchant_scope(merchant.id):
            set_consent(merchant=merchant, member_id=found.id, granted=True, source=ConsentSource.STAFF, at=NOW)

    assert outcomes(say, TILLS) == {"ok": 1, "IntegrityError": TILLS - 1}
