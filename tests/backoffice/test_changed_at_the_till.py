"""What tills did with members, as staff see it: the member's page, the audit trail, Tills & keys."""

from __future__ import annotations

from django.utils import timezone

from enrolment.operations import enrol_at_till
from members.facts import EnrolDraft, ProfileChanges
from members.operations import count_name_search, edit_at_till
from merchants.facts import Actor
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store


def test_a_members_page_shows_what_a_till_changed_and_who_shares_the_number(store: Store, owner: StaffPerson) -> None:
    holder = store.member("Sari", phone="+6281234567890").id
    now = timezone.now()
    with merchant_scope(store.merchant.id):
        edit_at_till(
            merchant=store.merchant,
            till_id=store.till_id,
            member_id=holder,
            changes=ProfileChanges(phone="0813 2222 3333", area="Depok Lama"),
            actor=Actor(user_id=None, label="Kasir 7"),
            at=now,
            business_date=store.merchant.day_of(now),
        )
        child = enrol_at_till(
            merchant=store.merchant,
            till_id=store.till_id,
            draft=EnrolDraft(name="Ahmad", household_of_id=holder),
            at=now,
        )
    page = owner.text(f"/members/{holder}/")
    for words in ("Profile changed", "Mobile number", "Kasir 7", "Depok Lama", "Shared by", "Ahmad"):
        assert words in page, words
    assert "Shares the number of" in owner.text(f"/members/{child.id}/")
    trail = owner.text("/settings/audit/")
    assert "Profile changed" in trail
    assert "Kasir 7" in trail
    assert "3333" not in trail


def test_searches_by_name_are_shown_per_till(store: Store, owner: StaffPerson) -> None:
    assert "Searches by name" not in owner.text("/settings/tills/")
    today = store.merchant.day_of(timezone.now())
    with merchant_scope(store.merchant.id):
        for shown in (3, 10):
            count_name_search(merchant=store.merchant, till_id=store.till_id, business_date=today, shown=shown)
    page = owner.text("/settings/tills/")
    assert "Searches by name in the last 7 days: 2. Members shown with masked names: 13." in page
