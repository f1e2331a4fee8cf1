"""`verify` waits while another session locks a whole table, longer than a till would."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from io import StringIO

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from merchants.tenancy import merchant_scope
from tests.databases import database_url
from tests.sales_shop import open_selling_shop

pytestmark = pytest.mark.usefixtures("real_commits")

ROLE_PATIENCE_SECONDS = 2
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger_hold'::regclass"


def test_a_table_under_work_delays_the_proof_and_does_not_break_it() -> None:
    merchant = open_selling_shop().merchant
    said = StringIO()

    def verify() -> None:
        try:
            call_command("verify", merchant=str(merchant.id), stdout=said, stderr=said, no_color=True)
        finally:
            connection.close()

    url = database_url(settings.DATABASE_OWNER_URL, connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as owner, owner.cursor() as cursor:
        cursor.execute("LOCK TABLE ledger_hold IN ACCESS EXCLUSIVE MODE")
        # The control: a caller that keeps the role's own patience is refused.
        with pytest.raises(OperationalError, match="lock timeout"), merchant_scope(merchant.id):
            connection.cursor().execute("SELECT 1 FROM ledger_hold WHERE merchant_id = %s", [merchant.id])
        proof = threading.Thread(target=verify)
        proof.start()
        waiting = 0
        while not waiting:
            cursor.execute(WAITING)
            [waiting] = cursor.fetchone() or [0]
            assert proof.is_alive(), said.getvalue()
        time.sleep(ROLE_PATIENCE_SECONDS + 0.5)
        assert proof.is_alive(), said.getvalue()
    proof.join(60)
    assert "no violations" in said.getvalue()
