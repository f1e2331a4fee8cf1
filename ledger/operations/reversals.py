"""Giving back what was spent, taking back what was earned (C2 in docs/ledger.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from ledger.facts import EntryKind, Returned, TakeBackPolicy, TakenBack
from ledger.operations.locked import LockedAccount
from merchants.facts import MerchantFacts


def return_spent(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    spent_transfer_ids: Sequence[UUID],
    amount: int,
    kind: EntryKind,
    source_kind: str,
    source_id: UUID,
    grace_days: int,
    at: datetime,
    business_date: date,
    reference: str = "",
    note: str = "",
) -> Returned:
    """Gives `amount` back to the lots which those transfers used, same expiry; kind redeem_reversal, refund or void.

    What was used last comes back first, so any partial returns together equal the full one. Where the lot's last day
    has passed, or debt and not a lot had paid, a new lot of `grace_days` takes its place; open debt is repaid first.
    Raises ReturnExceedsSpent, with nothing changed. The caller holds its lock on the sale or redemption.
    """
    raise NotImplementedError


def take_back(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    earned_transfer_ids: Sequence[UUID],
    amount: int,
    kind: EntryKind,
    policy: TakeBackPolicy | str,
    source_kind: str,
    source_id: UUID,
    at: datetime,
    business_date: date,
    reference: str = "",
    note: str = "",
) -> TakenBack:
    """Takes up to `amount` of what those transfers gave; kind refund, void or clawback.

    From their own lots first (pending or active), then other active lots earliest expiry first, other pending lots,
    then debt up to the merchant's `max_debt_points`; never from what is held. `only_pending` stops after their own
    pending lots, `within_balance` before debt. Never refuses: what is left is told in the answer.
    """
    raise NotImplementedError
