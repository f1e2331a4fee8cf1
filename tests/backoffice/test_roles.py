"""What each role needs for its day, and that no one gives a role above their own."""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.utils import timezone

from backoffice import limits
from merchants.facts import Actor, Role
from merchants.operations import RoleNotGiven, change_staff_role, end_staff_access, invite_staff
from merchants.queries import role_of, staff
from merchants.rules import ROLE_PERMISSIONS, may_give
from merchants.tenancy import merchant_scope, refusable
from tests.backoffice.conftest import StaffPerson, Store

BELOW: Final = (Role.MARKETER, Role.CARE, Role.ANALYST)
ABOVE: Final = (Role.OWNER, Role.MANAGER, Role.INTEGRATOR)
PHONE: Final = "+6281234567890"
STAFF: Final = "/settings/staff/"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    limits._invitation_throttle().forget()


def role_now(store: Store, person: StaffPerson) -> Role | None:
    with merchant_scope(store.merchant.id):
        return role_of(merchant=store.merchant, user_id=person.user_id)


# --- who gives which role -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("giver", list(Role))
def test_no_one_but_an_owner_gives_rights_they_do_not_have(giver: Role) -> None:
    given = {role for role in Role if may_give(giver, role)}
    if giver is not Role.OWNER:
        assert giver not in given
        assert all(ROLE_PERMISSIONS[role] < ROLE_PERMISSIONS[giver] for role in given)
    assert given == {Role.OWNER: set(Role), Role.MANAGER: {*BELOW, Role.CASHIER}}.get(giver, set())


@pytest.mark.parametrize("role", BELOW)
def test_a_manager_invites_moves_and_ends(store: Store, role: Role) -> None:
    manager = store.colleague(Role.MANAGER)
    manager.post(f"{STAFF}new/", name="Nina", email=f"nina-{role}@example.com", role=role.value)
    assert "Invited, waiting" in manager.text(STAFF)
    person = store.colleague(role)
    other = next(one for one in BELOW if one is not role)
    manager.save(f"{STAFF}{person.user_id}/", role=other.value)
    assert role_now(store, person) is other
    manager.post(f"{STAFF}{person.user_id}/end/")
    assert role_now(store, person) is None


@pytest.mark.parametrize("role", ABOVE)
def test_a_manager_neither_gives_nor_takes_a_role_above(store: Store, role: Role) -> None:
    manager, person, care = store.colleague(Role.MANAGER), store.colleague(role), store.colleague(Role.CARE)
    manager.post(f"{STAFF}new/", status=400, name="Nina", email="nina@example.com", role=role.value)
    manager.save(f"{STAFF}{care.user_id}/", status=400, role=role.value)
    page = manager.text(f"{STAFF}{person.user_id}/")
    assert "Only an owner changes this role" in page
    assert "End access" not in page
    manager.post(f"{STAFF}{person.user_id}/", status=403, role=Role.CARE.value)
    manager.post(f"{STAFF}{person.user_id}/end/", status=403)
    assert (role_now(store, person), role_now(store, care)) == (role, Role.CARE)


def test_a_manager_does_not_answer_for_an_invitation_above(store: Store, owner: StaffPerson) -> None:
    owner.post(f"{STAFF}new/", name="Sari", email="sari@example.com", role="manager")
    manager = store.colleague(Role.MANAGER)
    with merchant_scope(store.merchant.id):
        invited = invite_id(store, "sari@example.com")
    page = manager.text(f"{STAFF}{invited}/")
    assert "Withdraw invitation" not in page
    for step in ("invite", "withdraw"):
        manager.post(f"{STAFF}{invited}/{step}/", status=403)
    assert "Withdraw invitation" in owner.text(f"{STAFF}{invited}/")


def invite_id(store: Store, email: str) -> Any:
    return next(one.user_id for one in staff(merchant=store.merchant) if one.email == email)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MARKETER, Role.CARE, Role.ANALYST, Role.INTEGRATOR])
