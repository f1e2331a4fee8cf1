"""Settings of store and program: previewed, audited, never saved over another's change; rules as new versions."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from merchants.facts import MerchantFacts, Role
from merchants.queries import audit_entries, merchant_by_id
from merchants.tenancy import merchant_scope
from rewards.promotions.queries import program_rules, promotion_timeline
from tests.backoffice.conftest import StaffPerson, Store

SETTINGS = "/settings/store/"
EARN = "/program/tasks/earn/"
WORTH = "/program/tasks/points/worth/"
JOINING = "/program/tasks/earn/joining/"
CASHBACK = "/program/tasks/cashback/"
POINTS, LIMITS, STACKING = "/program/tasks/points/", "/program/tasks/limits/", "/program/tasks/stacking/"


def fields_of(page: str) -> dict[str, Any]:
    """Return what a browser would send back: the values of boxes, chosen options and hidden fields."""
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in {"q", "csrfmiddlewaretoken"} and ('type="radio"' not in tag or "checked" in tag):
            fields[name[1]] = value[1].replace("&#x27;", "'").replace("&quot;", '"') if value else ""
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields[name] = chosen[1] if chosen else ""
    if button := re.search(r'name="confirmed" value="([^"]+)"', page):  # of a preview
        fields["confirmed"] = unescape(button[1])
    return fields


def review(person: StaffPerson, path: str, **changes: Any) -> str:
    fields = {**fields_of(person.text(path)), **changes}
    return person.post(path, status=200, **fields).content.decode()


def save(person: StaffPerson, path: str, **changes: Any) -> str:
    """Review, then save, as a person does; return the page that follows."""
    person.post(path, **fields_of(review(person, path, **changes)))
    return person.text(path)


def now_of(store: Store) -> MerchantFacts:
    return merchant_by_id(store.merchant.id)


# --- settings ----------------------------------------------------------------------------------------------------


def test_changes_are_shown_before_they_are_saved(store: Store, owner: StaffPerson) -> None:
    page = review(owner, JOINING, pending_days="3", join_bonus_points="50")
    assert "Save 2 changes" in page
    assert "Points that wait already keep their day." in page
    assert now_of(store).pending_days == 0
    save(owner, JOINING, pending_days="3")
    page = save(owner, POINTS, points_name="bintang", points_valid_months="")
    assert "The settings are saved" in page
    merchant = now_of(store)
    assert (merchant.pending_days, merchant.points_name, merchant.points_valid_months) == (3, "bintang", None)


def test_who_changed_what_is_kept_and_read_in_words(store: Store, owner: StaffPerson) -> None:
    save(owner, LIMITS, refund_policy="only_pending")
    save(owner, SETTINGS, day_starts_at="04.00")
    with merchant_scope(store.merchant.id):
        found = audit_entries(merchant=store.merchant, subject_kind="merchant", subject_id=store.merchant.id)
    told = [(entry.before, entry.after) for entry in found]
    assert ({"refund_policy": "debt"}, {"refund_policy": "only_pending"}) in told
    assert ({"day_starts_at": "00:00:00"}, {"day_starts_at": "04:00:00"}) in told
    trail = owner.text("/settings/audit/")
    assert "Only points that cannot be used yet" in trail
    assert "<ins>04.00</ins>" in trail


def test_what_was_not_reviewed_is_not_saved(store: Store, owner: StaffPerson) -> None:
    reviewed = fields_of(review(owner, JOINING, pending_days="3"))
    page = owner.post(JOINING, status=200, **{**reviewed, "join_bonus_points": "5000"}).content.decode()
    assert "Save 2 changes" in page
    assert now_of(store).join_bonus_points == 0


def test_no_one_writes_over_what_they_did_not_see(store: Store, owner: StaffPerson) -> None:
    manager = store.colleague(Role.MANAGER)
    reviewed = fields_of(review(manager, LIMITS, claim_days="30"))
    save(owner, LIMITS, claim_days="14")
    save(owner, JOINING, pending_days="2")
    page = manager.post(LIMITS, status=400, **reviewed).content.decode()
    assert "Somebody changed these settings" in page
    assert (now_of(store).claim_days, now_of(store).pending_days) == (14, 2)
    again = manager.post(LIMITS, status=200, **fields_of(page)).content.decode()
    manager.post(LIMITS, **fields_of(again))
    assert (now_of(store).claim_days, now_of(store).pending_days) == (30, 2)


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        (SETTINGS, "name", ""),
        (JOINING, "pending_days", "91"),
        (JOINING, "pending_days", "-1"),
        (SETTINGS, "day_starts_at", "25.00"),
        (LIMITS, "refund_policy", "x"),
        (POINTS, "points_valid_months", "0"),
        (POINTS, "points_end_month", "13"),
        (POINTS, "points_kept_years", "6"),
        (LIMITS, "max_debt_points", "1,5"),
        (POINTS, "points_name", "x" * 31),
        (STACKING, "round_at", "x"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    store: Store, owner: StaffPerson, path: str, field: str, value: str
) -> None:
    fields = {**fields_of(owner.text(path)), field: value}
    page = owner.post(path, status=400, **fields).content.decode()
    assert f'href="#id_{field}' in page
    assert now_of(store) == store.merchant


def test_saving_nothing_says_so(owner: StaffPerson) -> None:
    owner.post(SETTINGS, **fields_of(owner.text(SETTINGS)))
    assert "Nothing was changed." in owner.text(SETTINGS)


# --- rules -------------------------------------------------------------------------------------------------------


def earned_of(page: str) -> list[list[str]]:
    """Return the points of each example purchase: now, and then where a change is previewed."""
    rows = re.findall(r'<th scope="row"[^>]*>\s*Rp [^<]+</th>(.*?)</tr>', page.replace("\xa0", " "), re.DOTALL)
    return [[part.strip() for part in re.findall(r">([^<]* poin)<", row)] for row in rows]


def test_the_engine_works_the_examples_out(owner: StaffPerson) -> None:
    assert earned_of(owner.text(EARN)) == [["4 poin"], ["18 poin"], ["125 poin"]]
    page = review(owner, EARN, spend_amount="5.000", points="2", start="now")
    assert earned_of(page) == [["4 poin", "18 poin"], ["18 poin", "74 poin"], ["125 poin", "500 poin"]]
    assert "1% of Rp" in page
    assert "4% of Rp" in page


def test_a_change_is_a_new_version_from_its_start_on(store: Store, owner: StaffPerson) -> None:
    tomorrow = store.today + timedelta(days=1)
    page = save(owner, EARN, spend_amount="20000", day=f"{tomorrow:%d/%m/%Y}", clock="09.30")
    assert "Published as a new version" in page
    start = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 2, 30, tzinfo=UTC)
    with merchant_scope(store.merchant.id):
        spends = [
            program_rules(merchant=store.merchant, at=at)[0][0].source["per_amount"]["spend"]
            for at in (timezone.now(), start - timedelta(seconds=1), start)
        ]
        (rule,), (redeem,) = program_rules(merchant=store.merchant, at=start)
        history = promotion_timeline(merchant=store.merchant, promotion_id=UUID(rule.id))
        other = promotion_timeline(merchant=store.merchant, promotion_id=UUID(redeem.id))
    assert spends == [10_000, 10_000, 20_000]
    assert [(entry.version, entry.created_by) for entry in history] == [(1, "system"), (2, owner.email)]
    assert len(other) == 1
    assert earned_of(page)[1] == ["18 poin"]
    assert "Scheduled" in page


def test_the_value_of_points_changes_at_once(store: Store, owner: StaffPerson) -> None:
    page = save(owner, WORTH, value_amount="25.000", minimum_points="50", start="now").replace("\xa0", " ")
    assert "100 poin pay Rp 25.000." in page
    with merchant_scope(store.merchant.id):
        _, (redeem,) = program_rules(merchant=store.merchant, at=timezone.now())
    assert (redeem.source["value_per_point"], redeem.source["minimum_points"]) == ("250", 50)


def test_two_people_cannot_publish_over_each_other(store: Store, owner: StaffPerson) -> None:
    manager = store.colleague(Role.MANAGER)
    reviewed = fields_of(review(manager, EARN, spend_amount="5000", start="now"))
    save(owner, EARN, spend_amount="8000", start="now")
    page = manager.post(EARN, status=400, **reviewed).content.decode()
    assert "Another person changed the rule" in page
    assert earned_of(owner.text(EARN))[1] == ["23 poin"]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"spend_amount": "0", "start": "now"}, "At least"),
        ({"spend_amount": "1,5", "start": "now"}, "Write the amount"),
        ({"start": "later", "day": "1/1/2020"}, "This moment has passed"),
        ({"start": "later", "day": ""}, "Fill this in."),
        ({"start": "now"}, "Nothing is different"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(store: Store, owner: StaffPerson, changes: dict[str, str], text: str) -> None:
    page = owner.post(EARN, status=400, **{**fields_of(owner.text(EARN)), **changes}).content.decode()
    assert text in page


def test_only_who_may_edit_the_program_comes_here(store: Store, stranger: StaffPerson, owner: StaffPerson) -> None:
    for role in set(Role) - {Role.OWNER, Role.MANAGER}:
        person = store.colleague(role)
        for path in (SETTINGS, EARN, WORTH, JOINING, CASHBACK, POINTS, LIMITS, STACKING, "/program/tasks/"):
            person.get(path, status=403)
    save(stranger, JOINING, pending_days="9")
    assert now_of(store).pending_days == 0
    assert owner.statements(EARN) <= 16
