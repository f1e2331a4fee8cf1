"""Balances of members, and what the merchant owes all of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from ledger.facts import Balance, EndedPoints, EntryKind, Liability, Unit
from ledger.models import Account, Lot, Transfer
from ledger.queries.lots import open_days, open_lots
from ledger.rules import LapsedPart, OpenLot, balance_of, free_lapsed
from merchants.facts import MerchantFacts


def balance(
    *,
    merchant: MerchantFacts,
    owner_id: UUID,
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime | None = None,
) -> Balance:
    """Return one account's figures on a business day; an owner without an account has the empty balance.

    With `at`, holds that have lapsed by then are free again and have repaid debt, as the next lock will book it.
    """
    return balances(merchant=merchant, owner_ids=[owner_id], unit=unit, business_date=business_date, at=at)[owner_id]


def balances(
    *,
    merchant: MerchantFacts,
    owner_ids: Collection[UUID],
    unit: Unit = Unit.POINTS,
    business_date: date,
    at: datetime | None = None,
) -> dict[UUID, Balance]:
    """Return the balances of many owners in two statements, three where holds are open; every owner is included."""
    rows = list(
        Account.objects.filter(merchant_id=merchant.id, owner_id__in=list(owner_ids), unit=unit.value)
        .order_by("id")
        .values_list("id", "owner_id", "debt", "held")
    )
    owners_and_debts = {account_id: (owner_id, debt) for account_id, owner_id, debt, _ in rows}
    with_holds = [account_id for account_id, _, _, held in rows if held]
    without_holds = [account_id for account_id, _, _, held in rows if not held]
    lots: dict[UUID, list[OpenLot]] = {account_id: [] for account_id in owners_and_debts}
    lapsed: dict[UUID, list[LapsedPart]] = {account_id: [] for account_id in owners_and_debts}
    if without_holds:
        for account_id, days in open_days(merchant_id=merchant.id, account_ids=without_holds):
            lots[account_id].append(days)
    if with_holds:
        for account_id, lot, held_parts in open_lots(merchant_id=merchant.id, account_ids=with_holds):
            lots[account_id].append(lot)
            lapsed[account_id] += [
                LapsedPart(part.reserved_until, part.hold_id, lot, part.amount)
                for part in held_parts
                if at is not None and part.reserved_until < at
            ]
    found = {}
    for account_id, (owner_id, debt) in owners_and_debts.items():
        still_owed = free_lapsed(lots[account_id], lapsed[account_id], debt, day_of=merchant.day_of)
        found[owner_id] = balance_of(lots[account_id], still_owed, business_date)
    return {owner_id: found.get(owner_id, Balance()) for owner_id in owner_ids}


def pending_of(
    *, merchant: MerchantFacts, transfer_ids: Collection[UUID], business_date: date
) -> tuple[tuple[int, date], ...]:
    """Return (amount, first usable day) of what those transfers gave and is not usable yet, earliest first."""
    rows = (
        Lot.objects.filter(
            merchant_id=merchant.id, transfer_id__in=list(transfer_ids), remaining__gt=0, available_on__gt=business_date
        )
        .values("available_on")
        .annotate(amount=Sum("remaining"))
        .order_by("available_on")
    )
    return tuple((int(row["amount"]), row["available_on"]) for row in rows)


# An account's balance and debt are kept with every movement, so that of all lots only those are read which have expired
# and wait for the night.
_LIABILITY: Final = """
WITH passed AS (
    SELECT l.account_id, sum(l.remaining - l.held) AS free
    FROM ledger_lot l JOIN ledger_account a ON a.merchant_id = l.merchant_id AND a.id = l.account_id
    WHERE l.merchant_id = %(merchant)s AND l.remaining > 0 AND l.expires_on < %(on)s
      AND (NOT l.follows_purchases OR coalesce(a.extended_until < %(on)s, true)) GROUP BY l.account_id
), owed AS (
    SELECT account.balance + account.debt - coalesce(passed.free, 0) AS amount, account.debt
    FROM ledger_account AS account LEFT JOIN passed ON passed.account_id = account.id
    WHERE account.merchant_id = %(merchant)s AND account.unit = %(unit)s AND account.owner_id IS NOT NULL
)
SELECT coalesce(sum(amount), 0), coalesce(sum(debt), 0), count(*) FILTER (WHERE amount > 0) FROM owed
"""


def liability(*, merchant: MerchantFacts, business_date: date, unit: Unit = Unit.POINTS) -> Liability:
    """Return what is owed to all members on that day by the lots as they are now; passed lots only if held."""
    with connection.cursor() as cursor:
        cursor.execute(_LIABILITY, {"on": business_date, "merchant": merchant.id, "unit": unit.value})
        outstanding, debt, members = cursor.fetchone()
    return Liability(unit, int(outstanding), int(debt), members)


def ended_points(*, merchant: MerchantFacts) -> EndedPoints:
    """Return how all points that ended so far ended: redeemed, less what was given back, or lapsed."""
    kinds = {EntryKind.REDEEM: "redeemed", EntryKind.REDEEM_REVERSAL: "redeemed", EntryKind.EXPIRE: "lapsed"}
    rows = (
        Transfer.objects.filter(
            merchant_id=merchant.id, unit=Unit.POINTS.value, kind__in=[kind.value for kind in kinds]
        )
        .values_list("kind")
        .annotate(change=Sum("change"))
    )
    sums = {"redeemed": 0, "lapsed": 0}
    for kind, change in rows:
        sums[kinds[EntryKind(kind)]] -= change
    return EndedPoints(**sums)


def was_posted(*, merchant: MerchantFacts, owner_id: UUID, source_kind: str, source_id: UUID) -> bool:
    """Return whether the owner's account has a transfer of this source: it shows a request that is sent twice."""
    return Transfer.objects.filter(
        merchant_id=merchant.id,
        account__merchant_id=merchant.id,
        account__owner_id=owner_id,
        source_kind=source_kind,
        source_id=source_id,
    ).exists()
