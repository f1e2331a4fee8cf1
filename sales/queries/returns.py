"""What a cancellation from a file can still be matched with, and returns whose sale is not known yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from common.text import comparison_key
from merchants.facts import MerchantFacts
from sales.facts import ParkedLine, ParkedReturnFacts, SaleWarning
from sales.models import ParkedReturn, Refund, SaleLine, UnmatchedReturn

OPEN_STATES: Final = ("waiting", "refused", "unmatched")


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A sold line with units that have not come back; `goods` is their code, or the name of goods without one."""

    sale_id: UUID
    line_id: UUID
    goods: str
    unit_amount: int
    left: int


def returnable_lines(
    *, merchant: MerchantFacts, member_id: UUID, skus: Sequence[str], before: datetime
) -> list[ReturnableLine]:
    """Return the lines of the member's sales up to `before` with these skus and units left, the latest sale first."""
    rows = (
        SaleLine.objects.filter(
            merchant_id=merchant.id,
            sale__merchant_id=merchant.id,
            sale__member_id=member_id,
            sale__occurred_at__lte=before,
            sku__in=sorted(set(skus)),
            returned_quantity__lt=F("quantity"),
        )
        .order_by("-sale__occurred_at", "-sale_id", "position")
        .values_list("sale_id", "id", "sku", "name", "unit_amount", "quantity", "returned_quantity")
    )
    return [
        ReturnableLine(sale, line, sku or comparison_key(name), unit, sold - back)
        for sale, line, sku, name, unit, sold, back in rows
    ]


def imported_returns(*, merchant: MerchantFacts, till_id: UUID, references: Sequence[str]) -> set[str]:
    """Return the cancellation receipts of an import till that have been taken in already."""
    matched = Refund.objects.filter(
        merchant_id=merchant.id,
        sale__merchant_id=merchant.id,
        sale__till_id=till_id,
        refund_reference__in=list(references),
    ).values_list("refund_reference", flat=True)
    unmatched = UnmatchedReturn.objects.filter(
        merchant_id=merchant.id, till_id=till_id, reference__in=list(references)
    ).values_list("reference", flat=True)
    return set(matched) | set(unmatched)


def parked_return_facts(row: ParkedReturn, *, created: bool = True) -> ParkedReturnFacts:
    return ParkedReturnFacts(
        id=row.id,
        till_id=row.till_id,
        reference=row.reference,
        kind=row.kind,
        refund_reference=row.refund_reference,
        state=row.state,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        lines=tuple(ParkedLine.from_json(line) for line in row.lines),
        exchange_sale_id=row.exchange_sale_id,
        reason=row.reason,
        warnings=tuple(map(SaleWarning.from_json, row.warnings)),
        problem=row.problem,
        settled_at=row.settled_at,
        created=created,
    )


def parked_returns_of(*, merchant: MerchantFacts, till_id: UUID, reference: str) -> list[ParkedReturnFacts]:
    """Return what this till asked to take back of a receipt that was not known, oldest first; applied ones are gone."""
    rows = ParkedReturn.objects.filter(merchant_id=merchant.id, till_id=till_id, reference=reference)
    return [parked_return_facts(row) for row in rows.exclude(state="applied").order_by("received_at", "id")]


def open_parked_returns(
    *,
    merchant: MerchantFacts,
    till_ids: Collection[UUID] | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[ParkedReturnFacts]:
    """Return the returns that wait for their sale or for a person, longest waiting first."""
    rows = _find_open(merchant, till_ids)
    if after is not None:
        at, row_id = after
        rows = rows.filter(Q(received_at__gt=at) | Q(received_at=at, id__gt=row_id))
    return [parked_return_facts(row) for row in rows.order_by("received_at", "id")[:limit]]


def open_parked_return_count(*, merchant: MerchantFacts, till_ids: Collection[UUID] | None = None) -> int:
    return _find_open(merchant, till_ids).count()


def _find_open(merchant: MerchantFacts, till_ids: Collection[UUID] | None) -> QuerySet[ParkedReturn]:
    rows = ParkedReturn.objects.filter(merchant_id=merchant.id, state__in=OPEN_STATES)
    return rows if till_ids is None else rows.filter(till_id__in=till_ids)
