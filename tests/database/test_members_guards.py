"""Raw SQL, as the application role, that tries to break what the members' tables promise."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from common.violations import Violation
from members.facts import MemberFacts
from members.invariants import verify
from members.models import PERSONAL, Member, MemberMerge
from members.operations import issue_waiting_card, replace_card
from merchants.facts import MerchantFacts
from merchants.tenancy import merchant_scope, refusable
from tests.members_shop import NOW, OWNER, TODAY, join, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> MerchantFacts:
    return open_shop()


@pytest.fixture
def scope(shop: MerchantFacts) -> Iterator[MerchantFacts]:
    with merchant_scope(shop.id):
        yield shop


def run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def refused(statement: str, *values: Any) -> str:
    """Run it up to the deferred guards; return the database's words of refusal."""
    with pytest.raises(DatabaseError) as error, refusable():
        run(statement, *values)
    return str(error.value)


def insert_consent(found: MemberFacts, merchant: MerchantFacts, *, granted: bool, seq: int) -> str:
    return refused(
        "INSERT INTO members_consent "
        "(merchant_id, id, member_id, seq, topic, channel, granted, at, source, text_version, reason) "
        "VALUES (%s, %s, %s, %s, 'promo', 'email', %s, %s, 'till', 'promo-1', '')",
        merchant.id,
        uuid4(),
        found.id,
        seq,
        granted,
        NOW,
    )


def test_no_consent_without_proof(scope: MerchantFacts) -> None:
    found = join(scope)
    said = refused(
        "UPDATE members_member SET promo_email = true WHERE merchant_id = %s AND id = %s", scope.id, found.id
    )
    assert "newest consent" in said


def test_no_proof_without_consent(scope: MerchantFacts) -> None:
    found = join(scope, promo_consent=True)
    assert "newest consent" in insert_consent(found, scope, granted=False, seq=2)
    assert "consent_seq_once" in insert_consent(found, scope, granted=True, seq=1)


def test_a_new_member_cannot_come_with_a_consent_of_nowhere(scope: MerchantFacts) -> None:
    found = join(scope)
    columns = [field.column for field in Member._meta.concrete_fields if field.column and not field.generated]
    said = refused(
        f"INSERT INTO members_member ({', '.join(columns)}) "
        f"SELECT {', '.join(f'(m).{column}' for column in columns)} "
        "FROM (SELECT jsonb_populate_record(x, %s::jsonb) AS m FROM members_member x "
        "WHERE x.merchant_id = %s AND x.id = %s) AS copy",
        f'{{"id": "{uuid4()}", "number": "184212345674", "phone": null, "referral_code": "X", "promo_email": true}}',
        scope.id,
        found.id,
    )
    assert "newest consent" in said


@pytest.mark.parametrize("table", ["members_consent", "members_tiermove"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = at", "DELETE FROM {}", "TRUNCATE {}"])
def test_history_is_never_changed(scope: MerchantFacts, table: str, change: str) -> None:
    join(scope, promo_consent=True)
    assert "permission denied" in refused(change.format(table))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'gone'", "member_status"),
        ("status = 'merged'", "member_merged_has_survivor"),
        ("merged_into_id = id, status = 'merged'", "member_not_own_survivor"),
        ("source = 'door'", "member_source"),
        ("phone = '0812'", "member_phone_e164"),
        ("email = 'budi@example.com'", "member_email_has_key"),
        ("purchase_count = -1", "purchase_count"),
        ("tier_visits = -1", "tier_visits"),
        ("tier_id = gen_random_uuid()", "members_member_tier_id_fk"),
        ("outlet_id = gen_random_uuid()", "members_member_outlet_id_fk"),
        ("referred_by_id = gen_random_uuid()", "members_member_referred_by_id_fk"),
        ("merged_into_id = gen_random_uuid(), status = 'merged'", "members_member_merged_into_id_fk"),
    ],
)
def test_a_member_row_cannot_be(scope: MerchantFacts, change: str, constraint: str) -> None:
    found = join(scope)
    said = refused(f"UPDATE members_member SET {change} WHERE merchant_id = %s AND id = %s", scope.id, found.id)
    assert constraint in said


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("number", "member_number_once"),
        ("phone", "member_phone_once"),
        ("referral_code", "member_referral_code_once"),
    ],
)
def test_what_is_unique_stays_so(scope: MerchantFacts, column: str, constraint: str) -> None:
    one, other = join(scope), join(scope)
    said = refused(
        f"UPDATE members_member SET {column} = %s WHERE merchant_id = %s AND id = %s",
        getattr(one, column),
        scope.id,
        other.id,
    )
    assert constraint in said


