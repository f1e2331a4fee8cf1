"""`verify` checks every table with rows of merchants, or there is a reason why nothing can be proved of it."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.invariants.check import tenant_tables
from loyalty.management.commands.verify import verification_modules
from merchants.tenancy import merchant_scope
from tests.sales_shop import open_selling_shop

SETTING: Final = "a setting or a name: whoever changes it leaves an entry in the audit trail, which is sealed (I11)"
LABEL: Final = "a label or a saved wish of staff: no money, no right and no proof hangs on it"

NO_INVARIANT: Final = {
    "campaigns_automation": SETTING,
    "insights_discountlimit": SETTING,
    "members_attributedefinition": SETTING,
    "members_membertag": LABEL,
    "members_viewing": "who looked at a member: a log for the member; a guard lets it only grow",
    "members_notsameperson": LABEL,
    "members_namesearch": "how often a till searched by name on a day: shown to staff, nothing hangs on it",
    "members_tag": LABEL,
    "members_tierprogram": SETTING,
    "messaging_sendingpolicy": SETTING,
    "merchants_loggedrequest": "a log that may lose lines: nothing hangs on it",
    "merchants_savedview": LABEL,
    "products_productimport": "a file as it was sent, and how many of its rows were taken",
    "rewards_partner": "a name: what it owes is checked share by share (rewards_partnerfunding)",
    "rewards_promotiondraft": "not published: it gives nothing",
    "rewards_rewardpicture": LABEL,
    "sales_unmatchedreturn": "a row of a file that nothing was found for: it moved neither points nor money",
    "segments_lifecyclerule": SETTING,
    "segments_segmentmove": "how labels changed; members' sales check segments_segmentmembership",
}


def looked_at() -> set[str]:
    """Return the tables in FROM or JOIN of what the verification of every app asks, by listening to it."""
    merchant = open_selling_shop().merchant
    with merchant_scope(merchant.id), CaptureQueriesContext(connection) as captured:
        for _, module in verification_modules():
            module.verify(merchant=merchant)
    asked = " ".join(str(query["sql"]) for query in captured)
    return {name for name in tenant_tables() if re.search(rf'\b(?:FROM|JOIN)\s+"?{name}\b', asked)} | views_in(asked)


def views_in(asked: str) -> set[str]:
    """Return the tables behind the views that it asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT view_name, table_name FROM information_schema.view_table_usage WHERE view_schema = 'public' "
            "UNION SELECT v.relname, t.relname FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class "
            "JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass "
            "JOIN pg_class t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass AND t.relkind = 'r' "
            "WHERE v.relkind = 'v' AND v.relnamespace = 'public'::regnamespace"
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return {table for view, table in found if re.search(rf"\b{view}\b", asked)} & set(tenant_tables())


@pytest.mark.django_db
def test_every_table_of_merchants_has_an_invariant_or_a_reason() -> None:
    seen = looked_at()
    assert set(tenant_tables()) - seen - set(NO_INVARIANT) == set(), "tables that nothing is proved of"
    assert set(NO_INVARIANT) & seen == set(), "reasons that are out of date"
    assert set(NO_INVARIANT) <= set(tenant_tables()), "reasons for tables that are gone"
