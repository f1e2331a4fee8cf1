"""The program by task: one page for each, what a change does before it is saved, and what it does then."""

from __future__ import annotations

import re
from datetime import date

import pytest

from ledger.models import Lot
from merchants.facts import ExpiryKind, ExpiryRounding, ExpiryRule
from merchants.tenancy import merchant_scope
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_members import adjustment
from tests.backoffice.test_promotions import publish, till_of
from tests.backoffice.test_settings import LIMITS, POINTS, STACKING, now_of, review, save

pytestmark = pytest.mark.django_db


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|&nbsp;|\u00a0", " ", page))


def last_days(store: Store) -> list[date | None]:
    with merchant_scope(store.merchant.id):
        rows = Lot.objects.filter(merchant_id=store.merchant.id).order_by("id")
        return list(rows.values_list("expires_on", flat=True))


def test_each_task_says_what_counts_now_and_leads_to_its_page(store: Store, owner: StaffPerson) -> None:
    publish(store, {"title": "Balik 5%", "kind": "cashback", "percent": "5", "credit": "wallet"})
    page = owner.text("/program/tasks/")
    words = plain(page)
    for said in (
        "What earns",
        "Each point lapses 12 months after it was earned.",
        "Bronze · Silver · Gold · Platinum",
        "Balik 5%",
        "Of a group of promotions only the one worth most to the customer acts.",
        "0 requests wait for another person.",
    ):
        assert said in words, said
    for path in re.findall(r'class="button small" href="([^"]+)"', page):
        owner.get(path.replace("&amp;", "&"))


def test_points_of_a_year_lapse_together_from_the_change_on(store: Store, owner: StaffPerson) -> None:
    member = store.member()
    owner.post(f"/members/{member.id}/points/", confirmed="300", **adjustment(points="300"))
    (kept,) = last_days(store)
    page = plain(review(owner, POINTS, points_expiry="calendar", points_end_month="3", points_kept_years="1"))
    assert "Members hold 300 poin today." in page
    assert "they keep their last day" in page
    save(owner, POINTS, points_expiry="calendar", points_end_month="3", points_kept_years="1")
    assert now_of(store).expiry_rule == ExpiryRule(ExpiryKind.CALENDAR, 12, ExpiryRounding.DAY, 3, 1)
    owner.post(f"/members/{member.id}/points/", confirmed="50", **adjustment(points="50"))
    till = till_of(store)
    till.sell("R-1", line(unit_amount=100_000), member_id=str(member.id))
    wanted = date(store.today.year + 1, 3, 31)
    assert last_days(store) == [kept, wanted, wanted]
    assert "lapses at the end of March of the year after" in plain(owner.text("/program/tasks/"))
    assert "All points of a year together on one day" in owner.text("/settings/audit/")


def test_last_days_are_rounded_to_the_end_of_the_month(store: Store, owner: StaffPerson) -> None:
    member = store.member()
    save(owner, POINTS, points_valid_months="6", points_rounding="month")
    till_of(store).sell("R-1", line(unit_amount=100_000), member_id=str(member.id))
    (last,) = last_days(store)
    assert last is not None
    assert (last.toordinal() + 1, date.fromordinal(last.toordinal() + 1).day) == (last.toordinal() + 1, 1)
    assert 180 <= (last - store.today).days <= 215


def test_groups_and_rounding_are_worked_out_before_they_are_saved(store: Store, owner: StaffPerson) -> None:
    page = plain(owner.text(STACKING))
    assert "Discount where only the best acts Rp 2.791" in page
    assert "Discount in a group that adds up Rp 4.046" in page
    shown = plain(review(owner, STACKING, money_rounding="down"))
    assert "Discount where only the best acts Rp 2.791" in shown
    assert "Rp 2.788" in shown
    assert "1 request" not in plain(owner.text(LIMITS))