def test_one_card_in_force_each(scope: MerchantFacts) -> None:
    found = join(scope)
    said = refused(
        "INSERT INTO members_card "
        "(merchant_id, id, member_id, number, token_hash, token_encrypted, issued_at, confirmed_at, revoked_reason) "
        "SELECT merchant_id, gen_random_uuid(), member_id, '12345674', '\\x00', token_encrypted, issued_at, "
        "issued_at, '' "
        "FROM members_card WHERE merchant_id = %s AND member_id = %s",
        scope.id,
        found.id,
    )
    assert "card_one_in_force" in said


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("revoked_at = NULL, revoked_reason = ''", "stays ended"),
        ("confirmed_at = now()", "only a waiting card is confirmed"),
        ("confirmed_at = NULL, number = ''", "only a waiting card is confirmed"),
        ("token_hash = '\\x01'", "keeps its member, its token"),
        ("member_id = gen_random_uuid()", "keeps its member, its token"),
        ("number = ''", "card_waiting_has_no_number"),
        ("shown_name = 'Sari'", "card_name_only_while_waiting"),
    ],
)
def test_a_card_goes_one_way(scope: MerchantFacts, change: str, constraint: str) -> None:
    found = join(scope)
    replace_card(merchant=scope, member_id=found.id, reason="lost", at=NOW, actor=OWNER)
    where = "merchant_id = %s AND member_id = %s AND revoked_at IS NOT NULL"
    assert constraint in refused(f"UPDATE members_card SET {change} WHERE {where}", scope.id, found.id)


def test_a_waiting_card_that_was_ended_is_never_confirmed(scope: MerchantFacts) -> None:
    found = join(scope)
    issue_waiting_card(merchant=scope, member_id=found.id, shown_name="Sari", at=NOW)
    replace_card(merchant=scope, member_id=found.id, reason="lost", at=NOW, actor=OWNER)
    said = refused(
        "UPDATE members_card SET confirmed_at = now(), number = '12345674' "
        "WHERE merchant_id = %s AND member_id = %s AND confirmed_at IS NULL",
        scope.id,
        found.id,
    )
    assert "only a waiting card is confirmed" in said


def test_a_till_that_saw_a_waiting_card_is_of_this_merchant(scope: MerchantFacts) -> None:
    found = join(scope)
    said = refused(
        "INSERT INTO members_waitingcardshown (merchant_id, id, till_id, member_id, shown_at) "
        "VALUES (%s, gen_random_uuid(), gen_random_uuid(), %s, now()); SET CONSTRAINTS ALL IMMEDIATE",
        scope.id,
        found.id,
    )
    assert "members_waitingcardshown_till_id_fk" in said


def test_another_merchants_rows_are_out_of_reach(shop: MerchantFacts) -> None:
    stranger = open_shop(name="Roti Sore")
    with merchant_scope(stranger.id):
        theirs = join(stranger, promo_consent=True)
    with merchant_scope(shop.id):
        mine = join(shop)
        for table in ("member", "card", "consent", "tier", "tierprogram"):
            assert run(f"SELECT FROM members_{table} WHERE merchant_id = %s", stranger.id) == 0
        assert run("SELECT FROM members_standing WHERE merchant_id = %s", stranger.id) == 0
        assert run("SELECT FROM members_standing WHERE merchant_id = %s", shop.id) == 1
        assert run("UPDATE members_member SET name = 'x' WHERE id = %s", theirs.id) == 0
        said = refused("UPDATE members_member SET merchant_id = %s WHERE id = %s", stranger.id, mine.id)
        assert "row-level security" in said
        said = refused("UPDATE members_member SET referred_by_id = %s WHERE id = %s", theirs.id, mine.id)
        assert "members_member_referred_by_id_fk" in said


def test_without_a_scope_nothing_is_seen_or_written(shop: MerchantFacts) -> None:
    with merchant_scope(shop.id):
        join(shop)
    assert run("SELECT FROM members_member") == 0
    assert run("SELECT FROM members_standing") == 0
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        run(
            "INSERT INTO members_tier (merchant_id, id, code, name, rank, measure, threshold) "
            "VALUES (%s, gen_random_uuid(), 'x', 'X', 9, 'spend', 1)",
            shop.id,
        )


