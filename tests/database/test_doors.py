"""Memberships and till keys before a merchant is known: raw SQL of the application role tries to see and write more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg2
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from common.ids import new_id
from merchants.facts import SYSTEM, Role
from merchants.operations import add_staff, create_user, invite_staff, issue_till_key
from merchants.queries import merchants_with_free_work, till_for_key, work_of
from merchants.tenancy import ScopeError, merchant_scope, people_in_force
from tests.databases import app_url, database_url
from tests.sales_shop import SellingShop, open_selling_shop


class TwoShops:
    """Two shops, an owner in each; the first one also works as a marketer in the second. A till key in each."""

    def __init__(self) -> None:
        self.ours, self.theirs = open_selling_shop("Ours"), open_selling_shop("Theirs")
        with transaction.atomic():
            self.ani, self.budi = (
                create_user(email=f"{name}-{new_id().hex}@toko.example", name=name, password=None, language="id").id
                for name in ("ani", "budi")
            )
        grants = (
            (self.ours, self.ani, Role.OWNER),
            (self.theirs, self.budi, Role.OWNER),
            (self.theirs, self.ani, Role.MARKETER),
        )
        for shop, user_id, role in grants:
            with merchant_scope(shop.merchant.id):
                add_staff(merchant=shop.merchant, user_id=user_id, role=role, at=timezone.now(), actor=SYSTEM)
        self.our_key, self.their_key = key_of(self.ours), key_of(self.theirs)


def key_of(shop: SellingShop) -> str:
    with merchant_scope(shop.merchant.id):
        return issue_till_key(merchant=shop.merchant, till_id=shop.till.id, at=timezone.now(), actor=SYSTEM)


@pytest.fixture
def shops(db: None) -> TwoShops:
    shops = TwoShops()
    rows("SET LOCAL app.till_key = ''")
    return shops


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def changed(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return int(cursor.rowcount)


PEOPLE = "SELECT merchant_id, user_id FROM merchants_membership ORDER BY role"
KEYS = "SELECT prefix FROM merchants_tillkey"


def test_without_a_door_nothing_is_seen(shops: TwoShops) -> None:
    assert (rows(PEOPLE), rows(KEYS)) == ([], [])
    assert rows(f"{KEYS} WHERE prefix = %s", shops.our_key.partition(".")[0]) == []


def test_in_scope_only_the_merchants_own_are_seen(shops: TwoShops) -> None:
    with merchant_scope(shops.ours.merchant.id):
        assert {merchant_id for merchant_id, _ in rows(PEOPLE)} == {shops.ours.merchant.id}
        assert (shops.ours.merchant.id, shops.ani) in rows(PEOPLE)
        assert rows(KEYS) == [(shops.our_key.partition(".")[0],)]


def test_a_person_sees_their_own_work_everywhere_and_no_colleague(shops: TwoShops) -> None:
    with people_in_force(shops.ani):
        assert set(rows(PEOPLE)) == {(shops.ours.merchant.id, shops.ani), (shops.theirs.merchant.id, shops.ani)}
        assert rows(KEYS) == []
    assert rows(PEOPLE) == []
    assert [role for _, role in work_of(shops.ani).memberships] == [Role.OWNER, Role.MARKETER]
    assert [role for _, role in work_of(shops.budi).memberships] == [Role.OWNER]
    assert work_of(new_id()).memberships == ()


def test_a_key_shows_itself_and_no_other(shops: TwoShops) -> None:
    found = till_for_key(shops.our_key)
    assert found is not None
    assert found.merchant.id == shops.ours.merchant.id
    assert rows(KEYS) == [(shops.our_key.partition(".")[0],)]
    assert till_for_key(shops.our_key.partition(".")[0] + "." + shops.their_key.partition(".")[2]) is None
    assert till_for_key("' OR true --.x") is None
    assert rows(KEYS) == []


def test_a_scope_begins_without_what_a_look_up_saw(shops: TwoShops) -> None:
    till_for_key(shops.their_key)
    with merchant_scope(shops.ours.merchant.id):
        assert rows(KEYS) == [(shops.our_key.partition(".")[0],)]
        with pytest.raises(ScopeError), people_in_force(shops.ani):
            pass


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE merchants_membership SET role = 'owner'",
        "UPDATE merchants_membership SET is_active = false",
        "UPDATE merchants_membership SET is_active = true, invited_at = NULL",
        "DELETE FROM merchants_membership",
        "UPDATE merchants_tillkey SET revoked_at = NULL",
        "UPDATE merchants_tillkey SET scopes = '[]'",
        "DELETE FROM merchants_tillkey",
    ],
)
def test_a_door_lets_read_and_not_write(shops: TwoShops, statement: str) -> None:
    """Neither by a person's rows, nor by an offered key; the same statement in the merchant's scope does write."""
    prefix = shops.their_key.partition(".")[0]
    rows("SET LOCAL app.till_key = %s", prefix)
    with people_in_force(shops.ani, shops.budi):
        assert changed(statement) == 0
    rows("SET LOCAL app.till_key = ''")
    with merchant_scope(shops.ours.merchant.id):
        table = "merchants_membership" if "membership" in statement else "merchants_tillkey"
        [(own,)] = rows(f"SELECT count(*) FROM {table}")
        assert own
        assert changed(statement) == own, "our own"


STAFF = (
    "INSERT INTO merchants_membership (id, merchant_id, user_id, role, is_active, created_at) "
    "VALUES (gen_random_uuid(), %s, %s, 'owner', {active}, now())"
)


@pytest.mark.parametrize("active", ["true", "false"])
def test_no_row_is_written_for_another_merchant(shops: TwoShops, active: str) -> None:
    theirs = shops.theirs.merchant.id
    for door in (merchant_scope(shops.ours.merchant.id), people_in_force(shops.ani)):
        with pytest.raises(DatabaseError, match="row-level security"), door:
            changed(STAFF.format(active=active), theirs, shops.ani)
    with pytest.raises(DatabaseError, match="row-level security"), merchant_scope(shops.ours.merchant.id):
        changed("UPDATE merchants_tillkey SET merchant_id = %s", theirs)


WORK = "SELECT merchant_id FROM merchants_duework"
ADD_WORK = (
    "INSERT INTO merchants_duework (id, merchant_id, kind, subject_id, due_at, next_try_at, attempts, fence, "
    "is_asked_again, last_error) VALUES (gen_random_uuid(), %s, '{kind}', gen_random_uuid(), now(), now(), 0, 0, "
    "false, '')"
)


def test_the_timetable_sees_the_work_of_all_and_only_adds_nights(shops: TwoShops) -> None:
    """What is due is read across shops; it is claimed, finished and given up in the shop's own scope."""
    ours, theirs = shops.ours.merchant.id, shops.theirs.merchant.id
    assert rows(WORK) == []
    with merchant_scope(ours):
        assert {merchant_id for (merchant_id,) in rows(WORK)} == {ours}
    with transaction.atomic():
        rows("SET LOCAL app.timetable = 'on'")
        assert {ours, theirs} <= {merchant_id for (merchant_id,) in rows(WORK)}
        assert changed("UPDATE merchants_duework SET attempts = 0") == 0
        assert changed("DELETE FROM merchants_duework") == 0
        assert changed(ADD_WORK.format(kind="night"), theirs) == 1
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            changed(ADD_WORK.format(kind="campaign"), theirs)
        rows("SET LOCAL app.timetable = ''")
    with pytest.raises(DatabaseError, match="row-level security"), merchant_scope(ours):
        changed(ADD_WORK.format(kind="night"), theirs)


