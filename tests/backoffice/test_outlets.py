"""Settings > Outlets and tills: renamed, moved, closed with what rests on them said, opened again."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from common.ids import new_id
from merchants.facts import Actor, AuditFilter, Role
from merchants.operations import PlaceClosed, close_till, issue_till_key
from merchants.queries import audit_trail, outlets, till_list
from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import StaffPerson, Store
from tests.backoffice.test_search import sell
from tests.backoffice.test_tills import answers, issue

OUTLETS = "/settings/outlets/"


def add_branch(owner: StaffPerson, name: str = "Cabang Denpasar") -> str:
    """Add an outlet; return its id."""
    owner.post(OUTLETS + "new/", name=name, timezone="Asia/Makassar")
    found = re.search(rf'href="{OUTLETS}([0-9a-f-]+)/">{name}<', owner.text(OUTLETS))
    assert found
    return found[1]


def trail(store: Store, action: str) -> list[tuple[object, object]]:
    with merchant_scope(store.merchant.id):
        return [
            (entry.before, entry.after)
            for entry in audit_trail(merchant=store.merchant, filters=AuditFilter(action=action))
        ]


def outlet_of_till(store: Store) -> tuple[str, str]:
    with merchant_scope(store.merchant.id):
        [row] = [till for till, _ in till_list(merchant=store.merchant) if till.id == store.till_id]
        return row.name, row.outlet.name


def test_an_outlet_is_renamed_everywhere_and_no_name_stands_twice(store: Store, owner: StaffPerson) -> None:
    branch = add_branch(owner)
    page = owner.text(f"{OUTLETS}{branch}/")
    assert "WITA – Bali, Makassar, Balikpapan" in page
    owner.save(f"{OUTLETS}{branch}/", name="Cabang Sanur")
    assert "Cabang Sanur" in owner.text(OUTLETS)
    assert trail(store, "outlet.renamed") == [({"name": "Cabang Denpasar"}, {"name": "Cabang Sanur"})]
    other = add_branch(owner, "Cabang Ubud")
    refused = owner.save(f"{OUTLETS}{other}/", status=400, name="Cabang Sanur").content.decode()
    assert "You have an outlet of that name" in refused
    assert 'value="Cabang Sanur"' in refused, "what was typed is not lost"


def test_a_till_moves_and_its_receipts_stay_where_they_were_sold(store: Store, owner: StaffPerson) -> None:
    sold = sell(store, "R-1")
    before = outlet_of_till(store)
    branch = add_branch(owner)
    owner.save(f"/settings/tills/{store.till_id}/", name="Kasir depan", outlet=branch)
    assert outlet_of_till(store) == ("Kasir depan", "Cabang Denpasar")
    assert trail(store, "till.changed") == [
        (
            {"name": before[0], "outlet": before[1]},
            {"name": "Kasir depan", "outlet": "Cabang Denpasar"},
        )
    ]
    receipt = owner.text(f"/receipts/{sold.id}/")
    assert before[1] in receipt
    assert "Cabang Denpasar" not in receipt


def test_a_closed_till_gets_no_answer_until_it_is_opened_and_has_a_new_key(store: Store, owner: StaffPerson) -> None:
    key = issue(owner, store)
    path = f"/settings/tills/{store.till_id}/"
    assert "1 key is revoked" in owner.text(path)
    owner.post(path + "close/")
    assert answers(key) == 401
    assert owner.post(path + "keys/new/", status=302)["Location"] == path
    with merchant_scope(store.merchant.id), pytest.raises(PlaceClosed):
        issue_till_key(
            merchant=store.merchant,
            till_id=store.till_id,
            at=timezone.now(),
            actor=Actor(owner.user_id, owner.email, Role.OWNER),
        )
    owner.post(path + "open/")
    assert answers(issue(owner, store)) == 200
    assert answers(key) == 401
    assert len(trail(store, "till.closed")) == len(trail(store, "till.reopened")) == 1


def test_closing_an_outlet_says_what_rests_on_it_and_closes_its_tills(store: Store, owner: StaffPerson) -> None:
    key, name = issue(owner, store), outlet_of_till(store)[0]
    path = f"{OUTLETS}{store.outlet_id}/"
    refused = owner.post(path + "close/")
    assert refused["Location"] == path
    assert "This is your only open outlet" in owner.text(path)
    assert answers(key) == 200
    branch = add_branch(owner)
    assert f"Its till is closed, too, and gets no answer any more: {name}." in owner.text(path)
    owner.post(path + "close/")
    assert answers(key) == 401
    with merchant_scope(store.merchant.id):
        assert [str(one.id) for one in outlets(merchant=store.merchant)] == [branch]
    assert f'value="{store.outlet_id}"' not in owner.text("/settings/tills/new/")
    owner.post(f"/settings/tills/{store.till_id}/open/")
    assert "Its outlet is closed" in owner.text(f"/settings/tills/{store.till_id}/")
    owner.post(path + "open/")
    owner.post(f"/settings/tills/{store.till_id}/open/")
    assert answers(issue(owner, store)) == 200


def test_closing_twice_changes_nothing(store: Store, owner: StaffPerson) -> None:
    actor = Actor(owner.user_id, owner.email, Role.OWNER)
    with merchant_scope(store.merchant.id):
        for _ in range(2):
            close_till(merchant=store.merchant, till_id=store.till_id, at=timezone.now(), actor=actor)
    assert len(trail(store, "till.closed")) == 1


def test_receipts_of_a_closed_outlet_stay_in_the_figures(store: Store, owner: StaffPerson) -> None:
    sold = sell(store, "R-1", store.member("Dewi Lestari", outlet_id=store.outlet_id))
    name = outlet_of_till(store)[1]
    add_branch(owner)
    owner.post(f"{OUTLETS}{store.outlet_id}/close/")
    assert name in owner.text(f"/receipts/{sold.id}/")
    members = owner.text("/members/", outlet=str(store.outlet_id))
    assert "Dewi Lestari" in members
    assert f">{name}</option>" in members


@pytest.mark.parametrize("step", ["", "close/", "open/"])
def test_another_store_and_another_role_find_nothing(
    store: Store, owner: StaffPerson, stranger: StaffPerson, step: str
) -> None:
    for own in (f"{OUTLETS}{store.outlet_id}/{step}", f"/settings/tills/{store.till_id}/{step}"):
        random = own.replace(str(store.outlet_id), str(new_id())).replace(str(store.till_id), str(new_id()))
        ask = stranger.post if step else stranger.get
        assert len(ask(own, status=404).content) == len(ask(random, status=404).content)
        assert store.colleague(Role.MARKETER).get(own, status=403 if not step else 405)
