"""Reads of the ledger. None of them writes: what is overdue but not booked yet is left out of the figures."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from ledger.facts import Balance, EntryFacts, Liability, Unit
from merchants.facts import MerchantFacts


def balance(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime | None = None,
) -> Balance:
    """One account's figures on a business day; an owner without an account has the empty balance.

    With `at`, holds that have lapsed by then count as available again.
    """
    raise NotImplementedError


def balances(
    *,
    merchant: MerchantFacts,
    owner_ids: Collection[UUID],
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime | None = None,
) -> dict[UUID, Balance]:
    """`balance` for many owners in two statements; every owner asked for is in the answer."""
    raise NotImplementedError


def entries(
    *, merchant: MerchantFacts, owner_id: UUID, unit: Unit | None = None, before: str | None = None, limit: int
) -> list[EntryFacts]:
    """A statement, newest first; each unit in the order of its account. `before` is the last line's `cursor`.

    Raises BadInput for a cursor that is none.
    """
    raise NotImplementedError


def liability(*, merchant: MerchantFacts, business_date: date, unit: Unit = Unit.POINTS) -> Liability:
    """What is owed to all members at the start of business on that day."""
    raise NotImplementedError
