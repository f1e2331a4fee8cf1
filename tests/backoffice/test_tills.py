"""Tills and keys: a key is shown once, works, and stops at once when it is revoked."""

import re

from django.test import Client
from django.utils import timezone

from merchants.facts import SYSTEM, Role
from merchants.operations import record_audit
from merchants.queries import till_list
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store


def issue(person: StaffPerson, store: Store, *scopes: str) -> str:
    page = person.post(
        f"/settings/tills/{store.till_id}/keys/new/", status=200, scopes=scopes or ("read_members", "record_sales")
    )
    assert page["Cache-Control"] == "no-store"
    shown = re.search(r"<code>([^<]+)</code>", page.content.decode())
    assert shown
    return shown[1]


def answers(key: str) -> int:
    return Client().get("/api/pos/v1/program", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_shown_once_and_opens_the_till_s_api(store: Store, owner: StaffPerson) -> None:
    key = issue(owner, store)
    assert answers(key) == 200
    page = owner.text("/settings/tills/")
    assert key.partition(".")[0] in page
    assert key.partition(".")[2] not in page
    assert "Ratna Wulandari" in page[page.index("<main") :]
    assert owner.email not in page[page.index("<main") :]


def test_a_revoked_key_stops_at_once(store: Store, owner: StaffPerson) -> None:
    lost, kept = issue(owner, store), issue(owner, store)
    with merchant_scope(store.merchant.id):
        keys = {key.prefix: key.id for _, keys in till_list(merchant=store.merchant) for key in keys}
    owner.post(f"/settings/keys/{keys[lost.partition('.')[0]]}/revoke/")
    assert answers(lost) == 401
    assert answers(kept) == 200
    assert "Revoked" in owner.text("/settings/tills/")


def test_a_key_needs_something_to_do(store: Store, owner: StaffPerson) -> None:
    owner.post(f"/settings/tills/{store.till_id}/keys/new/", status=400)
    owner.post(f"/settings/tills/{store.till_id}/keys/new/", status=400, scopes="everything")


def test_an_outlet_and_its_till(owner: StaffPerson) -> None:
    owner.post("/settings/outlets/new/", name="Cabang Denpasar", timezone="Asia/Makassar")
    page = owner.text("/settings/tills/new/")
    outlet = re.search(r'<option value="([^"]+)"[^>]*>Cabang Denpasar', page)
    assert outlet
    owner.post("/settings/tills/new/", name="Kasir depan", outlet=outlet[1])
    assert "Kasir depan" in owner.text("/settings/tills/")
    again = owner.post("/settings/tills/new/", status=400, name="Kasir depan", outlet=outlet[1]).content.decode()
    assert "This outlet has a till of that name." in again
    twice = owner.post("/settings/outlets/new/", status=400, name="Cabang Denpasar", timezone="Asia/Makassar")
    assert "You have an outlet of that name." in twice.content.decode()


def test_another_store_s_outlet_is_no_choice(store: Store, owner: StaffPerson, other_store: Store) -> None:
    owner.post("/settings/tills/new/", status=400, name="Kasir", outlet=str(other_store.outlet_id))


def test_the_number_of_statements_does_not_grow_with_the_keys(store: Store, owner: StaffPerson) -> None:
    issue(owner, store)
    few = owner.statements("/settings/tills/")
    for _ in range(4):
        issue(owner, store)
    assert owner.statements("/settings/tills/") == few


def test_an_integrator_issues_keys_and_sees_nothing_else(store: Store) -> None:
    integrator = store.colleague(Role.INTEGRATOR)
    assert answers(issue(integrator, store)) == 200
    integrator.get("/members/", status=403)


def test_a_till_that_looked_up_very_many_strangers_says_so(store: Store, owner: StaffPerson) -> None:
    with merchant_scope(store.merchant.id):
        record_audit(
            merchant=store.merchant,
            actor=SYSTEM,
            action="till.look_ups_closed",
            at=timezone.now(),
            subject=("till", store.till_id),
        )
    assert "Its look-ups of members were closed on" in owner.text("/settings/tills/")