def test_no_one_raises_themselves(store: Store, role: Role) -> None:
    person = store.colleague(role)
    person.post(f"{STAFF}{person.user_id}/", status=403, role="owner")
    actor = Actor(user_id=person.user_id, label=person.email, role=role)
    facts: dict[str, Any] = {"merchant": store.merchant, "at": timezone.now(), "actor": actor}
    with merchant_scope(store.merchant.id):
        for higher in ABOVE:
            with pytest.raises(RoleNotGiven), refusable():
                change_staff_role(user_id=person.user_id, role=higher, **facts)
            with pytest.raises(RoleNotGiven), refusable():
                invite_staff(email=f"two-{higher}@example.com", name="Two", role=higher, by="X", **facts)
        with pytest.raises(RoleNotGiven), refusable():
            end_staff_access(user_id=store.owner.user_id, **facts)
    assert role_now(store, person) is role


@pytest.mark.parametrize("giver", [Role.OWNER, Role.MANAGER])
def test_a_cashier_is_invited_by_no_one_until_there_is_a_page_for_them(store: Store, giver: Role) -> None:
    person = store.colleague(giver)
    assert 'value="cashier"' not in person.text(f"{STAFF}new/")
    person.post(f"{STAFF}new/", status=400, name="Siti", email="siti@example.com", role="cashier")


# --- a page that does not open --------------------------------------------------------------------------------------


def test_a_refused_page_says_what_is_lacking_and_who_can_give_it(store: Store, other_store: Store) -> None:
    page = store.colleague(Role.CARE).text("/settings/audit/", status=403)
    assert "Your role in Toko Melati is Customer care. It lacks this right: See who did what." in page
    assert "Roles that have it: Owner, Manager." in page
    assert "Ratna Wulandari" in page
    assert store.owner.email in page
    assert other_store.owner.email not in page


def test_who_has_no_page_is_told_whom_to_ask(store: Store) -> None:
    page = store.colleague(Role.CASHIER).text("/", status=403)
    assert "Your role has no pages" in page
    assert store.owner.email in page
    assert "To my pages" not in page


# --- what a role's day needs ----------------------------------------------------------------------------------------


def test_care_reads_nobodys_audit_trail(store: Store) -> None:
    care = store.colleague(Role.CARE)
    care.get("/settings/audit/", status=403)
    assert "/settings/audit/" not in care.text("/members/")


def test_an_analyst_reads_members_masked_and_takes_them_out_masked(store: Store) -> None:
    member = store.member(phone=PHONE)
    analyst = store.colleague(Role.ANALYST)
    assert member.phone == PHONE
    for path in ("/members/", f"/members/{member.id}/", "/loyalty/referrals/", "/loyalty/ledger/"):
        assert PHONE[-9:] not in analyst.text(path).replace("-", ""), path
    analyst.get(f"/members/{member.id}/edit/", status=403)
    file: Any = analyst.client.get("/members/export/")
    lines = b"".join(file).decode()
    assert "Sari Dewi" in lines
    assert "0812-****-7890" in lines
    assert PHONE[-9:] not in lines.replace("-", "")


def test_a_marketer_makes_the_reward_that_a_campaign_gives(store: Store) -> None:
    marketer = store.colleague(Role.MARKETER)
    page = marketer.text("/rewards/")
    assert "Add reward" in page
    assert "Confirmation code" not in page, "how a till confirms is the program's"
    marketer.get("/rewards/new/")
    marketer.get("/rewards/confirmation/", status=403)


def test_an_integrator_brings_products_in_and_changes_nothing_else(store: Store) -> None:
    integrator = store.colleague(Role.INTEGRATOR)
    page = integrator.text("/products/")
    assert "Import products" in page
    assert "Goods that take no part" not in page
    integrator.get("/products/import/")
    integrator.get("/jobs/")
    integrator.get("/members/", status=403)
