"""Purchases move the last day of lots that follow them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from common.ids import new_id
from ledger.operations.locked import LockedAccount
from merchants.facts import MerchantFacts


def extend_lots(
    *,
    merchant: MerchantFacts,
    extended: Iterable[tuple[LockedAccount, date | None]],
    source_kind: str,
    source_id: UUID,
    at: datetime,
) -> None:
    """Let no lot that follows purchases lapse before its account's day; a day that is not later changes nothing.

    One statement for all accounts, none where no day moves: at most once a day for each account, however much is
    bought. What has lapsed by the lock stays lapsed.
    """
    moved = [
        (account, until)
        for account, until in extended
        if until is not None and (account.extended_until is None or account.extended_until < until)
    ]
    if not moved:
        return
    columns = zip(*((new_id(), account.id, until, account.seq) for account, until in moved), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH v AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::date[], %s::bigint[]) "
            "AS x(id, account_id, until, seq)), "
            "moved AS (UPDATE ledger_account a SET extended_until = v.until FROM v "
            "WHERE a.merchant_id = %s AND a.id = v.account_id) "
            "INSERT INTO ledger_extension (merchant_id, id, account_id, account_seq, extended_until, at, source_kind, "
            "source_id) SELECT %s, v.id, v.account_id, v.seq, v.until, %s, %s, %s FROM v",
            [*(list(column) for column in columns), merchant.id, merchant.id, at, source_kind, source_id],
        )
    for account, until in moved:
        account.extend(until)
