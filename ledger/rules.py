"""Pure rules of lots: order, allocation, balance, expiry days. No database, no clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledger.facts import Balance, EntryKind, HeldPoints, HouseRole
from merchants.facts import ExpiryKind, ExpiryRounding, ExpiryRule

K = EntryKind

HOUSE_SIDE: Final = {
    K.EARN: HouseRole.ISSUED,
    K.BONUS: HouseRole.PROMOTION_COST,
    K.CASHBACK: HouseRole.PROMOTION_COST,
    K.TOP_UP: HouseRole.RECEIVED,
    K.REDEEM: HouseRole.REDEEMED,
    K.EXPIRE: HouseRole.EXPIRED,
    K.ADJUST: HouseRole.ADJUSTED,
    K.TRANSFER: HouseRole.MOVED,
    K.MERGE: HouseRole.MOVED,
    K.WRITE_OFF: HouseRole.WRITTEN_OFF,
}
"""Which house account is on the other side; a reversal goes against the house account of what it reverses."""

GIVING_KINDS: Final = frozenset({K.EARN, K.BONUS, K.CASHBACK, K.TOP_UP})
MOVING_KINDS: Final = frozenset({K.TRANSFER, K.MERGE})
RETURN_KINDS: Final = frozenset({K.REDEEM_REVERSAL, K.REFUND, K.VOID})
TAKE_BACK_KINDS: Final = frozenset({K.REFUND, K.VOID, K.CLAWBACK})


@dataclass(slots=True)
class OpenLot:
    """A lot as a locked account works with it; `uses` counts what was taken from it and given back so far.

    `expires_on` is its last day as it is now: of a lot that follows purchases the one to which they have moved it.
    """

    id: UUID
    transfer_id: UUID
    amount: int
    remaining: int
    held: int
    uses: int
    available_on: date
    expires_on: date | None
    earned_at: datetime
    follows_purchases: bool = False

    @property
    def free(self) -> int:
        return self.remaining - self.held

    def has_passed(self, on: date) -> bool:
        """Return whether its last usable day is over."""
        return self.expires_on is not None and self.expires_on < on

    def is_active(self, on: date) -> bool:
        return self.available_on <= on and not self.has_passed(on)

    def is_pending(self, on: date) -> bool:
        return self.available_on > on and not self.has_passed(on)


@dataclass(frozen=True, slots=True)
class Take:
    lot: OpenLot
    amount: int


def spending_order(lot: OpenLot) -> tuple[date, datetime, UUID]:
    """Return the sort key: earliest expiry first, what never expires last; then the older one (C3)."""
    return (lot.expires_on or date.max, lot.earned_at, lot.id)


def active_lots(lots: Iterable[OpenLot], on: date) -> list[OpenLot]:
    return sorted((lot for lot in lots if lot.free > 0 and lot.is_active(on)), key=spending_order)


def pending_lots(lots: Iterable[OpenLot], on: date) -> list[OpenLot]:
    return sorted((lot for lot in lots if lot.free > 0 and lot.is_pending(on)), key=spending_order)


def allocate(lots: Sequence[OpenLot], amount: int) -> tuple[list[Take], int]:
    """Take `amount` from the free parts of `lots` in their order; return the takes and what is still missing."""
    takes = []
    for lot in lots:
        if amount == 0:
            break
        part = min(lot.free, amount)
        if part > 0:
            takes.append(Take(lot, part))
            amount -= part
    return takes, amount


@dataclass(frozen=True, slots=True)
class LapsedPart:
    """What a hold that has run out still sets aside of one lot."""

    reserved_until: datetime
    hold_id: UUID
    lot: OpenLot
    amount: int


def free_lapsed(
    lots: Sequence[OpenLot], parts: Iterable[LapsedPart], debt: int, *, day_of: Callable[[datetime], date]
) -> int:
    """Free the parts in the order in which their holds ran out; return the debt still open.

    What is free repays debt as on the day its hold ran out: the figures that the account's next lock will book.
    """
    holds: dict[tuple[datetime, UUID], list[LapsedPart]] = {}
    for part in parts:
        holds.setdefault((part.reserved_until, part.hold_id), []).append(part)
    for reserved_until, hold_id in sorted(holds):
        for part in holds[reserved_until, hold_id]:
            part.lot.held -= part.amount
        on = day_of(reserved_until)
        takes, debt = allocate([*active_lots(lots, on), *pending_lots(lots, on)], debt)
        for take in takes:
            take.lot.remaining -= take.amount
    return debt


def balance_of(lots: Iterable[OpenLot], debt: int, on: date) -> Balance:
    """Return the account's figures on a day; what has passed counts only as far as it is held."""
    lots = list(lots)
    active = active_lots(lots, on) if debt == 0 else []
    pending = pending_lots(lots, on)
    return Balance(
        available=sum(lot.free for lot in active),
        pending=sum(lot.free for lot in pending),
        held=sum(lot.held for lot in lots),
        debt=debt,
        expiring=_by_day(active, lambda lot: lot.expires_on),
        pending_lots=_by_day(pending, lambda lot: lot.available_on),
    )