def test_a_scope_begins_without_the_timetables_eyes(shops: TwoShops) -> None:
    merchants_with_free_work(now=timezone.now(), limit=1)
    with merchant_scope(shops.ours.merchant.id):
        assert {merchant_id for (merchant_id,) in rows(WORK)} == {shops.ours.merchant.id}


def test_an_invitation_passes_to_another_account_but_never_becomes_access(shops: TwoShops) -> None:
    invited = invited_by(shops.theirs, "chandra@toko.example")
    with people_in_force(invited, shops.budi):
        with pytest.raises(DatabaseError, match="only changes its account"), transaction.atomic():
            changed("UPDATE merchants_membership SET is_active = true, invited_at = NULL WHERE user_id = %s", invited)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            changed("UPDATE merchants_membership SET user_id = %s WHERE user_id = %s", shops.ani, invited)
    with people_in_force(invited, new_id()):
        assert changed("UPDATE merchants_membership SET role = role WHERE user_id = %s", invited) == 1


@pytest.mark.parametrize(
    "change",
    [
        "role = 'manager'",
        "merchant_id = (SELECT s.merchant_id FROM merchants_membership s WHERE s.is_active AND s.role = 'owner')",
        "invited_email = 'ani@toko.example'",
        "invited_at = now() + interval '1 day'",
        "invited_at = NULL",
    ],
)
def test_outside_its_store_an_invitation_changes_its_account_only(shops: TwoShops, change: str) -> None:
    """Otherwise the invited person could raise its role, or move it to another store, and then accept."""
    invited = invited_by(shops.theirs, "chandra@toko.example")
    statement = f"UPDATE merchants_membership SET {change} WHERE user_id = %s"
    with people_in_force(invited, shops.ani):
        with pytest.raises(DatabaseError, match="only changes its account"), transaction.atomic():
            changed(statement, invited)
        assert changed("UPDATE merchants_membership SET user_id = user_id WHERE user_id = %s", invited) == 1
    if "merchant_id" not in change:
        with merchant_scope(shops.theirs.merchant.id):
            assert changed(statement, invited) == 1, "in its store's scope"


