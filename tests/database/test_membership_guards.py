"""A membership has access or waits for an answer, never both, whatever code writes the row."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from merchants.tenancy import merchant_scope
from tests.backoffice.conftest import open_store


@pytest.mark.parametrize(
    "change",
    ["invited_at = now()", "invited_at = now(), is_active = true", "invited_at = now(), role = 'owner'"],
)
def test_access_and_an_open_invitation_exclude_each_other(db: None, change: str) -> None:
    store = open_store("Toko Melati")
    statement = f"UPDATE merchants_membership SET {change} WHERE merchant_id = %s"
    with (
        pytest.raises(IntegrityError, match="membership_waits_without_access"),
        merchant_scope(store.merchant.id),
    ):
        connection.cursor().execute(statement, [store.merchant.id])
