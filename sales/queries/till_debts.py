"""What members owe by sales that were paid before we were asked, day by day and till by till."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce

from merchants.facts import MerchantFacts
from sales.models import TillDebt
from sales.queries.till_pages import newest_of_till

CAME_BACK: Final = ("voided", "refunded")
_CAME_BACK: Final = Q(sale__status__in=CAME_BACK)


@dataclass(frozen=True, slots=True)
class TillDebtTotal:
    """A till's debts of some days, in money, and how many sales left one; what came back whole is owed no more."""

    till_id: UUID
    receipts: int
    owed_amount: int


@dataclass(frozen=True, slots=True)
class TillDebtFacts:
    """What one sale left: points or wallet money (`unit`) that its member owes, and that the merchant lost.

    `owed_amount` is what the owed part was worth. `member_id` is who bought. `status` is the sale's: once it is voided
    or refunded as a whole, nothing of this is owed or lost any more.
    """

    id: UUID
    sale_id: UUID
    reference: str
    till_id: UUID
    member_id: UUID | None
    day: date
    unit: str
    owed: int
    lost: int
    owed_amount: int
    noted_at: datetime
    status: str

    @property
    def came_back(self) -> bool:
        """Whether all that was sold came back."""
        return self.status in CAME_BACK


def till_debt_totals(
    *, merchant: MerchantFacts, first: date, last: date, till_ids: Collection[UUID] | None = None
) -> list[TillDebtTotal]:
    """Return the tills with debts of these business days, the one with the most first."""
    rows = (
        _of_days(merchant, first, last, till_ids)
        .values("till_id")
        .annotate(
            receipts=Count("sale_id", distinct=True),
            owed_amount=Cast(Coalesce(Sum("owed_amount", filter=~_CAME_BACK), 0), BigIntegerField()),
        )
        .order_by("-owed_amount", "till_id")
    )
    return [TillDebtTotal(**row) for row in rows]


_COLUMNS: Final = ("id", "sale_id", "till_id", "day", "unit", "owed", "lost", "owed_amount", "noted_at")


def till_debts(
    *,
    merchant: MerchantFacts,
    first: date,
    last: date,
    till_ids: Collection[UUID] | None = None,
    till_id: UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[TillDebtFacts]:
    """Return the debts of these business days, newest first; `after` is the last one seen."""
    rows = newest_of_till(_of_days(merchant, first, last, till_ids), instant="noted_at", till_id=till_id, after=after)
    found = rows.annotate(reference=F("sale__reference"), member_id=F("sale__member_id"), status=F("sale__status"))
    return [TillDebtFacts(**row) for row in found.values(*_COLUMNS, "reference", "member_id", "status")[:limit]]


def _of_days(merchant: MerchantFacts, first: date, last: date, till_ids: Collection[UUID] | None) -> QuerySet[TillDebt]:
    found = TillDebt.objects.filter(merchant_id=merchant.id, day__gte=first, day__lte=last)
    return found if till_ids is None else found.filter(till_id__in=till_ids)
