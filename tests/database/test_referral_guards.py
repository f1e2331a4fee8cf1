"""Raw SQL, as the application role, that tries to break what the tables of referrals promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection

from common.ids import new_id
from merchants.tenancy import merchant_scope, refusable
from tests.referral_shop import Brought, ReferringShop, open_referring_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> ReferringShop:
    return open_referring_shop()


@pytest.fixture
def brought(shop: ReferringShop) -> Iterator[Brought]:
    with merchant_scope(shop.shop.merchant.id):
        made = shop.bring()
        yield made


@pytest.fixture
def granted(shop: ReferringShop) -> Iterator[Brought]:
    with merchant_scope(shop.shop.merchant.id):
        made = shop.bring()
    shop.night()
    with merchant_scope(shop.shop.merchant.id):
        yield made


def refused(statement: str, *values: Any) -> str:
    """Run it up to the deferred guards; return the database's words of refusal."""
    with pytest.raises(DatabaseError) as error, refusable(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(error.value)


@pytest.mark.parametrize("state", ["granted", "clawed_back", "expired"])
def test_no_step_is_left_out(shop: ReferringShop, brought: Brought, state: str) -> None:
    words = refused("UPDATE rewards_referral SET state = %s WHERE id = %s", state, shop.of(brought).id)
    assert "cannot go" in words or "its grant says otherwise" in words or "referral_has_its_sale" in words


@pytest.mark.parametrize("state", ["joined", "qualified", "in_review", "refused", "expired"])
def test_what_is_granted_can_only_be_taken_back(shop: ReferringShop, granted: Brought, state: str) -> None:
    reference = shop.of(granted).id
    assert "cannot go" in refused("UPDATE rewards_referral SET state = %s WHERE id = %s", state, reference)
    assert "its clawback says otherwise" in refused(
        "UPDATE rewards_referral SET state = 'clawed_back' WHERE id = %s", reference
    )


@pytest.mark.parametrize(
    "change", ["friend_id = referrer_id", "referrer_id = gen_random_uuid()", "joined_on = joined_on - 9"]
)
def test_who_brought_whom_stays(shop: ReferringShop, brought: Brought, change: str) -> None:
    words = refused(f"UPDATE rewards_referral SET {change} WHERE id = %s", shop.of(brought).id)
    assert "stands" in words


def test_a_decided_sale_stays(shop: ReferringShop, granted: Brought) -> None:
    assert "its sale stands" in refused(
        "UPDATE rewards_referral SET sale_amount = 1 WHERE id = %s", shop.of(granted).id
    )
    assert "keeps its rows" in refused("DELETE FROM rewards_referral WHERE id = %s", shop.of(granted).id)


GRANT = """
INSERT INTO rewards_referralgrant
    (merchant_id, id, referral_id, referrer_id, kind, amount, transfer_id, at, business_date)
SELECT merchant_id, %s, id, referrer_id, 'wallet', 20000, %s, now(), current_date FROM rewards_referral WHERE id = %s
"""


def test_a_grant_needs_its_referral_and_the_ledger(shop: ReferringShop, brought: Brought) -> None:
    reference = shop.of(brought).id
    assert "its grant says otherwise" in refused(GRANT, new_id(), new_id(), reference)
    together = f"WITH g AS ({GRANT} RETURNING referral_id) UPDATE rewards_referral SET state = 'granted' WHERE id = %s"
    assert "the ledger does not know its grant" in refused(together, new_id(), new_id(), reference, reference)


REFERRAL = """
INSERT INTO rewards_referral
    (merchant_id, id, program_id, friend_id, referrer_id, state, source, joined_at, joined_on, sale_amount, reasons)
SELECT merchant_id, %s, program_id, {friend}, {referrer}, %s, 'till', joined_at, joined_on, 0, '[]'
FROM rewards_referral WHERE id = %s
"""


def test_there_is_one_grant_and_one_referral_per_friend(shop: ReferringShop, granted: Brought) -> None:
    reference = shop.of(granted).id
    assert "referral_granted_once" in refused(GRANT, new_id(), new_id(), reference)
    again = REFERRAL.format(friend="friend_id", referrer="referrer_id")
    assert "referral_friend_once" in refused(again, new_id(), "joined", reference)
    himself = REFERRAL.format(friend="referrer_id", referrer="referrer_id")
    assert "referral_of_another" in refused(himself, new_id(), "joined", reference)


def test_a_referral_begins_with_joining(shop: ReferringShop, brought: Brought) -> None:
    backwards = REFERRAL.format(friend="referrer_id", referrer="friend_id")
    assert "begins with" in refused(backwards, new_id(), "expired", shop.of(brought).id)


@pytest.mark.parametrize("table", ["rewards_referralprogram", "rewards_referralgrant", "rewards_referralmove"])
def test_history_is_not_changed(granted: Brought, table: str) -> None:
    assert "permission denied" in refused(f"UPDATE {table} SET id = id")
    assert "permission denied" in refused(f"DELETE FROM {table}")
