"""The verifier of referrals on rows that a person with the owner's rights has spoiled."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from merchants.tenancy import merchant_scope
from rewards.invariants import verify
from rewards.referrals import invariants as referrals
from tests.databases import database_url
from tests.referral_shop import open_referring_shop

CORRUPTIONS = {
    "grant gone": "DELETE FROM rewards_referralgrant WHERE merchant_id = '{merchant}' RETURNING referral_id",
    "granted without": "UPDATE rewards_referral SET state = 'qualified' WHERE merchant_id = '{merchant}' RETURNING id",
    "clawback made up": (
        "INSERT INTO rewards_referralclawback (merchant_id, id, referral_id, sale_id, taken, missing, coupon_used, at, "
        "business_date) SELECT merchant_id, gen_random_uuid(), id, sale_id, 0, 0, false, now(), current_date "
        "FROM rewards_referral WHERE merchant_id = '{merchant}' RETURNING referral_id"
    ),
    "other amount": "UPDATE rewards_referralgrant SET amount = 1 WHERE merchant_id = '{merchant}' RETURNING id",
    "minimum raised": (
        "UPDATE rewards_referralprogram p SET minimum_amount = 10^9 FROM rewards_referral r "
        "WHERE p.merchant_id = '{merchant}' AND r.merchant_id = '{merchant}' RETURNING r.id"
    ),
    "step gone": (
        "DELETE FROM rewards_referralmove WHERE merchant_id = '{merchant}' AND to_state = 'granted' "
        "RETURNING referral_id"
    ),
}
TABLES = (
    "rewards_referral",
    "rewards_referralgrant",
    "rewards_referralclawback",
    "rewards_referralprogram",
    "rewards_referralmove",
)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_planted_corruption_is_found_and_named(real_commits: None, name: str) -> None:
    shop = open_referring_shop()
    merchant = shop.shop.merchant
    with merchant_scope(merchant.id):
        shop.bring()
    shop.night()
    with merchant_scope(merchant.id):
        assert verify(merchant=merchant) == []
    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as owner, owner, owner.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.merchant = '{merchant.id}'")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(CORRUPTIONS[name].format(merchant=merchant.id))
        (row_id,) = cursor.fetchone()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with merchant_scope(merchant.id):
        found = [v for v in verify(merchant=merchant) if v.invariant == "R5"]
    assert str(row_id) in {v.row_id for v in found}
    assert {v.message for v in found} <= {message for _, _, message, _ in referrals.CHECKS}
