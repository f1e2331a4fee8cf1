"""Opening accounts, and locking them for a business action."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from ledger.facts import Unit
from ledger.operations.locked import LockedAccount
from merchants.facts import MerchantFacts


def open_house_accounts(*, merchant: MerchantFacts) -> None:
    """The merchant's own accounts of both units; repeated calls change nothing. Part of opening a merchant."""
    raise NotImplementedError


def open_account(*, merchant: MerchantFacts, owner_id: UUID, unit: Unit = Unit.POINTS) -> None:
    """An empty account for one owner; repeated calls change nothing."""
    raise NotImplementedError


def open_accounts(*, merchant: MerchantFacts, owner_ids: Sequence[UUID], unit: Unit = Unit.POINTS) -> None:
    """Empty accounts for many owners in one statement; those that exist stay as they are."""
    raise NotImplementedError


def lock_account(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime,
    keep_hold_ids: Collection[UUID] = (),
) -> LockedAccount:
    """Locks the account's row (FOR UPDATE) and loads its open lots and holds: two statements.

    Whatever is overdue is booked first, with statements of its own: holds whose `reserved_until` is before `at` are
    released (except `keep_hold_ids`: a sale that names its own lapsed hold may still commit it), lots whose last day
    is before `business_date` expire for what is not held. Raises Missing('account_not_found').
    """
    raise NotImplementedError


def lock_accounts(
    *,
    merchant: MerchantFacts,
    owner_ids: Collection[UUID],
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime,
) -> dict[UUID, LockedAccount]:
    """As `lock_account` for many owners, locked in the order of account ids; owners without an account are left out."""
    raise NotImplementedError
