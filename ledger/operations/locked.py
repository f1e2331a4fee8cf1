"""An account under its row lock."""

from __future__ import annotations

from uuid import UUID

from ledger.facts import Balance, Unit


class LockedAccount:
    """The account as this transaction has it; every operation it is handed to keeps it up to date.

    Attributes others may read: `owner_id`, `unit`, `business_date` and `at` of the lock, `balance`, `open_hold_ids`.
    """

    owner_id: UUID
    unit: Unit

    @property
    def balance(self) -> Balance:
        """Available, pending, held and debt right now, without a statement."""
        raise NotImplementedError

    @property
    def open_hold_ids(self) -> frozenset[UUID]:
        raise NotImplementedError
