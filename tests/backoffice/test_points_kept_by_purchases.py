"""Points that lapse so long after the last purchase: at the till, late, claimed, returned, switched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from ledger.facts import Unit
from ledger.invariants import verify
from ledger.models import Account, Extension, Lot
from ledger.queries import balance
from ledger.rules import points_expiry_day
from members.facts import MemberFacts
from merchants.tenancy import merchant_scope
from tests.api.test_sales import _frames_a_transaction
from tests.api.till import ApiTill, line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_program import plain
from tests.backoffice.test_promotions import publish, till_of
from tests.backoffice.test_settings import POINTS, fields_of, now_of, review, save

pytestmark = pytest.mark.django_db


def keep_by_purchases(owner: StaffPerson, months: str = "12") -> str:
    return save(owner, POINTS, points_expiry="inactivity", points_valid_months=months)


def kept_until(store: Store, member: MemberFacts, unit: Unit = Unit.POINTS) -> date | None:
    with merchant_scope(store.merchant.id):
        account = Account.objects.get(merchant_id=store.merchant.id, owner_id=member.id, unit=unit.value)
    return account.extended_until


def expiring(store: Store, member: MemberFacts, unit: Unit = Unit.POINTS) -> list[tuple[int, date]]:
    with merchant_scope(store.merchant.id):
        found = balance(merchant=now_of(store), owner_id=member.id, unit=unit, business_date=store.today)
    return list(found.expiring)


def day_after_months(store: Store, days_ago: int = 0) -> date | None:
    return points_expiry_day(store.today - timedelta(days=days_ago), now_of(store).expiry_rule)


def assert_sound(store: Store) -> None:
    with merchant_scope(store.merchant.id):
        assert verify(merchant=store.merchant) == []


def sell_days_ago(till: ApiTill, reference: str, days: int, member: MemberFacts, **fields: Any) -> Any:
    at = (timezone.now() - timedelta(days=days)).isoformat()
    return till.sell(reference, line(unit_amount=100_000), member_id=str(member.id), occurred_at=at, **fields)


def test_each_purchase_keeps_all_points_and_an_earlier_one_that_comes_late_moves_nothing_back(
    store: Store, owner: StaffPerson
) -> None:
    member, till = store.member(), till_of(store)
    keep_by_purchases(owner)
    sell_days_ago(till, "R-1", 3, member)
    assert expiring(store, member) == [(10, day_after_months(store, 3))]
    till.sell("R-2", line(unit_amount=50_000), member_id=str(member.id))
    assert expiring(store, member) == [(15, day_after_months(store))]
    sell_days_ago(till, "R-3", 2, member)
    assert expiring(store, member) == [(25, day_after_months(store))]
    till.sell("R-4", line(unit_amount=1_000), member_id=str(member.id))  # earns nothing, and is a purchase
    with merchant_scope(store.merchant.id):
        assert Extension.objects.filter(merchant_id=store.merchant.id).count() == 2
    assert_sound(store)


def test_a_purchase_that_earns_nothing_keeps_points_and_a_return_of_it_takes_nothing_back(
    store: Store, owner: StaffPerson
) -> None:
    member, till = store.member(), till_of(store)
    keep_by_purchases(owner)
    sell_days_ago(till, "R-1", 3, member)
    till.sell("R-2", line(unit_amount=1_000), member_id=str(member.id))
    assert expiring(store, member) == [(10, day_after_months(store))]
    till.post("/sales/R-2/void", {})
    till.post("/sales/R-1/void", {})
    assert kept_until(store, member) == day_after_months(store)
    assert_sound(store)


def test_a_receipt_that_is_claimed_and_a_gift_to_all_count_as_they_are(store: Store, owner: StaffPerson) -> None:
    member, till = store.member(), till_of(store)
    keep_by_purchases(owner)
    at = (timezone.now() - timedelta(days=1)).isoformat()
    till.sell("R-1", line(unit_amount=100_000), occurred_at=at)
    till.post("/sales/R-1/claim", {"member_id": str(member.id)})
    assert expiring(store, member) == [(10, day_after_months(store, 1))]
    assert_sound(store)


def test_cashback_follows_and_the_sale_costs_few_statements(
    store: Store, owner: StaffPerson, django_assert_max_num_queries: Any
) -> None:
    publish(store, {"title": "Balik 5%", "kind": "cashback", "percent": "5", "credit": "wallet"})
    member, till = store.member(), till_of(store)

    def count(reference: str) -> int:
        with django_assert_max_num_queries(100) as seen:
            till.sell(reference, line(unit_amount=100_000), member_id=str(member.id))
        return sum(1 for query in seen.captured_queries if not _frames_a_transaction(query["sql"]))

    till.sell("R-0", line(unit_amount=100_000), member_id=str(member.id))
    usual = count("R-1")
    keep_by_purchases(owner)
    assert count("R-2") <= min(usual + 1, 20)
    assert count("R-3") <= usual
    assert [day for _, day in expiring(store, member, Unit.WALLET)][-1] == kept_until(store, member, Unit.WALLET)
    assert kept_until(store, member, Unit.WALLET) == kept_until(store, member) == day_after_months(store)
    assert_sound(store)


def test_what_a_change_of_the_rule_does_is_said_before_and_done_after(store: Store, owner: StaffPerson) -> None:
    member, till = store.member(), till_of(store)
    sell_days_ago(till, "R-1", 3, member)
    ((_, own_day),) = expiring(store, member)
    page = plain(review(owner, POINTS, points_expiry="inactivity", points_valid_months="6"))
    assert "Points that members have keep their last day, whatever they buy." in page
    assert "Points that members have keep their last day." not in page  # one sentence for the rule, not one a box
    assert "Where purchases keep points: the last day if nothing is bought meanwhile." in page
    assert "Members hold 10 poin today." in page
    keep_by_purchases(owner, "6")
    assert "Points lapse 6 months after the last purchase" in plain(owner.text("/program/tasks/"))
    till.sell("R-2", line(unit_amount=50_000), member_id=str(member.id))
    assert expiring(store, member) == [(5, day_after_months(store)), (10, own_day)]
    kept = day_after_months(store)
    page = plain(review(owner, POINTS, points_valid_months="12"))
    assert "it never moves a last day to an earlier one" in page
    page = plain(review(owner, POINTS, points_expiry="fixed", points_valid_months="12"))
    assert "further purchases no longer move it" in page
    save(owner, POINTS, points_expiry="fixed", points_valid_months="12")
    till.sell("R-3", line(unit_amount=50_000), member_id=str(member.id))
    assert kept_until(store, member) == kept
    with merchant_scope(store.merchant.id):
        lots = Lot.objects.filter(merchant_id=store.merchant.id).order_by("id")
        assert list(lots.values_list("follows_purchases", flat=True)) == [False, True, False]
    assert_sound(store)


def test_months_without_a_purchase_are_asked_for(store: Store, owner: StaffPerson) -> None:
    fields = {"points_expiry": "inactivity", "points_valid_months": ""}
    page = owner.post(POINTS, status=400, **{**fields_of(owner.text(POINTS)), **fields}).content.decode()
    assert "Say after how many months without a purchase they lapse." in page


def test_tills_and_members_are_told(store: Store, owner: StaffPerson) -> None:
    till = till_of(store)
    assert till.get("/program")["points_expiry"] == {
        "rule": "fixed",
        "months": 12,
        "description": "Each point lapses 12 months after it was earned.",
    }
    keep_by_purchases(owner)
    told = till.get("/program")["points_expiry"]
    assert (told["rule"], told["months"]) == ("inactivity", 12)
    assert told["description"].startswith("Points lapse 12 months after the last purchase")
