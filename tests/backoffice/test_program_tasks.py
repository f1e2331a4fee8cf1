"""What earns, what points are worth, cashback: one page each, which lists what belongs to it and leads to it."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from backoffice.menu import menu_for
from merchants.facts import Role
from merchants.rules import ROLE_PERMISSIONS
from tests.api.till import line
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_program import plain
from tests.backoffice.test_promotions import publish, till_of
from tests.backoffice.test_settings import CASHBACK, EARN, JOINING, POINTS, WORTH, now_of, save

pytestmark = pytest.mark.django_db

DOUBLE = {"title": "Gold dua kali", "kind": "earn_multiplier", "factor": "2", "when": {"tiers_any": ["gold"]}}
BONUS = {"title": "Poin tambahan", "kind": "earn_bonus", "points": 5}
BACK = {"title": "Balik 5%", "kind": "cashback", "percent": "5", "credit": "wallet"}


def test_what_earns_lists_all_that_brings_points_and_leads_to_each(store: Store, owner: StaffPerson) -> None:
    running = publish(store, DOUBLE)
    later = publish(store, BONUS, in_days=3)
    publish(store, BACK)
    save(owner, JOINING, join_bonus_points="50", pending_days="2")
    text = owner.text(EARN)
    words = plain(text)
    for said in (
        "1 poin for every Rp 10.000",
        "Gold dua kali",
        "Poin tambahan",
        "50 poin for joining.",
        "New points wait 2 days before they can be spent.",
        "0 products and categories earn nothing.",
    ):
        assert said in words, said
    assert "Balik 5%" not in words
    assert "promotions together: <a" in text
    assert "Only for the tier Gold." in words
    for promotion_id, state in ((running, "Running"), (later, "Scheduled")):
        row = text[text.index(f"/offers/promotions/{promotion_id}/") :]
        assert state in plain(row[: row.index("</tr>")])
    for path in re.findall(r'class="button[^"]*"\s+href="([^"]+)"', text):
        assert owner.client.get(path).status_code == 200, path


def test_a_program_without_the_rule_says_so_and_leads_to_writing_it(store: Store, owner: StaffPerson) -> None:
    rule = re.search(r"/offers/promotions/([0-9a-f-]{36})/", owner.text("/offers/promotions/?kind=earn"))
    assert rule is not None
    owner.post(f"/offers/promotions/{rule[1]}/pause/", reason="uji")
    page = owner.text(EARN)
    assert "No rule gives points for every purchase" in page
    assert 'href="/offers/promotions/new/kind/earn/"' in page
    assert "Every purchase</h2>" not in page


def test_cashback_lists_its_promotions_what_is_held_and_how_long_paid_money_counts(
    store: Store, owner: StaffPerson
) -> None:
    assert "No promotion gives cashback now" in owner.text(CASHBACK)
    offer = publish(store, BACK)
    till_of(store).sell("R-1", line(unit_amount=100_000), member_id=str(store.member().id))
    page = owner.text(CASHBACK)
    assert f"/offers/promotions/{offer}/" in page
    assert "1 wallet or gift card holds Rp 5.000" in plain(page)
    assert "Each point lapses 12 months after it was earned. <a" in page
    save(owner, CASHBACK, stored_value_valid_months="24")
    assert now_of(store).stored_value_valid_months == 24


def test_what_points_are_worth_is_said_beside_when_they_lapse(store: Store, owner: StaffPerson) -> None:
    assert "100 poin pay for Rp 10.000; at least" in plain(owner.text(POINTS))
    assert f'href="{WORTH}"' in owner.text(POINTS)
    save(owner, WORTH, value_amount="20.000", start="now")
    assert "100 poin pay for Rp 20.000" in plain(owner.text(POINTS))
    assert "100 poin pay for Rp 20.000" in plain(owner.text("/program/tasks/"))


@pytest.mark.parametrize(("old", "new"), [("/settings/rules/", EARN), ("/settings/program/", "/program/tasks/")])
def test_the_addresses_of_before_lead_to_the_pages(owner: StaffPerson, old: str, new: str) -> None:
    assert owner.get(old, status=302).url == new  # type: ignore[attr-defined]


def marked(path: str) -> list[str]:
    with override("en"):
        found = menu_for(permissions=ROLE_PERMISSIONS[Role.OWNER], path=path)
    return [entry.label for entry in found if entry.within] + [
        child.label for entry in found for child in entry.children if child.within
    ]


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("/", ["Overview"]),
        ("/receipts/", ["Overview"]),
        ("/receipts/late/approvals/", ["Settings", "Late receipts"]),
        ("/receipts/missing-numbers/", ["Settings", "Tills & keys"]),
        ("/settings/outlets/", ["Settings", "Tills & keys"]),
        ("/settings/outlets/new/", ["Settings", "Tills & keys"]),
        ("/members/", ["Members", "All members"]),
        ("/members/duplicates/", ["Members", "Duplicates"]),
        ("/members/0190/", ["Members", "All members"]),
        ("/segments/lapsed/", ["Members", "Segments"]),
        (EARN, ["Loyalty", "Program"]),
        (WORTH, ["Loyalty", "Program"]),
        (CASHBACK, ["Loyalty", "Program"]),
        ("/program/tiers/edit/", ["Loyalty", "Tiers"]),
        ("/program/approvals/", ["Loyalty", "Approvals"]),
        ("/offers/promotions/check/", ["Offers", "Promotions"]),
        ("/loyalty/referrals/program/", ["Offers", "Referrals"]),
        ("/products/excluded/", ["Offers", "Products"]),
    ],
)
def test_every_page_marks_its_place(path: str, labels: list[str]) -> None:
    assert marked(path) == labels
