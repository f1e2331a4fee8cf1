"""Posting transfers to a locked account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.facts import Posted, Posting
from ledger.operations.locked import LockedAccount
from merchants.facts import MerchantFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingJob:
    """What to post to one locked account, for `post_many`."""

    account: LockedAccount
    postings: Sequence[Posting]
    at: datetime
    business_date: date


def post(
    *,
    merchant: MerchantFacts,
    account: LockedAccount,
    postings: Sequence[Posting],
    at: datetime,
    business_date: date,
    allow_debt_up_to: int | None = None,
) -> Posted:
    """Makes the transfers, in order, in at most six statements however many there are.

    Positive changes (earn, bonus, cashback, top_up, adjust, transfer, merge) carry a `lot` and repay debt first;
    write_off repays debt only. Negative ones (redeem, adjust, transfer, merge) use active lots, earliest expiry
    first, and raise InsufficientPoints when those do not suffice: then nothing has changed.
    `allow_debt_up_to` is for paid sales, which are never refused: what active lots lack comes from pending lots, then
    becomes debt as long as the account's whole debt stays within that number (and the merchant's `max_debt_points`);
    the rest is `shortfall`. Returns and take-backs have operations of their own.
    """
    raise NotImplementedError


def post_many(*, merchant: MerchantFacts, jobs: Sequence[PostingJob]) -> list[Posted]:
    """`post` for many accounts in at most six statements in all: imports and bonuses for whole audiences."""
    raise NotImplementedError