def _by_day(lots: Iterable[OpenLot], day_of: Callable[[OpenLot], date | None]) -> tuple[tuple[int, date], ...]:
    sums: dict[date, int] = {}
    for lot in lots:
        day = day_of(lot)
        if day is not None:
            sums[day] = sums.get(day, 0) + lot.free
    return tuple((sums[day], day) for day in sorted(sums))


def unwind(parts: Sequence[int], returned: int, amount: int) -> list[int]:
    """Return how much of each part comes back, the last part first, when `returned` has come back before.

    Partial returns are nested, so any sequence of them gives the same parts as the one full return. Raises
    ValueError when the parts do not hold that much.
    """
    back = [0] * len(parts)
    for position in reversed(range(len(parts))):
        before = min(returned, parts[position])
        returned -= before
        back[position] = min(amount, parts[position] - before)
        amount -= back[position]
    if amount:
        raise ValueError(f"{amount} more than was spent")
    return back


def extended_day(expires_on: date | None, extended_until: date | None) -> date | None:
    """Return the last day of a lot that follows purchases; None: it never expires."""
    if expires_on is None or extended_until is None:
        return expires_on
    return max(expires_on, extended_until)


def expiry_day(earned_on: date, valid_months: int | None) -> date | None:
    """Return the last usable day; a month after 31 January is the last day of February. None: never expires."""
    if valid_months is None:
        return None
    month = earned_on.month - 1 + valid_months
    year, month = earned_on.year + month // 12, month % 12 + 1
    return date(year, month, min(earned_on.day, monthrange(year, month)[1]))


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def rounded_expiry(day: date, rounding: ExpiryRounding) -> date:
    """Return the end of the day's month or year; the day itself where nothing is rounded. Never an earlier day."""
    if rounding is ExpiryRounding.YEAR:
        return month_end(day.year, 12)
    return month_end(day.year, day.month) if rounding is ExpiryRounding.MONTH else day


def calendar_expiry(earned_on: date, rule: ExpiryRule) -> date:
    """Return the day on which all that was earned in that year lapses; a year later where it has passed."""
    year = earned_on.year + rule.kept_years
    day = month_end(year, rule.end_month)
    return day if day >= earned_on else month_end(year + 1, rule.end_month)


def points_expiry_day(earned_on: date, rule: ExpiryRule) -> date | None:
    """Return the last usable day of what is earned on a day; None: it never expires.

    By INACTIVITY it is the day when nothing is bought meanwhile; a purchase on `earned_on` moves all lots to it.
    """
    if rule.kind is ExpiryKind.CALENDAR:
        return calendar_expiry(earned_on, rule)
    day = expiry_day(earned_on, rule.months)
    return None if day is None else rounded_expiry(day, rule.rounding)


def points_lapsing(held: Iterable[HeldPoints], until: date, *, rule: ExpiryRule | None = None) -> int:
    """Return how many of the points lapse by the day `until`: on their own days, or as if `rule` had held for them."""
    total = 0
    for one in held:
        last = one.expires_on if rule is None else points_expiry_day(one.earned_on, rule)
        if last is not None and last < until:
            total += one.points
    return total
