"""Sales of tills whose time was not taken as it was claimed: late ones, and those of a clock that is off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, Final
from uuid import UUID

from django.db.models import BigIntegerField, Count, Q, QuerySet, Sum
from django.db.models.functions import Cast

from merchants.facts import MerchantFacts
from sales.facts import SaleWarning
from sales.models import Sale
from sales.queries.till_pages import newest_of_till
from sales.rules import CLOCK_WARNINGS, LATE_WARNING


@dataclass(frozen=True, slots=True)
class TillTimes:
    """A till's sales of some days: late ones, those of them too late for their offers, those of a clock that is off.

    `receipts` counts each once.
    """

    till_id: UUID
    receipts: int
    late: int
    late_amount: int
    too_late: int
    clock: int


@dataclass(frozen=True, slots=True)
class LateSale:
    """A sale whose time was not taken as claimed, or that came late; `warnings` only say that."""

    id: UUID
    reference: str
    till_id: UUID
    occurred_at: datetime
    received_at: datetime
    business_date: date
    total_amount: int
    warnings: tuple[SaleWarning, ...]


def _match_warnings(codes: Collection[str], **facts: Any) -> Q:
    """Return the condition of having a warning of one of these codes, and with these facts."""
    details = {"facts": facts} if facts else {}
    return reduce(or_, (Q(warnings__contains=[{"code": code, **details}]) for code in sorted(codes)))


_LATE: Final = _match_warnings([LATE_WARNING])
_CLOCK: Final = _match_warnings(CLOCK_WARNINGS)


def late_sales_of_tills(
    *, merchant: MerchantFacts, first: date, last: date, till_ids: Collection[UUID] | None = None
) -> list[TillTimes]:
    """Return the tills with such sales received on these business days, the one with the most late ones first."""
    rows = (
        _find_late_sales(merchant, first, last, till_ids)
        .values("till_id")
        .annotate(
            receipts=Count("id"),
            late=Count("id", filter=_LATE),
            late_amount=Cast(Sum("total_amount", filter=_LATE, default=0), BigIntegerField()),
            too_late=Count("id", filter=_match_warnings([LATE_WARNING], priced_now=True)),
            clock=Count("id", filter=_CLOCK),
        )
        .order_by("-late", "-clock", "till_id")
    )
    return [TillTimes(**row) for row in rows]


def late_sales(
    *,
    merchant: MerchantFacts,
    first: date,
    last: date,
    till_ids: Collection[UUID] | None = None,
    till_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[LateSale]:
    """Return such sales received on these business days, newest first; `after` is the last one seen."""
    found = _find_late_sales(merchant, first, last, till_ids)
    rows = newest_of_till(found, instant="received_at", till_id=till_id, after=after)
    shown = CLOCK_WARNINGS | {LATE_WARNING}
    return [
        LateSale(
            id=row.id,
            reference=row.reference,
            till_id=row.till_id,
            occurred_at=row.occurred_at,
            received_at=row.received_at,
            business_date=row.business_date,
            total_amount=row.total_amount,
            warnings=tuple(one for one in map(SaleWarning.from_json, row.warnings) if one.code in shown),
        )
        for row in rows.defer("outcome")[:limit]
    ]


def _find_late_sales(
    merchant: MerchantFacts, first: date, last: date, till_ids: Collection[UUID] | None
) -> QuerySet[Sale]:
    """Find them by the index of sales with warnings."""
    from_at, until_at = merchant.bounds_of(first)[0], merchant.bounds_of(last)[1]
    received = Sale.objects.filter(merchant_id=merchant.id, received_at__gte=from_at, received_at__lt=until_at)
    if till_ids is not None:
        received = received.filter(till_id__in=till_ids)
    return received.exclude(warnings=[]).filter(_LATE | _CLOCK)