def test_the_view_shows_no_personal_column(scope: MerchantFacts) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_attribute a WHERE a.attrelid = 'members_member'::regclass "
            "AND col_description(a.attrelid, a.attnum) = %s",
            [PERSONAL],
        )
        personal = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'members_standing'::regclass AND attnum > 0")
        shown = {row[0] for row in cursor.fetchall()}
    assert personal >= {"name", "phone", "email", "email_key", "birth_date", "attributes", "notes", "external_ref"}
    assert not personal & shown


# --- the verifier finds each of them -----------------------------------------------------------------------------


def test_a_sound_shop_has_no_violations(scope: MerchantFacts) -> None:
    join(scope, promo_consent=True)
    join(scope)
    assert verify(merchant=scope) == []


class Undone(Exception):  # not an error: takes the corruption back before the guards fire
    pass


def violations_after(merchant: MerchantFacts, corruption: str, values: dict[str, Any]) -> list[Violation]:
    found: list[Violation] = []
    with suppress(Undone), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(corruption, values)
        found = verify(merchant=merchant)
        raise Undone
    return found


@pytest.mark.parametrize(
    ("corruption", "invariant", "table"),
    [
        ("UPDATE members_member SET promo_email = true WHERE id = %(id)s", "M1", "members_member"),
        (
            "UPDATE members_member SET status = 'merged', merged_into_id = %(merged)s WHERE id = %(id)s",
            "M2",
            "members_member",
        ),
        (
            "UPDATE members_member SET status = 'merged', merged_into_id = %(survivor)s WHERE id = %(id)s",
            "M13",
            "members_member",
        ),
        ("UPDATE members_member SET number = '184212345675' WHERE id = %(id)s", "M3", "members_member"),
        ("UPDATE members_card SET number = '184212345675' WHERE member_id = %(id)s", "M3", "members_card"),
        ("UPDATE members_card SET revoked_at = now() WHERE member_id = %(id)s", "M4", "members_member"),
        (
            """INSERT INTO members_card
                (merchant_id, id, member_id, number, token_hash, token_encrypted, issued_at, revoked_reason)
            SELECT merchant_id, gen_random_uuid(), member_id, '', '\\x00', token_encrypted,
                issued_at - interval '1 day', ''
            FROM members_card WHERE member_id = %(id)s""",
            "M7",
            "members_card",
        ),
        (
            "UPDATE members_member SET email = 'a@b.example' || chr(8203), email_key = 'a@b.example' WHERE id = %(id)s",
            "M6",
            "members_member",
        ),
        (
            "UPDATE members_member SET tier_id = (SELECT id FROM members_tier WHERE rank = 3) WHERE id = %(id)s",
            "M5",
            "members_member",
        ),
    ],
)
def test_planted_corruptions_are_named(scope: MerchantFacts, corruption: str, invariant: str, table: str) -> None:
    found, survivor, merged = join(scope), join(scope), join(scope)
    Member.objects.filter(merchant_id=scope.id, id=merged.id).update(status="merged", merged_into_id=survivor.id)
    MemberMerge.objects.create(
        merchant_id=scope.id, survivor_id=survivor.id, merged_id=merged.id, at=NOW, actor_label="owner@kopi.example"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO members_tiermove (merchant_id, id, member_id, to_tier_id, at, business_date, cause, reason) "
            "SELECT %(merchant)s, gen_random_uuid(), %(id)s, id, %(at)s, %(on)s, 'night', '' "
            "FROM members_tier WHERE merchant_id = %(merchant)s AND rank = 1",
            {"merchant": scope.id, "id": found.id, "at": NOW, "on": TODAY},
        )
    assert verify(merchant=scope) == []
    given = {"id": found.id, "merged": merged.id, "survivor": survivor.id}
    named = violations_after(scope, corruption, given)
    (violation,) = [one for one in named if invariant == "M13" or one.invariant != "M13"]
    assert (violation.invariant, violation.table) == (invariant, table)
    if table == "members_member":
        assert violation.row_id == str(found.id)


def test_commit_itself_refuses(real_commits: None) -> None:
    merchant = open_shop(name="Commits")
    with merchant_scope(merchant.id):
        found = join(merchant)
    with pytest.raises(IntegrityError, match="newest consent"), merchant_scope(merchant.id):
        Member.objects.filter(merchant_id=merchant.id, id=found.id).update(promo_email=True)
