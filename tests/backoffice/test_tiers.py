"""Tiers: the ladder is shown with its members, changed with a preview of who moves, and met on card and till."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from members.facts import MemberFacts
from members.invariants import verify
from members.queries import card_token, member, tier_program, tiers
from merchants.facts import Role
from merchants.queries import audit_entries
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_promotions import publish, till_of
from tests.backoffice.test_settings import fields_of
from tests.buyers import BuyersShop, add_purchases

pytestmark = pytest.mark.django_db

PAGE, EDIT = "/program/tiers/", "/program/tiers/edit/"


def boxes(person: StaffPerson) -> dict[str, Any]:
    return fields_of(person.text(EDIT))


def bought(store: Store, found: MemberFacts, amount: int, *, days_ago: int = 3) -> None:
    """Let the member have bought for so much, as imported sales do: the tier waits for the night."""
    sales = {found.id: [(store.today - timedelta(days=days_ago), amount)]}
    with merchant_scope(store.merchant.id):
        add_purchases(BuyersShop(store.merchant, store.outlet_id, store.till_id), sales)


def ladder(store: Store) -> list[tuple[str, str, int]]:
    with merchant_scope(store.merchant.id):
        return [(t.code, t.name, t.threshold) for t in tiers(merchant=store.merchant)]


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|&nbsp;|\u00a0", " ", page))


def test_the_ladder_is_shown_with_who_holds_it(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari")
    till_of(store).sell(
        "R-1",
        member_id=str(sari.id),
        lines=[{"line_id": "1", "sku": "A", "name": "A", "category": "c", "quantity": 1, "unit_amount": 950_000}],
    )
    page = plain(owner.text(PAGE))
    for words in (
        "A member climbs at once by what they spent in the last 365 days.",
        "1 member holds a tier now.",
        "Bronze everybody",
        "Silver Rp 1.000.000",
    ):
        assert words in page, words
    near = plain(owner.text("/program/tiers/bronze/near/"))
    assert "Sari" in near
    assert "Rp 950.000 Rp 50.000" in near
    owner.get("/program/tiers/platinum/near/", status=404)
    owner.get("/program/tiers/nothing/near/", status=404)


def test_the_page_needs_few_statements(store: Store, owner: StaffPerson) -> None:
    assert owner.statements(PAGE) <= 22


def test_a_change_is_shown_with_who_moves_then_saved(store: Store, owner: StaffPerson) -> None:
    sari, rina = store.member("Sari"), store.member("Rina")
    bought(store, sari, 600_000)
    bought(store, rina, 200_000)
    wanted = {**boxes(owner), "amount_1": "500.000", "perks_1": "Kopi gratis\nAntre dulu"}
    shown = owner.post(EDIT, status=200, **wanted).content.decode()
    assert "Save tiers: 1 member moves" in plain(shown)
    assert "Bronze Silver 1" in plain(shown)
    assert "of 2 members" in plain(shown)
    assert "Without this change 0 members would move." in plain(shown)
    (link,) = set(re.findall(r'href="(/program/tiers/edit/members/[^"]+)"', shown))
    behind = plain(owner.text(link.replace("&amp;", "&")))
    assert "Sari" in behind
    assert "Rp 600.000" in behind
    assert "Rina" not in behind
    assert ladder(store)[1] == ("silver", "Silver", 1_000_000)
    owner.post(EDIT, **wanted, confirmed=fields_of(shown)["confirmed"])
    assert ladder(store)[1] == ("silver", "Silver", 500_000)
    assert "Kopi gratis" in owner.text(PAGE)
    with merchant_scope(store.merchant.id):
        (entry,) = audit_entries(
            merchant=store.merchant, subject_kind="merchant", subject_id=store.merchant.id, action="tiers.changed"
        )
        assert entry.actor_id == owner.user_id
        assert verify(merchant=store.merchant) == []
    assert "Tiers changed" in owner.text("/settings/audit/")


def test_by_visits_with_another_window_and_a_new_tier(store: Store, owner: StaffPerson) -> None:
    wanted = {**boxes(owner), "measure": "visits", "window_days": "90", "down_policy": "one_step", "keep_days": "30"}
    wanted |= {"count_1": "5", "count_2": "10", "count_3": "40", "name_4": "Sultan", "count_4": "20"}
    shown = owner.post(EDIT, status=200, **wanted).content.decode()
    assert "A tier is kept at least 30 days." in plain(shown)
    owner.post(EDIT, **wanted, confirmed=fields_of(shown)["confirmed"])
    assert ladder(store) == [
        ("bronze", "Bronze", 0),
        ("silver", "Silver", 5),
        ("gold", "Gold", 10),
        ("sultan", "Sultan", 20),
        ("platinum", "Platinum", 40),
    ]
    with merchant_scope(store.merchant.id):
        held = tier_program(merchant=store.merchant)
    assert (held.window_days, held.down_policy.value, held.keep_days) == (90, "one_step", 30)
    assert "Silver 5 purchases" in plain(owner.text(PAGE))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"amount_1": ""}, "Fill this in."),
        ({"amount_1": "0"}, "Another tier asks for the same."),
        ({"amount_1": "5.000.000"}, "Another tier asks for the same."),
        ({"name_1": ""}, "This field is required."),
        ({"name_1": " bronze"}, "Another tier has this name."),
        ({"window_days": "0"}, "greater than or equal to 1"),
        ({"name_4": "Sultan"}, "Fill this in."),
        ({"perks_1": "x" * 121}, "At most 10 lines of up to 120 characters."),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_box(
    store: Store, owner: StaffPerson, typed: dict[str, str], words: str
) -> None:
    before = ladder(store)
    page = owner.post(EDIT, status=400, **{**boxes(owner), **typed}).content.decode()
    assert words in page
    for name, text in typed.items():
        assert name.startswith("perks") or fields_of(page)[name].strip() == text.strip()
    assert ladder(store) == before


def test_a_preview_confirms_only_what_it_showed(store: Store, owner: StaffPerson) -> None:
    wanted = {**boxes(owner), "amount_1": "500.000"}
    mark = fields_of(owner.post(EDIT, status=200, **wanted).content.decode())["confirmed"]
    owner.post(EDIT, status=200, **{**wanted, "amount_1": "400.000"}, confirmed=mark)
    assert ladder(store)[1][2] == 1_000_000


def test_another_persons_change_is_kept_and_said(store: Store, owner: StaffPerson) -> None:
    manager = store.colleague(Role.MANAGER)
    late = {**boxes(manager), "amount_1": "400.000"}
    first = {**boxes(owner), "amount_1": "500.000"}
    owner.post(EDIT, **first, confirmed=fields_of(owner.post(EDIT, status=200, **first).content.decode())["confirmed"])
    page = manager.post(EDIT, status=400, **late).content.decode()
    assert "Another person changed the tiers" in page
    assert fields_of(page)["amount_1"] == "400.000"
    assert ladder(store)[1][2] == 500_000


def test_a_tier_that_a_promotion_is_for_stays(store: Store, owner: StaffPerson) -> None:
    when = {"members_only": True, "tiers_any": ["platinum"]}
    publish(store, {"title": "VIP 20%", "kind": "percent_off", "value": "20", "when": when})
    assert "20%" in plain(owner.text(PAGE))
    page = owner.post(EDIT, status=400, **{**boxes(owner), "gone_3": "on"}).content.decode()
    assert "The promotion VIP 20% is for Platinum. Change or end it first." in page
    shown = owner.post(EDIT, status=200, **{**boxes(owner), "gone_2": "on"}).content.decode()
    owner.post(EDIT, **{**boxes(owner), "gone_2": "on"}, confirmed=fields_of(shown)["confirmed"])
    assert [code for code, *_ in ladder(store)] == ["bronze", "silver", "platinum"]


def test_moves_are_charted_and_listed(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari")
    assert "No member has moved between tiers in the last 12 months" in owner.text(PAGE)
    owner.save(f"/members/{sari.id}/tier/", tier="gold", protected_until="2027-12-31", reason="Tamu lama")
    assert "How many members move up and down?" in owner.text(PAGE)
    month = f"{store.today:%Y-%m}"
    assert "Sari" in owner.text(f"/program/tiers/moves/?month={month}")
    assert "Sari" not in owner.text(f"/program/tiers/moves/?month={month}&way=down")
    assert "No member moved that way in this month" in owner.text("/program/tiers/moves/?month=2020-01")
    owner.get("/program/tiers/moves/?month=9999-12&after=x")


def test_who_moved_is_opened_in_the_member_list(store: Store, owner: StaffPerson) -> None:
    sari, _rina = store.member("Sari"), store.member("Rina")
    owner.save(f"/members/{sari.id}/tier/", tier="gold", protected_until="2027-12-31", reason="Tamu lama")
    month = f"{store.today:%Y-%m}"
    (link,) = re.findall(r'href="(/members/\?moved=[^"]+)"', owner.text(f"/program/tiers/moves/?month={month}"))
    page = owner.text(link)
    assert "Tier up in" in page
    assert "1 of 1" in page
    assert "Sari" in page
    assert "No member fits" in owner.text(f"/members/?moved={month}-down")
    for mangled in ("9999-12-up", "2026-13-up", "2026-11", "up", f"{month}-left", "0001-01-down"):
        assert "2 of 2" in owner.text(f"/members/?moved={mangled}"), mangled


# --- by hand -------------------------------------------------------------------------------------------------------


def test_a_tier_by_hand_is_kept_until_its_day_and_says_by_whom(store: Store, owner: StaffPerson) -> None:
    sari = store.member("Sari")
    owner.save(f"/members/{sari.id}/tier/", tier="gold", protected_until="31 Dec 2027", reason="Tamu <lama>")
    page = owner.text(f"/members/{sari.id}/")
    assert "Kept by hand until 31 Dec 2027 by Ratna Wulandari: Tamu &lt;lama&gt;" in page
    with merchant_scope(store.merchant.id):
        found = member(merchant=store.merchant, member_id=sari.id)
        assert found.tier is not None
        assert (found.tier.code, str(found.tier_protected_until)) == ("gold", "2027-12-31")
        assert verify(merchant=store.merchant) == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"protected_until": "2020-01-01"}, "Choose today or a later day"),
        ({"protected_until": "2099-01-01"}, "Choose today or a later day"),
        ({"protected_until": ""}, "This field is required."),
        ({"reason": " "}, "This field is required."),
        ({"tier": "diamond"}, "Select a valid choice."),
    ],
)
def test_a_tier_by_hand_without_day_or_reason_changes_nothing(
    store: Store, owner: StaffPerson, typed: dict[str, str], words: str
) -> None:
    sari = store.member("Sari")
    sent = {"tier": "gold", "protected_until": "2027-12-31", "reason": "Tamu", **typed}
    assert words in owner.save(f"/members/{sari.id}/tier/", status=400, **sent).content.decode()
    with merchant_scope(store.merchant.id):
        found = member(merchant=store.merchant, member_id=sari.id)
    assert found.tier_protected_until is None


def test_who_may_see_and_change_what(store: Store, stranger: StaffPerson) -> None:
    sari = store.member("Sari")
    store.colleague(Role.MARKETER).get(PAGE)
    store.colleague(Role.CASHIER).get(PAGE, status=403)
    for role in (Role.MARKETER, Role.ANALYST, Role.CARE):
        person = store.colleague(role)
        person.get(EDIT, status=403)
        person.post(EDIT, status=403, measure="spend")
    store.colleague(Role.MARKETER).get(f"/members/{sari.id}/tier/", status=403)
    for path in (f"/members/{sari.id}/tier/",):
        stranger.get(path, status=404)
    assert "Sari" not in stranger.text("/program/tiers/bronze/near/")


# --- met by members and tills -------------------------------------------------------------------------------------


def test_the_perks_are_on_the_card_and_at_the_till(store: Store, owner: StaffPerson) -> None:
    publish(store, {"title": "B", "kind": "percent_off", "value": "20", "when": {"tiers_any": ["bronze"]}})
    wanted = {**boxes(owner), "perks_0": "Kopi <gratis>"}
    shown = owner.post(EDIT, status=200, **wanted).content.decode()
    owner.post(EDIT, **wanted, confirmed=fields_of(shown)["confirmed"])
    till = till_of(store)
    enrolled = till.enrol("0812 7200 0001")
    perks = till.get(f"/members/{enrolled['id']}")["member"]["perks"]
    assert perks[0] == "Kopi <gratis>"
    assert len(perks) == 2
    with merchant_scope(store.merchant.id):
        token = card_token(merchant=store.merchant, member_id=UUID(enrolled["id"]))
    card = owner.client.get(f"/m/{store.merchant.slug}/card/{token}").content.decode()
    assert "Kopi &lt;gratis&gt;" in card
    assert "20%" in card
