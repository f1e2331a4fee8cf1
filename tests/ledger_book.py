"""A merchant's book for tests: the owner's and the colleague's accounts, and a stranger's at another merchant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from common.ids import new_id
from ledger.facts import (
    Balance,
    EntryFacts,
    EntryKind,
    LotDraft,
    Posted,
    PostedTransfer,
    Posting,
    Returned,
    TakenBack,
    Unit,
)
from ledger.invariants import verify
from ledger.operations import (
    LockedAccount,
    adjust,
    commit_hold,
    lock_account,
    open_accounts,
    open_house_accounts,
    place_hold,
    post,
    release_hold,
    return_spent,
    take_back,
)
from ledger.queries import balance, entries
from merchants.facts import SYSTEM, Actor, MerchantFacts
from merchants.operations import create_merchant
from merchants.tenancy import merchant_scope

DAY = date(2026, 3, 2)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(5), tzinfo=UTC)


class Book:
    """One merchant with accounts in both units; every method is one business action in a scope of its own."""

    def __init__(self, name: str = "Kopi Pagi", **settings: Any) -> None:
        merchant_id = new_id()
        self.owner, self.colleague = new_id(), new_id()
        with merchant_scope(merchant_id):
            self.merchant: MerchantFacts = create_merchant(
                merchant_id=merchant_id,
                name=name,
                currency="IDR",
                timezone="Asia/Jakarta",
                language="id",
                at=noon(DAY),
                settings=settings,
            )
            open_house_accounts(merchant=self.merchant)
            for unit in Unit:
                open_accounts(merchant=self.merchant, owner_ids=[self.owner, self.colleague], unit=unit)

    @contextmanager
    def locked(
        self, day: date = DAY, owner: UUID | None = None, unit: Unit = Unit.POINTS, **asked: Any
    ) -> Iterator[LockedAccount]:
        """The account locked in a scope that closes, and so is guarded, at the end of the body."""
        asked.setdefault("at", noon(day))
        with merchant_scope(self.merchant.id):
            yield lock_account(
                merchant=self.merchant, owner_id=owner or self.owner, unit=unit, business_date=day, **asked
            )

    def post(self, account: LockedAccount, *postings: Posting, **options: Any) -> Posted:
        day = options.pop("day", account.business_date)
        return post(
            merchant=self.merchant, account=account, postings=postings, at=account.at, business_date=day, **options
        )

    def earn(self, amount: int, day: date = DAY, **options: Any) -> UUID:
        with self.locked(day, options.pop("owner", None), options.get("unit", Unit.POINTS)) as account:
            return self.post(account, earning(amount, day, **options)).transfer_ids[0]

    def spend(self, amount: int, day: date = DAY, *, paid: bool = False, **options: Any) -> Posted:
        limit = self.merchant.max_debt_points if paid else None
        with self.locked(day, options.pop("owner", None), options.get("unit", Unit.POINTS)) as account:
            return self.post(account, spending(amount, **options), allow_debt_up_to=limit)

    def give_back(self, spent: list[UUID], amount: int, day: date = DAY, **options: Any) -> Returned:
        with self.locked(day, options.pop("owner", None), options.pop("unit", Unit.POINTS)) as account:
            return return_spent(
                merchant=self.merchant,
                account=account,
                spent_transfer_ids=spent,
                amount=amount,
                kind=options.pop("kind", EntryKind.REFUND),
                source_kind="refund",
                source_id=new_id(),
                grace_days=options.pop("grace_days", 30),
                at=account.at,
                business_date=day,
            )

    def take_back(self, earned: list[UUID], amount: int, day: date = DAY, **options: Any) -> TakenBack:
        with self.locked(day, options.pop("owner", None), options.pop("unit", Unit.POINTS)) as account:
            return take_back(
                merchant=self.merchant,
                account=account,
                earned_transfer_ids=earned,
                amount=amount,
                kind=options.pop("kind", EntryKind.REFUND),
                policy=options.pop("policy", "debt"),
                source_kind="refund",
                source_id=new_id(),
                at=account.at,
                business_date=day,
            )

    def hold(self, account: LockedAccount, amount: int, *, minutes: int = 10) -> UUID:
        return place_hold(
            merchant=self.merchant,
            account=account,
            amount=amount,
            reserved_until=account.at + timedelta(minutes=minutes),
            reference_kind="quote",
            reference_id=new_id(),
        )

    def release(self, account: LockedAccount, hold_id: UUID) -> bool:
        return release_hold(merchant=self.merchant, account=account, hold_id=hold_id)

    def commit(self, account: LockedAccount, hold_id: UUID) -> PostedTransfer:
        return commit_hold(
            merchant=self.merchant,
            account=account,
            hold_id=hold_id,
            source_kind="sale",
            source_id=new_id(),
            at=account.at,
            business_date=account.business_date,
        )

    def adjust(self, change: int, day: date = DAY, *, actor: Actor = SYSTEM, **options: Any) -> PostedTransfer:
        """In a scope that the caller has open."""
        options.setdefault("reason", "goodwill")
        return adjust(
            merchant=self.merchant,
            owner_id=options.pop("owner", self.owner),
            change=change,
            actor=actor,
            at=noon(day),
            business_date=day,
            **options,
        )

    def lines(self, owner: UUID | None = None) -> list[EntryFacts]:
        """Return the statement, newest first."""
        with merchant_scope(self.merchant.id):
            return entries(merchant=self.merchant, owner_id=owner or self.owner, limit=1000)

    def kinds(self, owner: UUID | None = None) -> list[EntryKind]:
        return [line.kind for line in self.lines(owner)]

    @staticmethod
    def spending(amount: int) -> Posting:
        return spending(amount)

    def balance(self, day: date = DAY, owner: UUID | None = None, **options: Any) -> Balance:
        with merchant_scope(self.merchant.id):
            return balance(merchant=self.merchant, owner_id=owner or self.owner, business_date=day, **options)

    def assert_sound(self) -> None:
        """Check that the verifier finds nothing: the end of every test that moved something."""
        with merchant_scope(self.merchant.id):
            assert verify(merchant=self.merchant) == []


def earning(
    amount: int,
    day: date = DAY,
    *,
    kind: EntryKind = EntryKind.EARN,
    unit: Unit = Unit.POINTS,
    pending_days: int = 0,
    valid_days: int | None = 365,
    source_id: UUID | None = None,
) -> Posting:
    """Return points that become usable after `pending_days` and can be used for `valid_days` more days after `day`."""
    last_day = None if valid_days is None else day + timedelta(days=valid_days)
    lot = LotDraft(amount, day + timedelta(days=pending_days), last_day, noon(day))
    return Posting(
        kind=kind,
        unit=unit,
        change=amount,
        source_kind="sale",
        source_id=source_id or new_id(),
        reference="R-1",
        lot=lot,
    )


def spending(
    amount: int, *, kind: EntryKind = EntryKind.REDEEM, unit: Unit = Unit.POINTS, source_id: UUID | None = None
) -> Posting:
    return Posting(
        kind=kind, unit=unit, change=-amount, source_kind="sale", source_id=source_id or new_id(), reference="R-2"
    )


def figures(balance: Balance) -> tuple[int, int, int, int]:
    """Return (available, pending, held, debt)."""
    return balance.available, balance.pending, balance.held, balance.debt
