"""Pure rules of sales: whose clock counts, when points mature and lapse."""

from __future__ import annotations

import calendar
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sales.facts import RefundFacts, SaleWarning

ACCEPTED_SKEW: Final = timedelta(minutes=5)
BELIEVED_FOR: Final = timedelta(days=400)
LATE_EARNINGS_KEEP_DAYS: Final = 7
QUOTE_HOLDS_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class BelievedTime:
    """When the sale took place as far as we believe the till; `doubt` names what was wrong with its clock."""

    at: datetime
    doubt: str | None


def believed_time(claimed: datetime | None, received_at: datetime) -> BelievedTime:
    """Return when the sale took place: the future and the distant past are replaced by our own time, with the doubt."""
    if claimed is None:
        return BelievedTime(received_at, None)
    if claimed > received_at + ACCEPTED_SKEW:
        return BelievedTime(received_at, "clock_future")
    if claimed < received_at - BELIEVED_FOR:
        return BelievedTime(received_at, "clock_past")
    return BelievedTime(claimed, None)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day: 31 January + 1 month = 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def points_expire_on(
    *, earned_on: date, received_on: date, valid_months: int | None, available_on: date | None = None
) -> date | None:
    """Return the last usable day of points or cashback; None: they never expire.

    What arrives late, or is usable late, keeps at least a week.
    """
    if valid_months is None:
        return None
    usable_from = max(received_on, available_on or received_on)
    return max(add_months(earned_on, valid_months), usable_from + timedelta(days=LATE_EARNINGS_KEEP_DAYS))


def cart_fingerprint(content: Mapping[str, Any]) -> bytes:
    """Return 32 bytes that are equal for the same member, goods, codes and payments asked for, whatever the time."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()


def quote_id_for(till_id: UUID, fingerprint: bytes) -> UUID:
    """Return the id of a quote that stores nothing: the same for the same cart at the same till (a UUIDv8)."""
    digest = bytearray(hashlib.sha256(till_id.bytes + fingerprint).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def status_after(*, sold: Iterable[int], returned: Iterable[int]) -> str:
    """Return the sale's status from quantities sold and returned by line."""
    pairs = list(zip(sold, returned, strict=True))
    if all(back == 0 for _, back in pairs):
        return "completed"
    return "refunded" if all(back == quantity for quantity, back in pairs) else "partially_refunded"


def losses_of(refunds: Iterable[RefundFacts]) -> tuple[SaleWarning, ...]:
    """Return one warning for the points and one for the cashback that returns could not take back from the member."""
    each = list(refunds)
    lost = {
        "points_not_taken_back": sum(one.points_lost for one in each),
        "cashback_not_taken_back": sum(one.cashback_lost_amount for one in each),
    }
    return tuple(SaleWarning(code, {"loss": loss}) for code, loss in lost.items() if loss)