def test_access_that_ended_passes_to_no_account(shops: TwoShops) -> None:
    with merchant_scope(shops.theirs.merchant.id):
        assert changed("UPDATE merchants_membership SET is_active = false WHERE user_id = %s", shops.ani) == 1
    taker = new_id()
    with people_in_force(shops.ani, taker):
        for change in ("invited_at = now()", f"user_id = '{taker}'"):
            statement = f"UPDATE merchants_membership SET {change} WHERE user_id = %s AND NOT is_active"
            assert changed(statement, shops.ani) == 0


def invited_by(shop: SellingShop, email: str) -> UUID:
    with merchant_scope(shop.merchant.id):
        return invite_staff(
            merchant=shop.merchant, email=email, name="X", role=Role.OWNER, by="Budi", at=timezone.now(), actor=SYSTEM
        ).user_id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE merchants_user SET is_active = false",
        "DELETE FROM merchants_user u WHERE email LIKE 'free%'",
        "UPDATE account_emailaddress SET verified = true",
        "DELETE FROM account_emailaddress",
        "UPDATE mfa_authenticator SET data = '{}'",
        "DELETE FROM mfa_authenticator",
    ],
)
def test_a_forgotten_where_changes_no_accounts(shops: TwoShops, statement: str) -> None:
    for name in ("free-1", "free-2"):
        user = create_user(email=f"{name}@toko.example", name=name, password=None, language="id")
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    rows("SET CONSTRAINTS ALL DEFERRED")
    with pytest.raises(DatabaseError, match="one statement changes one account"), transaction.atomic():
        changed(statement)
    assert changed("UPDATE merchants_user SET name = 'A' WHERE id = %s", shops.ani) == 1
    assert changed("DELETE FROM account_emailaddress WHERE user_id = %s", shops.ani) == 1
    assert changed("DELETE FROM mfa_authenticator WHERE user_id = %s", user.id) == 1


def test_the_look_up_of_a_key_leaves_nothing_open_on_the_connection(real_commits: None) -> None:
    """As a till's request has it: no transaction around, one text of two statements."""
    shop = open_selling_shop()
    prefix = key_of(shop).partition(".")[0]
    plain = psycopg2.connect(app_url(str(settings.DATABASES["default"]["NAME"])))
    plain.autocommit = True
    try:
        with plain.cursor() as cursor:
            cursor.execute("SET LOCAL app.till_key = %s; SELECT prefix FROM merchants_tillkey", [prefix])
            assert cursor.fetchall() == [(prefix,)]
            assert plain.notices == []
            cursor.execute("SELECT prefix FROM merchants_tillkey")
            assert cursor.fetchall() == []
    finally:
        plain.close()


def test_the_policies_are_what_hides_the_rows(real_commits: None) -> None:
    """The control: to the owner, let through for one transaction, the same statements show both shops."""
    shops = TwoShops()
    assert (rows(PEOPLE), rows(KEYS)) == ([], [])
    owner = psycopg2.connect(database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"]))
    try:
        with owner.cursor() as cursor:
            found = []
            for table, statement in (("merchants_membership", PEOPLE), ("merchants_tillkey", KEYS)):
                cursor.execute(statement)
                assert cursor.fetchall() == [], "forced: the owner is bound as well"
                cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
                cursor.execute(statement)
                found += cursor.fetchall()
        assert (str(shops.theirs.merchant.id), str(shops.budi)) in [tuple(map(str, row)) for row in found]
        assert {key.partition(".")[0] for key in (shops.our_key, shops.their_key)} <= {row[0] for row in found}
    finally:
        owner.rollback()
        owner.close()
