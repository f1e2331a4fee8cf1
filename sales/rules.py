"""Pure rules of sales: whose clock counts, when points mature and lapse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ledger.rules import points_expiry_day
from merchants.facts import ExpiryRule
from sales.facts import RefundFacts, SaleWarning

_MINUTE: Final = timedelta(minutes=1)
ACCEPTED_SKEW: Final = timedelta(minutes=5)
CORRECTED_SKEW: Final = timedelta(hours=24)
LONGEST_ON_ITS_WAY: Final = timedelta(seconds=30)
"""A request takes its time to reach us, which makes the till's clock look behind; never ahead."""
OFFERS_COUNT_FOR: Final = timedelta(days=7)
BELIEVED_FOR: Final = timedelta(days=400)
LATE_EARNINGS_KEEP_DAYS: Final = 7
QUOTE_HOLDS_FOR: Final = timedelta(minutes=10)


CLOCK_WARNINGS: Final = frozenset({"clock_corrected", "clock_wrong", "clock_future", "clock_past"})
CLOCK_UNKNOWN_WARNINGS: Final = CLOCK_WARNINGS - {"clock_corrected"}
"""Of these it is not known when it took place."""
LATE_WARNING: Final = "late"
MEMBER_WITHHELD: Final = "member_withheld"
"""Of a paid sale with this warning no till learns whether it has a member."""


# --- a till's clock ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BelievedTime:
    """When something took place as far as we believe the till; `warnings` say what was wrong with its clock."""

    at: datetime
    warnings: tuple[SaleWarning, ...] = ()


def believed_time(claimed: datetime | None, received_at: datetime, device_at: datetime | None = None) -> BelievedTime:
    """Return when something took place that a till says was at `claimed`; without a claim, when we received it.

    `device_at` is the till's clock as it sent the request. Off by more than 5 minutes it is taken off the claim, off by
    more than a day nothing it says counts. What lies ahead of us after that, or too far back, is replaced by our time.
    """
    if claimed is None:
        return BelievedTime(received_at)
    skew = timedelta(0) if device_at is None else received_at - device_at
    if not -CORRECTED_SKEW <= skew <= CORRECTED_SKEW + LONGEST_ON_ITS_WAY:
        return BelievedTime(received_at, (SaleWarning("clock_wrong", {}),))
    at = claimed
    warnings: tuple[SaleWarning, ...] = ()
    if abs(skew) > ACCEPTED_SKEW:
        at, warnings = claimed + skew, (SaleWarning("clock_corrected", {"minutes": round(skew / _MINUTE)}),)
    if at > received_at + ACCEPTED_SKEW:
        return BelievedTime(received_at, (*warnings, SaleWarning("clock_future", {})))
    if at < received_at - BELIEVED_FOR:
        return BelievedTime(received_at, (*warnings, SaleWarning("clock_past", {})))
    return BelievedTime(at, warnings)


def believed_return_time(
    claimed: datetime | None, received_at: datetime, device_at: datetime | None = None, *, sold_at: datetime
) -> BelievedTime:
    """Return when goods came back: as `believed_time` says, and never before the sale they come from."""
    believed = believed_time(claimed, received_at, device_at)
    return not_before_sale(believed, sold_at=sold_at, is_claimed=claimed is not None)


def not_before_sale(believed: BelievedTime, *, sold_at: datetime, is_claimed: bool) -> BelievedTime:
    """Return a return's time, moved to its sale's if it lies before: with a warning where a till had claimed it."""
    if believed.at >= sold_at:
        return believed
    doubt = (SaleWarning("before_sale", {}),) if is_claimed else ()
    return BelievedTime(sold_at, (*believed.warnings, *doubt))


def offers_time(at: datetime, received_at: datetime) -> datetime:
    """Return the time whose offers and tiers a sale of `at` is given: its own for 7 days, after that today's.

    So a till cannot put today's cart into any offer of the past by a date.
    """
    return at if received_at - at <= OFFERS_COUNT_FOR else received_at


def late_warning(at: datetime, received_at: datetime, *, sold_on: date, received_on: date) -> SaleWarning | None:
    """Return the warning of a sale of a past business day, with its days; None for today's, and across midnight."""
    if sold_on >= received_on or received_at - at <= ACCEPTED_SKEW:
        return None
    priced_now = offers_time(at, received_at) != at
    return SaleWarning(LATE_WARNING, {"days": (received_on - sold_on).days, "priced_now": priced_now})


def receipt_seen(*, returns: int, member_id: UUID | None) -> str:
    """Return a short mark of what a person sees of a receipt that another may change: its returns and its member."""
    return f"{returns} {member_id or '-'}"


# --- points, quotes, returns -------------------------------------------------------------------------------------


def points_expire_on(
    *, earned_on: date, received_on: date, rule: ExpiryRule, available_on: date | None = None
) -> date | None:
    """Return the last usable day of points or cashback; None: they never expire.

    What arrives late, or is usable late, keeps at least a week.
    """
    last = points_expiry_day(earned_on, rule)
    if last is None:
        return None
    usable_from = max(received_on, available_on or received_on)
    return max(last, usable_from + timedelta(days=LATE_EARNINGS_KEEP_DAYS))


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


STAFF_RETURN: Final = "staff:"
"""The number of a return that staff took back at the screen begins so; an id follows, which people are not shown."""


def is_staff_return(refund_reference: str) -> bool:
    """Return whether the return was taken back by staff at the screen."""
    return refund_reference.startswith(STAFF_RETURN)
