"""What each role may move by hand is the owner's to set, and counts from the next movement on."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from common.errors import BadInput, NotPermitted
from merchants.facts import Actor, AuditFilter, MovementLimit, MovementLimits, Role
from merchants.operations import change_movement_limits
from merchants.queries import audit_trail, merchant_by_id
from merchants.rules import limits_seen
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import Store
from tests.backoffice.test_members import adjustment

PAGE = "/program/tasks/limits/roles/"
USUAL: dict[str, Any] = {
    "owner_at_once": "100000",
    "owner_per_day": "500000",
    "manager_at_once": "10000",
    "manager_per_day": "50000",
    "care_at_once": "500",
    "care_per_day": "5000",
}
SEEN = "100000|500000|10000|50000|500|5000"


def limits_of(store: Store) -> MovementLimits:
    with merchant_scope(store.merchant.id):
        return merchant_by_id(store.merchant.id).movement_limits


def test_an_owner_widens_what_care_may_move_and_care_moves_it_alone(store: Store) -> None:
    budi = store.member("Budi")
    care = store.colleague(Role.CARE)
    page = f"/members/{budi.id}/points/"
    above = care.post(page, status=200, **adjustment(points="700")).content.decode()
    store.owner.post(PAGE, **{**USUAL, "care_at_once": "1000", "seen": SEEN})
    alone = care.post(page, status=200, **adjustment(points="700")).content.decode()
    assert 'value="ask 700"' in above
    assert 'value="ask 700"' not in alone
    care.post(page, confirmed="700", **adjustment(points="700"))
    assert store.balance(budi) == 700
    assert limits_of(store).of(Role.CARE) == MovementLimit(1_000, 5_000)


def test_the_trail_says_which_limit_was_changed_and_by_whom(store: Store) -> None:
    store.owner.post(PAGE, **{**USUAL, "manager_per_day": "60000", "seen": SEEN})
    with merchant_scope(store.merchant.id):
        (entry,) = audit_trail(
            merchant=store.merchant, filters=AuditFilter(action="merchant.movement_limits_changed"), limit=5
        )
    assert entry.before is not None
    assert entry.after is not None
    assert entry.before["manager_per_day"] == 50_000
    assert entry.after["manager_per_day"] == 60_000
    page = store.owner.text("/settings/audit/")
    assert "Limits of moving by hand changed" in page
    assert "Manager, in a day" in page


def test_a_day_s_limit_below_the_one_in_one_go_is_an_error_at_its_box_and_keeps_what_was_typed(store: Store) -> None:
    page = store.owner.post(PAGE, status=400, **{**USUAL, "care_per_day": "400", "seen": SEEN}).content.decode()
    assert "A day allows at least what one go allows" in page
    assert 'value="400"' in page
    assert limits_of(store) == MovementLimits()


@pytest.mark.parametrize("wrong", ["0", "-5", "x", "", "1000000001"])
def test_no_limit_is_below_one_or_beyond_all_measure(store: Store, wrong: str) -> None:
    store.owner.post(PAGE, status=400, **{**USUAL, "owner_per_day": wrong, "seen": SEEN})
    assert limits_of(store) == MovementLimits()


def test_limits_that_were_changed_meanwhile_are_not_overwritten(store: Store) -> None:
    store.owner.post(PAGE, **{**USUAL, "care_at_once": "800", "seen": SEEN})
    page = store.owner.post(PAGE, status=400, **{**USUAL, "care_at_once": "900", "seen": SEEN}).content.decode()
    assert "Somebody changed these limits" in page
    assert 'value="900"' in page
    assert limits_of(store).of(Role.CARE) == MovementLimit(800, 5_000)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.CARE, Role.MARKETER])
def test_nobody_else_sets_limits(store: Store, role: Role) -> None:
    person = store.colleague(role)
    person.get(PAGE, status=403)
    person.post(PAGE, status=403, **USUAL, seen=SEEN)
    actor = Actor(person.user_id, "Budi Santoso", role)
    with merchant_scope(store.merchant.id), pytest.raises(NotPermitted):
        change_movement_limits(
            merchant=store.merchant, limits=MovementLimits(), seen=SEEN, at=timezone.now(), actor=actor
        )


def test_a_manager_reads_the_limits_and_is_offered_no_way_to_change_them(store: Store) -> None:
    manager = store.colleague(Role.MANAGER)
    assert "Change these limits" not in manager.text("/program/tasks/limits/")
    assert "Change these limits" in store.owner.text("/program/tasks/limits/")


def test_the_operation_takes_no_limits_that_a_form_would_refuse(store: Store) -> None:
    owner = Actor(store.owner.user_id, "Ratna", Role.OWNER)
    wrong = MovementLimits({Role.CARE: MovementLimit(10, 5)})
    with merchant_scope(store.merchant.id), pytest.raises(BadInput):
        change_movement_limits(
            merchant=store.merchant,
            limits=wrong,
            seen=limits_seen(MovementLimits()),
            at=timezone.now(),
            actor=owner,
        )


@pytest.mark.parametrize(
    ("role", "limit"),
    [
        (Role.OWNER, MovementLimit(100_000, 500_000)),
        (Role.MANAGER, MovementLimit(10_000, 50_000)),
        (Role.CARE, MovementLimit(7, 70)),
        (Role.MARKETER, None),
        (Role.ANALYST, None),
    ],
)
def test_a_role_without_a_chosen_limit_has_the_usual_one(role: Role, limit: MovementLimit | None) -> None:
    limits = MovementLimits.from_json({"care": [7, 70]})
    assert limits.of(role) == limit
    assert MovementLimits.from_json(limits.to_json()) == limits
