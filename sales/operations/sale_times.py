"""When a sale took place, where it is booked, and whose offers it is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from merchants.facts import MerchantFacts, TillFacts
from sales.facts import CartDraft, SaleWarning
from sales.rules import believed_time, late_warning, offers_time


@dataclass(frozen=True)
class SaleTime:
    """When the sale took place and is booked (`at`, `business_date`), and the time whose offers it is given.

    That is the same time but for a sale that came very late (`rules.offers_time`): `priced_at`, its business day
    `priced_on`, and `local_at` on the outlet's wall. `is_past`: it lies on a past day, whose tier the member has.
    """

    at: datetime
    business_date: date
    priced_at: datetime
    priced_on: date
    local_at: datetime
    is_past: bool = False
    warnings: tuple[SaleWarning, ...] = ()
    """What was wrong with the time that the till claims."""


def sale_time_of(*, merchant: MerchantFacts, till: TillFacts, draft: CartDraft, received_at: datetime) -> SaleTime:
    """Return when the cart was rung up, as far as the till's clock is believed."""
    believed = believed_time(draft.occurred_at, received_at, draft.device_at)
    priced_at = offers_time(believed.at, received_at)
    sold_on, received_on = merchant.day_of(believed.at), merchant.day_of(received_at)
    late = late_warning(believed.at, received_at, sold_on=sold_on, received_on=received_on)
    return SaleTime(
        at=believed.at,
        business_date=sold_on,
        priced_at=priced_at,
        priced_on=merchant.day_of(priced_at),
        local_at=priced_at.astimezone(ZoneInfo(till.outlet.timezone)),
        is_past=late is not None and priced_at == believed.at,
        warnings=(*believed.warnings, *((late,) if late else ())),
    )
