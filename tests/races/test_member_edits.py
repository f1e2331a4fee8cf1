"""Two people save the same member at once: who saved second sees the first one's change before anything is written."""

from __future__ import annotations

import pytest

from common.ids import new_id
from members.facts import MemberFacts, ProfileChanges
from members.operations import edit_profile
from members.queries import member, profile_mark
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope
from tests.members_shop import NOW, OWNER, TODAY, join, open_shop
from tests.races.together import overlap


def save_both(merchant: MerchantFacts, found: MemberFacts) -> str:
    """Save two forms that were opened over the same member; return how the second one ended."""
    seen = profile_mark(merchant=merchant, member=found)

    def save(name: str) -> None:
        edit_profile(
            merchant=merchant,
            member_id=found.id,
            changes=ProfileChanges(name=name),
            actor=OWNER,
            at=NOW,
            business_date=TODAY,
            seen=seen,
        )

    return overlap(merchant.id, lambda: save("First"), lambda: save("Second"))


def name_of(merchant: MerchantFacts, found: MemberFacts) -> str:
    with merchant_scope(merchant.id):
        return member(merchant=merchant, member_id=found.id).name


def open_with_member() -> tuple[MerchantFacts, MemberFacts]:
    merchant = open_shop(f"Ramai {new_id()}")
    with merchant_scope(merchant.id):
        return merchant, join(merchant, email="budi@example.com")


def test_the_second_form_overwrites_nothing(real_commits: None) -> None:
    merchant, found = open_with_member()
    assert save_both(merchant, found) == "profile_moved"
    assert name_of(merchant, found) == "First"


def test_without_the_row_lock_the_second_form_overwrites(real_commits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both compare with what was there before either wrote."""
    merchant, found = open_with_member()
    monkeypatch.setattr("members.operations.profiles.lock_member", member)
    assert save_both(merchant, found) == "ok"
    assert name_of(merchant, found) == "Second"
