"""Opening accounts, and locking them for a business action."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection

from common.errors import Missing
from common.ids import new_id
from ledger.facts import HouseRole, Unit
from ledger.models import Account
from ledger.operations.batch import Batch, house_account_id
from ledger.operations.locked import LockedAccount, OpenHold
from ledger.operations.overdue import book_overdue
from ledger.queries.lots import HeldPart, open_days, open_lots
from ledger.rules import OpenLot
from merchants.facts import MerchantFacts

ACCOUNTS_PER_INSERT = 5_000


def open_house_accounts(*, merchant: MerchantFacts) -> None:
    """Open the merchant's own accounts of both units, as part of opening a merchant; repeated calls change nothing."""
    rows = [
        Account(merchant_id=merchant.id, id=house_account_id(merchant.id, unit, role), unit=unit.value, role=role.value)
        for unit in Unit
        for role in HouseRole
    ]
    Account.objects.bulk_create(rows, ignore_conflicts=True)


def open_account(*, merchant: MerchantFacts, owner_id: UUID, unit: Unit = Unit.POINTS) -> None:
    """Open an empty account for one owner; repeated calls change nothing."""
    open_accounts(merchant=merchant, owner_ids=[owner_id], unit=unit)


def open_accounts(*, merchant: MerchantFacts, owner_ids: Sequence[UUID], unit: Unit = Unit.POINTS) -> None:
    """Open empty accounts for many owners, 5,000 per statement; those that exist stay as they are."""
    rows = [Account(merchant_id=merchant.id, id=new_id(), unit=unit.value, owner_id=owner_id) for owner_id in owner_ids]
    Account.objects.bulk_create(rows, ignore_conflicts=True, batch_size=ACCOUNTS_PER_INSERT)


def lock_account(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime,
    keep_hold_ids: Collection[UUID] = (),
    read_lots: bool = True,
) -> LockedAccount:
    """Lock the account's row (FOR UPDATE) and load its open lots and holds: two statements.

    Without `read_lots` the second one only sums them up by their days; they are read when one is spent, held or has
    passed. For anyone who mostly gives: a member may have thousands.

    Whatever is overdue is booked first, with statements of its own: holds whose `reserved_until` is before `at` are
    released (except `keep_hold_ids`: a sale that names its own lapsed hold may still commit it), lots whose last day
    is before `business_date` expire unless something of them is held. Raises Missing('account_not_found').
    """
    locked = _lock_rows(
        merchant, [owner_id], unit, business_date=business_date, at=at, keep_hold_ids=keep_hold_ids, read_lots=read_lots
    )
    if owner_id not in locked:
        raise Missing("account_not_found", owner_id=str(owner_id))
    return locked[owner_id]


def lock_accounts(
    *,
    merchant: MerchantFacts,
    owner_ids: Collection[UUID],
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime,
    keep_hold_ids: Collection[UUID] = (),
    read_lots: bool = True,
) -> dict[UUID, LockedAccount]:
    """Lock the accounts of many owners in the order of account ids; owners without an account are left out."""
    return _lock_rows(
        merchant, owner_ids, unit, business_date=business_date, at=at, keep_hold_ids=keep_hold_ids, read_lots=read_lots
    )


def _lock_rows(
    merchant: MerchantFacts,
    owner_ids: Collection[UUID],
    unit: Unit,
    *,
    business_date: date,
    at: datetime,
    keep_hold_ids: Collection[UUID] = (),
    read_lots: bool,
) -> dict[UUID, LockedAccount]:
    # Two statements on purpose: lots read by the locking statement itself would be those of before the wait.
    accounts = {
        row[0]: LockedAccount(
            account_id=row[0],
            owner_id=row[1],
            unit=unit,
            figures=row[2:6],
            business_date=business_date,
            at=at,
            has_wallet=row[6],
            extended_until=row[7],
        )
        for row in _account_rows(merchant, owner_ids, unit)
    }
    if accounts:
        unread = {} if read_lots else _days_of(merchant, [a for a in accounts.values() if not a.held])
        for account_id, days in unread.items():
            account = accounts[account_id]
            if not any(day.has_passed(business_date) for day in days):
                account.leave_unread(days, partial(_read_lots, merchant, account_id))
        _load_lots(merchant, [account for account in accounts.values() if not account.is_unread])
        batch = Batch(merchant)
        for account in accounts.values():
            book_overdue(batch, account, keep_hold_ids=keep_hold_ids)
        batch.write()
    return {account.owner_id: account for account in accounts.values()}


def _days_of(merchant: MerchantFacts, accounts: Collection[LockedAccount]) -> dict[UUID, list[OpenLot]]:
    days: dict[UUID, list[OpenLot]] = {account.id: [] for account in accounts}
    if days:
        for account_id, day in open_days(merchant_id=merchant.id, account_ids=list(days)):
            days[account_id].append(day)
    return days


def _read_lots(merchant: MerchantFacts, account_id: UUID) -> list[OpenLot]:
    return [lot for _, lot, _ in open_lots(merchant_id=merchant.id, account_ids=[account_id])]


def _load_lots(merchant: MerchantFacts, accounts: Collection[LockedAccount]) -> None:
    by_id = {account.id: account for account in accounts}
    if by_id:
        for account_id, lot, held_parts in open_lots(merchant_id=merchant.id, account_ids=list(by_id)):
            _add_open_lot(by_id[account_id], lot, held_parts)


def _add_open_lot(account: LockedAccount, lot: OpenLot, held_parts: Iterable[HeldPart]) -> None:
    account.lots[lot.id] = lot
    for part in held_parts:
        hold = account.holds.setdefault(part.hold_id, OpenHold(part.hold_id, part.reserved_until, {}))
        hold.parts[lot.id] = part.amount


def _account_rows(merchant: MerchantFacts, owner_ids: Collection[UUID], unit: Unit) -> list[tuple[Any, ...]]:
    """Return the rows, locked in the order of account ids, so that no two actions wait for each other in a circle."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, owner_id, balance, held, debt, seq, EXISTS (SELECT 1 FROM ledger_account w "
            "WHERE w.merchant_id = %s AND w.owner_id = ledger_account.owner_id AND w.unit = 'wallet'), extended_until "
            "FROM ledger_account "
            "WHERE merchant_id = %s AND owner_id = ANY(%s::uuid[]) AND unit = %s ORDER BY id FOR UPDATE",
            [merchant.id, merchant.id, list(owner_ids), unit.value],
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
